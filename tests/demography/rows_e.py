"""Numbers of section e of the reference: schedules, their measures, fits, families."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
from scipy.special import gammaln, xlogy

from surveyproc.demography.schedule_fit import ScheduleFit, fit_to_counts, fit_to_rates
from surveyproc.demography.schedules import NAMES, RogersCastro, rogers_castro, schedule_measures
from surveyproc.demography.un_schedules import PATTERNS, un_1992
from tests.demography.rows import Row

SHORT = {"al": "alpha", "la": "lambda"}
PATTERN = {
    "ws": "western_standard",
    "ld": "low_dependency",
    "hd": "high_dependency",
    "ylfe": "young_entry",
    "olfe": "old_entry",
    "ldllfe": "low_dependency_young_entry",
}


def table(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def column(lines: list[dict[str, str]], name: str) -> np.ndarray:
    return np.array([float(line[name]) for line in lines])


def rows(shared: Path) -> Iterator[Row]:
    folder = shared / "reference/demography"
    yield from schedules(folder)
    yield from un(folder)
    yield from fits(folder)
    yield from florida(folder)
    yield from families(folder)


def schedules(folder: Path) -> Iterator[Row]:
    sets = json.loads((folder / "e_rogers_castro_parameters.json").read_text())
    lines = table(folder / "e_rogers_castro_schedules.csv")
    ages = column(lines, "age")
    for name, values in sets.items():
        ours, theirs = rogers_castro(ages, RogersCastro(**values)), column(lines, name)
        kind = "published" if name == "rc11_slides" else "package"
        yield Row("e", f"schedule {name}", kind, "rcbayes; slides", ours, theirs, 1e-14, "all printed digits")


def un(folder: Path) -> Iterator[Row]:
    given: dict = defaultdict(dict)
    for line in table(folder / "e_rc_model_un_1992_parameters.csv"):
        given[PATTERN[line["schedule_abb"]], line["sex"]][line["param"]] = float(line["value"])
    rates, measures = table(folder / "e_rc_model_un_1992_schedules.csv"), table(folder / "e_rc_index_age_rc.csv")
    for pattern, sex in PATTERNS:
        parameters = un_1992(pattern, sex=sex)
        theirs = np.array([given[pattern, sex][name] for name in NAMES[7]])
        ours = np.array([getattr(parameters, name) for name in NAMES[7]])
        yield Row("e", f"UN 1992 parameters {pattern} {sex}", "package", "migest; UN 1992", ours, theirs, 0.0)
        mine = [r for r in rates if PATTERN[r["schedule_abb"]] == pattern and r["sex"] == sex]
        ours, theirs = rogers_castro(column(mine, "age"), parameters), column(mine, "mx")
        yield Row("e", f"UN 1992 schedule {pattern} {sex}", "package", "migest; UN 1992", ours, theirs, 1e-14)
        told = {
            r["measure"]: float(r["value"])
            for r in measures
            if PATTERN.get(r["schedule_abb"]) == pattern and r["sex"] == sex
        }
        if told:
            m = schedule_measures(parameters, last_age=80)
            found = {
                "peaking": parameters.mu2,
                "child_dependency": m.child_dependency,
                "labor_dependency": m.labour_dominance,
                "labor_asymmetry": m.labour_asymmetry,
                "regularity": m.regularity,
            }
            ours, theirs = np.array([float(found[k]) for k in told]), np.array(list(told.values()))
            yield Row("e", f"UN 1992 measures {pattern} {sex}", "package", "migest index_age_rc", ours, theirs, 1e-12)


@cache
def demotools(folder: Path, components: int) -> ScheduleFit:
    lines = table(folder / "e_rc_fit_demotools_data.csv")
    return fit_to_rates(column(lines, "age"), column(lines, "mx"), components=components, starts=4)


def fits(folder: Path) -> Iterator[Row]:
    for components in (7, 11):
        lines = table(folder / f"e_rc_fit_demotools_nls{components}.csv")
        fit = demotools(folder, components)
        names = ["".join(SHORT.get(part, part) for part in (r["param"][:-1], r["param"][-1])) for r in lines]
        where = [NAMES[components].index(name) for name in names]
        theirs, se = column(lines, "estimate"), column(lines, "se")
        why = "relative; theirs stops at 1e-5" if components == 11 else "relative"
        tolerance = 2e-3 if components == 11 else 1e-5
        source = "least squares in R"
        name = f"{components} parameters on DemoTools rates"
        yield Row("e", name, "constructed", source, fit.values[where] / theirs, np.ones(components), tolerance, why)
        yield Row("e", f"SEs of {name}", "constructed", source, fit.se[where] / se, np.ones(components), tolerance, why)
        rss = np.array(float(lines[0]["rss"]))
        yield Row("e", f"sum of squares of {name}", "constructed", source, np.array(fit.objective), rss, 1e-9)
    data = table(folder / "e_rc_fit_demotools_data.csv")
    ours, theirs = demotools(folder, 7).fitted, column(data, "fit7")
    yield Row("e", "curve of 7 parameters", "constructed", "least squares in R", ours, theirs, 1e-7)


def florida(folder: Path) -> Iterator[Row]:
    lines, told = table(folder / "e_rcbayes_florida_input.csv"), table(folder / "e_rc_fit_florida_11par.csv")
    ages, events, people = (column(lines, name) for name in ("age", "migrants", "pop"))

    def lost(rates: np.ndarray) -> float:
        return float(-(xlogy(events, people * rates) - people * rates - gammaln(events + 1)).sum())

    published = RogersCastro(**{r["param"]: float(r["rcbayes_published_median"]) for r in told})
    likely = RogersCastro(**{r["param"]: float(r["poisson_mle_base_r"]) for r in told})
    ours = np.array([lost(rogers_castro(ages, p)) for p in (published, likely)])
    theirs = np.array([float(told[0]["nll_at_published"]), float(told[0]["nll_at_mle"])])
    yield Row("e", "Florida, likelihood at given parameters", "published", "rcbayes medians", ours, theirs, 1e-8)
    fit = fit_to_counts(ages, events, exposure=people, components=11, mu3=(55.0, 100.0), starts=4)
    above = np.array(max(lost(fit.fitted) - float(told[0]["nll_at_mle"]), 0.0))
    name, nothing = "Florida, likelihood not below the reference's fit", np.array(0.0)
    yield Row("e", name, "constructed", "Poisson in R", above, nothing, 1e-6)
    curve = rogers_castro(ages, likely) / fit.fitted
    why = "relative; theirs is a little above the minimum, and the retirement part is not identified"
    yield Row("e", "Florida, fitted curve", "constructed", "Poisson in R", curve, np.ones(len(ages)), 0.02, why)


def families(folder: Path) -> Iterator[Row]:
    parameters: dict = defaultdict(dict)
    for line in table(folder / "e_un_family_params.csv"):
        parameters[line["family"], line["mig_sign"], line["sex"]][line["param"]] = float(line["median"])
    shares: dict = defaultdict(list)
    for line in table(folder / "e_un_family_proportions_5y.csv"):
        shares[line["family"], line["mig_sign"], line["sex"]].append(abs(float(line["prop"])))
    for key, values in parameters.items():
        single = rogers_castro(np.arange(100.0), RogersCastro(**values)).reshape(20, 5).sum(-1)
        why = "theirs are medians of curves, ours the curve of median parameters"
        name, theirs = f"UN 1989 family {' '.join(key)}", np.array(shares[key][:20])
        yield Row("e", name, "package", "DemoTools", single, theirs, 1.2e-4, why)
