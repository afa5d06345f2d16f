"""Published cases through YAML: files of the reference as they are, or written out of them, against printed results."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveyproc import run

HEAD = "surveyproc: 1\nkind: demographic\nname: case\ntitle: {en: Case}\ncalculations:\n  c:\n"


def estimates(folder: Path, body: str, data: Path) -> pd.DataFrame:
    """Rows of the calculation by result and cell."""
    config = folder / "case.yaml"
    config.write_text(HEAD + body, encoding="utf-8")
    return run(config, data=data).estimates.set_index(["indicator", "cell"])


def survival(file: str, *, age: str, base: str, end: str, ratio: str, by: str = "[]") -> str:
    inputs = {"base": (base, "persons"), "end": (end, "persons"), "survival": (ratio, "ratio")}
    lines = [f"    method: survival_ratio\n    by: {by}\n    inputs:"]
    for name, (column, unit) in inputs.items():
        lines.append(f"      {name}: {{file: {file}, unit: {unit}, columns: {{age: {age}, value: {column}}}}}")
    return "\n".join(lines) + "\n"


@pytest.fixture
def folder(shared: Path) -> Path:
    return shared / "reference" / "demography"


def test_bombay_1941_1951(folder: Path, tmp_path: Path) -> None:
    body = survival("b_bombay_1941_1951_input.csv", age="age_1951", base="pop_1941", end="pop_1951", ratio="sr")
    rows = estimates(tmp_path, body, folder)
    printed = pd.read_csv(folder / "published" / "un1970_manual_vi_bombay_1941_1951.csv")
    ages = pd.read_csv(folder / "b_bombay_1941_1951_input.csv")["age_1951"]
    ours = [rows.loc[("c.forward", age), "value"] for age in ages]
    np.testing.assert_allclose(ours, printed["net"].to_numpy()[: len(ours)], atol=0.51)


def test_alabama_1960_1970(folder: Path, tmp_path: Path) -> None:
    body = survival(
        "b_alabama_1960_1970_input.csv",
        age="age_1970",
        base="pop_1960",
        end="pop_1970",
        ratio="us_census_sr",
        by="[race, sex]",
    )
    rows = estimates(tmp_path, body, folder)
    for total in pd.read_csv(folder / "b_net_sr_alabama_totals.csv").itertuples():
        for variant in ("forward", "reverse", "average"):
            ours = rows.loc[(f"c.total_{variant}", f"{total.race} × {total.sex}"), "value"]
            assert ours == pytest.approx(getattr(total, f"net_{variant}"), rel=1e-9)


def test_franklin_1950_1960(folder: Path, tmp_path: Path) -> None:
    table = pd.read_csv(folder / "b_franklin_1950_1960_input.csv")
    table["base"] = table["pop1950"].fillna(table["births"])
    table.to_csv(tmp_path / "franklin.csv", index=False)
    body = survival("franklin.csv", age="age1960", base="base", end="pop1960", ratio="national_csr")
    rows = estimates(tmp_path, body, tmp_path)
    assert rows.loc[("c.total_forward", ""), "value"] == pytest.approx(74_063.08, abs=0.01)  # printed 74,062


def test_ceylon_1946_1953(folder: Path, tmp_path: Path) -> None:
    file = "published/shryock_siegel_1976_tab21_2_ceylon_1946_1953.csv"
    body = "    method: balance\n    by: [district]\n    inputs:\n"
    for name, column in (("start", "pop_1946"), ("end", "pop_1953"), ("births", "natural_increase")):
        body += f"      {name}: {{file: {file}, unit: persons, columns: {{value: {column}}}}}\n"
    rows = estimates(tmp_path, body + "      deaths: {value: 0, unit: persons}\n", folder)
    printed = pd.read_csv(folder / file)
    assert len(printed) == 21
    for line in printed.itertuples():
        # Where the printed net is not the printed increase less natural increase, `check_net` is by how much.
        assert rows.loc[("c.net", line.district), "value"] == pytest.approx(line.net + line.check_net)
    assert rows.loc[("c.net", "CEYLON, TOTAL"), "value"] == 85_825


def test_korea_2020(folder: Path, tmp_path: Path) -> None:
    flows = "{file: a_korea_2020_input.csv, unit: persons, where: {year: 2020}, "
    flows += "columns: {origin: orig, destination: dest, value: flow}}"
    people = (
        "{file: a_korea_2020_input.csv, unit: million, where: {orig: Seoul}, columns: {zone: dest, value: dest_pop}}"
    )
    rows = estimates(
        tmp_path, f"    method: intensity\n    inputs:\n      flows: {flows}\n      population: {people}\n", folder
    )
    package = pd.read_csv(folder / "a_korea_indices_migest_2012_2020.csv").query("year == 2020")
    known = package.set_index("measure")["value"]
    names = {"intensity": "cmp", "system_effectiveness": "effectivness", "aggregate_net_rate": "anmr"}
    for ours, theirs in {**names, "courgeau_k": "courgeau_k"}.items():
        assert rows.loc[(f"c.{ours}", ""), "value"] == pytest.approx(known[theirs], rel=1e-9)


def matrix(values: object, *, first: str, second: str, names: str) -> pd.DataFrame:
    table = pd.DataFrame(values, index=list(names), columns=list(names)).rename_axis(index=first, columns=second)
    return table.stack().rename("value").reset_index()


def test_flows_from_stocks_of_abel_and_cohen(folder: Path, tmp_path: Path) -> None:
    case = json.loads((folder / "d_flows_from_stocks.json").read_text())["abel_cohen2019"]
    for name in ("start", "end"):
        table = matrix(case[f"stock_{name}"], first="birthplace", second="residence", names="ABCD")
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    vital = pd.DataFrame({"residence": list("ABCD"), "births": case["births"], "deaths": case["deaths"]})
    vital.to_csv(tmp_path / "vital.csv", index=False)
    body = "    method: flows_from_stocks\n    inputs:\n"
    body += "".join(f"      {n}: {{file: {n}.csv, unit: persons}}\n" for n in ("start", "end"))
    body += "".join(
        f"      {n}: {{file: vital.csv, unit: persons, columns: {{value: {n}}}}}\n" for n in ("births", "deaths")
    )
    rows = estimates(tmp_path, body, tmp_path)
    for i, origin in enumerate("ABCD"):
        for j, destination in enumerate("ABCD"):
            ours = rows.loc[("c.flows", f"{origin} × {destination}"), "value"]
            assert ours == pytest.approx(case["od_flow"][i][j], abs=1e-6)
    # Table 4, printed to one decimal: from B to D, those born in A 2.5, B 0, C 2.9, D 35.4.
    assert rows.loc[("c.flows", "B × D"), "value"] == pytest.approx(2.5 + 0 + 2.9 + 35.4, abs=0.1)


def test_two_reports_of_one_flow(folder: Path, tmp_path: Path) -> None:
    case = json.loads((folder / "c_mirror_constructed.json").read_text())
    for name, key in (("received", "I_reported_by_destination"), ("sent", "E_reported_by_origin")):
        table = matrix(np.array(case[key], dtype=float), first="origin", second="destination", names="ABC")
        table.dropna().to_csv(tmp_path / f"{name}.csv", index=False)
    inputs = "    inputs:\n" + "".join(f"      {n}: {{file: {n}.csv, unit: persons}}\n" for n in ("received", "sent"))
    for choices, key in (("{rule: larger}", "max"), ("{rule: weighted, weight: 0.7}", "weighted_0.7")):
        rows = estimates(tmp_path, f"    method: mirror\n    choices: {choices}\n{inputs}", tmp_path)
        for i, origin in enumerate("ABC"):
            for j, destination in enumerate("ABC"):
                if i != j:
                    ours = rows.loc[("c.flows", f"{origin} × {destination}"), "value"]
                    assert ours == pytest.approx(case[key][i][j])
    rows = estimates(tmp_path, f"    method: mirror_factors\n    choices: {{fixed: C}}\n{inputs}", tmp_path)
    for zone, alpha, beta in zip("ABC", case["poulain_alpha_dest"], case["poulain_beta_orig"], strict=True):
        assert rows.loc[("c.receiver_factor", zone), "value"] == pytest.approx(alpha)
        assert rows.loc[("c.sender_factor", zone), "value"] == pytest.approx(beta)
