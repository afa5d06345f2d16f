"""What `surveyproc inspect` shows of a file."""

from __future__ import annotations

from pathlib import Path

from surveyproc.cli import show
from surveyproc.read import codebook, likely_roles, read_info
from surveyproc.values import FileInfo

LABEL_WIDTH = 60


def inspect_file(path: Path, encoding: str, *, listing: bool) -> None:
    """Print a summary of a file, its likely design columns, its columns if wanted, and doubts about it."""
    info, problems = read_info(path, shown=path.as_posix(), encoding=encoding)
    show.show_table(path.as_posix(), ["what", "value"], _summary(info))
    roles = [(role, ", ".join(names)) for role, names in likely_roles(info).items() if names]
    if roles:
        show.show_table("Likely columns (hints only; the config decides)", ["role", "columns"], roles)
    if listing:
        frame = codebook(info)
        rows = frame.astype(str).to_numpy().tolist()
        show.show_table("Columns", [str(name) for name in frame.columns], rows)
    if problems:
        show.show_problems(problems)


def _summary(info: FileInfo) -> list[tuple[str, str]]:
    columns = info.columns.values()
    labelled = sum(1 for c in columns if c.value_labels)
    missing = sum(1 for c in columns if c.missing_values or c.missing_ranges)
    rows = [
        ("format", info.format),
        ("label", info.file_label),
        ("rows", "not said in the header" if info.rows is None else f"{info.rows:,}"),
        ("columns", f"{len(info.columns):,}"),
        ("with value labels", f"{labelled:,}"),
        ("with declared missing values", f"{missing:,}"),
        ("encoding", info.encoding),
        ("weight in the header", info.header_weight),
        ("multiple-response sets", ", ".join(info.multiple_response_sets)),
        ("sha256", info.sha256),
    ]
    return [(what, value) for what, value in rows if value]
