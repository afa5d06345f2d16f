"""The commands of surveyproc."""

from __future__ import annotations

import shlex
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from surveyproc.cli import show
from surveyproc.cli.failures import writing

HELP = {"help_option_names": ["-h", "--help"]}
# Boxes on a terminal only, and the libraries that draw them are loaded only there.
STYLE: Literal["rich"] | None = "rich" if sys.stdout.isatty() and sys.stderr.isatty() else None
Interrupted = typer.Abort
app = typer.Typer(
    name="surveyproc",
    help="Migration modules of household surveys: from SPSS and Stata files to tables with standard errors.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=STYLE,
    context_settings=HELP,
)
modules_app = typer.Typer(
    no_args_is_help=True,
    help="Modules: list them, run their cases.",
    rich_markup_mode=STYLE,
    context_settings=HELP,
)
app.add_typer(modules_app, name="modules")
inputs_app = typer.Typer(
    no_args_is_help=True,
    help="Demographic methods: list them, write files of figures to fill.",
    rich_markup_mode=STYLE,
    context_settings=HELP,
)
app.add_typer(inputs_app, name="inputs")
weights_app = typer.Typer(
    no_args_is_help=True,
    help="Weights made in steps: totals to fill, totals compared, weights to merge.",
    rich_markup_mode=STYLE,
    context_settings=HELP,
)
app.add_typer(weights_app, name="weights")


class PeerName(StrEnum):
    """Packages that `verify` compares with."""

    SAMPLICS = "samplics"
    SVY = "svy"


Config = Annotated[Path, typer.Argument(metavar="CONFIG", help="A round's YAML file.")]
MaxMemory = Annotated[
    int | None,
    typer.Option("--max-memory", metavar="MB", min=64, help="Memory that reading one file may take. Default: 4096."),
]
Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="Data root. Default: SURVEYPROC_DATA, else the config's folder."),
]

NewCsv = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="A new CSV, in all digits. Default: the screen.")
]


def _version(wanted: bool) -> None:
    if wanted:
        from surveyproc import __version__

        typer.echo(f"surveyproc {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    """Nothing to do before a command."""


@app.command(epilog="Example: surveyproc run configs/demo/2025.yaml --data demo/data")
def run(
    config: Config,
    data: Data = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Output folder. Default: out/ROUND.")] = None,
    lang: Annotated[list[str] | None, typer.Option("--lang", help="en, ru or kk; repeat for several.")] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="TABLE", help="Only this table; repeatable.")
    ] = None,
    max_memory: MaxMemory = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress; only problems and paths.")] = False,
) -> None:
    """Run a round: from its files to workbook, page, estimates and manifest, all or none."""
    from surveyproc import pipeline

    report: Any = None if quiet else show.stage_reporter()
    result = pipeline.run(
        config, data=data, out=out, languages=lang, only=only, report=report, limits=_limits(max_memory), write=True
    )
    notes = [p for p in result.found if p.severity != "info"]
    if notes:
        show.show_problems(notes)
    show.show_files("Written:", [(_what(path), str(path)) for path in result.outputs])


@app.command(epilog="Example: surveyproc check configs/demo/2025_errors.yaml --data demo/data")
def check(
    config: Config,
    data: Data = None,
    max_memory: MaxMemory = None,
    notes: Annotated[bool, typer.Option("--notes", help="Show notes too, not only errors and warnings.")] = False,
) -> None:
    """List every problem of a round's config, modules and files, before any estimate."""
    from surveyproc import pipeline
    from surveyproc.problems import Severity

    problems = pipeline.check(config, data=data, limits=_limits(max_memory))
    show.show_problems(problems, least=Severity.INFO if notes else Severity.WARNING)
    if not notes and any(p.severity is Severity.INFO for p in problems):
        show.show_line("Notes are listed with --notes.")
    raise typer.Exit(pipeline.findings(problems))


@app.command(epilog="Example: surveyproc verify configs/demo/2025.yaml --data demo/data")
def verify(
    config: Config,
    data: Data = None,
    against: Annotated[
        Path | None,
        typer.Option("--against", metavar="FILE", help="A CSV of published figures, in place of a package."),
    ] = None,
    peer: Annotated[
        PeerName | None,
        typer.Option("--with", help="The package to compare with. Default: samplics."),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="TABLE", help="Only this table; repeatable.")
    ] = None,
    most: Annotated[
        int | None, typer.Option("--most", min=1, metavar="N", help="How many estimates at most. Default: 200.")
    ] = None,
) -> None:
    """Compare a round's estimates with those of samplics or svy on the same data, or with published figures."""
    from surveyproc.cli import verifying

    raise typer.Exit(verifying.verify(config, data=data, only=only, against=against, peer=peer, most=most))


