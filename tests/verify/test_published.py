"""Reading printed figures: their decimals, what holds no figure, and every fault of a CSV by its line."""

from decimal import Decimal
from pathlib import Path

import pytest

from surveyproc.problems import SurveyprocError
from surveyproc.verify import Printed, read_published

NAMES = ("born_abroad", "household_size")


def _read(folder: Path, text: str | bytes) -> tuple[tuple[Printed, ...], int]:
    path = folder / "figures.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_published(path, indicators=NAMES)


def _faults(folder: Path, text: str | bytes) -> list[tuple[str, int | None, str]]:
    with pytest.raises(SurveyprocError) as caught:
        _read(folder, text)
    assert caught.value.exit_code == 2
    return [(p.code, p.where.line, p.where.variable) for p in caught.value.problems]


def test_each_figure_keeps_its_decimals_and_its_line(tmp_path: Path) -> None:
    text = (
        "indicator,domain,cell,category,scale,value,se,n_unweighted,note\r\n"
        'born_abroad,,,,percent,8.10,(0.3),3284,"one, two"\r\n'
        "\r\n"
        "household_size,area,urban,,,-1e-3,,12e2,\r\n"
    )
    printed, blank = _read(tmp_path, "\ufeff" + text)
    assert blank == 1
    assert [(p.line, p.domain, p.cell, p.figure, p.number, p.unit, p.scale) for p in printed] == [
        (2, "total", "", "value", Decimal("8.10"), Decimal("0.01"), 100),
        (2, "total", "", "se", Decimal("0.3"), Decimal("0.1"), 100),
        (2, "total", "", "n_unweighted", Decimal(3284), Decimal(1), 1),
        (4, "area", "urban", "value", Decimal("-0.001"), Decimal("0.001"), 1),
        (4, "area", "urban", "n_unweighted", Decimal(1200), Decimal(100), 1),
    ]


@pytest.mark.parametrize("word", ["", "na", "NA", "n/a", "-", "–", "…", "..", "*", "(*)"])
def test_a_place_without_a_figure_is_counted(tmp_path: Path, word: str) -> None:
    assert _read(tmp_path, f"indicator,domain,cell,value\nborn_abroad,total,,{word}\n") == ((), 1)


@pytest.mark.parametrize(
    "word", ["0,494", "'0,494'", "3 284", "12%", "0.5*", "nan", "inf", "１2", "0x10", "1_000", "--1"]
)
def test_what_is_no_number_is_refused(tmp_path: Path, word: str) -> None:
    text = f'indicator,domain,cell,value,se\nborn_abroad,total,,0.1,0.1\nhousehold_size,total,,1,"{word}"\n'
    assert _faults(tmp_path, text) == [("config.wrong-type", 3, "se")]


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = (
        "indicator,domain,cell,scale,value\n"
        "born_abrod,total,,,0.1\n"
        "born_abroad,total,,per mille,0.1\n"
        "household_size,total,,,x\n"
        "household_size,area,urban,,1\n"
        "household_size,area,urban,,2\n"
        "household_size,area,rural,1\n"
    )
    assert sorted(_faults(tmp_path, text)) == [
        ("config.bad-value", 3, ""),
        ("config.duplicate-key", 6, ""),
        ("config.syntax", 7, ""),
        ("config.unknown-name", 2, ""),
        ("config.wrong-type", 4, "value"),
    ]


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("indicator,domain,value\n", "config.missing-key", "'cell'"),
        ("indicator,domain,cell\n", "config.missing-key", "no column of figures"),
        ("", "config.missing-key", "'indicator'"),
        ("indicator,domain,cell,valeu\n", "config.unknown-key", "`value`"),
        ("indicator,domain,cell,value,value\n", "config.duplicate-key", "twice"),
        ("indicator;domain;cell;value\n", "config.syntax", "commas"),
        ('indicator,domain,cell,value\n"born_abroad,total,,1\n', "config.syntax", "no CSV"),
        ("индикатор,domain\n".encode("cp1251"), "config.unreadable", "UTF-8"),
        (b"\x00\x01\x02", "config.missing-key", "'indicator'"),
    ],
)
def test_a_head_that_cannot_be_used_is_refused(tmp_path: Path, text: str | bytes, code: str, words: str) -> None:
    with pytest.raises(SurveyprocError) as caught:
        _read(tmp_path, text)
    assert any(p.code == code and words in str(p) for p in caught.value.problems), str(caught.value)


def test_a_name_that_is_nearly_right_gets_a_hint(tmp_path: Path) -> None:
    with pytest.raises(SurveyprocError, match=r"figures\.csv:2:1: .*Did you mean `born_abroad`"):
        _read(tmp_path, "indicator,domain,cell,value\nborn_abrod,total,,0.1\n")


@pytest.mark.parametrize("name", ["absent.csv", "."])
def test_a_file_that_is_not_there_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SurveyprocError) as caught:
        read_published(tmp_path / name, indicators=NAMES)
    assert [p.code for p in caught.value.problems] == [
        "config.not-found" if name == "absent.csv" else "config.unreadable"
    ]
