"""What replicates are refused, and the matrices that balance them."""

import numpy as np
import pytest

from surveyproc.design import compile_design, make_replicates, supplied_replicates, usual_scale
from surveyproc.design.hadamard import hadamard
from surveyproc.values import Design, LonelyPsu


def design_of(psus: list[int], **more) -> Design:
    strata = np.repeat(np.arange(len(psus), dtype=float), psus)
    design, problems = compile_design(
        level="person", weight=np.ones(len(strata)), strata=[strata], lonely_psu=LonelyPsu.CERTAINTY, **more
    )
    assert design is not None, problems
    return design


@pytest.mark.parametrize("least", [1, 2, 3, 5, 13, 25, 37, 49, 101, 241])
def test_rows_of_a_hadamard_matrix_are_orthogonal(least: int) -> None:
    matrix = hadamard(least).astype(int)
    order = len(matrix)
    assert least <= order <= least + 11
    assert (matrix @ matrix.T == order * np.eye(order)).all()
    assert (matrix[0] == 1).all()
    assert (matrix[:, 0] == 1).all()


def test_a_hadamard_matrix_too_large_is_refused() -> None:
    with pytest.raises(ValueError, match="8192"):
        hadamard(8193)


@pytest.mark.parametrize(
    ("psus", "method", "more", "words"),
    [
        ([2, 2], "jk1", {}, "without strata"),
        ([2, 3], "brr", {}, "two psus in each stratum"),
        ([2, 2, 2, 2], "brr", {"number": 4}, "more replicates than strata"),
        ([2, 2], "fay", {"number": 10}, "no balanced set of 10"),
        ([3, 3], "bootstrap", {"number": 5}, "a seed"),
        ([3, 3], "bootstrap_preston", {"seed": 5}, "a number"),
    ],
)
def test_replicates_that_cannot_be_made(psus: list[int], method: str, more: dict, words: str) -> None:
    replicates, problems = make_replicates(design_of(psus), method, **more)
    assert replicates is None
    assert [p.code for p in problems] == ["design.replicates"]
    assert words in problems[0].what


def test_balanced_replicates_take_no_finite_population() -> None:
    replicates, problems = make_replicates(design_of([2, 2], fpc=np.full(4, 9.0)), "brr")
    assert replicates is None
    assert "finite population" in problems[0].what


def test_strata_taken_whole_have_no_jackknife_replicates() -> None:
    replicates, _ = make_replicates(design_of([2, 3], fpc=np.array([2.0, 2.0, 9.0, 9.0, 9.0])), "jkn")
    assert replicates.factors.shape == (5, 3)
    assert (replicates.factors[:2] == 1.0).all()
    np.testing.assert_allclose(replicates.scale, 6 / 9 * 2 / 3)


@pytest.mark.parametrize("method", ["brr", "jkn", "bootstrap"])
def test_every_replicate_of_balanced_methods_keeps_the_sum_of_weights(method: str) -> None:
    replicates, _ = make_replicates(
        design_of([2, 2, 2]), method, **({"number": 30, "seed": 2} if "boot" in method else {})
    )
    np.testing.assert_allclose(replicates.factors.sum(axis=0), 6.0)


WEIGHT = np.array([1.0, 2.0, 0.0, 4.0])


@pytest.mark.parametrize(
    ("columns", "rscales", "words"),
    [
        ([WEIGHT * 2], None, "two columns at least"),
        ([WEIGHT * 2, WEIGHT * 0], [1.0], "one of the rscales"),
        ([WEIGHT * 2, np.array([1.0, np.nan, 0.0, 1.0])], None, "no replicate weight"),
        ([WEIGHT * 2, WEIGHT + 1.0], None, "weight zero"),
        ([WEIGHT * 2, WEIGHT], None, "equal the weight"),
    ],
)
def test_supplied_replicates_that_cannot_be(columns: list, rscales: list | None, words: str) -> None:
    replicates, problems = supplied_replicates(WEIGHT, columns, scale=1.0, rscales=rscales)
    assert replicates is None
    assert [p.code for p in problems] == ["design.replicates"]
    assert words in problems[0].what


def test_supplied_weights_become_factors_and_scales_multiply() -> None:
    made, problems = supplied_replicates(WEIGHT, [WEIGHT * 2, WEIGHT * 0.5], scale=0.25, rscales=[1.0, 3.0])
    assert problems == ()
    assert made.factors.tolist() == [[2.0, 0.5], [2.0, 0.5], [0.0, 0.0], [2.0, 0.5]]
    assert made.scale.tolist() == [0.25, 0.75]
    held, _ = supplied_replicates(WEIGHT, [np.full(4, 2.0), np.full(4, 0.5)], scale=1.0, holding="factors")
    assert held.factors.tolist() == [[2.0, 0.5]] * 4


def test_usual_scales() -> None:
    assert usual_scale("brr", 80) == usual_scale("sdr", 80) / 4 == 1 / 80
    assert usual_scale("fay", 80, rho=0.5) == pytest.approx(4 / 80)
    assert usual_scale("jk1", 80) == 79 / 80
    assert usual_scale("bootstrap", 201) == 1 / 200
