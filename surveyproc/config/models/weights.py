"""What a round may say of its weights: steps from the sampling design to the final weights, in order, by level."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictInt, StrictStr

from surveyproc.config.models.base import Number, Strict

Above = Annotated[Number, Field(gt=0)]
Share = Annotated[float, Field(gt=0, lt=1)]
Names = Annotated[list[StrictStr], Field(min_length=1)]
Margin = StrictStr | Names


class BaseStep(Strict):
    """The first step: the weight of the sampling design."""

    step: Literal["base"]
    column: StrictStr | None = Field(None, description="Column that holds the base weight.")
    divide_by: Above = 1
    probabilities: Names | None = Field(None, description="Columns: the probability of selection at each stage.")


class ParentStep(Strict):
    """The first step at a level below: the final weight of the level above."""

    step: Literal["parent"]


class SelectionStep(Strict):
    """Selection of records within their parent: one adult of a household."""

    step: Literal["selection"]
    eligible: StrictStr | None = Field(None, description="Column: how many were eligible in the parent record.")
    taken: Above = Field(1, description="How many of them were drawn.")
    probability: StrictStr | None = Field(None, description="Column: probability of selection within the parent.")
    most: Above | None = Field(None, description="Largest factor; larger ones are cut to it.")


class EligibilityStep(Strict):
    """What became of each record drawn: roles by category; unknown eligibility is spread over the known."""

    step: Literal["eligibility"]
    status: StrictStr = Field(description="Variable that holds the result of the interview.")
    complete: Names = Field(description="Categories that are interviews.")
    partial: list[StrictStr] = Field(default_factory=list, description="Interviews in part: respondents too.")
    refusal: list[StrictStr] = Field(default_factory=list)
    noncontact: list[StrictStr] = Field(default_factory=list)
    other: list[StrictStr] = Field(
        default_factory=list, description="Eligible, without an interview for other reasons."
    )
    ineligible: list[StrictStr] = Field(default_factory=list)
    unknown: list[StrictStr] = Field(default_factory=list, description="It is not known whether they are eligible.")
    classes: list[StrictStr] = Field(default_factory=list, description="Variables within which unknowns are spread.")
    rates_by: list[StrictStr] = Field(default_factory=list, description="Variables by which response rates are told.")


class NonresponseStep(Strict):
    """Respondents take over the weight of non-respondents of their class."""

    step: Literal["nonresponse"]
    classes: Names = Field(description="Variables whose crossing makes the classes.")
    minimum: Annotated[StrictInt, Field(ge=1)] = Field(20, description="Fewest respondents of a class.")
    most: Annotated[Number, Field(gt=1)] | None = Field(None, description="Largest factor of a class.")
    collapse: Literal["none", "nearest"] = Field("none", description="What is done with a class too small.")


class PropensityStep(Strict):
    """Respondents are weighted by their estimated propensity to respond, in classes of it or one by one."""

    step: Literal["propensity"]
    predictors: Names = Field(description="Categorical variables known of respondents and non-respondents.")
    classes: Annotated[StrictInt, Field(ge=2, le=50)] | None = Field(
        5, description="Number of classes of equal size; null: the inverse of each record's propensity."
    )


class TrimStep(Strict):
    """Extreme weights are cut, and what is cut is given to the others of the cell."""

    step: Literal["trim"]
    lowest: Above | None = None
    highest: Above | None = None
    times_median: Annotated[Number, Field(gt=1)] | None = Field(None, description="Highest weight, in medians.")
    quantile: Annotated[float, Field(gt=0.5, lt=1)] | None = Field(None, description="Share of records left uncut.")
    mse: StrictStr | None = Field(None, description="Number or yes/no variable whose mean squared error is least.")
    cells: list[StrictStr] = Field(default_factory=list, description="Variables within which Σw is kept.")
    redistribute: Literal["proportional", "none"] = "proportional"


class CalibrateStep(Strict):
    """Weights are moved so that totals of the sample meet known totals."""

    step: Literal["calibrate"]
    method: Literal["linear", "raking", "logit", "poststratify"]
    totals: StrictStr = Field(description="A CSV file of known totals beside this one.")
    margins: Annotated[list[Margin], Field(min_length=1)] = Field(
        description="Variables, or lists of variables that are crossed; of a level below: counted in each record."
    )
    partition: StrictStr | None = Field(None, description="Variable: each of its categories is calibrated by itself.")
    bounds: tuple[Annotated[Number, Field(ge=0, lt=1)], Annotated[Number, Field(gt=1)]] | None = Field(
        None, description="Lowest and highest ratio of the weight after to that before."
    )
    tolerance: Annotated[float, Field(gt=0, le=0.01)] = Field(1e-9, description="Largest relative miss of a total.")
    iterations: Annotated[StrictInt, Field(ge=1, le=10_000)] = 100
    rounding: Annotated[float, Field(ge=0, le=0.05)] = Field(
        0.0, description="Margins whose sums differ by this share at most are scaled to the first one's sum."
    )
    plausible: tuple[Above, Above] = Field(
        (0.2, 5), description="Lowest and highest ratio of a total to its Σw before."
    )


class ScaleStep(Strict):
    """All weights times one number."""

    step: Literal["scale"]
    to: Literal["sample", "population"]
    population: Above | None = Field(None, description="With population: what the weights then sum to.")


class PoolStep(Strict):
    """Rounds that lie in one file are pooled: each round's weights times its share."""

    step: Literal["pool"]
    rounds: StrictStr = Field(description="Variable that tells the rounds apart.")
    shares: Literal["equal", "cases", "effective"] | dict[StrictStr, Share] = Field(
        "equal", description="Of each round; effective: by effective number of cases."
    )


WeightStep = Annotated[
    BaseStep
    | ParentStep
    | SelectionStep
    | EligibilityStep
    | NonresponseStep
    | PropensityStep
    | TrimStep
    | CalibrateStep
    | ScaleStep
    | PoolStep,
    Field(discriminator="step"),
]
WeightSteps = Annotated[list[WeightStep], Field(min_length=1)]
