"""One small country, a sample of it and its files, shared by the tests."""

from pathlib import Path

import pytest

from surveyproc.demo import Population, Sample, build_population, draw_sample, write_round

SCALE = 0.1


@pytest.fixture(scope="session")
def population() -> Population:
    return build_population(2024, scale=SCALE)


@pytest.fixture(scope="session")
def later() -> Population:
    return build_population(2025, scale=SCALE)


@pytest.fixture(scope="session")
def sample(population: Population) -> Sample:
    return draw_sample(population, seed=3)


@pytest.fixture(scope="session")
def sample_later(later: Population) -> Sample:
    return draw_sample(later, seed=4)


@pytest.fixture(scope="session")
def files(sample: Sample, sample_later: Sample, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("demo")
    write_round(sample, folder / "2024", year=2024)
    write_round(sample_later, folder / "2025", year=2025)
    write_round(sample_later, folder / "2025_errors", year=2025, planted="errors")
    return {name: folder / name for name in ("2024", "2025", "2025_errors")}
