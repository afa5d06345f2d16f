"""Hints at what columns may be: weight, stratum, psu, key. Only hints: nothing is ever chosen by them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from surveyproc.values import ColumnInfo, FileInfo

# Whole names, in any case.
NAME_PATTERNS: Mapping[str, tuple[str, ...]] = {
    "weight": (
        r"(.*_)?(w|wt|wgt|wght|pwt|hwt|hhw|perw|popw|asecwth?)(_.*|\d*)", r".*weight.*", r"finalw.*",
        r"pond[ei]r[ai].*", r"pondi.*", r"poids.*", r"peso(a|_|$).*", r"factor.*", r"expans.*",
        r"вес.*", r".*_вес", r"салм.*", r"[hm]?v005", r"rb050", r"db090",
    ),
    "stratum": (r"strat.*", r".*_strat(a|um)?", r"estrat.*", r"estred.*", r"страт.*", r"[mh]?v02[23]", r"db040"),
    "psu": (
        r"psu.*", r".*_psu", r"clust.*", r".*_clust(er)?", r"upm.*", r"grappe.*", r"conglom.*", r"hh1",
        r"ea(_?(id|no|code))?", r"[mh]?v021", r"пео.*", r"кластер.*",
    ),
    "key": (
        r"(hh|hld|ind|per|pers|mem)[_.]?(id|no|num|nr).*", r"id", r"id[_.].*", r".*[_.]id", r"pid", r"idhh", r"idind",
        r"m?caseid", r"serial", r"pernum", r"numero", r"nper", r"codusu", r"nro_hogar", r"componente",
        r"ln", r"hl1", r"hh2", r"line_?no.*", r"uuid", r"interview__.*", r"[dr]b030",
    ),
}  # fmt: skip
# Anywhere in a label.
LABEL_PATTERNS: Mapping[str, tuple[str, ...]] = {
    "weight": (
        r"\bweights?\b", r"\bweighting\b", r"expansion factor", r"\bвес[аы]?\b", r"\bвесов", r"взвешив", r"салма[қғ]",
        r"\bpondera", r"\bpeso\b", r"\bpoids\b", r"factor de expansi", r"coefficient d.(extrapolation|expansion)",
    ),
    "stratum": (
        r"\bstrat(um|a|ification)\b", r"\bстрат(а|ы|у|ификац)", r"\bқабат", r"\bestratos?\b", r"\bstrates?\b",
    ),
    "psu": (
        r"primary sampling", r"\bpsu\b", r"\bclusters?\b", r"enumeration area", r"census block",
        r"первичн\w* (единиц|отбор)", r"\bпео\b", r"\bкластер", r"сч[её]тн\w* участ",
        r"іріктеме учаск", r"бастапқы ірікте", r"unidad primaria", r"\bupm\b", r"conglomerad",
        r"\bgrappe", r"unité primaire", r"zone de dénombrement",
    ),
    "key": (
        r"\b(household|person|line|member|respondent|case|interview|questionnaire)\W+(id|identif\w*|number|no)\b",
        r"\bidentifi(er|cateur|cador|ant)\b", r"\bhh id\b",
        r"номер (домохоз|семь|член|анкет|вопросн|человек|лица)", r"идентификатор", r"код домохоз",
        r"шаруашылы[қғ]\w* нөмірі", r"мүше\w* нөмірі", r"сауалнама\w* нөмірі",
        r"n[uú]mero del? (hogar|persona|orden|cuestionario)",
        r"num[eé]ro (du|de|d.)\W?(ménage|individu|ligne|personne)",
    ),
}  # fmt: skip
REPLICATE = re.compile(r"(repwt?|rep_?w(eigh)?t?|brr|jk\d?|bsw|wr)_?\d+", re.IGNORECASE)
NAMES = {role: re.compile("|".join(patterns), re.IGNORECASE) for role, patterns in NAME_PATTERNS.items()}
LABELS = {role: re.compile("|".join(patterns), re.IGNORECASE) for role, patterns in LABEL_PATTERNS.items()}


def likely_roles(info: FileInfo) -> Mapping[str, tuple[str, ...]]:
    """Columns that may be a weight, stratum, psu or key, by names and labels in en, ru, kk, es and fr.

    Role → names, the likeliest first: named and labelled so, then labelled, then named. Each role is present, perhaps
    empty. Replicate weights are left out: there are too many to be a hint.
    """
    found = {role: ranked(info, role) for role in NAMES}
    weights = tuple(name for name in found["weight"] if not REPLICATE.fullmatch(name))
    if info.header_weight:
        weights = (info.header_weight, *(name for name in weights if name != info.header_weight))
    return {**found, "weight": weights}


def ranked(info: FileInfo, role: str) -> tuple[str, ...]:
    """Columns that fit a role, best first, ties in the file's order."""
    scores = {name: score(column, role) for name, column in info.columns.items()}
    return tuple(sorted((name for name, points in scores.items() if points), key=lambda name: -scores[name]))


def score(column: ColumnInfo, role: str) -> int:
    """0 none, 1 by name, 2 by label, 3 by both. A weight is never text; many value labels speak for an answer."""
    if role == "weight" and (column.text or len(column.value_labels) > 3):
        return 0
    by_label = 2 if LABELS[role].search(column.label) else 0
    return by_label + (1 if NAMES[role].fullmatch(column.name) else 0)
