"""What a module may ask beyond estimates: regressions and tests."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictStr

from surveyproc.config.models.base import Strict, Texts

ModelShow = Literal["coefficient", "odds_ratio", "rate_ratio", "ame", "adjusted"]


class RegressionTerm(Strict):
    """An explanatory variable with the category that the others are compared with."""

    variable: StrictStr
    reference: StrictStr | None = Field(None, description="Of a categorical variable; default: its first category.")


class Regression(Strict):
    """A survey-weighted regression, printed as a table."""

    title: Texts
    family: Literal["linear", "logistic", "poisson"]
    outcome: StrictStr
    terms: list[StrictStr | RegressionTerm] = Field(min_length=1)
    universe: StrictStr
    weight: StrictStr | None = Field(None, description="Level whose weight is used; default: that of the universe.")
    show: list[ModelShow] | None = Field(None, min_length=1, description="Default: what the family is read by.")
    number: StrictStr | None = Field(None, description="Number of its table; default: its name.")
    decimals: Annotated[int, Field(ge=0, le=6)] | None = Field(None, description="Default: 2, effects 3.")


class SignificanceTest(Strict):
    """A test printed as a line of the table of tests."""

    title: Texts
    kind: Literal["independence", "means", "ranks"]
    of: StrictStr
    by: StrictStr
    universe: StrictStr
    weight: StrictStr | None = Field(None, description="Level whose weight is used; default: that of the universe.")
    statistic: Literal["rao_scott", "rao_scott_first", "wald", "adjusted_wald", "saddlepoint"] | None = Field(
        None, description="Of independence; default: rao_scott."
    )
    scores: Literal["wilcoxon", "van_der_waerden", "median"] | None = Field(
        None, description="Of ranks; default: wilcoxon."
    )
