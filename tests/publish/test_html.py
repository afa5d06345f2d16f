"""The page as a parser reads it: well formed, accessible, and with nothing of anybody else's in it."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest

from surveyproc.messages import words
from surveyproc.publish.html import page
from surveyproc.publish.numbers import shown
from surveyproc.publish.text import one_line
from surveyproc.values import Publication
from tests.publish.sample import HIDDEN, PAYLOADS, hostile, publication

VOID = {"meta", "br", "link", "img", "input", "hr"}
OUR_TAGS = """html head meta title style body header main nav section div p h1 h2 ol li a span bdi dl dt dd
table caption thead tbody tr th td"""


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    def all(self, tag: str = "") -> list[Element]:
        found = [self] if tag in {"", self.tag} else []
        for child in self.children:
            if isinstance(child, Element):
                found += child.all(tag)
        return found


class Tree(HTMLParser):
    """Builds elements and fails on tags that do not match."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.root = Element("", {})
        self.open = [self.root]
        self.feed(source)
        self.close()
        assert self.open == [self.root], "a tag stays open"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        assert len(element.attributes) == len(attrs)
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def tree(some: Publication) -> Element:
    return Tree(page(some)).root


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_every_label_and_cell_is_on_the_page_in_order(language: str) -> None:
    some = publication(language)
    root = tree(some)
    assert root.all("html")[0].attributes["lang"] == language
    for table, element in zip(some.tables, root.all("table"), strict=True):
        rows = [row for body in element.all("tbody") for row in body.all("tr")]
        assert [row.all("th")[0].text for row in rows] == [row.label for row in table.rows]
        assert [[cell.text for cell in row.all("td")] for row in rows] == [
            [shown(cell, language=language).text for cell in row.cells] for row in table.rows
        ]
    text = root.text
    for fragment in ("One note.", some.facts[0][1], words(language)["contents"], words(language)["source"] + ": "):
        assert fragment in text


@pytest.mark.parametrize("some", [publication(), hostile()], ids=["sample", "hostile"])
def test_heads_and_rows_fill_the_same_grid(some: Publication) -> None:
    for table, element in zip(some.tables, tree(some).all("table"), strict=True):
        width = len(table.columns) + 1
        for part in [*element.all("thead"), *element.all("tbody")]:
            free = [0] * 2
            for position, row in enumerate(part.all("tr")):
                for cell in row.all("th") + row.all("td"):
                    for reach in range(int(cell.attributes.get("rowspan", 1))):
                        while len(free) <= position + reach:
                            free.append(0)
                        free[position + reach] += int(cell.attributes.get("colspan", 1))
            assert set(free[: len(part.all("tr"))]) == {width}


def test_tables_are_marked_up_for_screen_readers() -> None:
    root = tree(publication())
    for table in root.all("table"):
        assert table.all("caption")[0].text.strip()
        assert {head.attributes["scope"] for head in table.all("th")} <= {"col", "colgroup", "row", "rowgroup"}
        assert all(head.text.strip() for head in table.all("th"))
    for region in root.all("div"):
        if region.attributes.get("role") == "region":
            assert region.attributes["tabindex"] == "0"


@pytest.mark.parametrize("some", [publication(), hostile()], ids=["sample", "hostile"])
def test_ids_are_unique_and_every_link_leads_to_one(some: Publication) -> None:
    elements = tree(some).all()
    ids = [element.attributes["id"] for element in elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    targets = [element.attributes["href"] for element in elements if "href" in element.attributes]
    assert len(targets) == 2 * len(some.tables)
    assert {target.removeprefix("#") for target in targets} <= set(ids)
    references = {
        element.attributes["aria-labelledby"] for element in elements if "aria-labelledby" in element.attributes
    }
    assert references <= set(ids)


def test_hostile_labels_are_shown_as_text_and_make_no_markup() -> None:
    some = hostile()
    root = tree(some)
    elements = [element for element in root.all() if element is not root]
    assert {element.tag for element in elements} <= set(OUR_TAGS.split())
    names = {name for element in elements for name in element.attributes}
    assert not [name for name in names if name.startswith("on") or name in {"src", "style", "srcdoc", "action"}]
    labels = [heading.text for heading in root.all("th")]
    for payload in PAYLOADS:
        assert one_line(payload) in labels
    assert "49" not in root.all("main")[0].text


def test_the_policy_allows_the_own_style_sheet_only() -> None:
    source = page(publication())
    policy = next(
        element.attributes["content"]
        for element in tree(publication()).all("meta")
        if element.attributes.get("http-equiv") == "Content-Security-Policy"
    )
    (style,) = re.findall(r"<style>(.*?)</style>", source, flags=re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert not re.search(r"https?://|url\(|@import|//[a-z]", source)


def test_a_suppressed_value_is_not_in_the_page() -> None:
    source = page(publication())
    assert "77.1" not in source
    assert str(HIDDEN)[:4] not in source


def test_a_page_without_tables_or_words() -> None:
    assert Tree(page(Publication("Empty", "en", ()))).root.all("h1")[0].text == "Empty"
