"""Profiles: what is refused before data, which rule applies, and the profiles that come with the program."""

from pathlib import Path

import pytest

from surveyproc.config import models
from surveyproc.config.source import parse_source
from surveyproc.problems import Place, Severity, SurveyprocError
from surveyproc.quality import check_quality, judge, split_marks
from tests.conftest import ROOT
from tests.quality.frames import frame, row

PROFILES = sorted((ROOT / "configs" / "quality").glob("*.yaml"))


def profile(text: str) -> models.Quality:
    return models.Quality.model_validate(parse_source("surveyproc: 1\nquality: q\n" + text, shown="q.yaml").data)


def problems_of(text: str):
    source = parse_source("surveyproc: 1\nquality: q\n" + text, shown="q.yaml")
    return check_quality(models.Quality.model_validate(source.data), source.content_place)


def shown_of(quality, *rows):
    judged, _ = judge(frame(*rows), quality, place=Place("q.yaml"))
    return [(r.shown, r.marks) for r in judged.itertuples()]


def load(name: str) -> models.Quality:
    text = (ROOT / "configs" / "quality" / f"{name}.yaml").read_text(encoding="utf-8")
    return models.Quality.model_validate(parse_source(text, shown=name).data)


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_profiles_are_sound_and_speak_three_languages(path: Path):
    source = parse_source(path.read_bytes(), shown=path.name)
    quality = models.Quality.model_validate(source.data)
    assert check_quality(quality, source.content_place) == ()
    assert quality.quality == path.stem
    assert quality.source
    assert set(quality.title) == {"en", "ru", "kk"}
    assert all(set(texts) == {"en", "ru", "kk"} for texts in quality.footnotes.values())


def test_the_five_profiles_are_there():
    assert [path.stem for path in PROFILES] == ["bns_kz", "dhs", "mics", "nchs", "statcan"]


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("cells: [{if: 'n_unweigted < 25', action: suppress, mark: x}]", "expression.unknown-name", "n_unweighted"),
        ("cells: [{if: 'n_unweighted <', action: suppress, mark: x}]", "expression.syntax", "value"),
        ("precision: [{if: 'cv', action: flag, mark: x}]", "expression.type", "true or false"),
        ("precision: [{if: \"cv > 'a'\", action: flag, mark: x}]", "expression.type", ""),
        ("cells: [{if: 'cv > 1', action: flag}]", "config.missing-key", "mark"),
        ("cells: [{if: 'cv > 1', action: flag, mark: 'a b'}]", "config.bad-value", "space"),
        ("footnotes: {'**': {en: x}}", "config.unused", "which no rule sets"),
    ],
)
def test_faults_of_a_profile(text, code, words):
    found = [p for p in problems_of(text) if p.severity is Severity.ERROR]
    assert [p.code for p in found] == [code]
    assert words in str(found[0])
    assert found[0].where.line == 3


def test_a_mark_without_footnote_is_a_warning_and_all_faults_come_at_once():
    found = problems_of("cells: [{if: 'cv > 1', action: flag, mark: z}, {if: 'cw > 1', mark: '-'}]")
    assert [(p.code, p.severity.value) for p in found] == [
        ("expression.unknown-name", "error"),
        ("quality.rule", "warning"),
    ]


def test_a_profile_that_cannot_be_read_stops_judging():
    quality = profile("cells: [{if: 'nope > 1', mark: '-'}]")
    with pytest.raises(SurveyprocError, match="nope"):
        judge(frame(row()), quality, place=Place("q.yaml"))


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (1, ("suppress", "(*)")),
        (24, ("suppress", "(*)")),
        (25, ("flag", "( )")),
        (49, ("flag", "( )")),
        (50, ("publish", "")),
    ],
)
@pytest.mark.parametrize("name", ["mics", "dhs"])
def test_marks_by_cases(name, n, expected):
    assert shown_of(load(name), row(n_unweighted=n)) == [expected]


