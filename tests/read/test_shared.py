"""Every file of the collection of odd files behaves as its README says."""

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from surveyproc.problems import Problem, SurveyprocError
from surveyproc.read.files import read_file
from surveyproc.values import RawFile
from tests.conftest import ROOT

ODD = ROOT.parent / "shared" / "odd"

# File → (code, words of the problem) for what is refused.
REFUSED = {
    "ru_cp1251_WRONGLY_declared_cp1252.sav": ("read.encoding", "encoding: cp1251"),
    "ru_cp1251_stata12_v115.dta": ("read.encoding", "encoding: cp1251"),
    "ru_cp1251_stata13_v117.dta": ("read.encoding", "encoding: cp1251"),
    "ru_cp866_undeclared.sav": ("read.encoding", "encoding: cp866"),
    "kk_kz1048_declared_as_cp1251.sav": ("read.encoding", "encoding: kz1048"),
    "git_lfs_pointer.sav": ("read.not-a-survey-file", "Git LFS"),
    "html_error_page.sav": ("read.not-a-survey-file", "web page"),
    "empty_file.sav": ("read.not-a-survey-file", "empty"),
    "truncated_in_dictionary.sav": ("read.damaged", "damaged or incomplete copy"),
    "truncated_in_data.sav": ("read.damaged", "got 55 rows; expected 60 rows"),
    "header_says_more_rows.sav": ("read.damaged", "got 60 rows; expected 1,000,000 rows"),
    "zero_rows.sav": ("read.empty", "no cases"),
    "foreign_OneVarTwoValLabels.dta": ("read.empty", "no cases"),
    "foreign_MLLabelsWithNotesChar.dta": ("read.empty", "no cases"),
}
REMEDIES = {
    "ru_cp1251_WRONGLY_declared_cp1252.sav": "cp1251",
    "ru_cp1251_stata12_v115.dta": "windows-1251",
    "ru_cp1251_stata13_v117.dta": "CP1251",
    "ru_cp866_undeclared.sav": "cp866",
    "kk_kz1048_declared_as_cp1251.sav": "KZ-1048",
}
# File → codes of the warnings and notes beside the data; a file that is not here gives none.
NOTED = {
    "weight_variable_set_in_header.sav": ["read.header-weight"],
    "odd_names_labels.sav": ["read.note"],
    "foreign_testdata.sav": ["read.note"],
    "foreign_electric.por": ["read.note"],
    "readstata13_statacar.dta": ["read.note"],
    "dataverse_open-source-at-harvard118.dta": ["read.encoding"],
}
SIZES = {  # rows × columns
    "ru_utf8.sav": (60, 6), "kk_utf8.sav": (60, 6), "kk_utf8.zsav": (60, 6), "kk_utf8_v118.dta": (60, 6),
    "ru_cp1251_declared.sav": (60, 6), "ru_cp1251_codepage_only.sav": (60, 6), "ncases_unknown.sav": (60, 6),
    "weight_variable_set_in_header.sav": (60, 6), "missing_ranges.sav": (6, 2), "extended_missing.dta": (6, 2),
    "long_strings_and_string_labels.sav": (15, 4), "odd_names_labels.sav": (3, 7), "case_colliding_names.dta": (2, 3),
    "float32_ids_collide.dta": (3, 2), "float_and_big_ids.sav": (3, 3), "float_and_big_ids.dta": (3, 3),
    "dates_pre1900.sav": (3, 2), "bad_weights_missing_psu_allmissing.sav": (60, 7), "link_hh.sav": (3, 5),
    "link_emigrants_dupkey_orphan.sav": (4, 4), "dataverse_120745.dta": (1, 1), "foreign_mval_bug.sav": (600, 10),
    "foreign_electric.por": (240, 13), "foreign_electric.sav": (240, 13), "pyreadstat_sample_large.sav": (485, 7),
}  # fmt: skip


def all_files() -> list[Path]:
    return sorted(ODD.glob("*/*.*")) or [ODD]


Outcome = tuple[RawFile, tuple[Problem, ...]] | SurveyprocError


def outcome_of(path: Path) -> Outcome:
    try:
        return read_file(path, level="x", shown=path.name, columns=None)
    except SurveyprocError as error:
        return error


@pytest.fixture(scope="module")
def outcomes(shared: Path) -> dict[str, Outcome]:
    paths = all_files()
    with ThreadPoolExecutor(2) as pool:
        return dict(zip((path.name for path in paths), pool.map(outcome_of, paths), strict=True))


@pytest.fixture
def read(outcomes: dict[str, Outcome]) -> Callable[[str], RawFile]:
    def raw_of(name: str) -> RawFile:
        found = outcomes[name]
        assert not isinstance(found, SurveyprocError)
        return found[0]

    return raw_of


@pytest.mark.parametrize("path", all_files(), ids=lambda path: path.name)
def test_each_file_is_read_or_refused_as_said(path: Path, outcomes: dict[str, Outcome]) -> None:
    found = outcomes[path.name]
    if path.name in REFUSED:
        code, words = REFUSED[path.name]
        assert isinstance(found, SurveyprocError)
        assert found.problems[-1].code == code
        assert words in str(found)
        assert found.exit_code == 3
        return
    assert not isinstance(found, SurveyprocError)
    raw, problems = found
    assert [p.code for p in problems] == NOTED.get(path.name, [])
    assert (raw.rows, len(raw.columns)) == SIZES.get(path.name, (raw.rows, len(raw.info.columns)))
    assert raw.rows > 0
    assert len(raw.info.sha256) == 64


