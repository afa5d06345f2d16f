"""Every YAML block of the pages is valid: whole files by kind, fragments at the place that their first line says."""

import copy
import re
from pathlib import Path
from typing import Any

import pytest

from surveyproc.cases import run_cases
from surveyproc.config.library import Library, library_root
from surveyproc.config.load import load_round
from surveyproc.config.models import KINDS
from surveyproc.config.source import Source, parse_source
from surveyproc.config.validate import validate
from surveyproc.expressions import parse
from surveyproc.problems import Place, SurveyprocError
from tests.conftest import ROOT
from tests.docs.pages import Block, blocks

FRAGMENT = re.compile(r"# fragment of (\w+)(?:: ([\w.]+))?")
LEAST: dict[str, dict[str, Any]] = {
    "round": {
        "surveyproc": 1,
        "round": "r",
        "survey": "s",
        "period": {"year": 2026},
        "modules": ["m"],
        "files": {"person": {"path": "p.sav"}},
        "design": {"weight": {"person": "w"}, "strata": None, "psu": None},
    },
    "module": {"surveyproc": 1, "module": "m", "version": "1.0.0", "title": {"en": "M"}},
}
CONDITIONS = {"expr", "where", "asked_if", "guard", "when", "when_no_records", "rule", "if"}
YAML = blocks("yaml")


def whole(block: Block) -> Source:
    """A block as the file that it is, or that it is a part of."""
    source = parse_source(block.text, shown=str(block))
    match = FRAGMENT.match(block.text)
    if match is None:
        return source
    kind, path = match.groups()
    data = copy.deepcopy(LEAST[kind])
    if path is None:
        data.update(source.data)
    else:
        *above, last = path.split(".")
        at = data
        for part in above:
            at = at.setdefault(part, {})
        at[last] = source.data
    return Source(source.shown, data, source.sha256, "", {})


def kind_of(source: Source) -> str:
    """The kind of file, told by its own key, or by `kind`."""
    if "kind" in source.data:
        return str(source.data["kind"])
    found = [kind for kind in KINDS if kind in source.data]
    return found[0]


def conditions(node: Any) -> list[str]:
    """Every expression in a tree."""
    if isinstance(node, list):
        return [text for item in node for text in conditions(item)]
    if not isinstance(node, dict):
        return []
    own = [value for key, value in node.items() if key in CONDITIONS and isinstance(value, str)]
    return own + [text for value in node.values() for text in conditions(value)]


def extends_another(block: Block) -> bool:
    """Whether it is a round that is only complete with another; test_readme runs the one there is."""
    return kind_of(whole(block)) == "round" and "extends" in whole(block).data


@pytest.mark.parametrize("block", [b for b in YAML if not extends_another(b)], ids=str)
def test_a_block_is_a_valid_file_or_part_of_one(block: Block) -> None:
    source = whole(block)
    validate(KINDS[kind_of(source)], source)


def test_only_the_round_of_the_readme_extends_another() -> None:
    assert [block.page for block in YAML if extends_another(block)] == ["README.md"]


@pytest.mark.parametrize("block", [b for b in YAML if conditions(whole(b).data)], ids=str)
def test_conditions_in_blocks_can_be_read(block: Block) -> None:
    for text in conditions(whole(block).data):
        parse(text, Place())


def test_blocks_of_every_kind_of_file_are_shown() -> None:
    assert {kind_of(whole(block)) for block in YAML} == set(KINDS)


def test_an_invalid_block_would_be_found() -> None:
    wrong = Block(
        "x.md", 1, "yaml", "# fragment of round: design\nweight: {person: w}\nstrata: a\npsu: b\nlonly: x\n", ""
    )
    with pytest.raises(SurveyprocError, match="lonly"):
        validate(KINDS["round"], whole(wrong))


def only(page: str, kind: str) -> Block:
    """The one whole file of a kind in a page."""
    found = [b for b in YAML if b.page == page and not FRAGMENT.match(b.text) and kind_of(whole(b)) == kind]
    assert len(found) == 1
    return found[0]


def test_the_cases_of_the_page_on_modules_hold(tmp_path: Path) -> None:
    folder = tmp_path / "absent_members"
    folder.mkdir()
    for name in ("module.yaml",):
        (folder / name).write_bytes((ROOT / "modules" / "absent_members" / name).read_bytes())
    (folder / "cases.yaml").write_text(only("docs/modules.md", "cases").text, encoding="utf-8")
    root = library_root()
    results = run_cases("absent_members", Library((tmp_path, root / "modules"), (root / "configs",)))
    assert [problem for result in results for problem in result.problems] == []
    assert sum(result.compared for result in results) == 3


def test_the_module_of_the_page_can_be_used_by_a_round(tmp_path: Path) -> None:
    (tmp_path / "modules" / "seasonal").mkdir(parents=True)
    module = only("docs/modules.md", "module").text
    (tmp_path / "modules" / "seasonal" / "module.yaml").write_text(module, encoding="utf-8")
    demo = ROOT / "configs" / "demo" / "2024.yaml"
    (tmp_path / "2024.yaml").write_bytes(demo.read_bytes())
    (tmp_path / "plan.yaml").write_bytes((demo.parent / "plan.yaml").read_bytes())
    (tmp_path / "round.yaml").write_text(
        "surveyproc: 1\nextends: 2024.yaml\nround: r\n"
        "modules: [background, residence, absent_members, seasonal@^1]\nmap: {worked_abroad: W1, months_abroad: W2}\n"
    )
    spec = load_round(tmp_path / "round.yaml")
    assert "SW1" in spec.indicators
    assert {"seasonal", "time_abroad"} <= set(spec.derived)
