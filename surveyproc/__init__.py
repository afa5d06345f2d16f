"""surveyproc: from raw household-survey files to judged tables with design-based standard errors.

`surveyproc.run(config, data=...)` runs a round; `surveyproc.check(config, data=...)` lists its problems.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from surveyproc.problems import Problem, SurveyprocError

if TYPE_CHECKING:
    from surveyproc.pipeline import check, run
    from surveyproc.running import RunResult

    __version__: str

__all__ = ["Problem", "RunResult", "SurveyprocError", "__version__", "check", "run"]


def __getattr__(name: str) -> Any:
    """Load the pipeline, or look the version up, when first asked for: `import surveyproc` stays quick."""
    if name in ("RunResult", "check", "run"):
        from surveyproc import pipeline

        return getattr(pipeline, name)
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("surveyproc")
        except PackageNotFoundError:
            return "0"
    raise AttributeError(f"module 'surveyproc' has no attribute {name!r}")
