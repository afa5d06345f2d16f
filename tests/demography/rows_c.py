"""Numbers of section c of the reference: two reports of one flow, siblings, partners' stocks."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from surveyproc.demography.emigration import emigrants_by_siblings
from surveyproc.demography.mirror import adjustment_factors, combine, log_ratio_effects
from surveyproc.demography.partners import emigrant_stock, emigration_by_partner
from tests.demography.rows import Row


def array(values: object) -> np.ndarray:
    return np.array([[np.nan if v is None else v for v in line] for line in values], float)  # type: ignore[attr-defined]


def rows(shared: Path) -> Iterator[Row]:
    folder = shared / "reference/demography"
    yield from mirror(json.loads((folder / "c_mirror_constructed.json").read_text()))
    odds = emigrants_by_siblings(np.array(0.15), np.array(0.85), residents=np.array(1.0)).value
    yield Row("c2", "siblings, p = .15", "constructed", "methods c2", odds, np.array(0.17647), 5e-6, "five decimals")
    yield from partners(folder)


def mirror(entry: dict) -> Iterator[Row]:
    received, sent = array(entry["I_reported_by_destination"]), array(entry["E_reported_by_origin"])
    factors = adjustment_factors(received, sent, fixed=2)
    effects = log_ratio_effects(received, sent)
    printed = entry["logratio_lm_coef"]
    found = {
        "larger report": (combine(received, sent, rule="larger").flows, array(entry["max"])),
        "weighted 0.7": (combine(received, sent, rule="weighted", weight=0.7).flows, array(entry["weighted_0.7"])),
        "receivers' factors": (factors.receiver, np.array(entry["poulain_alpha_dest"])),
        "senders' factors": (factors.sender, np.array(entry["poulain_beta_orig"])),
        "objective of the factors": (factors.objective, np.array(entry["poulain_objective"])),
        "flows by the factors": (factors.flows, array(entry["poulain_adjusted_mean"])),
        "log-ratio regression": (
            np.array([effects.constant, *effects.receiver[1:], *effects.sender[1:]]),
            np.array([printed[k] for k in ("(Intercept)", "ddB", "ddC", "oB", "oC")]),
        ),
    }
    for name, (ours, theirs) in found.items():
        yield Row("c4", name, "constructed", "c_mirror_constructed", ours, theirs, 5e-10, "printed to 10 places")


def partners(folder: Path) -> Iterator[Row]:
    with (folder / "central_asia/undesa_ims2019_stock_origin_destination_central_asia.csv").open() as file:
        lines = [r for r in csv.DictReader(file) if r["origin"] == "Kazakhstan"]
    stock = {(r["year"], r["destination"]): float(r["stock"]) for r in lines}
    names = sorted({d for _, d in stock})
    table = np.array([[stock.get((year, d), np.nan) for d in names] for year in ("2015", "2019")])
    start, end = table[:, next(n for n, d in enumerate(names) if d.startswith("Russia"))]
    ours = emigration_by_partner(start, end, survival=np.array(1.0), deaths="none")
    theirs = np.array(2_559_711.0 - 2_560_269.0)
    yield Row("c4", "Kazakhstan-born in Russia, change 2015-2019", "published", "UN DESA 2019", ours, theirs, 0.5)
    there = ~np.isnan(table).any(0)
    ours = emigrant_stock(table[:, there], missing="refused").total
    theirs = np.array([sum(row[there].tolist()) for row in table])
    yield Row("c4", "emigrant stock of Kazakhstan", "constructed", "a plain sum", ours, theirs, 0.5)
