"""YAML text to plain values that know where they stand; no anchors, aliases, tags, duplicate keys or guesses."""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

from surveyproc.config.offsets import source_index
from surveyproc.config.scalars import Scalar, Unclear, plain_scalar
from surveyproc.config.syntax import Complaint, syntax_problem
from surveyproc.config.text import (
    MOST_BYTES,
    decode,
    first_hidden,
    hidden_characters,
    hidden_problem,
    line_and_column,
    too_large,
)
from surveyproc.problems import Place, Problem, SurveyprocError

MOST_DEPTH = 40
MOST_NODES = 50_000

KeyPath = tuple[str | int, ...]

_ABSURD = re.compile(r"\\U(?:00[1-9a-fA-F][1-9a-fA-F]|0[1-9a-fA-F]|[1-9a-fA-F])[0-9a-fA-F]*|[0-9]{1000}")
_ITEM_IN_TEXT = re.compile(r"[\r\n] *- ")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where one value and its key stand: (line, column) from 1; `index` counts characters of the text from 0."""

    value: tuple[int, int]
    key: tuple[int, int]
    index: int = 0
    end: int = 0
    style: str = "collection"  # collection, plain, ', ", | or >
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """A YAML file read: dicts, lists and scalars, and the place of each by its path of keys and list positions."""

    shown: str
    data: Any
    sha256: str
    text: str = field(repr=False)
    spots: Mapping[KeyPath, Spot] = field(repr=False)

    def place(self, path: KeyPath, *, of: Literal["key", "value"] = "value") -> Place:
        """The place of a value or of its key; of a path that is not there, the nearest thing that holds it."""
        known = path
        while known and known not in self.spots:
            known = known[:-1]
        spot = self.spots.get(known, Spot((1, 1), (1, 1)))
        line, column = spot.key if of == "key" and known == path else spot.value
        return Place(self.shown, line, column, path=dotted(path))

    def content_place(self, path: KeyPath, *, offset: int = 0) -> Place:
        """The place of a character of a text: offset 0 is the first one inside the quotes, or of the block."""
        spot = self.spots.get(path)
        if spot is None or spot.style == "collection":
            return self.place(path)
        index = source_index(self.text, spot.index, spot.end, style=spot.style, offset=offset)
        return Place(self.shown, *line_and_column(self.text, index), path=dotted(path))

    def raw(self, path: KeyPath) -> str:
        """The scalar's text as written, without its quotes ("1.10" of 1.10); "" where there is no scalar."""
        spot = self.spots.get(path)
        return spot.raw if spot else ""

    def quoted(self, path: KeyPath) -> bool:
        """Whether the scalar stands in quotes or in a block after | or >."""
        spot = self.spots.get(path)
        return spot is not None and spot.style not in ("collection", "plain")


def dotted(path: KeyPath) -> str:
    """A path as people write it: keys joined by dots."""
    return ".".join(str(part) for part in path)


