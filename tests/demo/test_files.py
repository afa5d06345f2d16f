"""The files: same bytes, labels and missing codes that survive, two rounds that drifted, and errors as planted."""

import hashlib
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from surveyproc.demo import Sample, write_demo, write_round
from surveyproc.demo.errors import BLEMISHES, NO_SUCH_HOUSEHOLD, PLANTED, UNKNOWN_CODE

Files = dict[str, Path]


def read(files: Files, name: str, file: str):
    reader = pyreadstat.read_sav if file.endswith(".sav") else pyreadstat.read_dta
    return reader(files[name] / file, user_missing=True)


def digest(folder: Path) -> dict[str, str]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def test_the_same_seed_gives_the_same_bytes_at_another_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from surveyproc.demo import write

    first = write_demo(tmp_path / "a", scale=0.02)
    assert all(path.is_file() for path in first)
    # the writers stamp minutes and seconds: a stamp that is left alone shows as the time of writing
    stamped: list[bytes] = []
    original = write._stamp

    def spy(path: Path, offset: int, text: bytes) -> None:
        stamped.append(path.read_bytes()[offset : offset + len(text)])
        original(path, offset, text)

    monkeypatch.setattr(write, "_stamp", spy)
    write_demo(tmp_path / "b", scale=0.02)
    assert digest(tmp_path / "a") == digest(tmp_path / "b")
    assert len(stamped) == 12
    for text in stamped:  # what is overwritten is a date and a time, nothing else
        assert re.fullmatch(rb"\d\d [A-Z][a-z]{2} (\d{4} \d\d:\d\d|\d\d\d\d:\d\d:\d\d)", text)
    write_demo(tmp_path / "c", seed=7, scale=0.02)
    assert digest(tmp_path / "a") != digest(tmp_path / "c")


def test_what_the_demo_writes(tmp_path: Path) -> None:
    write_demo(tmp_path, scale=0.02)
    assert sorted(digest(tmp_path)) == [
        *(f"data/2024/{name}.sav" for name in ("emigrant", "household", "person", "transfer")),
        *(f"data/2025/{name}.dta" for name in ("em", "hh", "hl", "tr")),
        *(f"data/2025_errors/{name}.dta" for name in ("em", "hh", "hl", "tr")),
        "truth.csv",
    ]
    truth = pd.read_csv(tmp_path / "truth.csv", keep_default_na=False)
    assert list(truth.columns) == ["round", "indicator", "domain", "cell", "value"]
    assert set(truth["round"]) == {2024, 2025}
    assert not truth.duplicated(["round", "indicator", "domain", "cell"]).any()


def test_spss_round_holds_the_answers_with_russian_labels_and_user_missing_codes(files: Files, sample: Sample) -> None:
    data, meta = read(files, "2024", "person.sav")
    answers = sample.frames()["person"]
    assert len(data) == len(answers)
    assert np.array_equal(data["P04"], answers["age"])
    assert np.array_equal(data["P05"], answers["birth_place"].replace({-8: 8, -9: 9}))
    assert np.array_equal(data["PERW"], answers["weight"])
    assert data["P05_CTRY"].notna().sum() == (answers["birth_country"] != -1).sum()
    assert meta.column_names_to_labels["P05"] == "Место рождения"
    assert meta.variable_value_labels["P05"][4.0] == "Другая страна"
    assert meta.variable_value_labels["P05_REG"][62.0] == "Ұлытау"
    assert meta.missing_ranges["P05"] == [{"lo": 8.0, "hi": 8.0}, {"lo": 9.0, "hi": 9.0}]
    assert meta.missing_ranges["P08"] == [{"lo": 97.0, "hi": 99.0}]
    assert {95.0, 97.0, 98.0, 99.0} <= set(data["P08"].unique())
    blanked, _ = pyreadstat.read_sav(files["2024"] / "person.sav")
    assert not blanked["P05"].isin((8, 9)).any()


def test_stata_round_holds_the_answers_with_kazakh_labels_and_lettered_missing(
    files: Files, sample_later: Sample
) -> None:
    data, meta = read(files, "2025", "hl.dta")
    answers = sample_later.frames()["person"]
    assert np.array_equal(data["q204"], answers["age"])
    assert (data["q205"] == "a").sum() == (answers["birth_place"] == -8).sum() > 0
    assert (data["q205"] == "b").sum() == (answers["birth_place"] == -9).sum() > 0
    assert (data["q208"] == "c").sum() == (answers["years"] == -7).sum() > 0
    assert data["q205"].isin((4, 5)).sum() == (answers["birth_place"] == 4).sum()
    assert data["q211"].isna().sum() == (answers["age"] < 5).sum()
    assert meta.column_names_to_labels["q205"] == "Туған жері"
    assert meta.variable_value_labels["q205"][1] == "Осы елді мекен"
    assert meta.variable_value_labels["q205"]["a"] == "білмейді"
    assert (files["2025"] / "hl.dta").read_bytes().startswith(b"<stata_dta><header><release>118<")


