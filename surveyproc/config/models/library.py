"""What code lists and a module's examples may say."""

from __future__ import annotations

from pydantic import Field, StrictBool, StrictStr

from surveyproc.config.models.base import Code, Codes, FormatVersion, Number, Strict, Texts


class CodelistEntry(Strict):
    """One entry of a code list."""

    code: Codes
    label: Texts = Field(default_factory=dict)
    groups: list[StrictStr] = Field(
        default_factory=list, description="Groups it belongs to; in a list after `in` a group stands for its entries."
    )


class Codelist(Strict):
    """A list of codes that modules share: countries, regions."""

    surveyproc: FormatVersion
    codelist: StrictStr
    title: Texts
    source: StrictStr = ""
    codes: dict[StrictStr, CodelistEntry] = Field(min_length=1)


class CaseFile(Strict):
    """Examples of a module: records in, derived values out."""

    surveyproc: FormatVersion
    cases: list[ModuleCase] = Field(min_length=1)


class ModuleCase(Strict):
    """One example: what is given by level and what must come out."""

    name: StrictStr
    parameters: dict[StrictStr, StrictBool | Number | StrictStr] = Field(default_factory=dict)
    given: dict[StrictStr, list[dict[StrictStr, StrictBool | Code | None]]] = Field(min_length=1)
    expect: dict[StrictStr, list[dict[StrictStr, StrictBool | Code | None]]] = Field(min_length=1)


CaseFile.model_rebuild()
