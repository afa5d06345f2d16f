"""Loads and validates single configuration files of every kind."""

from __future__ import annotations

from pathlib import Path

from surveyproc.config import models
from surveyproc.config.gather import shown_path
from surveyproc.config.library import Library
from surveyproc.config.source import Source, load_source
from surveyproc.config.spec import SourceFile
from surveyproc.config.validate import validate
from surveyproc.problems import Place


def load_codelist(name: str, library: Library, place: Place) -> tuple[models.Codelist, SourceFile]:
    """A code list by name."""
    source = _load(library.codelist(name, place))
    return validate(models.Codelist, source), _file(source)


def load_quality(name: str, library: Library, place: Place) -> tuple[models.Quality, Source]:
    """A profile of publication rules by name."""
    source = _load(library.quality(name, place))
    return validate(models.Quality, source), source


def load_plan(path: Path) -> tuple[models.Plan, Source]:
    """A publication plan."""
    source = _load(path)
    return validate(models.Plan, source), source


def load_cases(path: Path) -> tuple[models.CaseFile, Source]:
    """The cases of a module."""
    source = _load(path)
    return validate(models.CaseFile, source), source


def _load(path: Path) -> Source:
    return load_source(path, shown=shown_path(path))


def _file(source: Source) -> SourceFile:
    return SourceFile(source.shown, source.sha256)
