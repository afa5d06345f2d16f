"""Numbers of section d of the reference: flows from stocks, fitted tables, net totals."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from surveyproc.demography.accounting import flows_from_stocks, mixed_moves, moves_between
from surveyproc.demography.flows import (
    flows_by_growth,
    flows_by_stock_shares,
    multiplicative_components,
    stock_difference,
)
from surveyproc.demography.net import fit_net, rescale_net
from surveyproc.demography.proportional import fit_margins, fit_rows_and_columns
from tests.demography.rows import Row

CLOSURES = {None: "closed", "open": "open", "open-dr": "open_2013"}
LOOSE = "migest stops its fits at 1e-3 of a person"


def array(values: object) -> np.ndarray:
    return np.array(values, dtype=float)


def rows(shared: Path) -> Iterator[Row]:
    folder = shared / "reference/demography"
    entries = json.loads((folder / "d_flows_from_stocks.json").read_text())
    yield from accounting(entries)
    yield from printed(folder)
    yield from simple(entries)
    yield from fitted(entries)
    yield from seeded(folder)
    yield components(folder)


def accounting(entries: dict) -> Iterator[Row]:
    for name, entry in entries.items():
        if "births" not in entry or name == "abel2018_imr_distance":
            continue
        options = entry["options"] or {}
        result = flows_from_stocks(
            array(entry["stock_start"]),
            array(entry["stock_end"]),
            births=array(entry["births"]),
            deaths=array(entry["deaths"]),
            closure=CLOSURES[options.get("match_birthplace_tot_method")],
            movement="independent" if options.get("stayer_assumption") is False else "minimum",
        ).moves
        loose = sum(entry["births"]) > 0 and not options
        tolerance, why = (2.5e-3, LOOSE) if loose else (1e-9, "printed to 10 places")
        theirs = array(list(entry["flow_by_birthplace"].values()))
        yield Row("d", f"{name}: by birthplace", "package", "migest", result.by_birthplace, theirs, tolerance, why)
        yield Row("d", f"{name}: flows", "package", "migest", result.flows, array(entry["od_flow"]), tolerance, why)
    entry = entries["abel2018_imr_distance"]
    result = moves_between(
        array(entry["stock_start"]), array(entry["stock_end"]), movement="minimum", offset=array(entry["seed"])
    )
    why = "Q1: the package ignores the offset; ours obeys it, see the rows with an offset"
    yield Row(
        "d", "abel2018_imr_distance", "package", "migest", result.flows, array(entry["od_flow"]), 1e-6, why, False
    )
    start, end = (array(entries["abel2013_nobd"][k]) for k in ("stock_start", "stock_end"))
    least, free = (moves_between(start, end, movement=m).flows for m in ("minimum", "independent"))
    theirs = array(entries["pseudo_bayes_0.87"]["od_flow"])
    mixed = mixed_moves(least, free, share_independent=0.13)
    yield Row("d", "pseudo-Bayes, 0.13 independent", "package", "Azose & Raftery 2019", mixed, theirs, 1e-9)


def printed(folder: Path) -> Iterator[Row]:
    table = json.loads((folder / "published/abel_cohen_2019_table4.json").read_text())
    entry = json.loads((folder / "d_flows_from_stocks.json").read_text())["abel_cohen2019"]
    ours = moves_between(array(entry["stock_start"]), array(entry["stock_end"]), movement="minimum").by_birthplace
    for k, place in enumerate("ABCD"):
        theirs = array([[np.nan if v is None else v for v in line] for line in table[place]])
        there = ~np.isnan(theirs)
        source = "Abel & Cohen 2019, table 4"
        yield Row("d", f"birthplace {place}", "published", source, ours[k][there], theirs[there], 0.0501, "one decimal")


def simple(entries: dict) -> Iterator[Row]:
    entry = entries["stock_diff"]
    start, end = array(entry["stock_start"]), array(entry["stock_end"])
    found = {
        "diff_zero": stock_difference(start, end, decrease="dropped"),
        "diff_return": stock_difference(start, end, decrease="returned"),
        "rates_dennett": flows_by_stock_shares(start, total=np.array(float(entry["rates_dennett_M"]))),
        "rates_rogers_von_rabenau": flows_by_growth(start, end, negative="kept").flows,
    }
    for name, ours in found.items():
        yield Row("d", name, "package", "migest", ours, array(entry[name]), 1e-9, "printed to 10 places")


def fitted(entries: dict) -> Iterator[Row]:
    for name, source in (("ipf2", "course slides"), ("willekens1999", "Willekens 1999")):
        entry = entries[name]
        seed, row, column, theirs = (array(entry[k]) for k in ("seed", "row", "col", "fit"))
        ours = fit_rows_and_columns(seed, rows=row, columns=column).table
        many = fit_margins(seed, {(-2,): row, (-1,): column}).table
        yield Row("d", name, "published", source, ours, theirs, 5e-6, "the package stops at 1e-5 of the total")
        yield Row("d", f"{name}, any number of ways", "constructed", "a second route", many, ours, 1e-7)
    entry = entries["net_matrix_ipf"]
    ours, why = fit_net(array(entry["seed"]), net=array(entry["net"])).table, "the package stops at 1e-6 of a factor"
    yield Row("d", "net totals", "package", "migest", ours, array(entry["fit"]), 1e-4, why)
    entry = entries["rescale_net"]
    for name, signs in (("no_switches", "kept"), ("switches", "free")):
        ours = rescale_net(array(entry["x"]), signs=signs)
        yield Row("b6", f"zero world sum, {name}", "package", "migest; Abel 2018", ours, array(entry[name]), 1e-9)


def seeded(folder: Path) -> Iterator[Row]:
    entry = json.loads((folder / "d_minimum_migration_with_seed.json").read_text())
    start, end, far = (array(entry[k]) for k in ("stock_start", "stock_end", "distance"))
    near = np.divide(1.0, far, out=np.zeros_like(far), where=far > 0)
    source = "migest, internal routine"
    for name, offset in (("od_uniform", None), ("od_inverse_distance", near), ("od_distance", far)):
        ours = moves_between(start, end, movement="minimum", offset=offset)
        yield Row("d", f"offset: {name}", "package", source, ours.flows, array(entry[name]), 5e-5, "four decimals")
    ours = moves_between(start, end, movement="minimum", offset=near).by_birthplace
    theirs = array(list(entry["by_birthplace_inverse_distance"].values()))
    yield Row("d", "offset: by birthplace", "package", source, ours, theirs, 5e-6, "five decimals")


def components(folder: Path) -> Row:
    flows = array([[0, 100, 30, 70], [50, 0, 45, 5], [60, 35, 0, 40], [20, 25, 20, 0]])
    found = multiplicative_components(flows)
    with (folder / "a_toy4_multiplicative_components.csv").open() as file:
        printed = {(r["orig"], r["dest"]): float(r["component"]) for r in csv.DictReader(file)}
    places = "ABCD"
    ours = [found.association[i, j] for i in range(4) for j in range(4)] + [found.total]
    theirs = [printed[i, j] for i in places for j in places] + [printed["Sum", "Sum"]]
    ours += [*found.origin, *found.destination]
    theirs += [printed[p, "Sum"] for p in places] + [printed["Sum", p] for p in places]
    why = "the package fits to 1e-8"
    return Row("d", "multiplicative components", "package", "migest", array(ours), array(theirs), 1e-8, why)
