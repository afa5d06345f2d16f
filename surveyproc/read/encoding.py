"""Names of encodings, and signs that text was read in the wrong one.

No character of correct French, Spanish, German, Russian, Ukrainian, Belarusian, Serbian, Macedonian, Hebrew or Telugu
text is a sign by itself: words are judged, by whether any one language could have spelled them.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

ALIASES = {
    "utf8": "utf-8", "unicode": "utf-8",
    "1251": "cp1251", "win1251": "cp1251", "ansi1251": "cp1251", "windowscyrillic": "cp1251",
    "866": "cp866", "dos": "cp866", "ibm866": "cp866", "oem866": "cp866",
    "kz1048": "kz1048", "rk1048": "kz1048", "strk1048": "kz1048", "strk10482002": "kz1048", "kazakh": "kz1048",
    "ptcp154": "ptcp154", "pt154": "ptcp154", "cp154": "ptcp154",
    "1252": "cp1252", "win1252": "cp1252", "ansi": "cp1252", "1250": "cp1250", "1254": "cp1254",
    "koi8": "koi8-r", "latin1": "iso8859-1", "macroman": "mac-roman",
}  # fmt: skip
OFFERED = ("utf-8", "cp1251", "kz1048", "cp866", "koi8-r", "cp1252", "ptcp154", "cp1250", "cp1254")
CANDIDATES = ("utf-8", "cp1251", "kz1048", "cp866", "koi8-r", "cp1252")

RUSSIAN = frozenset("абвгдеёжзийклмнопрстуфхцчшщъыьэюя")
ALPHABETS = (
    RUSSIAN,
    (RUSSIAN - set("ыэъё")) | set("іїєґ"),  # Ukrainian
    (RUSSIAN - set("ищъ")) | set("іў"),  # Belarusian
    frozenset("абвгдђежзијклљмнњопрстћуфхцчџш"),  # Serbian
    frozenset("абвгдѓежзѕијклљмнњопрстќуфхцчџшѐѝ"),  # Macedonian
    RUSSIAN | set("әғқңөұүһі"),  # Kazakh
)
KAZAKH_READ_AS_1251 = frozenset("ќћўјґєѕїђѓљњ")
WORDS = re.compile(r"[^\W\d_]+")
HIGH_LATIN = frozenset(map(chr, range(0xC0, 0x100))) | set("¨¸ªº²³´¯¿¼½¾¡¢£¥")  # what Cyrillic turns into, read as 1252
GERMANIC = frozenset("äöüßåæøœ")  # a word of these alone is a list of special letters
HIGH_WORDS = re.compile(r"[A-Za-z\u00a1-\u00a5\u00a8\u00aa\u00af\u00b2-\u00b4\u00b8\u00ba\u00bc-\u00bf\u00c0-\u00ff]+")
DATA = "text in the data"
ODD_CATEGORIES = frozenset(("So", "Sm", "Sc", "Sk", "Cc", "Co", "Cn"))
PLAIN_SYMBOLS = frozenset("№°±×÷€£$«»–—…‘’“”•·¹²³µ~+<>=|^`")


@dataclass(frozen=True, slots=True)
class TextOf:
    """A text of a file, and what it is: label, value label, data, name, file label."""

    variable: str
    part: str
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Text that cannot be right: where, in what way, and the encoding that would mend it ("" if none is known)."""

    variable: str
    part: str
    sign: str
    remedy: str
    variables: int  # how many variables show it

    @property
    def tolerable(self) -> bool:
        """Whether it is only in the data and nothing in a configuration could mend it."""
        return self.part == DATA and not self.remedy


