"""The compiled passes give what numpy gives, bit for bit, and are used only where they pay."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveyproc.estimate import fast
from tests.estimate.surveys import by, design_of, measure, survey, whole
from tests.estimate.test_identities import all_measures, run, with_missing

needs_numba = pytest.mark.skipif(find_spec("numba") is None, reason="numba, the extra `fast`, is not installed")


def test_small_work_is_never_compiled() -> None:
    assert fast.compiled(fast.CALL - 1) is None


def test_numba_is_not_imported_where_it_does_not_pay() -> None:
    code = (
        "import sys; from surveyproc.estimate import fast; "
        "assert fast.compiled(fast.IMPORT - 1) is None; assert 'numba' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_numba_any_work_is_done_by_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast, "find_spec", lambda name: None)
    monkeypatch.delitem(sys.modules, fast.NAME, raising=False)
    assert fast.compiled(10**12) is None


def test_functions_never_compiled_before_are_compiled_for_long_work_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(fast, "find_spec", lambda name: name)
    monkeypatch.setattr(fast, "load", lambda: "loaded")
    monkeypatch.setattr(fast, "cache_folder", lambda: tmp_path)
    monkeypatch.delitem(sys.modules, fast.NAME, raising=False)
    assert fast.compiled(fast.COMPILE - 1) is None
    assert fast.compiled(fast.COMPILE) == "loaded"
    (tmp_path / "function.nbi").touch()
    assert fast.compiled(fast.COMPILE - 1) == "loaded"
    assert fast.compiled(fast.IMPORT - 1) is None


def test_compiled_functions_are_kept_in_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert fast.cache_folder() == tmp_path / "surveyproc" / "numba"
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert fast.cache_folder() is None


@pytest.mark.parametrize("items", [0, 1, 2, 7])
def test_threads_share_all_items_once(items: int) -> None:
    done = np.zeros(items)

    def count(first: int, last: int, into: np.ndarray) -> None:
        into[first:last] += 1

    fast.share(count, np.arange(items + 1) ** 2, done)
    assert (done == 1).all()


@needs_numba
@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["adjust", "average", "certainty"]), st.booleans())
def test_both_ways_give_the_same_bits(seed: int, rule: str, fpc: bool) -> None:
    data = with_missing(survey(seed, rows=200, lonely=True)).sample(frac=1.0, random_state=seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("surveyproc.estimate.fast.CALL", 10**12)
        with_numpy = run(data, lonely=rule, fpc=fpc).to_frame()
        patch.setattr("surveyproc.estimate.fast.CALL", 0)
        fast.load()
        compiled = run(data, lonely=rule, fpc=fpc).to_frame()
    pd.testing.assert_frame_equal(with_numpy, compiled, check_exact=True)


@needs_numba
def test_columns_that_do_not_lie_together_are_compiled_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    data = survey(1)
    strided = measure(data, "total", np.repeat(data.y.to_numpy(), 2)[::2])
    fast.load()
    found = []
    for least in (10**12, 0):
        monkeypatch.setattr("surveyproc.estimate.fast.CALL", least)
        splits = [whole(len(data)), by(data, "group")]
        found.append(fast_estimate(data, [strided, *all_measures(data)], splits))
    pd.testing.assert_frame_equal(*found, check_exact=True)


def fast_estimate(data: pd.DataFrame, measures: list, splits: list) -> pd.DataFrame:
    from surveyproc.estimate import estimate

    return estimate(design_of(data), measures, splits).to_frame()
