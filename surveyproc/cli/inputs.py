"""What `surveyproc inputs` shows and writes: the demographic methods, and files of figures to fill."""

from __future__ import annotations

from pathlib import Path

from surveyproc.cli import show
from surveyproc.config.names import did_you_mean
from surveyproc.demography.methods import METHODS, Method
from surveyproc.messages import words
from surveyproc.methods.template import described, template_csv, template_yaml
from surveyproc.problems import Place, Problem, SurveyprocError


def list_methods() -> None:
    """One line a method: name, what it is, what it needs."""
    known = words("en")
    rows = [
        (m.section, name, known[f"method_{name}"], ", ".join(i.name for i in m.inputs if i.need == "required"))
        for name, m in METHODS.items()
    ]
    show.show_table("Demographic methods", ["section", "method", "what it is", "needs"], rows)


def write_template(name: str, out: Path | None) -> None:
    """The file to fill, to the screen or to a new file; then the configuration that reads it."""
    method = _method(name)
    text = template_csv(method)
    if out is None:
        show.show_text(text)
        return
    try:
        with out.open("x", encoding="utf-8-sig", newline="") as stream:
            stream.write(text)
    except FileExistsError as error:
        problem = Problem(
            "output.failed", Place(str(out)), "the file is there already", hint="Name another with --out."
        )
        raise SurveyprocError([problem]) from error
    show.show_table(f"Inputs of {name}", ["input", "kind", "by", "needed"], described(method))
    show.show_text(template_yaml(method, file=out.name))


def _method(name: str) -> Method:
    if name in METHODS:
        return METHODS[name]
    hint = did_you_mean(name, list(METHODS)) or "`surveyproc inputs list` shows all."
    raise SurveyprocError([Problem("config.unknown-name", Place("METHOD"), f"there is no method {name!r}", hint=hint)])
