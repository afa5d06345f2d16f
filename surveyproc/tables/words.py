"""The words of tables that no configuration gives: their keys, and English for those a catalogue lacks."""

from __future__ import annotations

from collections.abc import Mapping

from surveyproc.values import Texts

ENGLISH: Mapping[str, str] = {
    "total": "Total",
    "characteristic": "Background characteristic",
    "indicator": "Indicator",
    "estimate": "Estimate",
    "se": "Standard error",
    "ci_low": "Lower limit",
    "ci_high": "Upper limit",
    "cv_percent": "Coefficient of variation, %",
    "deff": "Design effect (DEFF)",
    "deft": "Square root of design effect (DEFT)",
    "df": "Degrees of freedom",
    "n_unweighted": "Number of cases (unweighted)",
    "n_effective": "Effective number of cases",
    "kish": "Effect of unequal weights (Kish)",
    "n_weighted": "Weighted number",
    "share_missing": "Missing, %",
    "missing": "Missing",
    "na": "na",
    "r": "R",
    "relative_error": "Relative error (SE/R)",
    "r_minus_2se": "R − 2SE",
    "r_plus_2se": "R + 2SE",
    "sampling_errors": "Sampling errors",
    "several_answers": "Several answers were possible: percentages can add up to more than 100.",
    "flows_in": "In-migrants",
    "flows_out": "Out-migrants",
    "flows_net": "Net migration",
    "flows_gross": "In- and out-migrants together",
    "mark_zero": "{mark} No unweighted cases in the denominator",
    "mark_not_asked": "{mark} Not asked in this round",
    "mark_na": "{mark} Not applicable",
    "mark_known": "{mark} The answer is known for too small a share of the base",
    "mark_suppressed": "{mark} Not shown: the estimate does not meet the publication rules",
    "mark_differs": "{mark} Differs: the confidence interval of the comparison leaves out no difference",
    "mark_caution": "{mark} To be used with caution: low precision",
}


def pick(texts: Texts, language: str, *, otherwise: str = "") -> str:
    """The text in a language, else in English, else `otherwise`."""
    return texts.get(language) or texts.get("en") or otherwise


def with_english(words: Mapping[str, str]) -> Mapping[str, str]:
    """The words given, in English where they lack one."""
    return {**ENGLISH, **words}