@pytest.mark.parametrize(
    ("cv", "n", "expected"),
    [
        (0.165, 400, ("publish", "")),
        (0.17, 400, ("flag", "E")),
        (0.333, 400, ("flag", "E")),
        (0.34, 400, ("suppress", "F")),
        (0.05, 9, ("suppress", "F")),
        (0.5, 9, ("suppress", "F")),
    ],
)
def test_release_categories(cv, n, expected):
    one = row(statistic="mean", value=1.0, se=cv, n_unweighted=n)
    assert shown_of(load("statcan"), one) == [expected]


@pytest.mark.parametrize(
    ("what", "given", "expected"),
    [
        ("sound", {"value": 0.4, "se": 0.02, "n_unweighted": 900}, ("publish", "")),
        ("effective size 24", {"value": 0.4, "se": 0.1, "n_unweighted": 900}, ("suppress", "*")),
        ("29 cases", {"value": 0.0, "se": 0.0, "n_unweighted": 29}, ("suppress", "*")),
        ("width above 0.30", {"value": 0.5, "se": 0.08, "n_unweighted": 60}, ("suppress", "*")),
        ("relative width", {"value": 0.05, "se": 0.02, "n_unweighted": 900}, ("suppress", "*")),
        ("narrow always passes", {"value": 0.001, "se": 0.001, "n_unweighted": 20000}, ("publish", "")),
        ("few degrees", {"value": 0.4, "se": 0.02, "n_unweighted": 9000, "df": 7.0}, ("flag", "†df")),
        ("nobody", {"value": 0.0, "se": 0.0, "n_unweighted": 900}, ("flag", "†p")),
        ("everybody", {"value": 1.0, "se": 0.0, "n_unweighted": 900}, ("flag", "†p")),
        ("not a proportion", {"statistic": "mean", "value": 5.0, "se": 4.0, "df": 3.0}, ("publish", "")),
    ],
)
def test_presentation_of_proportions(what, given, expected):
    assert shown_of(load("nchs"), row(**given)) == [expected], what


def test_first_rule_of_each_list_and_suppression_beats_flags():
    quality = profile(
        "cells: [{if: 'n_unweighted < 50', action: flag, mark: '( )'},"
        " {if: 'n_unweighted < 60', action: flag, mark: b}]\n"
        "precision: [{if: 'cv > 0.3', action: suppress, mark: '**'}, {if: 'cv > 0.2', action: flag, mark: '*'}]"
    )
    rows = [
        row(n_unweighted=n, value=1.0, se=cv, statistic="mean")
        for n, cv in ((40, 0.1), (40, 0.25), (40, 0.4), (55, 0.1))
    ]
    assert shown_of(quality, *rows) == [("flag", "( )"), ("flag", "( ) *"), ("suppress", "**"), ("flag", "b")]
    assert split_marks("( ) *") == ("( )", "*")


def test_a_rule_on_a_number_that_is_not_there_does_not_hold():
    quality = profile(
        "precision: [{if: 'cv > 0.3', action: suppress, mark: F}, {if: 'not (cv > 0.3)', action: flag, mark: E}]"
    )
    assert shown_of(quality, row(value=0.0, se=0.0)) == [("publish", "")]


def test_a_rule_without_action_and_mark_lets_pass():
    quality = profile("precision: [{if: 'se < 0.01'}, {if: 'cv > 0.1', action: flag, mark: E}]")
    assert shown_of(quality, row(value=0.02, se=0.009), row(value=0.1, se=0.02)) == [("publish", ""), ("flag", "E")]


def test_statistics_limit_a_rule():
    quality = profile("cells: [{if: 'n_unweighted < 500', action: flag, mark: m, stats: [mean, total]}]")
    assert shown_of(quality, row(statistic="mean"), row()) == [("flag", "m"), ("publish", "")]


def test_share_known_below_the_least_is_marked():
    quality = profile("min_share_known: 0.95\ncells: [{if: 'n_unweighted < 25', action: suppress, mark: '(*)'}]")
    rows = [row(share_missing=0.04), row(share_missing=0.06), row(share_missing=0.5, n_unweighted=9)]
    assert shown_of(quality, *rows) == [("publish", ""), ("flag", "†"), ("suppress", "(*)")]
