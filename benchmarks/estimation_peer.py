"""Means in all cells by samplics or svy: python estimation_peer.py PACKAGE rows.csv names groups."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Iterator
from importlib.metadata import version

import numpy as np

warnings.simplefilter("ignore")
Row = tuple[str, str, str, float, float]


def with_samplics(path: str, names: list[str], groups: list[str]) -> Iterator[Row]:
    """Missing answers as 0 in a ratio to an indicator of being known: its own way to leave them out drops psus."""
    import pandas as pd
    from samplics.estimation import TaylorEstimator
    from samplics.utils.types import PopParam

    data = pd.read_csv(path)
    yield from ready()
    for name in names:
        known = data[name].notna().to_numpy(float)
        value = data[name].fillna(0.0).to_numpy()
        for group in groups:
            one = TaylorEstimator(PopParam.ratio)
            one.estimate(
                y=value,
                x=known,
                samp_weight=data.weight.to_numpy(),
                stratum=data.stratum.to_numpy(),
                psu=data.psu.to_numpy(),
                domain=data[group].to_numpy(),
            )
            yield from ((name, group, str(c), float(one.point_est[c]), float(one.stderror[c])) for c in one.point_est)


def with_svy(path: str, names: list[str], groups: list[str]) -> Iterator[Row]:
    import polars as pl
    import svy

    data = pl.read_csv(path, infer_schema_length=None)
    sample = svy.Sample(data, svy.Design(stratum="stratum", psu="psu", wgt="weight"))
    yield from ready()
    for name in names:
        for group in groups:
            found = sample.estimation.mean(name, by=group, drop_nulls=True)
            yield from ((name, group, str(e.by_level[0]), e.est, e.se) for e in found.estimates)


def ready() -> Iterator[Row]:
    """The mark from which time is taken: all is imported and read."""
    yield "", "", "", np.nan, np.nan


def main() -> None:
    package, path, names, groups = sys.argv[1:]
    rows = {"samplics": with_samplics, "svy": with_svy}[package](path, names.split(","), groups.split(","))
    next(rows)
    wall, processor = time.perf_counter(), time.process_time()
    found = list(rows)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    for name, group, cell, value, se in found:
        print(name, group, cell, repr(float(value)), repr(float(se)))
    print("versions", package, version(package))
    print("seconds", wall, processor)


if __name__ == "__main__":
    main()
