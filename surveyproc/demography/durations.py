"""Reports of flows under different duration rules and coverage brought to one definition."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveyproc.demography.fit import Floats
from surveyproc.demography.mirror import pairs


def duration_factor(months: Floats, *, leaving: Floats | float, standard: float = 12.0) -> Floats:
    """δ: moves counted under a rule of so many months of stay, over those counted under the standard rule.

    Where stays end at a constant rate of `leaving` a year, a share e^{−leaving·months/12} lasts as long, so δ =
    e^{−leaving·(months − standard)/12} (Nowok and Willekens 2011): a shorter rule counts more, δ > 1. Divide a reported
    flow by δ.
    """
    return np.asarray(np.exp(-np.asarray(leaving) * (np.asarray(months, dtype=np.float64) - standard) / 12.0))


@dataclass(frozen=True, slots=True)
class TrueFlows:
    """Flows (…, R, R) under the standard definition; log_variance of ln flow."""

    flows: Floats
    log_variance: Floats


def flows_of_one_definition(
    received: Floats,
    sent: Floats,
    *,
    duration: Floats,
    coverage_received: Floats,
    coverage_sent: Floats,
    variance_received: Floats,
    variance_sent: Floats,
) -> TrueFlows:
    """Weighted mean of two corrected logs: ln I_ij = y_ij + ln δ_j + ln c_j and ln E_ij = y_ij + ln δ_i + ln k_i.

    duration δ (…, R), see `duration_factor`; coverage c of immigration in the receiver and k of emigration in the
    sender, between 0 and 1 (e^λ in the source); variances (…, R) of the logs of a report by its collection system. Each
    report weighs 1 over its variance; a corridor with one report above 0 takes it. The measurement part of the model of
    Raymer, Wiśniowski, Forster, Smith and Bijak (2013) with its parameters given, without its prior for y.
    """
    i, e = pairs(received, sent)
    d, c, k = (np.asarray(x, dtype=np.float64) for x in (duration, coverage_received, coverage_sent))
    v_i = np.asarray(variance_received, dtype=np.float64)[..., None, :]
    v_e = np.asarray(variance_sent, dtype=np.float64)[..., :, None]
    if (v_i <= 0).any() or (v_e <= 0).any():
        raise ValueError("a variance of the log of a report is not above 0")
    log_i = np.log(np.where(i > 0, i, np.nan)) - np.log(d * c)[..., None, :]
    log_e = np.log(np.where(e > 0, e, np.nan)) - np.log(d * k)[..., :, None]
    w_i, w_e = (np.where(np.isnan(y), 0.0, 1.0 / v) for y, v in ((log_i, v_i), (log_e, v_e)))
    total = np.where(w_i + w_e > 0, w_i + w_e, np.nan)
    mean = (w_i * np.nan_to_num(log_i) + w_e * np.nan_to_num(log_e)) / total
    return TrueFlows(np.asarray(np.exp(mean)), np.asarray(1.0 / total))
