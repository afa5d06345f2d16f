"""Run R survey on the synthetic survey and keep what it gives: python -m tests.demography.record_uncertainty."""

from pathlib import Path

from tests.estimate import record_r

FOLDER = Path(__file__).parent / "r"
RECORDED = FOLDER / "recorded_uncertainty.csv"

if __name__ == "__main__":
    record_r.FOLDER = FOLDER
    record_r.record(RECORDED, script="record_uncertainty.R")