@app.command(epilog="Example: surveyproc change out/2025/estimates.csv out/2024/estimates.csv")
def change(
    now: Annotated[Path, typer.Argument(metavar="NOW", help="The estimates.csv of a run.")],
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help="That of an earlier one.")],
    out: NewCsv = None,
) -> None:
    """Show how estimates changed between two runs, with standard errors for independent samples."""
    from surveyproc.cli import changing

    with writing(out or Path()):
        changing.change(now, before, out=out)


@app.command(epilog="Example: surveyproc trend out/202[345]/estimates.csv --out trend.csv")
def trend(
    files: Annotated[list[Path], typer.Argument(metavar="RUN…", help="The estimates.csv of two runs or more.")],
    out: NewCsv = None,
) -> None:
    """Show the linear trend of estimates over several runs, with standard errors for independent samples."""
    from surveyproc.cli import changing

    with writing(out or Path()):
        changing.trend(files, out=out)


@app.command(epilog="Example: surveyproc inspect demo/data/2024/person.sav")
def inspect(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="SPSS or Stata files.")],
    encoding: Annotated[str, typer.Option("--encoding", help="auto, or the name of the file's encoding.")] = "auto",
    columns: Annotated[bool, typer.Option("--columns/--no-columns", help="List the columns.")] = True,
    codes: Annotated[bool, typer.Option("--codes/--no-codes", help="List the labelled codes too.")] = False,
) -> None:
    """Show what survey files hold: rows, columns, labels, missing values, likely design columns, doubts."""
    from surveyproc.cli.inspecting import inspect_file
    from surveyproc.problems import Problem, SurveyprocError

    failures: list[Problem] = []
    for file in files:
        try:
            inspect_file(file, encoding, parts={"columns": columns, "codes": codes})
        except SurveyprocError as error:
            failures += error.problems
    if failures:
        raise SurveyprocError(failures)


@app.command(epilog="Example: surveyproc demo demo")
def demo(folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write; made if need be.")]) -> None:
    """Write the demo survey: two rounds of a synthetic country whose true values are known, and its configs."""
    from surveyproc.cli.demonstration import write

    with writing(folder):
        files = write(folder)
    show.show_files("Written:", files)
    paths = [shlex.quote(str(folder / name)) for name in ("configs/2025.yaml", "data")]
    show.show_line(f"Next: surveyproc run {paths[0]} --data {paths[1]}")


@app.command(epilog="Example: surveyproc schema .schemas")
def schema(folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write the JSON Schemas.")]) -> None:
    """Write JSON Schemas of every kind of YAML file, for completion and checks in an editor."""
    from surveyproc.config.models import KINDS
    from surveyproc.config.schema import write_schemas

    with writing(folder):
        files = write_schemas(folder, KINDS)
    show.show_files("Written:", [(path.name.split(".")[0], str(path)) for path in files])


@weights_app.command(
    "template", epilog="Example: surveyproc weights template configs/demo/2025_weighted.yaml --out totals"
)
def weights_template(
    config: Config,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to write. Default: here.")] = Path(),
    lang: Annotated[str, typer.Option("--lang", help="Language of the labels: en, ru or kk.")] = "en",
) -> None:
    """Write the CSV of known totals that a round's calibrations need, to be filled."""
    from surveyproc.cli import weighing

    with writing(out):
        weighing.template(config, out, language=lang)


@weights_app.command(
    "check", epilog="Example: surveyproc weights check configs/demo/2025_weighted.yaml --data demo/data"
)
def weights_check(config: Config, data: Data = None) -> None:
    """Compare known totals with each other and with the sample, before any weight is calibrated."""
    from surveyproc import pipeline
    from surveyproc.cli import weighing

    raise typer.Exit(pipeline.findings(weighing.check(config, data=data)))


@weights_app.command(
    "export",
    epilog="Example: surveyproc weights export configs/demo/2025_weighted.yaml --data demo/data --out weights.sav",
)
def weights_export(
    config: Config,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="A .sav or .dta file to write.")],
    data: Data = None,
    level: Annotated[str | None, typer.Option("--level", help="Which records. Default: the only ones.")] = None,
    lang: Annotated[str, typer.Option("--lang", help="Language of the labels: en, ru or kk.")] = "en",
) -> None:
    """Write final weights with the key of their records, to be merged into the round's files."""
    from surveyproc.cli import weighing

    weighing.export(config, out, level=level, data=data, language=lang)


