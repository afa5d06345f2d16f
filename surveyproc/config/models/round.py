"""What a round may say: files, keys, design, the map from concepts to columns, what differs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictStr

from surveyproc.config.models.base import (
    Code,
    FormatVersion,
    Interval,
    MissingCodes,
    Number,
    OutputName,
    Reason,
    ReplicateMethod,
    SmoothStatistic,
    Strict,
    Texts,
)
from surveyproc.config.models.weights import Names, WeightSteps


class Reshape(Strict):
    """Records that lie side by side in a row: E1_SEX, E2_SEX … are one column, written E{i}_SEX."""

    i: StrictStr = Field(description='What stands for {i}: "1..5", or "01..20" where numbers have zeros before them.')
    keep_if: list[StrictStr] = Field(
        min_length=1, description="A record is there where one of these columns, written with {i}, is not blank."
    )


class DataFile(Strict):
    """One data file of a round."""

    path: StrictStr = Field(description="Relative to the data root.")
    encoding: StrictStr = "auto"
    reshape: Reshape | None = Field(None, description="For records that lie side by side in rows of another level.")


class Link(Strict):
    """How records of a level meet their parent."""

    orphans: Literal["fail", "drop"] = "fail"
    at_most: Annotated[int, Field(ge=0)] | None = Field(
        None, description="With drop: more orphans than this stop the run."
    )
    childless_parents: Literal["allow", "fail"] = "allow"


class WeightColumn(Strict):
    """A weight column and what it is divided by (DHS: 1000000)."""

    column: StrictStr
    divide_by: Number = 1


class Collapse(Strict):
    """Strata that are joined, by label."""

    collapse: dict[StrictStr, StrictStr]


class Fpc(Strict):
    """A column for the finite population correction, and what it holds."""

    column: StrictStr
    holds: Literal["counts", "rates"] = Field(
        "counts", description="Units of the stratum in the population, or the rate at which they were drawn."
    )


class FurtherStage(Strict):
    """A stage of selection after the first, within each unit of the stage before."""

    unit: StrictStr | Names | None = Field(description="Column or columns; null: every record is a unit.")
    strata: StrictStr | Names | None = Field(None, description="Strata within the unit of the stage before.")
    fpc: StrictStr | Fpc | None = Field(
        None, description="Column: number of units in the population of the row's stratum; or column and what it holds."
    )


class Replicates(Strict):
    """Replicate weights: made from the design by a method, or columns of the data with their scale."""

    method: ReplicateMethod | None = Field(None, description="How they are made; with columns: how theirs were made.")
    number: Annotated[int, Field(ge=2, le=8192)] | None = Field(None, description="How many are made.")
    seed: Annotated[int, Field(ge=0)] | None = Field(None, description="Of the bootstraps.")
    rho: Annotated[float, Field(ge=0, lt=1)] | None = Field(None, description="Fay's factor.")
    columns: StrictStr | Names | dict[StrictStr, StrictStr | Names] | None = Field(
        None, description='"REPW1..REPW80", a list of columns, or either by level.'
    )
    holding: Literal["weights", "factors"] = Field("weights", description="What the columns hold.")
    scale: Annotated[float, Field(gt=0)] | None = Field(None, description="Of columns; default: that of the method.")
    rscales: list[Annotated[float, Field(ge=0)]] | None = Field(None, description="One number a column.")
    mse: StrictBool = Field(True, description="true: deviations from the estimate; false: from the replicates' mean.")


class CalibratedNumber(Strict):
    """A number whose total the weights of the file meet."""

    number: StrictStr = Field(description="Column.")


class Design(Strict):
    """The sampling design as found in the files' columns."""

    weight: dict[StrictStr, StrictStr | WeightColumn] = Field(
        default_factory=dict, min_length=1, description="Level → column; other levels may have steps under weights."
    )
    strata: StrictStr | Names | None = Field(description="Column or columns crossed; null: one stratum.")
    psu: StrictStr | Names | None = Field(
        description="Column or columns; null: every record of the highest level is a psu."
    )
    fpc: StrictStr | Fpc | None = Field(
        None, description="Column: number of psus of the stratum in the population; or column and what it holds."
    )
    lonely_psu: Literal["fail", "adjust", "average", "certainty", "remove"] | Collapse = "fail"
    domain_lonely: StrictBool = Field(
        False, description="true: the rule holds for strata of which a domain has one psu too (adjust, average)."
    )
    further_stages: list[FurtherStage] = Field(default_factory=list, description="Stages after the first, in order.")
    replicates: Replicates | None = Field(None, description="Variances from replicate weights.")
    calibrated_on: dict[
        StrictStr,
        Annotated[
            list[StrictStr | Annotated[list[StrictStr], Field(min_length=1)] | CalibratedNumber], Field(min_length=1)
        ],
    ] = Field(default_factory=dict, description="Level of a weight → margins that it was calibrated to.")
    nested_ids: StrictBool = Field(False, description="true: psu numbers start anew in each stratum.")
    scale_weights_to: Literal["none", "population", "sample"] = "none"
    population: dict[StrictStr, Number] = Field(default_factory=dict, description="Level → known population.")
    tolerance: Number = Field(0.1, description="Largest relative gap between Σw and the population.")
    df: Literal["domain", "design"] = "domain"
    deff: Literal["srs_replace", "srs", "dhs"] = "srs_replace"
    interval: dict[SmoothStatistic, Interval] = Field(default_factory=dict)
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95