def codec_for(name: str) -> str | None:
    """Python's codec for an encoding as people write it; None if there is none or it is not a superset of ASCII."""
    plain = re.sub(r"[^a-z0-9]", "", name.casefold())
    bare = plain.removeprefix("windows").removeprefix("cp") if plain.startswith(("windows", "cp")) else plain
    for key in (plain, bare):
        if key in ALIASES:
            return ALIASES[key]
    ascii_text = "".join(map(chr, range(32, 127)))
    for guess in (name.strip(), plain, f"cp{bare}"):
        try:
            found = codecs.lookup(guess).name
            if ascii_text.encode(found) == ascii_text.encode("ascii"):
                return found
        except (LookupError, UnicodeError, TypeError, ValueError):
            continue
    return None


def similar_encodings(name: str) -> list[str]:
    """Names offered that look like a mistyped one."""
    return get_close_matches(name.casefold(), (*OFFERED, *ALIASES), n=2)


def examine(texts: Iterable[TextOf], codec: str) -> Finding | None:
    """Look for text read in the wrong encoding, variable by variable.

    texts: decoded; codec: Python's name of the encoding they were decoded with.
    """
    groups: dict[str, list[TextOf]] = {}
    for each in texts:
        if not each.text.isascii():
            groups.setdefault(each.variable, []).append(each)
    signs = ((group, sign_of([each.text for each in group], codec)) for group in groups.values())
    suspects = [(group, sign) for group, sign in signs if sign is not None]
    if not suspects:
        return None
    suspects.sort(key=lambda suspect: all(each.part == DATA for each in suspect[0]))
    group, (sign, sample) = suspects[0]
    blobs = [raw for members, _ in suspects for each in members if (raw := to_bytes(each.text, codec)) is not None]
    if codec == "utf-8" or sign == "lost":
        remedy = ""
    else:
        remedy = "utf-8" if sign == "twice" else suggest(blobs, not_this=codec)
    source = next((each for each in group if sample in each.text), group[0])
    return Finding(source.variable, source.part, sign, remedy, len({g[0].variable for g, _ in suspects} - {""}))


def sign_of(texts: Sequence[str], codec: str) -> tuple[str, str] | None:
    """The sign of a wrong encoding in the texts of one variable, and a piece of text that shows it, or None.

    Signs: lost (U+FFFD), twice (UTF-8 bytes read as single ones), latin (Cyrillic shown as À-ÿ), kazakh (KZ-1048 shown
    with Ukrainian, Serbian and Macedonian letters), symbols (letters shown as signs).
    """
    if any("\ufffd" in text for text in texts):
        return "lost", "\ufffd"
    for text in texts:
        if looks_like_utf8(text, codec):
            return "twice", text
    return latin_sign(texts) or kazakh_sign(texts) or symbol_sign(texts)


def looks_like_utf8(text: str, codec: str) -> bool:
    """Whether the bytes of a text, read one by one, make sense as UTF-8."""
    for single in ("cp1252", "cp1251") if codec == "utf-8" else (codec,):
        raw = to_bytes(text, single)
        if raw is None:
            continue
        try:
            again = raw.decode("utf-8")
        except UnicodeDecodeError:
            continue
        letters = [char for char in again if ord(char) > 127]
        if letters and sum(char.isalpha() for char in letters) >= 0.5 * len(letters):
            return len(letters) > 1 or len(WORDS.findall(again)) > 0
    return False


def latin_sign(texts: Sequence[str]) -> tuple[str, str] | None:
    """Words made wholly of À-ÿ: in no language of the Latin script are they more than a rarity."""
    words = {word for text in texts for word in HIGH_WORDS.findall(text) if len(word) > 2 and not word.isascii()}
    if any(ord(char) > 0x24F and char.isalpha() for text in texts for char in text):
        words = {word for word in words if len(word) > 3}
    whole = sorted(word for word in words if set(word) <= HIGH_LATIN and not set(word.lower()) <= GERMANIC)
    whole = [word for word in whole if sum(map(str.isalpha, word)) > 2]
    if whole and len(whole) >= 0.5 * len(words) and (len(whole) > 1 or len(whole[0]) > 3):
        return "latin", whole[0]
    return None


