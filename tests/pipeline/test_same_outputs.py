"""Same inputs, same outputs: byte by byte for the same files, to rounding for rows in another order."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

import surveyproc
from surveyproc.values import ESTIMATE_COLUMNS
from tests.pipeline.conftest import CONFIGS, Done

KEYS = ["indicator", "category", "domain", "cell"]


def outputs(folder: Path) -> dict[str, bytes]:
    """Every output; of the manifest all but the entry `run`, which tells when and where."""
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    manifest = json.loads(files["manifest.json"])
    assert manifest.pop("run")
    files["manifest.json"] = json.dumps(manifest).encode()
    return files


def test_two_processes_with_other_hash_seeds_write_the_same_bytes(data, tmp_path) -> None:
    written = []
    for seed in ("1", "2"):
        out = tmp_path / seed / "2025"
        command = [sys.executable, "-m", "surveyproc", "run", str(CONFIGS / "2025.yaml"), "--data", str(data)]
        environ = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([*command, "--out", str(out), "--quiet"], check=True, env=environ, capture_output=True)
        written.append(outputs(out))
    assert written[0] == written[1]
    assert sorted(written[0]) == [
        *("estimates.csv", "manifest.json", "models.csv"),
        *(f"tables.{language}.{kind}" for language in ("en", "kk", "ru") for kind in ("html", "xlsx")),
        "tests.csv",
    ]


def test_a_second_run_in_one_process_writes_the_same_bytes(rounds: dict[int, Done], data, tmp_path) -> None:
    surveyproc.run(CONFIGS / "2024.yaml", data=data, out=tmp_path / "2024")
    assert outputs(tmp_path / "2024") == outputs(rounds[2024].out)


def shuffle(source: Path, target: Path, seed: int) -> None:
    """The same SPSS file with its cases in another order."""
    frame, meta = pyreadstat.read_sav(str(source), user_missing=True)
    pyreadstat.write_sav(
        frame.sample(frac=1, random_state=seed),
        str(target),
        column_labels=meta.column_names_to_labels,
        variable_value_labels=meta.variable_value_labels,
        missing_ranges=meta.missing_ranges,
        variable_format=meta.original_variable_types,
    )


@pytest.fixture(scope="module")
def shuffled(data, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shuffled")
    (folder / "2024").mkdir()
    for seed, name in enumerate(("household", "person", "emigrant")):
        shuffle(data / "2024" / f"{name}.sav", folder / "2024" / f"{name}.sav", seed)
    return folder


def test_rows_in_another_order_change_nothing_that_is_printed(rounds: dict[int, Done], shuffled, tmp_path) -> None:
    result = surveyproc.run(CONFIGS / "2024.yaml", data=shuffled, out=tmp_path / "2024")
    before, after = rounds[2024].result.estimates, result.estimates
    words = [name for name in ESTIMATE_COLUMNS if before[name].dtype.kind not in "fi"]
    pd.testing.assert_frame_equal(before[words], after[words])
    for name in set(ESTIMATE_COLUMNS) - set(words):
        one, other = (frame[name].to_numpy(float, na_value=np.nan) for frame in (before, after))
        np.testing.assert_allclose(other, one, rtol=1e-10, atol=1e-15, err_msg=name)
    for language in ("en", "ru", "kk"):
        page = f"tables.{language}.html"
        assert (tmp_path / "2024" / page).read_bytes() == (rounds[2024].out / page).read_bytes()


def test_the_shuffled_files_were_in_another_order(data, shuffled) -> None:
    one, other = (pyreadstat.read_sav(str(at / "2024" / "person.sav"))[0]["HHID"] for at in (data, shuffled))
    assert sorted(one) == sorted(other)
    assert (one.to_numpy() != other.to_numpy()).mean() > 0.9
