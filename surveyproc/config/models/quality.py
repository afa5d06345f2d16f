"""What publication rules may say: which cells are shown, marked, withheld."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictStr

from surveyproc.config.models.base import AnyStatistic, FormatVersion, Strict, Texts


class QualityRule(Strict):
    """A publication rule: where the expression holds, the action is taken and the mark set."""

    if_: StrictStr = Field(alias="if")
    action: Literal["suppress", "flag"] | None = None
    mark: StrictStr = ""
    stats: list[AnyStatistic] | None = None


class NearLimits(Strict):
    """How the precision of proportions near 0 and 1 is judged."""

    use: Literal["cv", "min_of_cv_p_and_1mp", "max_of_cv_p_and_1mp"] = "cv"
    ci: Literal["t", "logit", "2se"] = "logit"


class Quality(Strict):
    """Publication rules as data; within each list the first rule that holds is applied."""

    surveyproc: FormatVersion
    quality: StrictStr
    title: Texts = Field(default_factory=dict)
    source: StrictStr = ""
    cells: list[QualityRule] = Field(default_factory=list)
    precision: list[QualityRule] = Field(default_factory=list)
    proportion_near_limits: NearLimits | None = None
    complementary_suppression: StrictBool = False
    min_share_known: Annotated[float, Field(ge=0, le=1)] | None = None
    footnotes: dict[StrictStr, Texts] = Field(default_factory=dict)
