"""Records side by side in a row give what the same records give in a file of their own."""

from pathlib import Path
from shutil import copytree

import pandas as pd
import pyreadstat
import pytest
import yaml
from pandas.testing import assert_frame_equal

import surveyproc
from surveyproc.problems import SurveyprocError
from tests.pipeline.conftest import CONFIGS, Done

STUBS = {
    "EMLN": "{i}",
    **{name: f"EM_{{i}}_{name}" for name in ("E02", "E03", "E04", "E06", "E07Y", "E07M", "E08", "E09")},
}


def widened(data: Path) -> tuple[pd.DataFrame, object, int]:
    """Households with their emigrants' answers beside them, the header of the emigrants' file, and how many at most."""
    homes, _ = pyreadstat.read_sav(str(data / "2024" / "household.sav"), user_missing=True)
    people, meta = pyreadstat.read_sav(str(data / "2024" / "emigrant.sav"), user_missing=True)
    number = people.groupby("HHID").cumcount() + 1
    parts = [homes[["HHID"]]]
    for slot in range(1, number.max() + 2):  # and a slot that nobody fills
        part = people[number == slot].set_index("HHID").reindex(homes["HHID"])
        for name, stub in STUBS.items():
            if stub != "{i}":
                parts.append(part[name].rename(stub.replace("{i}", str(slot))).reset_index(drop=True))
    return pd.concat(parts, axis=1), meta, int(number.max()) + 1


@pytest.fixture(scope="module")
def wide(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of 2024, emigrants in a wide file, and the round's config for them."""
    folder = tmp_path_factory.mktemp("wide")
    copytree(data / "2024", folder / "2024")
    frame, meta, slots = widened(data)
    ranges = {stub: meta.missing_ranges.get(name) for name, stub in STUBS.items()}
    labels = {stub: meta.variable_value_labels.get(name) for name, stub in STUBS.items()}
    each = {stub.replace("{i}", str(i)): stub for stub in STUBS.values() for i in range(1, slots + 1) if stub != "{i}"}
    pyreadstat.write_sav(
        frame,
        str(folder / "emigrants.sav"),
        missing_ranges={name: ranges[stub] for name, stub in each.items() if ranges[stub]},
        variable_value_labels={name: labels[stub] for name, stub in each.items() if labels[stub]},
    )
    config = yaml.safe_load((CONFIGS / "2024.yaml").read_text(encoding="utf-8"))
    config["files"]["emigrant"] = {
        "path": "emigrants.sav",
        "reshape": {"i": f"1..{slots}", "keep_if": ["EM_{i}_E02", "EM_{i}_E03"]},
    }
    config["keys"]["emigrant"] = ["HHID", "{i}"]
    config["map"] |= {name: STUBS[column] for name, column in config["map"].items() if str(column) in STUBS}
    (folder / "round.yaml").write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    for name in ("plan.yaml",):
        (folder / name).write_text((CONFIGS / name).read_text(encoding="utf-8"), encoding="utf-8")
    return folder


def test_a_wide_roster_gives_the_estimates_of_a_long_file(wide: Path, rounds: dict[int, Done]) -> None:
    found = surveyproc.run(wide / "round.yaml", data=wide)
    assert found.estimates["indicator"].str.startswith("MG9").any()
    assert_frame_equal(found.estimates, rounds[2024].result.estimates)


def refused(wide: Path, old: str, new: str) -> list[tuple[str, str]]:
    text = (wide / "round.yaml").read_text(encoding="utf-8")
    assert old in text
    (wide / "bad.yaml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(SurveyprocError) as caught:
        surveyproc.run(wide / "bad.yaml", data=wide)
    return [(p.code, p.got or p.what) for p in caught.value.problems]


def test_columns_of_a_roster_must_be_there_for_every_record(wide: Path) -> None:
    found = refused(wide, "EM_{i}_E06", "EM_{i}_E66")
    assert found == [("read.missing-column", "emigrants.sav has no column 'EM_{i}_E66'")]


def test_columns_of_a_roster_must_be_alike(wide: Path) -> None:
    frame, *_ = widened(wide)
    frame["EM_2_E03"] = frame["EM_2_E03"].astype(str)
    kept = (wide / "emigrants.sav").read_bytes()
    pyreadstat.write_sav(frame, str(wide / "emigrants.sav"))
    try:
        found = refused(wide, "survey:", "survey:")
    finally:
        (wide / "emigrants.sav").write_bytes(kept)
    assert ("read.roster", "text and numbers") in found