@modules_app.command("test", epilog="Example: surveyproc modules test residence")
def modules_test(
    names: Annotated[list[str] | None, typer.Argument(metavar="[MODULE]…", help="Default: all with cases.")] = None,
    path: Annotated[
        Path | None, typer.Option("--path", metavar="DIR", help="Your folder of modules, searched first.")
    ] = None,
) -> None:
    """Run the examples in modules' cases.yaml: records in, derived values out."""
    from surveyproc.cases import case_modules, run_cases
    from surveyproc.config.library import default_library
    from surveyproc.problems import SurveyprocError

    library = default_library(Path.cwd(), path)
    results = [result for name in names or case_modules(library) for result in run_cases(name, library)]
    rows = [(r.module, r.case, r.compared, "ok" if not r.problems else "differs") for r in results]
    show.show_table("Cases of modules", ["module", "case", "values", "result"], rows)
    broken = [problem for r in results for problem in r.problems]
    if broken:
        raise SurveyprocError(broken)


@modules_app.command("list", epilog="Example: surveyproc modules list")
def modules_list(
    path: Annotated[
        Path | None, typer.Option("--path", metavar="DIR", help="Your folder of modules, searched first.")
    ] = None,
) -> None:
    """List the modules that a round can name."""
    from surveyproc.config.gather import gather_modules
    from surveyproc.config.library import default_library, module_names
    from surveyproc.problems import Collector, Place

    library = default_library(Path.cwd(), path)
    problems = Collector()
    found = gather_modules([(name, Place("modules")) for name in module_names(library)], library, problems)
    rows = [(m.model.module, m.model.version, m.model.status, m.model.title.get("en", "")) for m in found.values()]
    show.show_table("Modules", ["module", "version", "status", "title"], rows)
    problems.stop_on_errors()


@inputs_app.command("list", epilog="Example: surveyproc inputs list")
def inputs_list() -> None:
    """List the demographic methods and the inputs that each needs."""
    from surveyproc.cli.inputs import list_methods

    list_methods()


@inputs_app.command("template", epilog="Example: surveyproc inputs template balance --out balance.csv")
def inputs_template(
    method: Annotated[str, typer.Argument(metavar="METHOD", help="Name of a method.")],
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="A new file. Default: the screen.")] = None,
) -> None:
    """Write the CSV that a demographic method needs, to be filled, and show a config that reads it."""
    from surveyproc.cli.inputs import write_template

    if out is None:
        write_template(method, None)
        return
    with writing(out):
        write_template(method, out)


def _limits(max_memory: int | None) -> Any:
    if max_memory is None:
        return None
    from surveyproc.read import Limits

    return Limits(memory_mb=max_memory)


def _what(path: Path) -> str:
    kinds = {".xlsx": "workbook", ".html": "page", ".csv": "estimates", ".json": "manifest"}
    return "weights" if path.name.startswith("weights.") else kinds.get(path.suffix, path.suffix)
