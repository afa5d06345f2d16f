"""The regions, strata and countries of the model country."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EAS = 12_000  # enumeration areas of the model country, before the floor by stratum
SMALLEST_STRATUM = 120  # keeps the sampling fraction of every stratum near or below one tenth
SAMPLE_EAS = 1_000
SMALLEST_SAMPLE = 13
KAZAKHSTAN = 398
STATELESS = 0
CIS = (31, 51, 112, 417, 498, 643, 762, 795, 804, 860)


@dataclass(frozen=True, slots=True)
class Region:
    """A region: two-digit code, names, population in thousands, and the knobs of its people.

    zone: which mix of countries its immigrants come from. family: factor on children and kin in a household.
    arrivals: factor on immigration from abroad; departures: factor on emigration. Figures are round numbers near the
    real ones of 2024, not official statistics.
    """

    code: int
    ru: str
    kk: str
    en: str
    thousands: float
    urban: float
    zone: str
    family: float
    arrivals: float
    departures: float


REGIONS = (
    Region(10, "Абай", "Абай облысы", "Abai", 607, 0.62, "east", 0.90, 0.9, 1.2),
    Region(11, "Акмолинская", "Ақмола облысы", "Akmola", 788, 0.57, "north", 0.78, 1.0, 1.2),
    Region(15, "Актюбинская", "Ақтөбе облысы", "Aktobe", 945, 0.75, "west", 1.00, 0.8, 0.7),
    Region(19, "Алматинская", "Алматы облысы", "Almaty region", 1560, 0.17, "east", 1.10, 1.6, 0.8),
    Region(23, "Атырауская", "Атырау облысы", "Atyrau", 711, 0.55, "west", 1.25, 0.8, 0.6),
    Region(27, "Западно-Казахстанская", "Батыс Қазақстан облысы", "West Kazakhstan", 695, 0.56, "west", 0.90, 0.8, 1.0),
    Region(31, "Жамбылская", "Жамбыл облысы", "Zhambyl", 1220, 0.43, "south", 1.20, 1.0, 0.9),
    Region(33, "Жетісу", "Жетісу облысы", "Jetisu", 697, 0.46, "east", 1.05, 1.2, 0.9),
    Region(35, "Карагандинская", "Қарағанды облысы", "Karaganda", 1135, 0.81, "north", 0.75, 0.9, 1.5),
    Region(39, "Костанайская", "Қостанай облысы", "Kostanay", 826, 0.63, "north", 0.70, 1.0, 1.7),
    Region(43, "Кызылординская", "Қызылорда облысы", "Kyzylorda", 845, 0.47, "south", 1.30, 0.5, 0.5),
    Region(47, "Мангистауская", "Маңғыстау облысы", "Mangystau", 800, 0.46, "west", 1.35, 2.0, 0.5),
    Region(55, "Павлодарская", "Павлодар облысы", "Pavlodar", 750, 0.71, "north", 0.72, 0.9, 1.6),
    Region(
        59, "Северо-Казахстанская", "Солтүстік Қазақстан облысы", "North Kazakhstan", 525, 0.49, "north", 0.65, 1.0, 1.9
    ),
    Region(61, "Туркестанская", "Түркістан облысы", "Turkistan", 2140, 0.25, "south", 1.50, 1.1, 0.7),
    Region(62, "Ұлытау", "Ұлытау облысы", "Ulytau", 220, 0.79, "north", 0.90, 0.6, 1.0),
    Region(
        63, "Восточно-Казахстанская", "Шығыс Қазақстан облысы", "East Kazakhstan", 723, 0.66, "east", 0.70, 1.0, 1.6
    ),
    Region(71, "г. Астана", "Астана қаласы", "Astana", 1480, 1.0, "north", 0.95, 1.0, 1.0),
    Region(75, "г. Алматы", "Алматы қаласы", "Almaty", 2260, 1.0, "east", 0.85, 1.2, 1.1),
    Region(79, "г. Шымкент", "Шымкент қаласы", "Shymkent", 1230, 1.0, "south", 1.30, 1.1, 0.8),
)
REGION_CODES = np.array([region.code for region in REGIONS], dtype=np.int16)

# ISO 3166 numeric → names; first those that a person of the model country may come from or leave for.
COUNTRIES: dict[float | str, tuple[str, str]] = {
    31: ("Азербайджан", "Әзірбайжан"),
    112: ("Беларусь", "Беларусь"),
    156: ("Китай", "Қытай"),
    268: ("Грузия", "Грузия"),
    276: ("Германия", "Германия"),
    398: ("Казахстан", "Қазақстан"),
    410: ("Республика Корея", "Корея Республикасы"),
    417: ("Кыргызстан", "Қырғызстан"),
    496: ("Монголия", "Моңғолия"),
    616: ("Польша", "Польша"),
    643: ("Россия", "Ресей"),
    762: ("Таджикистан", "Тәжікстан"),
    784: ("ОАЭ", "БАӘ"),
    792: ("Турция", "Түркия"),
    795: ("Туркменистан", "Түрікменстан"),
    804: ("Украина", "Украина"),
    840: ("США", "АҚШ"),
    860: ("Узбекистан", "Өзбекстан"),
}

BORN_IN: dict[str, dict[int, float]] = {
    "north": {643: 60, 804: 10, 860: 7, 496: 8, 276: 4, 112: 4, 417: 3, 31: 2, 156: 2},
    "south": {860: 62, 643: 13, 417: 9, 762: 5, 792: 4, 31: 3, 156: 2, 795: 2},
    "east": {156: 36, 643: 24, 860: 14, 496: 11, 417: 9, 410: 2, 792: 2, 268: 2},
    "west": {860: 42, 795: 24, 643: 24, 31: 5, 792: 2, 268: 1, 804: 2},
}
LEAVE_FOR: dict[str, dict[int, float]] = {
    "north": {643: 66, 276: 16, 616: 5, 840: 4, 410: 4, 792: 3, 784: 2},
    "south": {643: 50, 410: 20, 792: 12, 860: 8, 840: 4, 784: 6},
    "east": {643: 48, 410: 16, 276: 10, 156: 8, 840: 9, 792: 6, 784: 3},
    "west": {643: 55, 792: 16, 410: 9, 784: 9, 840: 7, 276: 4},
}


@dataclass(frozen=True, slots=True)
class Strata:
    """Region × urban or rural, H of them; the three cities have urban only.

    region: int16 code; place: int16 index into REGIONS; urban: bool; eas: int64 enumeration areas in the population;
    drawn: int64 enumeration areas in a sample.
    """

    region: NDArray[np.int16]
    place: NDArray[np.int16]
    urban: NDArray[np.bool_]
    eas: NDArray[np.int64]
    drawn: NDArray[np.int64]


def strata(scale: float) -> Strata:
    """The strata of a country with `scale` times the usual number of enumeration areas, and the size of its sample.

    Areas are proportional to households with a floor; the sample is allocated by a power of the areas, 0.65
    (power allocation, Bankier 1988), with at least two a stratum.
    """
    parts = [
        (place, urban, region.thousands * share / (2.3 + 1.3 * region.family + (0.0 if urban else 0.4)))
        for place, region in enumerate(REGIONS)
        for urban, share in ((True, region.urban), (False, 1 - region.urban))
        if share > 0
    ]
    place = np.array([part[0] for part in parts], dtype=np.int16)
    weight = np.array([part[2] for part in parts])
    whole = np.maximum(np.rint(EAS * weight / weight.sum()), SMALLEST_STRATUM)
    root = whole**0.65
    drawn = np.maximum(np.rint(SAMPLE_EAS * root / root.sum()), SMALLEST_SAMPLE)
    eas = np.maximum(np.rint(whole * scale), 4)
    return Strata(
        region=REGION_CODES[place],
        place=place,
        urban=np.array([part[1] for part in parts]),
        eas=eas.astype(np.int64),
        drawn=np.minimum(np.maximum(np.rint(drawn * scale), 2), eas).astype(np.int64),
    )
