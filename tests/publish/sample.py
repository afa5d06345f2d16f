"""Made-up publications for the tests of publish."""

from __future__ import annotations

import pandas as pd

from surveyproc.messages import translate, words
from surveyproc.values import ESTIMATE_COLUMNS, CellStyle, Publication, Table, TableCell, TableColumn, TableRow

HIDDEN = 77.123456789  # a value that no output may hold

PAYLOADS = (
    "=cmd|' /C calc'!A0",
    "{=1+1}",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+1+2",
    "-1+2",
    "＝1+1",
    "\t=1+1",
    "\r=1+1",
    "  =1+1",
    "\u200b=1+1",
    "<script>alert(1)</script>",
    "</title><svg/onload=alert(1)>",
    "</style><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    'x" onmouseover="alert(1)',
    "]]>",
    "{{ 7 * 7 }}{% for x in y %}",
    "\u202emoc.tset\u202c\u200f",
    "https://example.org",
    "internal:'Sheet'!A1",
    "&P&D && [1]/\\:*?'",
    "_x0041_",
    "a\0b\x07c\ud800d\uffff",
    "l1\nl2\r\nl3",
    "عمر",
)


def text(value: str) -> TableCell:
    return TableCell(None, style=CellStyle.TEXT, text=value)


def publication(language: str = "en") -> Publication:
    texts = words(language)
    columns = (
        TableColumn(texts["estimate"], texts["urban"]),
        TableColumn(texts["ci_low"], texts["urban"]),
        TableColumn(texts["estimate"], texts["rural"]),
        TableColumn(texts["total"]),
        TableColumn(texts["n_unweighted"]),
    )
    parentheses = TableCell(29.4567, 1, CellStyle.PARENTHESES)
    rows = (
        TableRow(
            texts["total"],
            (TableCell(12.25), TableCell(-3.14159), TableCell(8.0), TableCell(100.0), TableCell(1234567.0, 0)),
            "total",
        ),
        TableRow(texts["indicator"], (), "heading"),
        TableRow(
            "Қостанай", (parentheses, TableCell(0.123, 3), TableCell(1.0), TableCell(100.0), TableCell(31, 0)), indent=1
        ),
        TableRow(
            "Ақтөбе",
            (
                TableCell(5.55, 1, CellStyle.STARRED, '*"E'),
                TableCell(-0.04),
                TableCell(2),
                TableCell(1000.0),
                TableCell(999, 0),
            ),
            indent=2,
        ),
        TableRow(
            "Шымкент",
            (TableCell(HIDDEN, 1, CellStyle.TEXT, "(*)"), text("-"), text(texts["na"]), text("="), TableCell(None)),
            indent=1,
        ),
    )
    table = Table(
        "MG.1.1",
        "Population by place of birth",
        language,
        columns,
        rows,
        texts["characteristic"],
        "Percent",
        (translate("mark_few", language, mark="(*)", low=25),),
        ("One note.",),
        "Made-up survey",
    )
    small = Table("MG.1.2", "One column", language, (TableColumn("R"),), (TableRow("a", (TableCell(0.5, 3),)),))
    facts = ((texts["survey"], "Made-up survey"), (texts["round"], "2024-Q3"))
    return Publication("Migration & birthplace, 2024", language, (table, small), texts, facts)


def hostile() -> Publication:
    """Every text of a publication replaced by each payload in turn."""
    tables = tuple(
        Table(
            payload,
            payload,
            payload if number % 2 else "en",
            (TableColumn(payload, payload), TableColumn(payload, payload), TableColumn(payload)),
            (
                TableRow(payload, (), "heading"),
                TableRow(payload, (text(payload), TableCell(1.5, 1, CellStyle.STARRED, payload), TableCell(2.0))),
            ),
            payload,
            payload,
            (payload,),
            (payload, payload),
            payload,
        )
        for number, payload in enumerate(PAYLOADS)
    )
    facts = tuple((payload, payload) for payload in PAYLOADS)
    texts = {"contents": PAYLOADS[0], "about": PAYLOADS[10], "table_number": "{number.__class__}" + PAYLOADS[11]}
    return Publication("".join(PAYLOADS), PAYLOADS[14], tables, texts, facts)


SECRETS = {
    "value": 31.41592,
    "se": 2.7182818,
    "ci_low": 27.001234,
    "ci_high": 35.98765,
    "cv": 0.0865255,
    "deff": 1.618033,
    "deft": 1.2720196,
    "df": 87654.0,
    "n_unweighted": 40404,
    "t": 2.5066282,
    "p_value": 0.0131071,
    "n_effective": 24971.3,
    "n_psus": 20202,
    "n_weighted": 777888.25,
    "kish": 1.0987654,
    "share_missing": 0.0112358,
    "status": "one_case",
}


def frame(**changes: object) -> pd.DataFrame:
    base: dict[str, object] = dict.fromkeys(ESTIMATE_COLUMNS, "")
    base |= {"round": "2024-Q3", "indicator": "born_abroad", "cell": "urban", "shown": "publish", **SECRETS}
    return pd.DataFrame([{**base, **changes}], dtype=object)
