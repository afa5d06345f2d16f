"""What the models of all YAML files share: kinds of scalars, words in three languages, a closed set of keys."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictFloat, StrictInt, StrictStr
from pydantic_core import PydanticCustomError

Language = Literal["en", "ru", "kk"]
Number = StrictInt | StrictFloat
Code = StrictInt | StrictFloat | StrictStr
Codes = Code | list[Code]
if TYPE_CHECKING:
    from collections.abc import Mapping

    Texts = Mapping[str, str]
else:
    Texts = dict[Language, StrictStr]
Reason = Literal["not_applicable", "dk", "refused", "not_asked", "inconsistent"]
MissingCodes = dict[Reason, Codes]
FormatVersion = Annotated[Literal[1], Field(description="Format version of the file; 1 is the only one so far.")]
VariableKind = Literal["categorical", "number", "boolean", "text", "year_month", "date", "codelist", "multiple"]
Interval = Literal["t", "logit", "2se", "normal", "beta", "wilson", "arcsine"]
ReplicateMethod = Literal[
    "jk1", "jkn", "brr", "fay", "sdr", "bootstrap", "bootstrap_canty_davison", "bootstrap_preston"
]
SmoothStatistic = Literal["total", "mean", "proportion", "distribution", "ratio", "rate"]
FurtherStatistic = Literal["quantile", "function", "gini", "quantile_share", "share_ratio", "variance", "sd"]
AnyStatistic = Literal[SmoothStatistic, FurtherStatistic, "response_share", "difference", "quotient"]
Precision = Literal["se", "ci", "cv", "deff", "deft", "df"]
Show = Literal["estimate", Precision, "n", "n_effective", "n_weighted", "kish", "share_missing"]


def _safe_name(name: str) -> str:
    """A name that is safe as a folder on any system, so that no config can write outside the output folder."""
    if not OUTPUT_NAME.fullmatch(name):
        raise PydanticCustomError(
            "config.bad-value",
            "the name would not do as a folder",
            {"expected": "60 characters at most, Latin letters, digits, _ - and ., a letter or digit first"},
        )
    return name


OUTPUT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}")
OutputName = Annotated[StrictStr, AfterValidator(_safe_name)]


class Strict(BaseModel):
    """A mapping with a closed set of keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class WithTexts(Strict):
    """A mapping that carries its words in three languages beside its other keys."""

    en: StrictStr = ""
    ru: StrictStr = ""
    kk: StrictStr = ""

    @property
    def texts(self) -> Texts:
        """The words given, by language."""
        given = {"en": self.en, "ru": self.ru, "kk": self.kk}
        return {language: text for language, text in given.items() if text}
