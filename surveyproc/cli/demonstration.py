"""What `surveyproc demo` writes: data, truth and a copy of the configs."""

from __future__ import annotations

import shutil
from pathlib import Path

from surveyproc.config.library import library_root
from surveyproc.demo import write_demo


def write(folder: Path) -> list[tuple[str, str]]:
    """Write the demo survey into a folder; gives what was written and where."""
    written = write_demo(folder)
    configs = folder / "configs"
    configs.mkdir(parents=True, exist_ok=True)
    ours = library_root() / "configs" / "demo"
    for source in sorted((*ours.glob("*.yaml"), *ours.glob("*.csv"))):
        shutil.copyfile(source, configs / source.name)
    rounds = sorted({path.parent for path in written if path.suffix in (".sav", ".dta")})
    files = [(f"data {path.name}", str(path)) for path in rounds]
    return [*files, ("truth", str(folder / "truth.csv")), ("configs", str(configs))]
