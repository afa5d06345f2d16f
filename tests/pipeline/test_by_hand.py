"""A round's estimates equal those made by hand from the same files, in every cell."""

import numpy as np
import pandas as pd
import pytest

from tests.pipeline import hand
from tests.pipeline.conftest import Done

DOMAINS = ("total", "area", "region", "sex", "head_sex")


def compare(done: Done, made: list[hand.Piece], frames: dict[str, pd.DataFrame]) -> list[tuple[str, str, str, str]]:
    """The (indicator, category, domain, cell) whose value and SE were equal."""
    design = hand.psus(frames)
    table = done.unjudged.set_index(["indicator", "category", "domain", "cell"]).sort_index()
    offered = {key[:3] for key in table.index}
    seen = []
    for piece in made:
        weight = "PERW" if "PERW" in piece.frame else "HHW"
        for domain in DOMAINS:
            if (piece.indicator, piece.category, domain) not in offered:
                continue
            labels = pd.Series("", index=piece.frame.index) if domain == "total" else piece.frame[domain]
            rows = table.loc[(piece.indicator, piece.category, domain)]
            for cell, row in rows.iterrows():
                inside = (labels == cell).to_numpy(float)
                if np.asarray(piece.bottom if piece.bottom is not None else 1.0, float).max() and inside.any():
                    value, se = hand.taylor(piece, weight, design, inside)
                    where = (piece.indicator, piece.category, domain, str(cell))
                    assert row["value"] == pytest.approx(value, rel=1e-12, abs=1e-15), where
                    assert row["se"] == pytest.approx(se, rel=1e-9, abs=1e-13), where
                    seen.append(where)
    return seen


@pytest.mark.parametrize("year", [2024, 2025])
def test_estimates_and_errors_equal_those_made_by_hand(rounds: dict[int, Done], data, year: int) -> None:
    frames = hand.read(data, year)
    seen = compare(rounds[year], [*hand.pieces(frames), *hand.emigrant_pieces(frames)], frames)
    assert len({indicator for indicator, *_ in seen}) >= 15
    assert len(seen) > 300
    assert {domain for _, _, domain, _ in seen} == set(DOMAINS)


def test_base_counts_are_numbers_of_rows(rounds: dict[int, Done], data) -> None:
    frames = hand.read(data, 2025)
    table = rounds[2025].unjudged.set_index(["indicator", "domain"])["n_unweighted"]
    assert table["base:background.members", "total"].item() == len(frames["person"])
    assert table["base:background.households", "total"].item() == (frames["household"]["HHRES"] == 1).sum()
    emigrants = (hand.emigrants(frames["emigrant"]) == 1).sum()
    assert table["base:absent_members.emigrants", "total"].item() == emigrants


def test_both_rounds_give_the_same_estimates_for_other_columns_codes_and_formats(rounds: dict[int, Done]) -> None:
    keys = ["module", "indicator", "statistic", "category", "domain", "cell"]
    first, second = (rounds[year].unjudged[keys] for year in (2024, 2025))
    pd.testing.assert_frame_equal(first, second)
    assert len(first) > 1_000
    assert (rounds[2024].result.estimates["round"] == "demo-2024").all()
    assert (rounds[2025].result.estimates["round"] == "demo-2025").all()
