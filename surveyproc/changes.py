"""Changes between two rounds from their estimates, the samples taken as independent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy import special

from surveyproc.problems import Place, Problem, SurveyprocError
from surveyproc.values import ESTIMATE_COLUMNS

KEY = ["indicator", "statistic", "category", "domain", "cell"]
COMPARED = ("difference", "quotient")
STATUSES = ("ok", "no_precision", "empty", "all_missing", "not_asked", "suppressed")  # of several sides the last tells
CHANGE_COLUMNS = (
    *KEY,
    *("before", "now", "change", "se", "ci_low", "ci_high", "t", "df", "p_value"),
    *("status", "module_before", "module_now"),
)


def read_estimates(path: str | Path) -> pd.DataFrame:
    """The estimates.csv of an earlier run. Raises SurveyprocError where it is none."""
    place = Place(Path(path).as_posix())
    try:
        blank = {"value": [""], "se": [""]}
        texts = dict.fromkeys(KEY, str)  # cells that are all numbers in one run need not be in the other
        frame = pd.read_csv(path, encoding="utf-8-sig", keep_default_na=False, na_values=blank, dtype=texts)
    except FileNotFoundError:
        raise SurveyprocError([Problem("config.not-found", place, "there is no such file")]) from None
    except OSError as error:
        hint = "Name the estimates.csv of a run."
        raise SurveyprocError(
            [Problem("config.unreadable", place, "the file cannot be read", got=error.strerror or "", hint=hint)]
        ) from None
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError):
        raise SurveyprocError([Problem("config.unreadable", place, "this is no CSV in UTF-8")]) from None
    lacking = [name for name in (*KEY, "value", "se", "df", "shown", "status", "module") if name not in frame.columns]
    if lacking:
        what, hint = "the file lacks columns of estimates", "Name the estimates.csv of a run."
        raise SurveyprocError([Problem("config.missing-key", place, what, got=", ".join(lacking), hint=hint)])
    if frame.duplicated(KEY).any():
        raise SurveyprocError([Problem("config.duplicate-key", place, "an estimate stands twice in the file")])
    return frame.reindex(columns=[name for name in ESTIMATE_COLUMNS if name in frame.columns])


def changes(now: pd.DataFrame, before: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """One row (CHANGE_COLUMNS) for each estimate of `now` that `before` has too, in the order of `now`.

    now, before: judged estimates (ESTIMATE_COLUMNS) of two rounds. change = now − before, in the unit of the estimates;
    SE² = SE²(now) + SE²(before), which is right for samples drawn independently: of a panel, or of rounds that share
    psus, the covariance is left out, and the SE is as a rule too large. df after Satterthwaite (1946), t interval,
    p-value of the t test of no change. status: suppressed or not_asked where either side is; no_precision where a side
    has no SE; ok. Comparisons within a round are left out. Raises ValueError unless 0 < confidence < 1.
    """
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
    left = now[~now["statistic"].isin(COMPARED)]
    both = left.merge(before, on=KEY, how="inner", suffixes=("_now", "_before"), validate="one_to_one")
    number = {
        f"{name}_{side}": pd.to_numeric(both[f"{name}_{side}"], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        for name in ("value", "se", "df")
        for side in ("now", "before")
    }
    sides = [
        standing(both[f"status_{side}"], both[f"shown_{side}"], number[f"value_{side}"], number[f"se_{side}"])
        for side in ("now", "before")
    ]
    status = np.array(STATUSES, dtype=object)[np.maximum(*sides)]
    ok = status == "ok"
    change = np.where(ok, number["value_now"] - number["value_before"], np.nan)
    squares = number["se_now"] ** 2, number["se_before"] ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        se = np.where(ok, np.sqrt(squares[0] + squares[1]), np.nan)
        df = se**4 / (_part(squares[0], number["df_now"]) + _part(squares[1], number["df_before"]))
        t = change / se
        reach = special.stdtrit(df, (1.0 + confidence) / 2.0) * se
        p_value = 2.0 * special.stdtr(df, -np.abs(t))
    columns = {
        **{name: both[name] for name in KEY},
        "before": np.where(ok | (status == "no_precision"), number["value_before"], np.nan),
        "now": np.where(ok | (status == "no_precision"), number["value_now"], np.nan),
        **{"change": change, "se": se, "ci_low": change - reach, "ci_high": change + reach},
        **{"t": t, "df": np.where(ok, df, np.nan), "p_value": p_value, "status": status},
        "module_before": both["module_before"],
        "module_now": both["module_now"],
    }
    return pd.DataFrame(columns)[list(CHANGE_COLUMNS)]


def _part(square: np.ndarray, df: np.ndarray) -> np.ndarray:
    """A side's part of Satterthwaite's divisor; a side without a sampling error has none."""
    return np.where(square > 0, square**2 / df, 0.0)


def standing(status: pd.Series, shown: pd.Series, value: np.ndarray, se: np.ndarray) -> np.ndarray:
    """Place in STATUSES of each estimate of one run, int (n): whether it can be compared, and why not."""
    found = np.where((status.to_numpy(object) == "ok") & ~np.isnan(value) & (se > 0), 0, 1)
    for word in STATUSES[2:-1]:
        found[status.to_numpy(object) == word] = STATUSES.index(word)
    found[shown.to_numpy(object) == "suppress"] = STATUSES.index("suppressed")
    return found
