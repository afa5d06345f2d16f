"""Run R survey on the synthetic survey and keep its results: python -m tests.estimate.record_r."""

import subprocess
import tempfile
from pathlib import Path

from tests.estimate.synthetic import make_survey

FOLDER = Path(__file__).parent / "r"
RECORDED = FOLDER / "recorded.csv"
RECORDED_STATISTICS = FOLDER / "recorded_statistics.csv"
RECORDED_DISPERSION = FOLDER / "recorded_dispersion.csv"
RECORDED_REPLICATES = FOLDER / "recorded_replicates.csv"
RECORDED_MODELS = FOLDER / "recorded_models.csv"


def record(target: Path = RECORDED, *, script: str = "record.R") -> None:
    """Write the results of a script to a file; needs Rscript with the package survey."""
    with tempfile.TemporaryDirectory() as scratch:
        rows = Path(scratch) / "rows.csv"
        make_survey().to_csv(rows, index=False, float_format="%.17g")
        subprocess.run(["Rscript", str(FOLDER / script), str(rows), str(target)], check=True)


if __name__ == "__main__":
    record()
    record(RECORDED_STATISTICS, script="record_statistics.R")
    record(RECORDED_DISPERSION, script="record_dispersion.R")
    record(RECORDED_REPLICATES, script="record_replicates.R")
    record(RECORDED_MODELS, script="record_models.R")
