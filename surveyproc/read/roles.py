"""Hints at what columns may be: weight, stratum, psu, key. Only hints: nothing is ever chosen by them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from surveyproc.values import ColumnInfo, FileInfo

NAME_PATTERNS: Mapping[str, str] = {
    "weight": r"(.*_)?(w|wt|wgt|wght|hhw|perw|popw|finalw|asecwt|hwt|pwt)(_.*|\d*)|.*weight.*|[a-z]{2,}wei(ght)?"
    r"|pond[ei]r[ai].*|pondi.*|poids.*|peso(a|_|$).*|factor.*|expans.*|.*ves|вес.*|салм.*|mv005|[hv]v?005|rb050|db090"
    r"|weight\d+|.*weight|(hh|wm|ch|mn)weight",
    "stratum": r"strat.*|estrat.*|estred.*|страт.*|.*_strat(a|um)?|[mh]?v02[23]|db040",
    "psu": r"psu.*|.*_psu|upm.*|upe|ups|clust.*|cluster.*|.*_clust|hh1|[mh]?v021|пео.*|кластер.*|grappe.*|ea(_?(id|no|code))?|conglom.*",
    "key": r"(hh|hld|ind|per|pers|mem)[_.]?(id|no|num|nr).*|id|id[_.].*|.*[_.]id|hhid|pid|caseid|serial|pernum|idhh|idind"
    r"|numero|nper|codusu|nro_hogar|componente|ln|hl1|hh2|hhno|lineno|line_?no.*|uuid|interview__.*|db030|rb030|cod_.*hog.*",
}
LABEL_WORDS: Mapping[str, str] = {
    "weight": r"\bweights?\b|\bweighting\b|expansion factor|\bвес[аыо]?\b|весов|взвешив|салма[қғ]|\bpondera|\bpeso\b|\bpoids\b"
    r"|factor de expansi|coefficient d.(extrapolation|expansion)",
    "stratum": r"\bstrat(um|a|e|es|ification)?\b|\bstrat(ification|ifi)|\bстрат[аыу]?\b|\bстратификац|қабат|страта|\bestratos?\b|\bstrates?\b",
    "psu": r"primary sampling|\bpsu\b|\bclusters?\b|enumeration area|census block|первичн\w* (единиц|отбор)|\bпео\b|\bпев\b|кластер"
    r"|сч[её]тн\w* участ|іріктеме учаск|бастапқы ірікте|кластерл|unidad primaria|\bupm\b|conglomerad|grappe|unité primaire"
    r"|zone de dénombrement",
    "key": r"\b(household|person|line|member|respondent|case|interview|questionnaire)\W+(id|identif\w*|number|no|n[uú]m\w*)\b"
    r"|\bidentifi(er|cateur|cador|ant)\b|номер (домохоз|семь|член|анкет|вопросн|человек|лица)|идентификатор|код домохоз"
    r"|шаруашылы[қғ]\w* нөмірі|мүше\w* нөмірі|сауалнама\w* нөмірі|n[uú]mero de(l)? (hogar|persona|orden|cuestionario)"
    r"|num[eé]ro (du|de|d.)\W?(ménage|individu|ligne|personne|questionnaire)|\bhh id\b",
}
REPLICATE = re.compile(r"(repwt?|rep_?w(eigh)?t?|brr|jk\d?|bsw|wr)_?\d+", re.IGNORECASE)
NAMES = {role: re.compile(pattern, re.IGNORECASE) for role, pattern in NAME_PATTERNS.items()}
LABELS = {role: re.compile(pattern, re.IGNORECASE) for role, pattern in LABEL_WORDS.items()}


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