def load_source(path: Path, *, shown: str) -> Source:
    """Read a YAML file; `shown` is its name in messages. Raises SurveyprocError with every problem found."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe or a device would never end
            raise SurveyprocError([Problem("config.unreadable", Place(shown), "this is not a file")])
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise SurveyprocError([Problem("config.not-found", Place(shown), "the file does not exist")]) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "its name cannot be a file's name"
        raise SurveyprocError(
            [Problem("config.unreadable", Place(shown), "the file cannot be read", got=reason)]
        ) from error
    return parse_source(content, shown=shown)


def parse_source(content: str | bytes, *, shown: str) -> Source:
    """Read YAML from text or bytes. Raises SurveyprocError with every problem found."""
    given = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    text, problems = _text(content, given, shown)
    if problems:
        raise SurveyprocError(problems)
    builder = _Builder(shown, text)
    try:
        for event in _events(text, shown):
            builder.take(event)
    except SurveyprocError as error:
        builder.problems.extend(error.problems)
    if builder.problems:
        raise SurveyprocError(sorted(builder.problems, key=lambda p: (p.where.line or 0, p.where.column or 0)))
    return Source(shown, builder.data, hashlib.sha256(given).hexdigest(), text, builder.spots)


def _text(content: str | bytes, given: bytes, shown: str) -> tuple[str, list[Problem]]:
    if isinstance(content, bytes):
        text, problems = decode(content, shown)
    else:
        text, problems = content.removeprefix("\ufeff"), [too_large(shown)] if len(given) > MOST_BYTES else []
    return text, problems or hidden_characters(text, shown)


def _events(text: str, shown: str) -> Iterator[yaml.Event]:
    """Events of the pure-Python parser, which keeps its state in lists and so cannot overflow the stack."""
    try:
        yield from yaml.parse(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        raise SurveyprocError([syntax_problem(_complaint(error), text.splitlines(), shown)]) from error
    except (yaml.YAMLError, ValueError, IndexError) as error:
        # PyYAML lets these through for escapes beyond Unicode and for absurd numbers in directives.
        complaint = Complaint("", (1, 1), "a character code or a number that cannot be", _absurd(text))
        raise SurveyprocError([syntax_problem(complaint, text.splitlines(), shown)]) from error


def _complaint(error: yaml.MarkedYAMLError) -> Complaint:
    problem_at = _at(error.problem_mark) if error.problem_mark else (1, 1)
    context_at = _at(error.context_mark) if error.context_mark else problem_at
    return Complaint(error.context or "", context_at, error.problem or "", problem_at)


def _at(mark: Any) -> tuple[int, int]:
    return mark.line + 1, mark.column + 1


def _span(event: Any) -> tuple[int, int]:
    return event.start_mark.index, event.end_mark.index


def _absurd(text: str) -> tuple[int, int]:
    match = _ABSURD.search(text)
    return line_and_column(text, match.start()) if match else (1, 1)


_REFUSED = object()  # stands for a key that was refused, so that its value is still looked at


@dataclass(slots=True)
class _Open:
    """A mapping or list whose end has not come yet."""

    container: Any
    path: KeyPath
    is_key: bool = False
    key: Any = None
    key_at: tuple[int, int] | None = None
    key_glued: bool = False
    key_lines: dict[Any, int] = field(default_factory=dict)


class _Builder:
    """Grows the values and their places from the stream of events, with a list in place of recursion."""

    def __init__(self, shown: str, text: str) -> None:
        self.shown = shown
        self.text = text
        self.data: Any = None
        self.spots: dict[KeyPath, Spot] = {}
        self.problems: list[Problem] = []
        self._open: list[_Open] = []
        self._nodes = 0
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        """Use one event; raises SurveyprocError where a limit is passed and going on would be of no use."""
        if isinstance(event, yaml.DocumentStartEvent):
            self._document(event)
        elif isinstance(event, yaml.AliasEvent):
            self._problem("config.alias", event, "aliases (*name) are not allowed", hint="Write the value out.")
            self._node(event)
            self._place(None, event, Spot(_at(event.start_mark), _at(event.start_mark)))
        elif isinstance(event, yaml.NodeEvent):
            self._node(event)
            self._refuse_properties(event)
            if isinstance(event, yaml.ScalarEvent):
                self._scalar(event)
            else:
                self._start({} if isinstance(event, yaml.MappingStartEvent) else [], event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()

    def _document(self, event: yaml.DocumentStartEvent) -> None:
        self._documents += 1
        if self._documents > 1:
            self._problem("config.syntax", event, "a second document begins here", hint="Put it in a file of its own.")
            raise SurveyprocError([])
        if event.version not in (None, (1, 2)):
            self._problem(
                "config.syntax", event, "only YAML 1.2 is read", hint="Remove the line that begins with %YAML."
            )
        if event.tags:
            self._problem(
                "config.tag", event, "YAML tags are not allowed", hint="Remove the line that begins with %TAG."
            )

    def _node(self, event: yaml.Event) -> None:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            self._problem(
                "config.too-large", event, "the file holds too much", expected=f"at most {MOST_NODES:,} values"
            )
            raise SurveyprocError([])
        if len(self._open) > MOST_DEPTH:
            self._problem("config.too-deep", event, "nested too deeply", expected=f"at most {MOST_DEPTH} levels")
            raise SurveyprocError([])

    def _refuse_properties(self, event: Any) -> None:
        if event.anchor is not None:
            self._problem(
                "config.alias", event, "anchors (&name) are not allowed", hint="Write the value out each time."
            )
        if event.tag is not None:
            hint = "Remove it; if the text begins with an exclamation mark, put it in quotes."
            self._problem("config.tag", event, "YAML tags (!name) are not allowed", hint=hint)

    def _start(self, container: Any, event: yaml.Event) -> None:
        holder = self._open[-1] if self._open else None
        at = _at(event.start_mark)
        if holder is not None and isinstance(holder.container, dict) and holder.key_at is None:
            hint = "Put it in quotes if it is a text; a key is one word, text or whole number."
            self._problem("config.syntax", event, "a list or a mapping stands in place of a key", hint=hint)
            holder.key, holder.key_at = _REFUSED, at
            self._open.append(_Open(container, (*holder.path, "?"), is_key=True))
            return
        path = self._place(container, event, Spot(at, at, *_span(event)))
        self._open.append(_Open(container, path))

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        value = self._value(event)
        holder = self._open[-1] if self._open else None
        if holder is not None and isinstance(holder.container, dict) and holder.key_at is None:
            self._key(holder, value, event)
            return
        at, style = _at(event.start_mark), event.style or "plain"
        if holder is not None and holder.key_glued and value is None and style == "plain" and not event.value:
            what = f"a space is missing after a colon in `{holder.key}`"
            place = Place(self.shown, *(holder.key_at or at))
            self.problems.append(Problem("config.syntax", place, what, hint="Write `key: value`."))
        spot = Spot(at, at, *_span(event), style, event.value)
        self._place(value, event, spot)

    def _value(self, event: yaml.ScalarEvent) -> Scalar:
        hidden = first_hidden(event.value)  # made by an escape: the text itself was looked through before
        if hidden:
            self.problems.append(hidden_problem(hidden, Place(self.shown, *_at(event.start_mark))))
        if event.style:
            return str(event.value)
        if event.value[:1] == "\xa0":
            hint = "Replace it with a plain space."
            self._problem("config.syntax", event, "a no-break space stands where only plain spaces may", hint=hint)
        item = _ITEM_IN_TEXT.search(self.text, *_span(event))
        if item:
            place = Place(self.shown, *line_and_column(self.text, item.end() - 2))
            hint = "Begin it in the same column as the other items, or put the text in quotes."
            self.problems.append(
                Problem("config.syntax", place, "a list item is swallowed by the text above it", hint=hint)
            )
        value = plain_scalar(event.value)
        if value is Unclear.LEADING_ZERO:
            got, hint = event.value, f'Write "{event.value}" if the zero belongs to a code, or leave the zero out.'
            what = "a number that begins with a zero must be in quotes"
            self._problem("config.leading-zero", event, what, got=got, hint=hint)
        if value is Unclear.TOO_LARGE:
            got, hint = _short(event.value), "If it is an identifier, put it in quotes."
            self._problem("config.bad-value", event, "the number is too large to be held exactly", got=got, hint=hint)
        return None if isinstance(value, Unclear) else value

    def _key(self, holder: _Open, value: Scalar, event: yaml.ScalarEvent) -> None:
        holder.key_at = at = _at(event.start_mark)
        holder.key_glued = not event.style and ":" in event.value
        holder.key = value
        if not isinstance(value, str | int) or isinstance(value, bool):
            # The value of a refused number is None too, and that has been said already.
            if value is not None or event.value in ("", "~", "null", "Null", "NULL"):
                got = event.value or "nothing before the colon"
                hint = f'Write "{event.value}" in quotes.' if event.value else "Write the key before the colon."
                self._problem("config.wrong-type", event, "this cannot be a key", got=got, expected="text", hint=hint)
            holder.key = _REFUSED
        elif "\xa0" in str(value)[1:] and not event.value.startswith("\xa0"):
            self._problem(
                "config.syntax", event, "a no-break space stands in a key", hint="Replace it with a plain space."
            )
        elif value in holder.key_lines:
            what = f"the key `{_short(str(value))}` stands twice in one mapping"
            hint = "Keep one of them." if holder.key_lines[value] == at[0] else "Keep one of the two lines."
            got = f"line {holder.key_lines[value]} and line {at[0]}"
            path = dotted((*holder.path, value))
            self.problems.append(
                Problem("config.duplicate-key", Place(self.shown, *at, path=path), what, got=got, hint=hint)
            )
        else:
            holder.key_lines[value] = at[0]

    def _place(self, value: Any, event: yaml.Event, spot: Spot) -> KeyPath:
        """Put a value into what holds it, and note where it stands."""
        if not self._open:
            self.data = value
            self.spots.setdefault((), spot)
            return ()
        holder = self._open[-1]
        if isinstance(holder.container, list):
            path = (*holder.path, len(holder.container))
            holder.container.append(value)
        elif holder.key_at is None:  # an alias in place of a key
            holder.key, holder.key_at = _REFUSED, _at(event.start_mark)
            return holder.path
        else:
            path = (*holder.path, "?" if holder.key is _REFUSED else holder.key)
            if holder.key is not _REFUSED:
                holder.container.setdefault(holder.key, value)
            spot = Spot(spot.value, holder.key_at, spot.index, spot.end, spot.style, spot.raw)
            holder.key, holder.key_at, holder.key_glued = None, None, False
        self.spots.setdefault(path, spot)
        return path

    def _problem(
        self, code: str, event: yaml.Event, what: str, *, got: str = "", expected: str = "", hint: str = ""
    ) -> None:
        place = Place(self.shown, *_at(event.start_mark))
        self.problems.append(Problem(code, place, what, got=got, expected=expected, hint=hint))


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
