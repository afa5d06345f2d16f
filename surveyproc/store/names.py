"""Which names an output file may have: relative, portable to Windows, and never outside the folder."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

MANIFEST = "manifest.json"

_FORBIDDEN = re.compile(r'[<>:"\\|?*]')
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{port}{digit}" for port in ("com", "lpt") for digit in "0123456789¹²³"}
)


def bad_names(names: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Each name that may not be written, with the reason; empty when all may."""
    found: list[tuple[str, str]] = []
    seen: dict[str, str] = {}
    for name in names:
        reason = _fault(name)
        folded = unicodedata.normalize("NFC", name).casefold()
        if not reason and folded in seen:
            reason = f"differs from {seen[folded]!r} only in letter case"
        seen.setdefault(folded, name)
        if reason:
            found.append((name, reason))
    return tuple(found)


def _fault(name: str) -> str:
    if name.casefold() == MANIFEST:
        return "is kept for the manifest"
    if any(unicodedata.category(character)[0] == "C" for character in name):
        return "holds invisible characters"
    if _FORBIDDEN.search(name):
        return 'holds one of < > : " \\ | ? *'
    for part in name.split("/"):
        if part in {"", ".", ".."}:
            return "is not a plain relative path"
        if part != part.strip(" ") or part.endswith("."):
            return "has a part that begins or ends with a space, or ends with a dot"
        if part.split(".")[0].casefold() in _DEVICES:
            return "is the name of a device on Windows"
        if len(part.encode()) > 255:
            return "is longer than 255 bytes"
    return ""
