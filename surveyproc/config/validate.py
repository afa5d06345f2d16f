"""From a YAML source to a model, or to problems in words of the person who wrote the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from surveyproc.config.findings import Finding, problem_of
from surveyproc.config.names import did_you_mean
from surveyproc.config.shapes import (
    choices,
    converted,
    field_of,
    fit,
    inner_type,
    is_model,
    members,
    rewrites,
    scalar_misfit,
    strip,
)
from surveyproc.config.source import KeyPath, Source
from surveyproc.problems import Problem, SurveyprocError

Model = TypeVar("Model", bound=BaseModel)


def validate(model: type[Model], source: Source, *, at: KeyPath = ()) -> Model:
    """The source, or the part of it at a path, as a model.

    Raises SurveyprocError with all problems, by line: unknown and missing keys, wrong types, values outside what is
    allowed. Text is never turned into a number or into true/false, nor 2.0 into 2.
    """
    data = _inside(source.data, at)
    findings: list[Finding] = []
    result = None
    try:
        result = model.model_validate(data)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        findings.extend(_resolve([_Error(one, tuple(one["loc"])) for one in details], model, data, at))
    seen = {finding.path for finding in findings}
    findings.extend(one for one in _turned(model, data, at) if one.path not in seen)
    if result is None or findings:
        refused = {(*finding.path, finding.key) for finding in findings if finding.key is not None}
        told = [one for one in findings if not any(one.path[:n] in refused for n in range(1, len(one.path) + 1))]
        raise SurveyprocError(_sorted(problem_of(finding, source) for finding in told))
    return result


def _inside(data: Any, path: KeyPath) -> Any:
    for part in path:
        data = data[part]
    return data


def _sorted(problems: Iterable[Problem]) -> list[Problem]:
    unique = dict.fromkeys(problems)
    return sorted(unique, key=lambda p: (p.where.line or 0, p.where.column or 0, p.code, p.what))


@dataclass(frozen=True, slots=True)
class _Error:
    """One error of pydantic with what is left of its location on the way down."""

    details: ErrorDetails
    rest: tuple[int | str, ...]


def _resolve(errors: list[_Error], annotation: Any, data: Any, path: KeyPath) -> list[Finding]:
    """Follow types, data and locations down together; of a union only the branch that was meant is kept."""
    here = [error for error in errors if not error.rest]
    findings = [Finding(error.details, path, annotation, data) for error in here]
    deeper = [error for error in errors if error.rest]
    if not deeper:
        return findings
    branches = members(annotation)
    if branches:
        return findings + _resolve_union(deeper, annotation, data, path)
    for key, group in _grouped(deeper).items():
        findings.extend(_resolve_key(group, key, annotation, data, path))
    return findings


def _resolve_key(errors: list[_Error], key: int | str, annotation: Any, data: Any, path: KeyPath) -> list[Finding]:
    plain = strip(annotation)
    findings = []
    deeper = []
    for error in errors:
        kind = error.details["type"]
        about_key = error.rest[1:2] == ("[key]",)
        if len(error.rest) == 1 and kind == "missing" and isinstance(data, list):  # of a list with a fixed length
            findings.append(Finding(None, path, plain, data, kind="wrong-type"))
        elif len(error.rest) == 1 and kind in ("missing", "extra_forbidden", "invalid_key"):
            findings.append(Finding(error.details, path, plain, data, key=key))
        elif about_key:
            findings.append(Finding(error.details, path, get_args(plain)[0] if get_args(plain) else Any, data, key=key))
        else:
            deeper.append(_Error(error.details, error.rest[1:]))
    if not deeper:
        return findings
    written = _written(key, plain, data)
    if written is None:  # a label of pydantic's, not a key of the file
        return findings + _resolve(deeper, Any, data, path)
    return findings + _resolve(deeper, inner_type(plain, key), data[written], (*path, written))


def _written(key: int | str, annotation: Any, data: Any) -> int | str | None:
    """The key or position under which the data hold what pydantic calls `key`."""
    if isinstance(data, list):
        return key if isinstance(key, int) and 0 <= key < len(data) else None
    if not isinstance(data, dict):
        return None
    if key in data:
        return key
    info = field_of(annotation, key) if is_model(annotation) else None
    if info is not None:
        names = [name for name, one in annotation.model_fields.items() if one is info]
        return next((name for name in names if name in data), None)
    return None


def _grouped(errors: list[_Error]) -> dict[int | str, list[_Error]]:
    groups: dict[int | str, list[_Error]] = {}
    for error in errors:
        groups.setdefault(error.rest[0], []).append(error)
    return groups


def _resolve_union(errors: list[_Error], annotation: Any, data: Any, path: KeyPath) -> list[Finding]:
    branches = members(annotation)
    groups = _grouped(errors)
    matched = _matched(list(groups), branches)
    scores = {label: fit(matched[label], data) for label in groups}
    best = max(groups, key=lambda label: (scores[label], -len(groups[label])))
    if scores[best] == 0:
        return [Finding(groups[best][0].details, path, annotation, data, kind="wrong-type")]
    rest = [_Error(error.details, error.rest[1:]) for error in groups[best]]
    return _resolve(rest, matched[best], data, path)


def _matched(labels: list[int | str], branches: tuple[Any, ...]) -> dict[int | str, Any]:
    """Which branch each label of pydantic's means: in order when all failed, else by the discriminator's value."""
    if len(labels) == len(branches):
        return dict(zip(labels, branches, strict=True))
    return {label: next((one for one in branches if _carries(one, label)), Any) for label in labels}


def _carries(branch: Any, label: int | str) -> bool:
    branch = strip(branch)
    if not is_model(branch):
        return str(getattr(get_origin(branch) or branch, "__name__", "")) == str(label).split("[", maxsplit=1)[0]
    return branch.__name__ == label or any(label in choices(one.annotation) for one in branch.model_fields.values())


def _turned(annotation: Any, data: Any, path: KeyPath) -> Iterator[Finding]:
    """Values that pydantic would silently turn into a number or into true/false."""
    if rewrites(annotation):
        return
    branches = members(annotation)
    if branches:
        best = max(branches, key=lambda one: fit(one, data))
        if fit(best, data) > 0:
            yield from _turned(best, data, path)
        return
    plain = strip(annotation)
    if scalar_misfit(plain, data):
        yield Finding(None, path, plain, data, kind="wrong-type")
    elif isinstance(data, list):
        for position, item in enumerate(data):
            yield from _turned(inner_type(plain, position), item, (*path, position))
    elif isinstance(data, dict):
        skipped = converted(plain) if is_model(plain) else frozenset()
        for key, value in data.items():
            info = field_of(plain, key) if is_model(plain) else None
            if key in skipped or (info is not None and rewrites(info.annotation, info.metadata)):
                continue
            yield from _turned(inner_type(plain, key), value, (*path, key))


__all__ = ["did_you_mean", "validate"]