class Binding(Strict):
    """Where a concept is in this round and how its values are read."""

    column: StrictStr | None = None
    columns: list[StrictStr] | None = None
    pick: Literal["first_nonmissing"] | None = None
    set: StrictStr | None = Field(None, description="Multiple-response set as the .sav file defines it.")
    dichotomies: dict[StrictStr, StrictStr] = Field(default_factory=dict, description="Answer → its column.")
    counted: Code | None = Field(None, description="Value in dichotomies that means yes; default 1.")
    recode: dict[Code, Code] | None = Field(
        None, description='Value or range "10..94" → symbolic code, missing.<reason>, or a number for numbers.'
    )
    copy_codes: StrictBool = Field(False, description="true: the codes are those of the module.")
    otherwise: StrictStr = Field("error", alias="else", description="error, or a code, or missing.<reason>, or keep.")
    missing: MissingCodes | None = Field(None, description="In place of the module's.")
    also_missing: MissingCodes = Field(default_factory=dict, description="On top of the module's.")
    blank: Reason | None = Field(None, description="What a blank or system-missing value means.")
    undeclared_missing: Literal["error", "system"] = Field(
        "error", description="Values declared user-missing in the file that no rule here names."
    )
    format: Literal["cmc"] | None = Field(
        None, description="How a number says a month; cmc: months from January 1900, which is 1 (DHS)."
    )
    not_asked: StrictBool = False
    reason: Texts = Field(default_factory=dict, description="Why it was not asked; printed under tables without it.")


class Overrides(Strict):
    """What a round changes in a module."""

    parameters: dict[StrictStr, StrictBool | Number | StrictStr]


class Period(Strict):
    """When the round was in the field."""

    year: Annotated[int, Field(ge=1900, le=2200)]
    quarter: Annotated[int, Field(ge=1, le=4)] | None = None
    month: Annotated[int, Field(ge=1, le=12)] | None = None


class QualityChoice(Strict):
    """Which publication rules apply."""

    profile: StrictStr


class Round(Strict):
    """One round of a survey: files, keys, design, and the map from concepts to columns."""

    surveyproc: FormatVersion
    extends: StrictStr | None = Field(None, description="Another round's file; whole keys here take its keys' place.")
    round: OutputName = Field(description="Name of the round; its outputs lie in a folder of this name.")
    survey: StrictStr
    title: Texts = Field(default_factory=dict)
    period: Period
    modules: list[StrictStr] = Field(min_length=1, description="name or name@constraint.")
    module_path: StrictStr | None = Field(None, description="A folder of modules beside this file, searched first.")
    files: dict[StrictStr, DataFile] = Field(min_length=1)
    keys: dict[StrictStr, list[StrictStr]] = Field(default_factory=dict)
    links: dict[StrictStr, Link] = Field(default_factory=dict)
    weights: dict[StrictStr, WeightSteps] = Field(
        default_factory=dict, description="Level → steps from the base weight to the final weight."
    )
    design: Design
    map: dict[StrictStr, StrictStr | Binding] = Field(default_factory=dict)
    overrides: dict[StrictStr, Overrides] = Field(default_factory=dict)
    quality: QualityChoice | None = None
    plan: StrictStr | None = Field(
        None, description="A plan file beside this one; default: every table of the modules."
    )
    source: Texts = Field(default_factory=dict, description="Printed under every table.")