@pytest.mark.parametrize("name", REMEDIES)
def test_the_remedy_works(name: str, read: Callable[[str], RawFile]) -> None:
    (path,) = ODD.glob(f"*/{name}")
    raw, _ = read_file(path, level="x", shown=name, columns=None, encoding=REMEDIES[name])
    right = read("kk_utf8.sav" if "kk" in name else "ru_utf8.sav")
    for column, reference in right.info.columns.items():
        assert raw.info.columns[column].label == reference.label
        assert raw.info.columns[column].value_labels == reference.value_labels
    if "oblast" in raw.columns:
        assert "Алматинская" in raw.columns["oblast"].values


def test_missing_definitions_of_every_form(read: Callable[[str], RawFile]) -> None:
    columns = read("foreign_mval_bug.sav").info.columns
    inf = math.inf
    expected: dict[str, tuple[tuple[float, ...], tuple[tuple[float, float], ...]]] = {
        "Q1_MISSING_NONE": ((), ()),
        "Q1_MISSING_1": ((-1.0,), ()),
        "Q1_MISSING_2": ((-1.0, -2.0), ()),
        "Q1_MISSING_3": ((-1.0, -2.0, -3.0), ()),
        "Q1_MISSING_RANGE": ((), ((-3.0, -1.0),)),
        "Q1_MISSING_LOW": ((), ((-inf, -1.0),)),
        "Q1_MISSING_HIGH": ((), ((97.0, inf),)),
        "Q1_MISSING_RANGE_1": ((99.0,), ((-3.0, -1.0),)),
        "Q1_MISSING_LOW_1": ((99.0,), ((-inf, -1.0),)),
        "Q1_MISSING_HIGH_1": ((-1.0,), ((97.0, inf),)),
    }
    for name, (single, ranges) in expected.items():
        assert (columns[name].missing_values, columns[name].missing_ranges) == (single, ranges)
    ranges_file = read("missing_ranges.sav").columns
    assert ranges_file["inc"].info.missing_ranges == ((-inf, -1.0),)
    assert ranges_file["inc"].info.missing_values == (99999.0,)
    assert ranges_file["yrs"].info.value_labels.keys() >= {95.0, 96.0}


def test_letters_of_stata(read: Callable[[str], RawFile]) -> None:
    letters = read("readstata13_missings.dta").columns["missings"].letters
    assert letters is not None
    assert letters.tolist() == list(range(27))
    q = read("extended_missing.dta").columns["q"]
    assert q.letters is not None
    assert set(q.letters) >= {0, 1, 2, 26}
    assert {"a", "b", "z"} <= set(q.info.value_labels)
    for name in ("haven_tagged-na-double.dta", "haven_tagged-na-int.dta"):
        tagged = read(name).columns["x"]
        assert tagged.letters is not None
        assert set(tagged.letters) == {0, 1, 8, 26}
        assert np.isnan(tagged.values[tagged.letters > 0]).all()


def test_names_texts_and_dates_stay_as_they_are(read: Callable[[str], RawFile]) -> None:
    assert list(read("case_colliding_names.dta").columns) == ["Age", "age", "AGE"]
    assert {"ST3$1", "q1.5", "пол"} <= set(read("odd_names_labels.sav").columns)
    long = read("long_strings_and_string_labels.sav").columns
    assert max(map(len, long["occ_verbatim"].values)) == 599
    assert "" in long["kato"].values
    assert long["why"].info.missing_values == ("?",)
    assert all(isinstance(text, str) for text in long["idstr"].values)
    assert read("haven_datetime.sav").columns["date"].values.dtype == np.float64
    assert read("readstata13_datetime.dta").columns["tm"].info.format.startswith("%tm")
    # Seconds since 1582-10-14.
    days = read("dates_pre1900.sav").columns["arr"].values[0] / 86400
    assert days == (np.datetime64("1889-05-01") - np.datetime64("1582-10-14")).astype(int)


def test_compressed_and_plain_give_the_same(read: Callable[[str], RawFile]) -> None:
    for stem in ("kk_utf8", "pyreadstat_sample"):
        plain, packed = read(f"{stem}.sav"), read(f"{stem}.zsav")
        assert plain.info.columns == packed.info.columns
        for name, column in plain.columns.items():
            np.testing.assert_array_equal(column.values, packed.columns[name].values)


def test_multiple_response_sets_come_along(read: Callable[[str], RawFile]) -> None:
    sets = read("pyreadstat_mrset_simple_alltypes.sav").info.multiple_response_sets
    assert sets["mymrset"]["variable_list"] == ["bool1", "bool2", "bool3"]
    assert sets["mymrset"]["counted_value"] == 1
    assert sets["categorical_array"]["type"] == "C"


def test_the_header_weight_and_other_languages_are_named(
    read: Callable[[str], RawFile], outcomes: dict[str, Outcome]
) -> None:
    assert read("weight_variable_set_in_header.sav").info.header_weight == "w"
    assert "default, spanish" in str(outcomes["foreign_OneVarTwoValLabels.dta"])