def kazakh_sign(texts: Sequence[str]) -> tuple[str, str] | None:
    """Words with letters that KZ-1048 and windows-1251 hold in the same places, spelled so in no language."""
    words = {word.lower() for text in texts for word in WORDS.findall(text)}
    special = {word for word in words if KAZAKH_READ_AS_1251 & set(word)}
    strange = sorted(word for word in special if not spelled(word) and spelled(recode(word, "cp1251", "kz1048")))
    if strange and len(strange) >= 0.2 * len(special):
        shown = next(word for text in texts for word in WORDS.findall(text) if word.lower() == strange[0])
        return "kazakh", shown
    return None


def symbol_sign(texts: Sequence[str]) -> tuple[str, str] | None:
    """Signs such as ¤ ¦ ¬ or control characters among letters, too many to be meant."""
    high = sum(ord(char) > 127 for text in texts for char in text)
    odd = [odd_signs(text) for text in texts]
    if sum(odd) >= 3 and sum(odd) >= 0.25 * high:
        return "symbols", texts[odd.index(max(odd))]
    return None


def odd_signs(text: str) -> int:
    """How many signs stand beside characters above ASCII as no sign does in a word."""
    triples = zip(" " + text, text, text[1:] + " ", strict=False)
    return sum(
        ord(char) > 127 and is_odd(char) and (ord(before) > 127 or ord(after) > 127) for before, char, after in triples
    )


def is_odd(char: str) -> bool:
    """Whether a character is a sign that does not stand inside words."""
    return char == "\xad" or (char not in PLAIN_SYMBOLS and unicodedata.category(char) in ODD_CATEGORIES)


def spelled(word: str) -> bool:
    """Whether one language could have spelled a word: one alphabet, one script, sane capitals."""
    if not (word[1:].islower() or word.isupper() or len(word) == 1):
        return False
    lower = set(word.lower())
    if any(lower <= alphabet for alphabet in ALPHABETS):
        return True
    plain = sum(char.isascii() for char in word)
    latin = all(char.isascii() or unicodedata.name(char, "").startswith("LATIN") for char in word)
    return latin and (plain * 3 >= len(word) or len(word) < 3)


def suggest(blobs: Iterable[bytes], not_this: str = "") -> str:
    """The encoding in which bytes spell the most words, "" if none is convincing.

    blobs: raw texts with at least one byte above 127. On a tie the more usual encoding wins.
    """
    kept = [blob for blob in dict.fromkeys(blobs) if not blob.isascii()][:5000]
    scores: dict[str, float] = {}
    for codec in CANDIDATES:
        try:
            scores[codec] = sum(merit(blob.decode(codec)) for blob in kept)
        except UnicodeDecodeError:
            continue
    best = max(scores, key=lambda codec: scores[codec], default="")
    return best if best and best != not_this and scores[best] > 0 else ""


def merit(text: str) -> float:
    """Letters in words above ASCII that a language could spell, less those that none could, less odd signs."""
    words = [word for word in WORDS.findall(text) if len(word) > 1 and not word.isascii()]
    return sum(len(word) if spelled(word) else -len(word) for word in words) - 2 * odd_signs(text)


def to_bytes(text: str, codec: str) -> bytes | None:
    """The bytes that gave a text; bytes that the codec leaves undefined came through as latin-1. None if impossible."""
    try:
        return text.encode(codec)
    except UnicodeEncodeError:
        pass
    parts = []
    for char in text:
        try:
            parts.append(char.encode(codec))
        except UnicodeEncodeError:
            if ord(char) > 255:
                return None
            parts.append(bytes([ord(char)]))
    return b"".join(parts)


def recode(text: str, wrong: str, right: str) -> str:
    """A text read as `wrong`, read again as `right`; unchanged where that cannot be."""
    try:
        return text.encode(wrong).decode(right)
    except UnicodeError:
        return text
