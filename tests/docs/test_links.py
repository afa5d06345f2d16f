"""Links between pages lead somewhere, also those to headings."""

from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.docs.pages import LINK, anchors, pages, prose, shown


def faulty_links(page: Path) -> list[str]:
    """Relative links of a page whose file or heading is not there."""
    faulty = []
    for target in LINK.findall(prose(page)):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            faulty.append(target)
    return faulty


@pytest.mark.parametrize("page", pages(), ids=shown)
def test_links_lead_somewhere(page: Path) -> None:
    assert faulty_links(page) == []


def test_a_link_to_nowhere_is_found(tmp_path: Path) -> None:
    page = tmp_path / "a.md"
    page.write_text("# One two\n[good](#one-two) [bad](#three) [worse](b.md) [web](https://example.org)\n")
    assert faulty_links(page) == ["#three", "b.md"]


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    pending = [ROOT / "README.md"]
    while pending:
        page = pending.pop()
        if page in seen:
            continue
        seen.add(page)
        for target in LINK.findall(prose(page)):
            file = (page.parent / target.partition("#")[0]).resolve()
            if file.is_dir() and file.is_relative_to(ROOT / "docs"):
                pending += sorted(file.glob("*.md"))
            elif file.suffix == ".md" and file.is_file():
                pending.append(file)
    assert {shown(page) for page in pages()} - {shown(page) for page in seen} == set()
