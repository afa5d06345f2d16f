"""Rounds merged with those they extend, parameters overridden, modules found: what holds, and where it was written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveyproc.config.library import default_library, module_names, satisfies
from surveyproc.config.load import load_round
from surveyproc.config.merge import read_round
from surveyproc.problems import SurveyprocError
from surveyproc.values import Missing
from tests.bad_config.survey import HERE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "bad_config"
    shutil.copytree(HERE, target, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return target


def written(folder: Path, text: str, name: str = "over.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_entries_of_maps_are_overridden_one_by_one_and_other_keys_whole(folder: Path) -> None:
    path = written(
        folder,
        "extends: good.yaml\nround: tiny-2\nmap:\n  sex: SEX2\ntitle: {ru: Обследование}\n"
        "design: {weight: {person: PW, household: W2}, strata: null, psu: PSU}\n",
    )
    model = read_round(path).model
    base = read_round(folder / "good.yaml").model
    assert model.round == "tiny-2"
    assert model.map == {**base.map, "sex": "SEX2"}
    assert model.title == {"en": "Tiny survey", "ru": "Обследование"}
    assert model.design.strata is None
    assert model.design.weight == {"person": "PW", "household": "W2"}
    assert model.files == base.files
    assert model.extends is None


def test_each_place_is_in_the_file_that_says_it(folder: Path) -> None:
    read = read_round(written(folder, "extends: good.yaml\nround: tiny-2\nmap:\n  sex: SEX2\n"))
    shown = {
        path: f"{Path(place.file).name}:{place.line}:{place.column}"
        for path in (("round",), ("map", "sex"), ("map", "age"), ("keys", "person"), ("files", "person", "path"))
        for place in [read.place(*path)]
    }
    assert shown == {
        ("round",): "over.yaml:2:8",
        ("map", "sex"): "over.yaml:4:8",
        ("map", "age"): "good.yaml:27:8",
        ("keys", "person"): "good.yaml:15:11",
        ("files", "person", "path"): "good.yaml:11:18",
    }
    assert read.place("map", "sex", of="key").column == 3


def test_a_chain_of_rounds_the_nearest_word_holds(folder: Path) -> None:
    written(folder, "extends: good.yaml\nmap: {sex: A, age: A}\n", "first.yaml")
    written(folder, "extends: first.yaml\nmap: {age: B}\n", "second.yaml")
    read = read_round(written(folder, "extends: second.yaml\nmap: {works: C}\n", "third.yaml"))
    assert {k: read.model.map[k] for k in ("sex", "age", "works", "area")} == {
        "sex": "A",
        "age": "B",
        "works": "C",
        "area": "AREA",
    }
    assert [Path(s.shown).name for s in read.sources] == ["third.yaml", "second.yaml", "first.yaml", "good.yaml"]
    assert Path(read.place("map", "age").file).name == "second.yaml"


def test_a_fault_in_a_base_is_told_at_the_base(folder: Path) -> None:
    written(folder, "extends: good.yaml\nperiod: {year: long ago}\n", "first.yaml")
    with pytest.raises(SurveyprocError) as stopped:
        load_round(written(folder, "extends: first.yaml\nround: tiny-3\n"))
    (problem,) = stopped.value.problems
    assert (Path(problem.where.file).name, problem.where.line, problem.where.column) == ("first.yaml", 2, 16)


def test_a_chain_without_end_is_refused(folder: Path) -> None:
    for number in range(20):
        base = f"link{number - 1}.yaml" if number else "good.yaml"
        written(folder, f"extends: {base}\n", f"link{number}.yaml")
    assert load_round(folder / "link14.yaml").name == "tiny-1"
    with pytest.raises(SurveyprocError) as stopped:
        load_round(folder / "link19.yaml")
    assert [p.code for p in stopped.value.problems] == ["config.too-deep"]


def test_overrides_reach_the_expressions_and_keep_the_type(folder: Path) -> None:
    assert load_round(folder / "good.yaml").parameters == {"oldest": 64, "home": "RUS", "strict": True}
    text = "extends: good.yaml\noverrides:\n  tiny: {parameters: {oldest: 70.5, home: DEU, strict: false}}\n"
    assert load_round(written(folder, text)).parameters == {"oldest": 70.5, "home": "DEU", "strict": False}


def test_what_was_not_asked_reaches_all_that_needs_it_and_nothing_else(folder: Path) -> None:
    spec = load_round(
        written(folder, "extends: good.yaml\nmap: {birth_place: {not_asked: true}, em_age: {not_asked: true}}\n")
    )
    assert spec.unavailable == {
        "birth_place": ("birth_place",),
        "born_abroad": ("birth_place",),
        "em_age": ("em_age",),
        "n_emigrants": ("em_age",),
    }
    assert spec.concepts["birth_place"].binding is None
    assert "BORN" not in spec.columns["person"]


def test_parts_that_were_not_asked_make_the_month_unavailable(folder: Path) -> None:
    spec = load_round(written(folder, "extends: good.yaml\nmap: {move_month: {not_asked: true}}\n"))
    assert spec.unavailable == {"move_month": ("move_month",), "last_move": ("move_month",)}


def test_codes_that_other_readers_of_yaml_take_for_something_else_stay_text(folder: Path) -> None:
    text = (
        "extends: good.yaml\nmap:\n  birth_country: {column: BCTRY, recode: {NO: NOR, no: NOR, off: RUS, 1_0: DEU}}\n"
    )
    binding = load_round(written(folder, text)).concepts["birth_country"].binding
    assert binding is not None
    assert [(r.low, r.target) for r in binding.rules] == [("NO", "NOR"), ("no", "NOR"), ("off", "RUS"), ("1_0", "DEU")]
    plain = load_round(folder / "good.yaml").concepts["birth_country"].binding
    assert plain is not None
    assert [r.low for r in plain.rules] == ["RU", "DE", "NO"]
    assert [c.name for c in load_round(folder / "good.yaml").concepts["any_left"].categories] == ["yes", "no"]


def test_missing_in_place_of_the_modules_and_on_top_of_it(folder: Path) -> None:
    def missing(text: str) -> dict[float | str, Missing]:
        binding = load_round(written(folder, f"extends: good.yaml\nmap:\n  age: {text}\n")).concepts["age"].binding
        assert binding is not None
        return {r.low: r.target for r in binding.rules if isinstance(r.target, Missing)}

    assert missing("AGE") == {998: Missing.DK}
    assert missing("{column: AGE, missing: {refused: [99]}}") == {99: Missing.REFUSED}
    assert missing("{column: AGE, also_missing: {refused: [999]}}") == {998: Missing.DK, 999: Missing.REFUSED}


def test_a_module_beside_the_round_comes_before_the_librarys(folder: Path) -> None:
    target = folder / "modules" / "background"
    target.mkdir()
    text = (folder / "modules" / "tiny" / "module.yaml").read_text(encoding="utf-8")
    (target / "module.yaml").write_text(text.replace("module: tiny", "module: background"), encoding="utf-8")
    spec = load_round(written(folder, "extends: good.yaml\nmodules: [background]\n"))
    assert list(spec.modules) == ["background"]
    assert spec.modules["background"].title == {"en": "Tiny module"}
    assert module_names(default_library(folder)).count("background") == 1


VERSIONS = st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))


@given(VERSIONS, VERSIONS)
def test_constraints_of_versions(have: tuple[int, int, int], wanted: tuple[int, int, int]) -> None:
    version, constraint = ".".join(map(str, have)), ".".join(map(str, wanted))
    assert satisfies(version, f"^{constraint}") is (have[0] == wanted[0] and have >= wanted)
    assert satisfies(version, f"~{constraint}") is (have[:2] == wanted[:2] and have >= wanted)
    assert satisfies(version, constraint) is (have == wanted)
    assert satisfies(version, f"^{wanted[0]}") is (have[0] == wanted[0])
    assert satisfies(version, f"{wanted[0]}.{wanted[1]}") is (have[:2] == wanted[:2])
    assert satisfies(version, "") is True


@pytest.mark.parametrize("constraint", [">=1", "1.x", "latest", "^", "1.2.3.4", "^-1"])
def test_a_constraint_that_cannot_be_read(constraint: str) -> None:
    assert satisfies("1.2.0", constraint) is None
