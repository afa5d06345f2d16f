"""What can go wrong, said once: place, what, got, expected, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How much a problem weighs: an error stops the run, a warning and an info are reported."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a problem sits: a spot in a text file, or a variable of a data file, never a case's values."""

    file: str = ""
    line: int | None = None
    column: int | None = None
    path: str = ""  # keys from the top of the YAML file, joined by dots
    level: str = ""
    variable: str = ""
    cases: int | None = None

    def __str__(self) -> str:
        spot = self.file
        if self.line is not None:
            spot += f":{self.line}:{self.column or 1}"
        data = [part for part in (self.level, self.variable) if part]
        if data:
            spot = f"{spot} {'.'.join(data)}".strip()
        if self.cases is not None:
            spot += f" ({counted(self.cases, 'case')})"
        return spot


def counted(count: int, one: str, several: str = "") -> str:
    """A count with its noun: 1 case, 2 cases; `several` where the plural does not end in s alone."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: a code of the catalogue, its place, and three plain sentences at most."""

    code: str
    where: Place
    what: str
    got: str = ""
    expected: str = ""
    hint: str = ""
    severity: Severity = Severity.ERROR

    def __post_init__(self) -> None:
        if self.code not in CATALOGUE:
            raise KeyError(f"problem code {self.code!r} is not in the catalogue")

    def __str__(self) -> str:
        parts = [f"{self.where}: {self.severity} [{self.code}] {self.what}"]
        if self.got:
            parts.append(f"got {self.got}")
        if self.expected:
            parts.append(f"expected {self.expected}")
        text = "; ".join(parts)
        return f"{text}. {self.hint}" if self.hint else text

    @property
    def exit_code(self) -> int:
        """The process exit code that this problem alone would give."""
        return EXIT_CODES[self.code.split(".", 1)[0]]


class SurveyprocError(Exception):
    """Carries every problem found, so that all are shown at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @property
    def exit_code(self) -> int:
        """Of several problems the one that must be mended first decides: lock, output, configuration, input, rules."""
        codes = {p.exit_code for p in self.problems if p.severity is Severity.ERROR} or {1}
        return next((code for code in (70, 5, 4, 2, 3, 1) if code in codes), 1)


@dataclass(slots=True)
class Collector:
    """Gathers problems of a stage; `stop_on_errors` ends the stage with all of them."""

    problems: list[Problem] = field(default_factory=list)

    def add(self, problem: Problem) -> None:
        """Keep one more problem."""
        self.problems.append(problem)

    def extend(self, problems: Iterable[Problem]) -> None:
        """Keep several more."""
        self.problems.extend(problems)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Those that stop a run."""
        return tuple(p for p in self.problems if p.severity is Severity.ERROR)

    def stop_on_errors(self) -> None:
        """Raise with everything gathered (warnings too) if there is any error."""
        if self.errors:
            raise SurveyprocError(self.problems)


EXIT_CODES = {
    "config": 2,
    "expression": 2,
    "module": 2,
    "read": 3,
    "input": 3,
    "link": 1,
    "derive": 1,
    "weight": 1,
    "design": 1,
    "estimate": 1,
    "demography": 1,
    "quality": 1,
    "check": 1,
    "output": 4,
    "lock": 5,
    "bug": 70,
}

