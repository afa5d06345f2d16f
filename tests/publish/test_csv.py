"""The CSV gives every number back exactly, nothing of a suppressed row, and no formula."""

from __future__ import annotations

import csv
import io
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveyproc.problems import SurveyprocError
from surveyproc.publish.csv import HIDDEN_IF_SUPPRESSED, estimates_csv, without_formula
from surveyproc.values import ESTIMATE_COLUMNS
from tests.publish.sample import PAYLOADS, SECRETS, frame


def read(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_the_file_is_utf8_with_mark_rfc4180_and_in_the_order_of_the_contract() -> None:
    content = estimates_csv(frame(cell='Алматы, "city"\nҚала'))
    assert content.startswith(b"\xef\xbb\xbf" + ",".join(ESTIMATE_COLUMNS).encode() + b"\r\n")
    assert content.endswith(b"\r\n")
    assert '"Алматы, ""city""\nҚала"'.encode() in content
    (row,) = read(content)
    assert row["cell"] == 'Алматы, "city"\nҚала'
    assert row["value"] == "31.41592"
    assert row["n_unweighted"] == "40404"


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_numbers_come_back_exactly_or_are_empty(value: float) -> None:
    (row,) = read(estimates_csv(frame(value=value, n_unweighted=3.0)))
    assert row["n_unweighted"] == "3"
    if math.isfinite(value):
        assert float(row["value"]) == value
    else:
        assert row["value"] == ""


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT])
def test_missing_values_are_empty(missing: object) -> None:
    (row,) = read(estimates_csv(frame(value=missing, n_psus=missing)))
    assert (row["value"], row["n_psus"]) == ("", "")


def test_nullable_and_object_columns_read_alike() -> None:
    plain = pd.concat([frame(), frame(value=np.nan, n_psus=7, cell=None)], ignore_index=True)
    nullable = plain.convert_dtypes()
    assert estimates_csv(plain) == estimates_csv(nullable)
    assert [row["n_psus"] for row in read(estimates_csv(nullable))] == ["20202", "7"]


@pytest.mark.parametrize("shown", ["suppress", "", "SUPPRESS", None, "Publish", np.nan])
def test_what_is_not_open_carries_no_number_anywhere(shown: object) -> None:
    content = estimates_csv(frame(shown=shown, marks="(*)"))
    for name, secret in SECRETS.items():
        assert str(secret).encode() not in content, name
        assert read(content)[0][name] == ""
    assert read(content)[0]["marks"] == "(*)"
    assert set(SECRETS) == HIDDEN_IF_SUPPRESSED


def test_an_open_row_beside_it_keeps_its_numbers() -> None:
    rows = read(estimates_csv(pd.concat([frame(shown="flag"), frame(shown="suppress"), frame(shown="publish")])))
    assert [row["se"] for row in rows] == ["2.7182818", "", "2.7182818"]


def test_columns_outside_the_contract_stay_inside() -> None:
    assert b"raw" not in estimates_csv(frame(raw_value="raw"))


def test_an_absent_column_is_a_fault_of_the_program() -> None:
    with pytest.raises(SurveyprocError) as caught:
        estimates_csv(frame().drop(columns=["se", "df"]))
    assert caught.value.exit_code == 70
    assert caught.value.problems[0].got == "se, df"


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_field_begins_a_formula(payload: str) -> None:
    (row,) = read(estimates_csv(frame(cell=payload, module=payload, lineage=payload)))
    for name in ("cell", "module", "lineage"):
        first = row[name].strip(" \n\u00a0").translate({0x200B: None})[:1]
        assert first not in tuple("=+-@＝＋－＠")
    risky = payload.strip().lstrip("\u200b")[0] in "=+-@＝"
    assert row["cell"].startswith("'") == risky


@pytest.mark.parametrize("text", ["-", "-5", "+7", "-1.5", "a=b", "15–24", "'quoted", "", "65+", "муж. × город"])
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert without_formula(text) == text


@pytest.mark.parametrize("text", ["--", "-5+1", "+a", "﹣1+1", "＠x", "\u3000=1", "\ufeff=1", "\u00ad=1", "\u202e=1"])
def test_text_that_could_be_a_formula_is_quoted(text: str) -> None:
    assert without_formula(text).startswith("'")


def test_no_rows_give_the_head_alone() -> None:
    assert estimates_csv(frame().iloc[:0]).count(b"\r\n") == 1
