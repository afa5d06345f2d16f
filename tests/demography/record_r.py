"""Run base R on synthetic inputs of demographic methods and keep its results: python -m tests.demography.record_r."""

import csv
import subprocess
import tempfile
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "r"
RECORDED = FOLDER / "recorded.csv"


def inputs() -> dict[str, np.ndarray]:
    """Numbers without chance: the same on any machine, each array in the order of its last axis."""
    wave = lambda n, k: 1 + 0.3 * np.sin(np.arange(n) * k)  # noqa: E731
    age = np.arange(0.0, 80)
    rate = 0.02 * np.exp(-0.1 * age) + 0.06 * np.exp(-0.1 * (age - 20) - np.exp(-0.4 * (age - 20))) + 0.003
    people = np.round(3000 * wave(80, 0.7))
    registered = np.round(np.exp(3 + 7 * (np.arange(40) % 13) / 13) * wave(40, 1.3)) + 5
    known = np.round(registered * 0.05 * wave(40, 2.1))
    mean = registered**0.75 * np.sqrt(0.02 + known / registered)
    return {
        "truth": np.round(100 * wave(24, 2.3)),
        "seed": np.round(10 * wave(24, 1.1)),
        "age": age,
        "rate": rate * (1 + 0.03 * np.sin(5.0 * age)),
        "people": people,
        "events": np.round(people * rate * (1 + 0.05 * np.sin(3.0 * age))),
        "lists": np.array([20.0, 35, 12, 60, 9, 50, 70]),
        "contacts": np.array([1.0, 2, 3, 4, 1, 2, 3, 5]),
        "covariate": np.array([0.0, 0, 0, 0, 1, 1, 1, 1]),
        "persons": np.array([300.0, 60, 12, 2, 200, 75, 20, 3]),
        "registered": registered,
        "known": known,
        "seen": np.round(mean * np.exp(0.5 * np.sin(np.arange(40) * 4.0))),
    }


def record(target: Path = RECORDED) -> None:
    """Write R's results to a file; needs Rscript with MASS."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "inputs.csv"
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("name", "value"))
            writer.writerows((name, repr(float(v))) for name, values in inputs().items() for v in values)
        subprocess.run(["Rscript", str(FOLDER / "record.R"), str(path), str(target)], check=True)


def recorded(path: Path = RECORDED) -> dict[str, np.ndarray]:
    """R's results by name."""
    found: dict[str, list[float]] = {}
    with path.open() as file:
        for line in csv.DictReader(file):
            found.setdefault(line["name"], []).append(float(line["value"]))
    return {name: np.array(values) for name, values in found.items()}


if __name__ == "__main__":
    record()