CATALOGUE: dict[str, str] = {
    # config: what is written in YAML
    "config.not-found": "a file named by the configuration or the command line does not exist",
    "config.unreadable": "the YAML file is not UTF-8 text, too large, or not YAML",
    "config.syntax": "YAML syntax",
    "config.duplicate-key": "a key stands twice in one mapping",
    "config.alias": "anchors and aliases are not allowed",
    "config.tag": "YAML tags are not allowed",
    "config.too-deep": "nested too deeply",
    "config.too-large": "too many nodes or bytes",
    "config.leading-zero": "a number with a leading zero must be quoted",
    "config.unknown-key": "a key that this kind of file does not have",
    "config.missing-key": "a required key is absent",
    "config.wrong-type": "a value of the wrong type",
    "config.bad-value": "a value outside what is allowed",
    "config.version": "the file's format version is not one this program reads",
    "config.unknown-name": "a name that nothing defines",
    "config.not-installed": "a command needs an optional package that is not installed",
    "config.duplicate-name": "one name defined twice",
    "config.circular": "definitions that depend on each other in a circle",
    "config.unmapped": "a concept that a module needs and the round does not map",
    "config.unused": "a mapping or rule that nothing uses",
    "config.path": "a path outside the data root",
    "config.totals": "a file of known totals that cannot be read or does not fit the margins",
    "config.unsupported": "a combination that is not offered",
    # expression: the small language inside YAML
    "expression.syntax": "the expression cannot be read",
    "expression.too-long": "the expression is too long or too deep",
    "expression.unknown-name": "a variable, parameter, level or function that does not exist",
    "expression.unknown-code": "a code that the variable does not have",
    "expression.type": "operands of types that do not go together",
    "expression.level": "a variable of another record level used without any/all/count/sum",
    # module: the library of modules and its cases
    "module.not-found": "a module that is in none of the module folders",
    "module.version": "no version that meets the constraint",
    "module.conflict": "two modules define one name differently",
    "module.case": "a case of a module does not give what it expects",
    # read: survey files
    "read.not-found": "the data file does not exist",
    "read.not-a-survey-file": "the file is not the SPSS or Stata file its name says",
    "read.damaged": "the file is damaged or incomplete",
    "read.crash": "the reader died on the file",
    "read.limits": "the file needs more memory or time than allowed",
    "read.encrypted": "the file is protected by a password",
    "read.encoding": "text of the file cannot be right in this encoding",
    "read.missing-column": "a column that the configuration names is not in the file",
    "read.roster": "columns of a wide roster do not belong together",
    "read.empty": "the file has no cases",
    "read.header-weight": "a weight is switched on in the file's header",
    "read.note": "something odd in the file that does not stop a run",
    # input: figures that demographic methods work on
    "input.unreadable": "a file of figures is not a CSV in UTF-8",
    "input.missing-column": "a file of figures lacks a column, or the rows that are asked for",
    "input.unknown-column": "a file of figures has a column that nothing uses",
    "input.not-a-number": "a figure that is not a number, or one that cannot be",
    "input.duplicate-cell": "two figures for one cell",
    "input.missing-cell": "a cell without a figure",
    "input.unknown-category": "a category that the other inputs do not have",
    "input.ages": "ages that overlap, leave gaps or are of unequal widths",
    "input.uncertainty": "an error of a figure that cannot be",
    # link: keys between levels
    "link.missing-key": "a key value is missing",
    "link.duplicate-key": "a key that is not unique",
    "link.inexact-key": "a key held as a number that cannot be exact",
    "link.orphan": "records whose parent record does not exist",
    "link.several": "several records of a parent where one at most is declared",
    "link.childless": "records without a child where one is required",
    # derive: recodes and derived variables
    "derive.unmapped-code": "a code in the data that no recode or code list names",
    "derive.wrong-type": "data that are not of the declared type",
    "derive.out-of-range": "values outside the declared range",
    "derive.skip": "answers where the question was not to be asked",
    "derive.system-missing": "unexplained missing values",
    "derive.all-missing": "a variable wholly missing",
    # weight: steps from the sampling design to the final weights
    "weight.base": "base weights or probabilities of selection that cannot be",
    "weight.status": "records whose result of interview is not known",
    "weight.missing-class": "records without a value of a variable that makes classes or margins",
    "weight.empty-class": "a class in which nobody responded",
    "weight.small-class": "a class too small, or a factor too large",
    "weight.propensity": "a propensity model that cannot be fitted",
    "weight.trim": "weights that cannot be trimmed",
    "weight.totals": "known totals that the sample or each other contradict",
    "weight.units": "known totals in another unit than the weights",
    "weight.not-calibrated": "a calibration that does not meet its totals",
    "weight.note": "something to know about the weights",
    # design: weights, strata, psus
    "design.missing-weight": "missing weights",
    "design.bad-weight": "negative or infinite weights",
    "design.zero-weight": "weights of zero",
    "design.scale": "weights of an implausible scale",
    "design.missing-stratum": "missing stratum",
    "design.missing-psu": "missing psu",
    "design.psu-in-two-strata": "a psu in more than one stratum",
    "design.lonely-psu": "strata with a single psu",
    "design.fpc": "a finite population correction that cannot be",
    "design.stages": "further stages of selection that cannot be used",
    "design.replicates": "replicate weights that cannot be made or used",
    "design.calibrated-on": "what weights were calibrated on cannot be used",
    "design.collapse": "strata joined in a way that cannot be",
    # estimate, quality
    "estimate.totals-refused": "totals asked from normalised weights",
    "estimate.note": "something to know about an estimate",
    "quality.rule": "a publication rule",
    # demography: tables given to demographic methods
    "demography.column": "a column that a method needs is not in the table",
    "demography.ages": "age groups that do not cover the ages once",
    "demography.interval": "an interval that does not fit the age groups",
    "demography.value": "a value that is no finite number",
    "demography.negative": "a negative count",
    "demography.missing": "a cell that is missing",
    "demography.duplicate": "a cell that stands twice",
    "demography.label": "a label that the method does not have",
    "demography.record": "records of a register that are faulty",
    "demography.scale": "numbers of units that do not go together",
    "demography.survival": "survival ratios that cannot be",
    # check: rules of modules on data
    "check.rule": "a data rule of a module does not hold",
    # output
    "output.failed": "the results could not be written",
    "output.stale": "a stage left by a run that did not finish",
    "lock.held": "another run writes to the same folder",
    "lock.stale": "a lock left by a run that did not finish",
    "bug.internal": "a fault of surveyproc itself",
}
