"""The demo survey: a synthetic country whose true values are known, sampled in two rounds.

Nothing here is a statistic of Kazakhstan: region names are real, people and rates are invented (about one household
for sixteen real ones).

`write_demo(folder)` writes

    truth.csv              true values of both rounds: round, indicator, domain, cell, value; shares are 0 to 1; domains
                           total, area (urban, rural), region (two-digit code), sex (male, female; persons only)
    data/2024/*.sav        household, person, emigrant, transfer: Russian labels, SPSS user-missing codes
    data/2025/*.dta        hh, hl, em, tr: the same questions under other names and codes, Kazakh labels
    data/2025_errors/      data/2025 with the errors of `errors.PLANTED`

Design: 37 strata (region × urban or rural; three cities are urban only), psu = enumeration area, about 1,000 drawn of
12,000 without replacement, then 12 households of 16 to 44 in each. Stratum = KATO × AREA (2025: oblast × locality).
Fractions drawn are 4 to 13 %, so variance with replacement is close; N_EA (eas_total) holds the areas of the stratum
and M_HH (ea_hh) the households of the area for those who want the finite population.

    level      2024 key       2025 key        note
    household  HHID           hh_key (text)   psu CLUST / cluster, weight HHW / hhwt_f (0 if not completed), base weight
                                              HHW_D / hhwt_d, result HHRES 1, 2, 3 / result 1, 11, 12
    person     HHID, LN       hh_key, q201    weight PERW in 2024; in 2025 only by the key
    emigrant   HHID, EMLN     hh_key, q302
    transfer   HHID, TRLN     hh_key, q402

    question                  2024                                    2025
    area                      AREA 1 urban, 2 rural                   locality U, R
    birthplace                P05 1 to 4 (4 abroad)                   q205 1 to 5 (4 CIS, 5 other country)
    citizenship               P06 1 own, 2 other, 3 none; P06_CTRY    q206 ISO numeric, 398 own, 0 none
    years in place            P08, 95 always, 96 visitor              q208, same
    residence 5, 1 years ago  P11, P12 1 to 4, 6 not yet born         q211, q212 1 to 5, blank not yet born
    reason of the last move   P09, 96 other                           q209, 7 other
    reason of leaving         E09, 1 work                             q315, 11 lasting work, 12 seasonal work
    missing                   8/9, 98/99 …, 97 inconsistent           .a don't know, .b refused, .c inconsistent

`rounds.py` lists every column, `labels.py` every code. Blank = not asked of this person or household.

What the true values assume: an emigrant left within 60 months (year × 12 + month of interview less that of leaving), is
15 or over now and still abroad; a household receives from abroad if any transfer is from abroad, amount known or not;
years in place leave out 95 and 96. Item non-response is completely at random (`answers.NON_RESPONSE`, 0.2 to 2 % of the
answers due), so excluding it leaves shares and means unbiased; it lowers a number of persons, and indicators that need
every record of a roster, by under one per cent. Households that left whole are in emigrants_all_number only: no survey
finds them. Unit non-response is at random within the area.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from surveyproc.demo.build import build_population
from surveyproc.demo.population import Population
from surveyproc.demo.sample import Sample, draw_sample
from surveyproc.demo.truth import truths
from surveyproc.demo.write import write_round

__all__ = ["Population", "Sample", "build_population", "draw_sample", "truths", "write_demo", "write_round"]


def write_demo(folder: Path | str, *, seed: int = 20240229, scale: float = 1.0) -> tuple[Path, ...]:
    """Write the whole demo survey, in seconds and half a gigabyte at scale 1; the same seed gives the same bytes."""
    folder = Path(folder)
    written: list[Path] = []
    values = []
    for year in (2024, 2025):
        population = build_population(year, seed=seed, scale=scale)
        values.append(truths(population))
        sample = draw_sample(population, seed=seed + year)
        written += write_round(sample, folder / "data" / str(year), year=year)
        if year == 2025:
            written += write_round(sample, folder / "data" / "2025_errors", year=year, planted="errors")
        del population, sample
    table = folder / "truth.csv"
    pd.concat(values, ignore_index=True).to_csv(table, index=False, float_format="%.12g", lineterminator="\n")
    return (*written, table)
