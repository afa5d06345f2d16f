"""What a plan may say: which tables are published, in which order and languages."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictStr

from surveyproc.config.models.base import FormatVersion, Language, Strict, Texts


class SamplingErrors(Strict):
    """The sampling-error appendix: indicators down, one table a domain."""

    number: StrictStr = Field("SE", description="Tables are numbered NUMBER.1, NUMBER.2 …")
    first: Annotated[int, Field(ge=1)] = Field(1, description="Number of the first table.")
    title: Texts = Field(default_factory=dict)
    indicators: list[StrictStr] = Field(min_length=1)
    domains: list[StrictStr] = Field(default=["total"], min_length=1)
    decimals: Annotated[int, Field(ge=0, le=6)] = 3


class Plan(Strict):
    """What is published, in which order and languages."""

    surveyproc: FormatVersion
    plan: StrictStr
    title: Texts
    languages: list[Language] = Field(default=["en"], min_length=1)
    tables: list[StrictStr] | None = Field(None, description="Numbers in order; default: all tables.")
    models: list[StrictStr] | None = Field(None, description="Names of regressions in order; default: all.")
    tests: list[StrictStr] | None = Field(None, description="Names of tests in order; default: all.")
    sampling_errors: SamplingErrors | None = None
    outputs: list[Literal["xlsx", "html", "csv"]] = Field(default=["xlsx", "html", "csv"], min_length=1)
