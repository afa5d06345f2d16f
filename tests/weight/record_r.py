"""Run R survey on the synthetic survey and keep calibrated weights and estimates: python -m tests.weight.record_r."""

import subprocess
import tempfile
from pathlib import Path

from tests.estimate.synthetic import make_survey

FOLDER = Path(__file__).parent / "r"
ESTIMATES = FOLDER / "recorded_estimates.csv"
WEIGHTS = FOLDER / "recorded_weights.csv"


def record(estimates: Path = ESTIMATES, weights: Path = WEIGHTS) -> None:
    """Write the results of the script to two files; needs Rscript with the package survey."""
    with tempfile.TemporaryDirectory() as scratch:
        rows = Path(scratch) / "rows.csv"
        make_survey().to_csv(rows, index=False, float_format="%.17g")
        subprocess.run(["Rscript", str(FOLDER / "record.R"), str(rows), str(estimates), str(weights)], check=True)


if __name__ == "__main__":
    record()
