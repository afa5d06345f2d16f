"""What `surveyproc inspect` shows of a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from surveyproc.cli import show
from surveyproc.problems import SurveyprocError
from surveyproc.read import codebook, likely_roles, read_info
from surveyproc.read.codebook import missing_in_words, value_labels
from surveyproc.values import FileInfo


def inspect_file(path: Path, encoding: str, *, parts: Mapping[str, bool]) -> None:
    """Print a summary of a file, its likely design columns, the lists that are wanted, and doubts about it."""
    try:
        info, problems = read_info(path, shown=path.as_posix(), encoding=encoding)
    except SurveyprocError as error:
        if any(p.code == "read.encoding" for p in error.problems):
            show.show_line(f"{path.as_posix()}: to look inside, name another encoding with --encoding.")
        raise
    show.show_table(path.as_posix(), ["what", "value"], _summary(info))
    roles = [(role, ", ".join(names)) for role, names in likely_roles(info).items() if names]
    if roles:
        show.show_table("Likely columns (hints only; the config decides)", ["role", "columns"], roles)
    codes = value_labels(info)
    codes["missing"] = codes["missing"].map({True: "missing", False: ""})
    for part, frame in (("columns", codebook(info)), ("codes", codes)):
        if parts.get(part):
            heads = [str(name).replace("_", " ") for name in frame.columns]
            show.show_table(part.capitalize(), heads, frame.astype(str).to_numpy().tolist())
    if problems:
        show.show_problems(problems)


def _summary(info: FileInfo) -> list[tuple[str, str]]:
    columns = info.columns.values()
    labelled = sum(1 for c in columns if c.value_labels)
    missing = sum(1 for c in columns if missing_in_words(c))
    rows = [
        ("format", info.format),
        ("label", info.file_label),
        ("rows by the header", "not said" if info.rows is None else f"{info.rows:,}"),
        ("columns", f"{len(info.columns):,}"),
        ("with value labels", f"{labelled:,}"),
        ("with declared missing values", f"{missing:,}"),
        ("encoding", info.encoding),
        ("weight in the header", info.header_weight),
        ("multiple-response sets", ", ".join(info.multiple_response_sets)),
        ("sha256", info.sha256),
    ]
    return [(what, value) for what, value in rows if value]
