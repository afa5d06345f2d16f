"""Small estimates frames for tests, with numbers that follow from a few."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from surveyproc.values import ESTIMATE_COLUMNS

INT = ("n_unweighted", "n_psus")


def row(**given: Any) -> dict[str, Any]:
    """One estimate; what is not given is usual and follows from value, se and n."""
    value, se, n = given.get("value", 0.4), given.get("se", 0.02), given.get("n_unweighted", 400)
    usual = {
        "round": "r1",
        "module": "demo@1.0.0",
        "indicator": "I",
        "statistic": "proportion",
        "category": "",
        "domain": "total",
        "cell": "",
        "value": value,
        "se": se,
        "ci_low": value - 2 * se,
        "ci_high": value + 2 * se,
        "ci_method": "2se",
        "cv": se / value if value else np.nan,
        "deff": 2.0,
        "deft": 2.0**0.5,
        "df": 60.0,
        "n_unweighted": n,
        "n_psus": 30,
        "n_weighted": float(n),
        "share_missing": 0.0,
        "status": "ok",
        "shown": "",
        "marks": "",
        "lineage": "",
    }
    return usual | given


def frame(*rows: dict[str, Any]) -> pd.DataFrame:
    """Rows as an estimates frame."""
    made = pd.DataFrame(list(rows), columns=list(ESTIMATE_COLUMNS))
    return made.astype(dict.fromkeys(INT, "int64"))
