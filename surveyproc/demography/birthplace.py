"""Net migration between two censuses from place of birth: those born outside, and natives living outside."""

from __future__ import annotations

from dataclasses import dataclass, fields

from numpy.typing import ArrayLike

from surveyproc.demography.numbers import Floats
from surveyproc.demography.survival import NetBySurvival, net_by_survival


@dataclass(frozen=True, slots=True)
class LifetimeNet:
    """Net migration of persons born outside (`incomers`), of natives away (`away`), and of all = incomers − away."""

    incomers: NetBySurvival
    away: NetBySurvival
    forward: Floats
    reverse: Floats
    average: Floats
    geometric: Floats


def lifetime_net(
    in_start: ArrayLike,
    in_end: ArrayLike,
    *,
    out_start: ArrayLike,
    out_end: ArrayLike,
    survival_in: ArrayLike,
    survival_out: ArrayLike,
) -> LifetimeNet:
    """[I1 − S_I·I0] − [O1 − S_O·O0] of lifetime in-migrants I and out-migrants O at two censuses; any one shape.

    Without ages one S serves, such as the census survival of the nation; with ages, S by birthplace and age
    (`census_ratios` of the native-born), and sums over ages. Of one census alone, in, out and net lifetime migrants are
    `flow_totals` of the matrix birthplace × residence. For countries, I are the foreign-born and O needs stocks of
    partner countries. Source: UN 1970, Manual VI, ch. I; Zachariah 1964; Eldridge and Kim 1968.
    """
    incomers = net_by_survival(in_start, in_end, survival=survival_in)
    away = net_by_survival(out_start, out_end, survival=survival_out)
    shown = {field.name for field in fields(LifetimeNet)} - {"incomers", "away"}
    net = {name: getattr(incomers, name) - getattr(away, name) for name in shown}
    return LifetimeNet(incomers=incomers, away=away, **net)
