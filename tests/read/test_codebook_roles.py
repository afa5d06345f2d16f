"""Codebooks and hints at roles, from metadata made here."""

import math

from surveyproc.read.codebook import CODEBOOK_COLUMNS, LABEL_COLUMNS, codebook, value_labels
from surveyproc.read.roles import likely_roles
from surveyproc.values import ColumnInfo, FileInfo


def info_of(*columns: ColumnInfo, weight: str = "") -> FileInfo:
    return FileInfo("a.sav", "sav", 3, {c.name: c for c in columns}, header_weight=weight)


def test_a_codebook_says_what_is_missing_as_spss_does() -> None:
    info = info_of(
        ColumnInfo(
            "born", "Born", format="F2.0", value_labels={1.0: "here", 8.5: "odd", 99.0: "NA"},
            missing_values=(99.0,), missing_ranges=((-math.inf, -1.0), (97.0, math.inf)),
        ),
        ColumnInfo("why", text=True, value_labels={"?": "unknown"}, missing_values=("?",)),
        ColumnInfo("q", value_labels={1.0: "yes", "a": "don't know"}),
    )  # fmt: skip
    table = codebook(info)
    assert tuple(table.columns) == CODEBOOK_COLUMNS
    assert table["name"].tolist() == ["born", "why", "q"]
    assert table["type"].tolist() == ["number", "text", "number"]
    assert table["value_labels"].tolist() == [3, 1, 2]
    assert table["missing"].tolist() == ["lowest thru -1, 97 thru highest, 99", "'?'", ".a"]
    labels = value_labels(info)
    assert tuple(labels.columns) == LABEL_COLUMNS
    assert labels["value"].tolist() == ["1", "8.5", "99", "'?'", "1", ".a"]
    assert labels["missing"].tolist() == [False, False, True, True, False, True]
    assert value_labels(info, ["why"])["name"].tolist() == ["why"]
    assert codebook(info_of()).empty


def test_roles_are_hinted_in_five_languages() -> None:
    columns = (
        ColumnInfo("HH1", "Cluster number"),
        ColumnInfo("hhweight", "Household sample weight"),
        ColumnInfo("x1", "Вес"),
        ColumnInfo("x2", "Салмақ"),
        ColumnInfo("x3", "Ponderador de la persona"),
        ColumnInfo("poids"),
        ColumnInfo("x4", "Участок (ПЕО)"),
        ColumnInfo("x5", "Іріктеме учаскесі"),
        ColumnInfo("upm"),
        ColumnInfo("strata"),
        ColumnInfo("x6", "Страта"),
        ColumnInfo("hhid", "Номер домохозяйства"),
        ColumnInfo("x7", "Үй шаруашылығының нөмірі"),
        ColumnInfo("id_menage"),
        ColumnInfo("age", "Возраст"),
        ColumnInfo("repwt12", "Replicate weight 12"),
        ColumnInfo("world", "Country of the world"),
    )
    roles = likely_roles(info_of(*columns))
    assert set(roles) == {"weight", "stratum", "psu", "key"}
    assert set(roles["weight"]) == {"hhweight", "x1", "x2", "x3", "poids"}
    assert roles["weight"][0] == "hhweight"
    assert set(roles["psu"]) == {"HH1", "x4", "x5", "upm"}
    assert set(roles["stratum"]) == {"strata", "x6"}
    assert set(roles["key"]) == {"hhid", "x7", "id_menage"}


def test_the_header_weight_comes_first_and_text_is_never_a_weight() -> None:
    roles = likely_roles(info_of(ColumnInfo("weight"), ColumnInfo("zz"), ColumnInfo("w2", text=True), weight="zz"))
    assert roles["weight"] == ("zz", "weight")
