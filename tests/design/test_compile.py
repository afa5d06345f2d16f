"""The design from columns: numbering, faults with their counts, collapsing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveyproc.design import compile_design, weights_look_normalised
from surveyproc.problems import Place, Severity
from surveyproc.values import LonelyPsu

STRATA = np.array([1, 1, 1, 2, 2, 2, 3, 3], dtype=float)
PSU = np.array([10, 10, 11, 20, 21, 22, 30, 31], dtype=float)
ONES = np.ones(8)


def compiled(**given):
    columns = {"level": "person", "weight": ONES, "strata": [STRATA], "psu": [PSU]} | given
    return compile_design(**columns)


def only_problem(code: str, **given):
    design, problems = compiled(**given)
    errors = [p for p in problems if p.severity is Severity.ERROR]
    assert design is None
    assert [p.code for p in errors] == [code]
    return errors[0]


def changed(column: np.ndarray, *, at: int, to) -> np.ndarray:
    column = column.copy()
    column[at] = to
    return column


def test_psus_are_numbered_by_stratum_and_id_whatever_the_order_of_rows() -> None:
    design, problems = compiled()
    assert problems == ()
    assert design.strata == ("1", "2", "3")
    assert design.psu.tolist() == [0, 0, 1, 2, 3, 4, 5, 6]
    assert design.psu_stratum.tolist() == [0, 0, 1, 1, 1, 2, 2]
    assert (design.psu.dtype, design.psu_stratum.dtype, design.weight.dtype) == (np.int32, np.int32, np.float64)
    order = np.array([7, 2, 5, 0, 4, 1, 6, 3])
    shuffled, _ = compiled(strata=[STRATA[order]], psu=[PSU[order]])
    assert shuffled.psu.tolist() == design.psu[order].tolist()
    assert shuffled.psu_stratum.tolist() == design.psu_stratum.tolist()


@given(st.permutations(range(8)), st.booleans())
def test_text_and_numbers_make_the_same_design(order: list[int], text: bool) -> None:
    names = {1.0: "north", 2.0: "south", 3.0: "west"}
    strata = np.array([names[s] for s in STRATA[order]], dtype=object if text else "U8")
    left, _ = compiled(strata=[strata], psu=[PSU[order].astype(int).astype(str).astype(object)])
    right, _ = compiled(strata=[STRATA[order]], psu=[PSU[order]], strata_labels=[names])
    assert left.strata == right.strata == ("north", "south", "west")
    assert left.psu.tolist() == right.psu.tolist()


def test_several_columns_are_crossed() -> None:
    area = np.array(["u", "u", "r", "u", "u", "u", "r", "r"], dtype=object)
    design, problems = compiled(strata=[STRATA, area], lonely_psu=LonelyPsu.ADJUST)
    assert design.strata == ("1 × r", "1 × u", "2 × u", "3 × r")
    assert design.psu_stratum.tolist() == [0, 1, 2, 2, 2, 3, 3]
    assert [p.code for p in problems] == ["design.lonely-psu"]


def test_labels_that_two_strata_share_are_told_apart() -> None:
    design, _ = compiled(strata_labels=[{1.0: "other", 2.0: "south", 3.0: "other"}])
    assert design.strata == ("other (1)", "south", "other (3)")


def test_without_strata_and_psus_each_row_is_a_psu_of_one_stratum() -> None:
    design, problems = compiled(strata=None, psu=None)
    assert problems == ()
    assert design.psu.tolist() == list(range(8))
    assert design.psu_stratum.tolist() == [0] * 8
    assert design.strata == ("",)


@pytest.mark.parametrize(
    ("code", "column", "value", "cases"),
    [
        ("design.missing-weight", "weight", np.nan, 1),
        ("design.bad-weight", "weight", -0.5, 1),
        ("design.bad-weight", "weight", np.inf, 1),
        ("design.bad-weight", "weight", -np.inf, 1),
        ("design.missing-stratum", "strata", np.nan, 1),
        ("design.missing-psu", "psu", np.nan, 1),
    ],
)
def test_a_bad_value_is_counted_and_refused(code: str, column: str, value: float, cases: int) -> None:
    source = {"weight": ONES, "strata": STRATA, "psu": PSU}[column]
    bad = changed(source, at=4, to=value)
    problem = only_problem(
        code, **{column: bad if column == "weight" else [bad]}, where=Place(file="round.yaml", line=7)
    )
    assert (problem.where.file, problem.where.line) == ("round.yaml", 7)
    assert (problem.where.level, problem.where.cases) == ("person", cases)


@pytest.mark.parametrize("blank", ["", "   ", None, np.nan])
def test_blank_text_is_missing(blank) -> None:
    names = changed(STRATA.astype(str).astype(object), at=0, to=blank)
    assert only_problem("design.missing-stratum", strata=[names]).where.cases == 1


def test_all_faults_are_told_at_once() -> None:
    weight = np.array([np.nan, -1, 1, 1, 1, 1, 1, 1])
    design, problems = compiled(weight=weight, strata=[changed(STRATA, at=2, to=np.nan)])
    assert design is None
    assert [p.code for p in problems] == ["design.missing-weight", "design.bad-weight", "design.missing-stratum"]


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_weights_of_zero_are_counted_and_kept(zero: float) -> None:
    design, problems = compiled(weight=changed(ONES, at=0, to=zero))
    assert [(p.code, p.severity, p.where.cases) for p in problems] == [("design.zero-weight", Severity.INFO, 1)]
    assert len(design.weight) == 8
    assert not np.signbit(design.weight).any()


def test_no_weight_above_zero_is_refused() -> None:
    assert only_problem("design.zero-weight", weight=np.zeros(8)).where.cases == 8


def test_a_psu_in_two_strata_is_refused_unless_ids_are_nested() -> None:
    psu = changed(PSU, at=7, to=10.0)
    problem = only_problem("design.psu-in-two-strata", psu=[psu])
    assert problem.where.cases == 3
    assert "nested_ids" in problem.hint
    design, problems = compiled(psu=[psu], nested_ids="nested")
    assert problems == ()
    assert design.psu_stratum.tolist() == [0, 0, 1, 1, 1, 2, 2]
    assert design.psu[0] != design.psu[7]


def test_lonely_psus_stop_and_name_at_most_five_strata() -> None:
    strata = np.repeat(np.arange(8.0), 2)
    psu = np.where(strata < 7, strata, 70.0 + np.arange(16))
    problem = only_problem("design.lonely-psu", weight=np.ones(16), strata=[strata], psu=[psu])
    assert problem.got == "7 strata: 0, 1, 2, 3, 4 and 2 more"
    assert "in the file" in problem.what


@pytest.mark.parametrize("rule", [rule for rule in LonelyPsu if rule is not LonelyPsu.FAIL])
def test_a_rule_for_lonely_psus_is_kept_and_told(rule: LonelyPsu) -> None:
    design, problems = compiled(psu=[changed(PSU, at=7, to=30.0)], lonely_psu=rule)
    assert design.lonely_psu is rule
    assert [(p.code, p.severity, p.got) for p in problems] == [("design.lonely-psu", Severity.INFO, "1 stratum: 3")]
    assert str(rule) in problems[0].what


def test_a_certain_psu_is_not_lonely() -> None:
    psu, fpc = changed(PSU, at=7, to=30.0), np.where(STRATA == 3, 1.0, 9.0)
    design, problems = compiled(psu=[psu], fpc=fpc)
    assert problems == ()
    assert design.fpc.tolist() == [9.0, 9.0, 1.0]


@pytest.mark.parametrize(
    ("fpc", "words"),
    [
        (np.full(8, 0.25), "sampling rates"),
        (np.where(STRATA == 2, 2.0, 9.0), "below the number of psus"),
        (np.where(PSU == 11, 8.0, 9.0), "varies within strata"),
        (np.where(PSU == 11, np.nan, 9.0), "no population count"),
        (np.where(PSU == 11, np.inf, 9.0), "infinite"),
    ],
)
def test_a_finite_population_correction_that_cannot_be_is_refused(fpc: np.ndarray, words: str) -> None:
    assert words in only_problem("design.fpc", fpc=fpc).what


def test_collapsed_strata_share_their_psus_and_population() -> None:
    psu = changed(PSU, at=7, to=30.0)
    fpc = STRATA + 9
    design, problems = compiled(psu=[psu], fpc=fpc, collapse={"3": "1"})
    assert problems == ()
    assert design.strata == ("1 + 3", "2")
    assert design.fpc.tolist() == [22.0, 11.0]
    assert np.bincount(design.psu_stratum).tolist() == [3, 3]
    assert (np.diff(design.psu_stratum) >= 0).all()
    row_stratum = design.psu_stratum[design.psu]
    assert row_stratum.tolist() == [0, 0, 0, 1, 1, 1, 0, 0]


@pytest.mark.parametrize(
    ("collapse", "words"),
    [
        ({"9": "1"}, "not in the file"),
        ({"3": "9"}, "not in the file"),
        ({"3": "3"}, "with itself"),
        ({"3": "1", "1": "2"}, "itself collapsed"),
    ],
)
def test_a_collapse_that_cannot_be_is_refused(collapse: dict, words: str) -> None:
    assert words in only_problem("design.collapse", collapse=collapse).what


def test_a_collapse_that_leaves_a_lonely_stratum_is_refused() -> None:
    psu = np.array([10, 10, 10, 20, 20, 20, 30, 30], dtype=float)
    assert only_problem("design.lonely-psu", psu=[psu], collapse={"3": "1"}).got == "1 stratum: 2"


def test_messages_hold_no_ids() -> None:
    psu = changed(PSU, at=7, to=10.0)
    _, problems = compiled(psu=[psu], weight=changed(ONES, at=0, to=-12345.0))
    assert len(problems) == 2
    assert not any(word in str(p) for p in problems for word in ("12345", "30", "31"))


@pytest.mark.parametrize(
    ("weight", "expected"),
    [(np.array([0.5, 1.5, 1.0]), True), (np.array([0.5, 1.5, 1.0, 0.0]), True), (np.array([1.0, 1.1]), False)],
)
def test_normalised_weights_are_recognised(weight: np.ndarray, expected: bool) -> None:
    assert weights_look_normalised(weight) is expected
    assert weights_look_normalised(np.zeros(3)) is False


def test_a_large_design_keeps_every_row_in_its_stratum() -> None:
    rng = np.random.default_rng(1)
    strata = rng.integers(0, 400, 50_000).astype(float)
    psu = strata * 10 + rng.integers(0, 10, 50_000)
    design, _ = compiled(weight=np.ones(50_000), strata=[strata], psu=[psu])
    assert len(design.psu_stratum) == 4000
    assert (design.psu_stratum[design.psu] == strata).all()
    assert (np.unique(design.psu * 4000 + psu).size) == 4000


def _stratified(fpc, holds):
    strata, psu = np.repeat([0, 1], [4, 6]), np.repeat(np.arange(5), 2)
    return compile_design(level="row", weight=np.ones(10), strata=[strata], psu=[psu], fpc=fpc, fpc_holds=holds)


def test_sampling_rates_are_counts_when_it_is_said() -> None:
    rates = np.repeat([0.5, 0.25], [4, 6])
    design, problems = _stratified(rates, "rates")
    assert problems == ()
    assert design.fpc.tolist() == [4.0, 12.0]
    counts, _ = _stratified(np.repeat([4.0, 12.0], [4, 6]), "counts")
    np.testing.assert_array_equal(design.fpc, counts.fpc)


def test_a_rate_of_one_is_certain_and_of_none_is_with_replacement() -> None:
    design, problems = _stratified(np.repeat([1.0, 0.0], [4, 6]), "rates")
    assert problems == ()
    assert design.fpc.tolist() == [2.0, np.inf]


@pytest.mark.parametrize("bad", [1.5, -0.1, np.nan])
def test_no_rate_is_refused(bad: float) -> None:
    rates = np.full(10, 0.5)
    rates[3] = bad
    design, (problem,) = _stratified(rates, "rates")
    assert design is None
    assert (problem.code, problem.where.cases) == ("design.fpc", 1)


def test_rates_are_not_taken_for_counts_unless_it_is_said() -> None:
    design, (problem,) = _stratified(np.repeat([0.5, 0.25], [4, 6]), "counts")
    assert design is None
    assert "holds: rates" in problem.hint


def test_rates_that_vary_within_a_stratum_are_refused() -> None:
    design, (problem,) = _stratified(np.repeat([0.5, 0.4, 0.25], [2, 2, 6]), "rates")
    assert design is None
    assert "varies" in problem.what
