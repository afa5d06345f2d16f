"""What a file of demographic calculations may say: methods, their inputs with units and errors, and their choices."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictStr

from surveyproc.config.models.base import Code, FormatVersion, Language, Number, OutputName, Strict, Texts
from surveyproc.config.models.round import QualityChoice

MethodName = Literal[
    "crude_rates",
    "migration_ratio",
    "growth",
    "growth_components",
    "flow_totals",
    "intensity",
    "preference",
    "velocity",
    "concentration",
    "inequality",
    "distance",
    "age_profile",
    "standardise_direct",
    "standardise_indirect",
    "age_structure",
    "balance",
    "cohort_balance",
    "growth_rate",
    "survival_ratio",
    "lifetime_net",
    "children_net",
    "residual",
    "prior_residence",
    "last_residence",
    "absent_members",
    "siblings",
    "partner_stock",
    "partner_flow",
    "mirror",
    "mirror_ratios",
    "mirror_factors",
    "stock_difference",
    "stock_shares",
    "flows_from_stocks",
    "flow_components",
    "irregular_residual",
    "two_lists",
    "several_lists",
    "repeated_contacts",
    "reference_population",
    "multiplier",
]
Unit = Literal[
    "persons",
    "thousand",
    "million",
    "per_person",
    "per_100",
    "per_1000",
    "per_100000",
    "ratio",
    "percent",
    "years",
    "km",
]


class SurveyEstimate(Strict):
    """Estimates of a survey as an input: cells of one indicator."""

    indicator: StrictStr
    domain: list[StrictStr] = Field(default_factory=list, description="Disaggregation; empty: the whole.")
    category: StrictStr = ""
    run: StrictStr = Field(description="estimates.csv of an earlier run, under the data root.")


class MethodInput(Strict):
    """One input of a method: a file of figures, one figure, or estimates of a survey; with its unit and its error."""

    unit: Unit
    file: StrictStr | None = Field(None, description="A long CSV under the data root.")
    value: Number | None = Field(None, description="One figure, the same in every cell.")
    estimate: SurveyEstimate | None = None
    columns: dict[StrictStr, StrictStr] = Field(
        default_factory=dict, description="Our name → the file's: value, cv, se, low, high or a dimension."
    )
    where: dict[StrictStr, Code | list[Code]] = Field(
        default_factory=dict, description="Column of the file → values of the rows that are used."
    )
    absent: Literal["error", "missing", "zero"] = Field("error", description="What a cell without a row means.")
    cv: Annotated[float, Field(ge=0)] | None = Field(None, description="Relative standard error of every cell.")
    interval: Annotated[list[Number], Field(min_length=2, max_length=2)] | None = Field(
        None, description="Lower and upper end of a value."
    )
    level: Annotated[float, Field(gt=0.5, lt=1)] = Field(0.95, description="Of the interval or of low and high.")
    distribution: Literal["normal", "lognormal", "uniform"] = "normal"
    cells: Literal["independent", "together"] = Field("independent", description="How errors of cells go together.")
    scenarios: dict[StrictStr, Number] = Field(
        default_factory=dict, description="Name → the figures times so much; without probabilities, so a range."
    )
    error_source: StrictStr | None = Field(None, description="Name of the source of error; default: the input's.")
    note: Texts = Field(default_factory=dict, description="Where the figures come from; printed.")


class Calculation(Strict):
    """One method on its inputs."""

    method: MethodName
    title: Texts = Field(default_factory=dict)
    by: list[StrictStr] = Field(default_factory=list, description="Dimensions for each cell of which it is done.")
    inputs: dict[StrictStr, MethodInput] = Field(min_length=1)
    choices: dict[StrictStr, StrictBool | Number | StrictStr] = Field(default_factory=dict)
    results: list[StrictStr] | None = Field(None, description="Results published; default: all of the method.")
    show: list[Literal["se", "ci", "cv"]] = Field(default=["se"], description="Beside the estimate in tables.")


class Demographic(Strict):
    """Demographic calculations with their inputs."""

    surveyproc: FormatVersion
    kind: Literal["demographic"]
    name: OutputName = Field(description="Of the outputs' folder and of the column `round`.")
    title: Texts
    languages: list[Language] = Field(default=["en"], min_length=1)
    outputs: list[Literal["xlsx", "html", "csv"]] = Field(default=["xlsx", "html", "csv"], min_length=1)
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    error_by: Literal["auto", "delta", "replicates", "simulation"] = Field(
        "auto", description="How errors pass through a method."
    )
    draws: Annotated[int, Field(ge=200, le=100_000)] = Field(4000, description="Of a simulation.")
    seed: Annotated[int, Field(ge=0)] = 1
    labels: dict[StrictStr, dict[StrictStr, Texts]] = Field(
        default_factory=dict, description="Dimension → category → words; `_` is the dimension itself."
    )
    quality: QualityChoice | None = None
    calculations: dict[OutputName, Calculation] = Field(min_length=1)
    source: Texts = Field(default_factory=dict, description="Printed under every table.")
