"""The simulation stands for files: a sample in memory is what the reader makes of the written round."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveyproc.demo import build_population, draw_sample, write_round
from surveyproc.read import read_file
from surveyproc.values import RawRound
from tests.simulation.product import estimates, raw_round, spec_for


@pytest.mark.parametrize("year", [2024, 2025])
def test_a_sample_in_memory_equals_its_files_as_read(year: int, tmp_path: Path) -> None:
    sample = draw_sample(build_population(year, scale=0.05), seed=11)
    spec = spec_for(year, ["MG1_born_abroad", "MG6_mean_years", "MG8_per_1000"], ["total", "area"])
    made = raw_round(sample, spec)
    write_round(sample, tmp_path / str(year), year=year)
    read = {}
    for level, file in made.files.items():
        read[level], _ = read_file(
            tmp_path / spec.files[level].path, level=level, shown=level, columns=list(file.columns)
        )
        assert read[level].rows == file.rows
        for name, column in file.columns.items():
            other = read[level].columns[name]
            np.testing.assert_array_equal(other.values, column.values, err_msg=name)
            mine, theirs = (0 if c.letters is None else c.letters for c in (column, other))
            np.testing.assert_array_equal(theirs, mine, err_msg=name)
            assert other.info.missing_ranges == column.info.missing_ranges, name
            assert set(other.info.missing_values) == set(column.info.missing_values), name
    pd.testing.assert_frame_equal(estimates(RawRound(read), spec), estimates(made, spec), check_exact=True)
