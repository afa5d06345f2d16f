"""The configs of configs/kazakhstan run on the figures beside them, and on the open data where these are."""

from pathlib import Path

import pandas as pd
import pytest

from surveyproc import run
from tests.conftest import ROOT

FOLDER = ROOT / "configs" / "kazakhstan"
CONFIGS = sorted(FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("config", CONFIGS, ids=lambda p: p.stem)
def test_a_config_runs_on_the_figures_beside_it(config: Path) -> None:
    result = run(config)
    assert set(result.estimates["status"]) <= {"ok", "no_uncertainty"}
    assert [p.language for p in result.publications] == ["en", "ru", "kk"]
    assert (result.estimates["status"] == "ok").mean() > 0.4


def test_the_balance_is_the_net_migration_that_the_source_prints() -> None:
    figures = pd.read_csv(FOLDER / "balance.csv").set_index(["input", "year"])["value"]
    rows = run(FOLDER / "balance.yaml").estimates.query("indicator == 'balance.net'").set_index("cell")
    for year in (2010, 2015, 2019):
        # Within 14 persons: the source's annual figures are rounded by themselves.
        assert rows.loc[str(year), "value"] == pytest.approx(1000 * figures["net", year], abs=14)
        variance = sum((1000 * figures[n, year] * cv) ** 2 for n, cv in CVS.items())
        assert rows.loc[str(year), "se"] == pytest.approx(variance**0.5, rel=1e-6)


CVS = {"start": 0.0005, "end": 0.0005, "births": 0.005, "deaths": 0.01}


def test_partners_on_the_open_data_give_what_the_bundled_figures_give(shared: Path, tmp_path: Path) -> None:
    open_data = shared / "reference" / "demography" / "central_asia"
    name = "undesa_ims2019_stock_origin_destination_central_asia.csv"
    text = (FOLDER / "partner_stock.yaml").read_text(encoding="utf-8")
    config = tmp_path / "partner_stock.yaml"
    config.write_text(text.replace("file: partners.csv", f"file: {name}"), encoding="utf-8")
    bundled, whole = run(FOLDER / "partner_stock.yaml").estimates, run(config, data=open_data).estimates
    columns = ["indicator", "cell", "value", "se", "status"]
    pd.testing.assert_frame_equal(bundled[columns], whole[columns])
    assert whole.set_index(["indicator", "cell"]).loc[("stock.emigrants", "2019"), "value"] == 3_793_558


def test_survival_ratios_on_the_open_data_are_near_the_source(shared: Path, tmp_path: Path) -> None:
    own = pd.read_csv(shared / "reference" / "demography" / "b_kazakhstan_2010_2015_survival_ratio_own_example.csv")
    own.rename(columns={"age_end": "age", "pop_end": "end"}).to_csv(tmp_path / "cohorts.csv", index=False)
    rows = run(FOLDER / "survival_ratio.yaml", data=tmp_path).estimates.set_index(["indicator", "cell"])
    for sex, total in own.groupby("sex")["forward"].sum().items():
        assert rows.loc[("survival_ratio.total_forward", sex), "value"] == pytest.approx(1000 * total, abs=20)
    both = sum(rows.loc[("survival_ratio.total_forward", sex), "value"] for sex in "FM")
    assert both == pytest.approx(159_807, abs=3_800)  # WPP 2019's own net migration, 2010–2015


def test_the_balance_on_the_open_data(shared: Path, tmp_path: Path) -> None:
    table = pd.read_csv(shared / "reference" / "demography" / "central_asia" / "wpp2024_misc1dt_central_asia_ru_de.csv")
    net = pd.read_csv(shared / "reference" / "demography" / "central_asia" / "wpp2024_mig1dt_central_asia_ru_de.csv")
    table = table.query("country_code == 398").merge(net, on=["country_code", "year"])
    middle = 1000 * table["births"] / table["cbr"]
    table["start"], table["end"] = middle - table["PopChange"] / 2, middle + table["PopChange"] / 2
    table = table.rename(columns={"mig": "net"})[["year", "start", "end", "births", "deaths", "net"]]
    table.melt("year", var_name="input").to_csv(tmp_path / "balance.csv", index=False)
    rows = run(FOLDER / "balance.yaml", data=tmp_path).estimates.query("indicator == 'balance.net'")
    assert len(rows) == 74
    assert (rows["value"].to_numpy() - 1000 * table["net"].to_numpy()).__abs__().max() < 15