def test_the_rounds_drifted(files: Files) -> None:
    old, old_meta = read(files, "2024", "person.sav")
    new, new_meta = read(files, "2025", "hl.dta")
    assert not {name.lower() for name in old.columns} & {name.lower() for name in new.columns}
    assert "PERW" in old.columns
    assert not any("w" in name for name in new.columns)
    assert set(old_meta.variable_value_labels["P05"]) == {1, 2, 3, 4, 8, 9}
    assert set(new_meta.variable_value_labels["q205"]) == {1, 2, 3, 4, 5, "a", "b"}
    assert set(old["P06"]) <= {1, 2, 3, 8, 9}
    assert 398 in set(new["q206"])
    homes, _ = read(files, "2024", "household.sav")
    later, _ = read(files, "2025", "hh.dta")
    assert set(homes["AREA"]) == {1, 2}
    assert set(later["locality"]) == {"U", "R"}
    assert set(later["result"]) <= {1, 11, 12}


@pytest.mark.parametrize(
    ("name", "suffix", "key", "weight"), [("2024", "sav", "HHID", "HHW"), ("2025", "dta", "hh_key", "hhwt_f")]
)
def test_every_record_has_its_household(files: Files, name: str, suffix: str, key: str, weight: str) -> None:
    household, person, emigrant, transfer = (
        read(files, name, file)[0]
        for file in (
            [f"{each}.sav" for each in ("household", "person", "emigrant", "transfer")]
            if suffix == "sav"
            else [f"{each}.dta" for each in ("hh", "hl", "em", "tr")]
        )
    )
    assert household[key].is_unique
    done = set(household.loc[household[weight] > 0, key])
    assert set(person[key]) == done
    assert set(emigrant[key]) <= done
    assert set(transfer[key]) <= done
    for frame in (person, emigrant, transfer):
        assert not frame.duplicated([key, frame.columns[1]]).any()
    members = household.set_index(key).loc[sorted(done), "HHSIZE" if suffix == "sav" else "hh_members"]
    assert np.array_equal(members, person.groupby(key).size().loc[sorted(done)])


def test_a_person_weight_is_the_weight_of_its_household(files: Files) -> None:
    person, _ = read(files, "2024", "person.sav")
    household, _ = read(files, "2024", "household.sav")
    assert np.array_equal(person["PERW"], person["HHID"].map(household.set_index("HHID")["HHW"]))


def test_good_data_have_only_the_stated_blemishes(files: Files) -> None:
    household, _ = read(files, "2024", "household.sav")
    person, _ = read(files, "2024", "person.sav")
    emigrant, _ = read(files, "2024", "emigrant.sav")
    claimed = household.loc[household["EM0"] == 1, "HHID"]
    assert (~claimed.isin(emigrant["HHID"])).sum() == BLEMISHES[0].cases
    assert ((person["P08"] == 95) & person["P09"].notna()).sum() == BLEMISHES[1].cases
    assert (household.groupby("CLUST")[["KATO", "AREA"]].nunique() == 1).all(axis=None)


def test_planted_errors_are_there_and_nothing_else_changed(files: Files) -> None:
    good = {file: read(files, "2025", file)[0] for file in ("hh.dta", "hl.dta", "em.dta", "tr.dta")}
    bad = {file: read(files, "2025_errors", file)[0] for file in good}
    found = {
        ("emigrant", "line"): bad["em.dta"].duplicated(["hh_key", "q302"]).sum(),
        ("emigrant", "hhid"): (~bad["em.dta"]["hh_key"].isin(bad["hh.dta"]["hh_key"])).sum(),
        ("household", "weight"): (bad["hh.dta"]["hhwt_f"] < 0).sum(),
        ("household", "area"): (bad["hh.dta"]["locality"] != good["hh.dta"]["locality"]).sum(),
        ("person", "birth_place"): (bad["hl.dta"]["q205"] == UNKNOWN_CODE).sum(),
        ("person", "birth_country"): ((bad["hl.dta"]["q205"] == 1) & bad["hl.dta"]["q205c"].notna()).sum(),
    }
    assert found == {(each.level, each.source): each.cases for each in PLANTED}
    assert (bad["hh.dta"].groupby("cluster")["locality"].nunique() == 2).sum() == 1
    assert bad["em.dta"]["hh_key"].str.endswith(f"-{NO_SUCH_HOUSEHOLD}").sum() == 1
    pd.testing.assert_frame_equal(bad["tr.dta"], good["tr.dta"])
    pd.testing.assert_frame_equal(bad["em.dta"].iloc[:-2], good["em.dta"])
    for file, touched in (("hh.dta", ["hhwt_f", "locality"]), ("hl.dta", ["q205", "q205c"])):
        pd.testing.assert_frame_equal(bad[file].drop(columns=touched), good[file].drop(columns=touched))


def test_a_round_without_a_layout_is_refused(sample: Sample, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no layout"):
        write_round(sample, tmp_path, year=2025)
    assert not list(tmp_path.iterdir())
