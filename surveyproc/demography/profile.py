"""Measures of the age profile of migration: level, peak, breadth, steepness, asymmetry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveyproc.demography.numbers import Floats, floats, over


@dataclass(frozen=True, slots=True)
class AgeProfile:
    """Measures of schedules (..., A); each array has the leading shape.

    gmr: gross migraproduction rate Σh·m. peak: highest intensity; age_at_peak: lower end of its age group, the youngest
    where several are as high (`tied`). breadth: Σh·m within `half_breadth` years on either side of the peak's group,
    breadth_share: of the GMR, in %. rise, fall: steepest change a year of the schedule that sums to 1 (fall below 0),
    age_at_rise, age_at_fall: lower end of the group at which the change arrives. asymmetry = rise / |fall|;
    age_asymmetry = age_at_rise / age_at_fall.
    """

    gmr: Floats
    peak: Floats
    age_at_peak: Floats
    tied: NDArray[np.bool_]
    breadth: Floats
    breadth_share: Floats
    rise: Floats
    age_at_rise: Floats
    fall: Floats
    age_at_fall: Floats
    asymmetry: Floats
    age_asymmetry: Floats


def age_profile(
    intensity: ArrayLike,
    lower: ArrayLike,
    *,
    widths: ArrayLike,
    study: tuple[float, float] = (5.0, 65.0),
    half_breadth: float = 5.0,
) -> AgeProfile:
    """Measures of intensities (..., A) by age group with lower ends and widths in years, both (A), adjoining.

    Peak and changes are sought at ages within `study`, ends excluded. A group that the breadth covers in part counts in
    that part. Changes between groups are per year between their middles, so that group widths do not alter them.
    A missing intensity leaves everything missing. Raises ValueError where groups do not adjoin or none is in `study`.
    Source: Rogers 1975 (GMR); Bell et al. 2002 (peak); Bell and Muhidin 2009 (breadth); Bernard, Bell and
    Charles-Edwards 2014, Population Studies 68:179 (rates of change, asymmetry).
    """
    rates, low, width = floats(intensity), floats(lower), floats(widths)
    if not np.allclose(low[1:], low[:-1] + width[:-1]) or rates.shape[-1:] != low.shape:
        raise ValueError("age groups adjoin, and each has an intensity")
    within = (low > study[0]) & (low < study[1])
    if not within.any():
        raise ValueError(f"no age group between {study[0]:g} and {study[1]:g}")
    gmr = (rates * width).sum(axis=-1)
    searched = np.where(within & ~np.isnan(gmr)[..., np.newaxis], rates, -np.inf)
    place = searched.argmax(axis=-1)
    peak = _known(_at(searched, place), gmr)
    bottom, top = low[place] - half_breadth, (low + width)[place] + half_breadth
    covered = np.clip(
        np.minimum(top[..., np.newaxis], low + width) - np.maximum(bottom[..., np.newaxis], low), 0.0, None
    )
    breadth = _known((rates * covered).sum(axis=-1), gmr)
    slope = np.diff(over(rates, gmr[..., np.newaxis]), axis=-1) / np.diff(low + width / 2.0)
    changes = np.where(within[1:] & ~np.isnan(slope), slope, np.nan)
    known = np.where(np.isnan(changes), 0.0, changes)
    up = np.where(within[1:], known, -np.inf).argmax(axis=-1)
    down = np.where(within[1:], known, np.inf).argmin(axis=-1)
    rise, fall = _at(changes, up), _at(changes, down)
    age_at_rise, age_at_fall = _known(low[1:][up], rise), _known(low[1:][down], fall)
    return AgeProfile(
        gmr=gmr,
        peak=peak,
        age_at_peak=_known(low[place], gmr),
        tied=np.asarray((searched == peak[..., np.newaxis]).sum(axis=-1) > 1),
        breadth=breadth,
        breadth_share=100.0 * over(breadth, gmr),
        rise=rise,
        age_at_rise=age_at_rise,
        fall=fall,
        age_at_fall=age_at_fall,
        asymmetry=over(rise, np.abs(fall)),
        age_asymmetry=over(age_at_rise, age_at_fall),
    )


def _at(values: Floats, place: NDArray[np.intp]) -> Floats:
    return floats(np.take_along_axis(values, place[..., np.newaxis], axis=-1)[..., 0])


def _known(values: ArrayLike, given: Floats) -> Floats:
    return floats(np.where(np.isnan(given), np.nan, values))
