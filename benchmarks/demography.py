"""Processor seconds of demographic accounting for 200 countries, and of residence rules on 5 million crossings.

    python benchmarks/demography.py [countries [crossings]]

Stocks are drawn with a fixed seed: nine tenths of a country's people are born there, and the foreign-born fall with
distance.
"""

import sys
import time

import numpy as np

from surveyproc.demography.accounting import flows_from_stocks
from surveyproc.demography.register import RULES, classify
from surveyproc.demography.register_events import Observation


def world(countries: int, seed: int) -> tuple[np.ndarray, ...]:
    """Stocks at both ends, births, deaths, and distances between countries on a unit square."""
    rng = np.random.default_rng(seed)
    people = rng.lognormal(15.5, 1.6, countries)
    place = rng.uniform(size=(countries, 2))
    distance = np.linalg.norm(place[:, None] - place[None], axis=-1)
    pull = np.exp(-4.0 * distance) * rng.lognormal(0.0, 2.0, (countries, countries)) * (1.0 - np.eye(countries))
    pull *= rng.uniform(size=pull.shape) < 0.6
    abroad = pull / pull.sum(0) * people * rng.beta(1.0, 12.0, countries)
    start = abroad + np.diag(people - abroad.sum(0))
    births, deaths = people * 0.09, people * 0.045
    end = start * rng.lognormal(0.0, 0.1, start.shape) * (1.0 - np.eye(countries))
    end += np.diag(people + births - deaths - end.sum(0))
    return start, end, births, deaths, distance


def register(crossings: int, seed: int) -> tuple[np.ndarray, ...]:
    """Persons, days and directions of four crossings a person on average in three years, one in a hundred lost."""
    rng = np.random.default_rng(seed)
    people = crossings // 4
    who = np.sort(rng.integers(0, people, crossings))
    day = rng.integers(0, 3 * 365, crossings)
    day = day[np.lexsort((day, who))]
    first = np.append(True, who[1:] != who[:-1])
    since = np.arange(crossings) - np.maximum.accumulate(np.where(first, np.arange(crossings), 0))
    way = (since + rng.integers(0, 2, people)[who]) % 2
    kept = rng.permutation(np.flatnonzero(rng.uniform(size=crossings) > 0.01))
    return who[kept], day[kept], way[kept], rng.integers(-1, 2, people)


def classified(crossings: int) -> None:
    who, day, way, initial = register(crossings, 7)
    for name, rule in RULES.items():
        began = time.process_time()
        found = classify(who, day, direction=way, initial=initial, rule=rule, observed=Observation(0, 3 * 365))
        spent = time.process_time() - began
        yes, open_ = int((found.migration == 1).sum()), int((found.migration == -1).sum())
        print(f"rule {name:6s} {len(who):,} crossings {spent:6.2f} s  migrations {yes:,}  not known {open_:,}")


def main() -> None:
    countries = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    classified(int(sys.argv[2]) if len(sys.argv) > 2 else 5_000_000)
    start, end, births, deaths, distance = world(countries, 7)
    near = np.divide(1.0, distance, out=np.zeros_like(distance), where=distance > 0)
    print(f"{countries} countries, {countries**3:,} cells by birthplace")
    for closure in ("closed", "open"):
        for name, offset in (("even", None), ("1/distance", near)):
            began = time.process_time()
            result = flows_from_stocks(
                start, end, births=births, deaths=deaths, closure=closure, offset=offset, detail="total"
            )
            spent = time.process_time() - began
            moved = float(result.moves.flows.sum())
            print(
                f"{closure:7s} {name:11s} {spent:6.2f} s  state {int(result.moves.state)}"
                f"  gap {float(result.moves.gap):.1e}  moved {moved:,.0f}"
            )


if __name__ == "__main__":
    main()
