"""A drawn sample as the files of a round would be read, and its estimates by the product's own stages."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from surveyproc.config.load import load_round
from surveyproc.config.models import SamplingErrors
from surveyproc.config.spec import RoundSpec
from surveyproc.demo import Sample
from surveyproc.demo.answers import NA
from surveyproc.demo.errors import blemish
from surveyproc.demo.rounds import LAYOUTS, LETTERS, WIDTHS, Out, encode
from surveyproc.derive import derive_round, run_checks
from surveyproc.design.round import design_columns, round_designs
from surveyproc.frames import estimates_frame
from surveyproc.link import link_round
from surveyproc.measures import jobs
from surveyproc.problems import Severity
from surveyproc.values import ColumnInfo, FileInfo, RawColumn, RawFile, RawRound
from tests.conftest import ROOT


def spec_for(year: int, indicators: list[str], domains: list[str]) -> RoundSpec:
    """The demo round of a year, its plan cut down to some indicators by some domains."""
    spec = load_round(Path(ROOT / "configs" / "demo" / f"{year}.yaml"))
    asked = SamplingErrors(number="SE", indicators=indicators, domains=domains)
    plan = spec.plan.model_copy(update={"sampling_errors": asked})
    # the product compiles a design for each level that some indicator needs: only those asked for here
    return replace(spec, plan=plan, tables=(), indicators={name: spec.indicators[name] for name in indicators})


def raw_column(out: Out, values: pd.Series, suffix: str) -> RawColumn:
    """A column as it would be read: blanks NaN, missing answers as user-missing codes (.sav) or letters (.dta)."""
    if not pd.api.types.is_numeric_dtype(values):
        return RawColumn(ColumnInfo(out.name, text=True), values.to_numpy(object))
    read = values.to_numpy(float)
    if read.dtype.kind == "f" and values.dtype.kind == "f":
        return RawColumn(ColumnInfo(out.name), read, None if suffix == ".sav" else np.zeros(len(read), np.int8))
    known = np.where(read == NA, np.nan, read)
    codes = WIDTHS[out.width]
    if suffix == ".sav":
        for kind, code in codes.items():
            known[read == kind] = code
        declared = sorted(float(code) for code in codes.values())
        if out.width < 0:
            return RawColumn(ColumnInfo(out.name, missing_ranges=((declared[0], declared[-1]),)), known)
        return RawColumn(ColumnInfo(out.name, missing_values=tuple(declared)), known)
    letters = np.zeros(len(read), np.int8)
    for kind in codes:
        letters[read == kind] = ord(LETTERS[kind]) - ord("a") + 1
        known[read == kind] = np.nan
    return RawColumn(ColumnInfo(out.name), known, letters)


def raw_round(sample: Sample, spec: RoundSpec) -> RawRound:
    """The columns that a round needs of a sample's files, with the blemishes that the written files have."""
    layout = LAYOUTS[sample.population.year]
    frames = encode(blemish(sample.frames()), sample.population.year)
    levels = {
        level: {out.name: raw_column(out, frames[level][out.source], layout.suffix) for out in layout.columns[level]}
        for level in spec.files
    }
    infos = {
        level: FileInfo(
            spec.files[level].path,
            layout.suffix[1:],
            len(frames[level]),
            {name: column.info for name, column in columns.items()},
        )
        for level, columns in levels.items()
    }
    wanted, problems = design_columns(spec, infos)
    assert not problems
    return RawRound(
        {
            level: RawFile(
                level,
                infos[level],
                len(frames[level]),
                {name: columns[name] for name in [*spec.columns[level], *wanted[level]]},
            )
            for level, columns in levels.items()
        }
    )


def estimates(raw: RawRound, spec: RoundSpec) -> pd.DataFrame:
    """Link, derive, check, design and estimate; no error on the way."""
    linked, problems = link_round(raw, spec.keys, spec.levels, {})
    assert linked is not None
    derived, more = derive_round(linked, spec)
    designs, faults = round_designs(derived, spec)
    made, notes = jobs(derived, spec)
    found = [*problems, *more, *run_checks(derived, spec), *faults, *notes]
    errors = [str(p) for p in found if p.severity is Severity.ERROR]
    assert not errors, errors
    return estimates_frame(made, designs, spec)
