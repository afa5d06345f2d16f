"""The population is whole, consistent, and its true values are what a plain count gives."""

from collections import Counter, defaultdict

import numpy as np
import pytest

from surveyproc.demo import Population, build_population, truths
from surveyproc.demo.geography import REGIONS
from surveyproc.demo.population import Persons


def test_twenty_regions_three_of_them_urban_only(population: Population) -> None:
    layers = population.strata
    assert len(set(layers.region.tolist())) == 20
    assert len(layers.region) == 37
    kinds = Counter(layers.region.tolist())
    assert sorted(code for code, n in kinds.items() if n == 1) == [71, 75, 79]


def test_full_size_is_as_stated() -> None:
    from surveyproc.demo.geography import strata

    layers = strata(1.0)
    assert 950 <= layers.drawn.sum() <= 1_050
    assert layers.drawn.min() >= 12
    assert (layers.drawn / layers.eas).max() < 0.13
    assert 300_000 < 28 * layers.eas.sum() < 400_000


def test_same_seed_same_country_other_seed_another() -> None:
    first, again = (build_population(2024, scale=0.02) for _ in range(2))
    for name in Persons.__slots__:
        assert np.array_equal(getattr(first.persons, name), getattr(again.persons, name)), name
    other = build_population(2024, seed=1, scale=0.02)
    assert not np.array_equal(first.persons.age[:500], other.persons.age[:500])


def test_groups_are_contiguous_and_counted(population: Population) -> None:
    homes = population.households
    for name in ("persons", "emigrants", "transfers"):
        child, counts, starts = getattr(population, name), getattr(homes, name), getattr(homes, f"{name}_start")
        assert counts.sum() == len(child.line)
        assert (np.diff(child.household) >= 0).all()
        assert np.array_equal(np.bincount(child.household, minlength=len(counts)), counts)
        assert (child.line[starts[counts > 0]] == 1).all()
    assert (population.persons.relation[homes.persons_start] == 1).all()
    assert len(np.unique(population.areas.code)) == len(population.areas.code)
    assert (population.areas.households >= 12).all()


def test_answers_of_a_member_agree_with_each_other(population: Population) -> None:
    who = population.persons
    always = who.years == 95
    assert always.any()
    assert ((who.birth_place == 1) | ~always).all()
    assert ((who.reason == 0) == always).all()
    for place, region, country in (
        (who.birth_place, who.birth_region, who.birth_country),
        (who.res5, who.res5_region, who.res5_country),
        (who.res1, who.res1_region, who.res1_country),
    ):
        assert ((region > 0) == (place == 3)).all()
        assert ((country > 0) == (place == 4)).all()
        assert not (country == 398).any()
    assert ((who.res5 == 6) == (who.age < 5)).all()
    assert ((who.res1 == 6) == (who.age < 1)).all()
    moved = np.isin(who.res5, (2, 3, 4))
    assert (who.years[moved & (who.years != 96)] < 5).all()
    inside = who.years < 95
    assert (who.years[inside] <= who.age[inside]).all()
    home_region = population.strata.region[population.areas.stratum[population.households.area[who.household]]]
    assert not (who.birth_region == home_region).any()
    assert not (who.res5_region == home_region).any()


def test_emigrants_left_before_the_interview(population: Population) -> None:
    left = population.emigrants
    area = population.households.area[left.household]
    interview = population.year * 12 + population.areas.month[area].astype(int)
    assert np.array_equal(interview - (left.year.astype(int) * 12 + left.month), left.months)
    assert (left.months >= 0).all()
    assert (left.age_left <= left.age).all()
    assert (left.months > 60).any()
    assert ((left.still == 2) & (left.months <= 60)).any()
    assert 0.5 < left.counted.mean() < 0.95


def test_migration_rises_between_the_rounds(population: Population, later: Population) -> None:
    first, second = (truths(each).set_index(["indicator", "domain", "cell"])["value"] for each in (population, later))
    for name, factor in (("born_abroad", 1.04), ("households_with_emigrant", 1.08)):
        assert second[name, "total", ""] > factor * first[name, "total", ""]
    assert second["persons", "total", ""] == first["persons", "total", ""]


def _brute(population: Population) -> dict[tuple[str, str, str], float]:
    """Some true values by counting one by one."""
    top: dict[tuple[str, str, str], float] = defaultdict(float)
    bottom: dict[tuple[str, str, str], float] = defaultdict(float)
    who, homes, left = population.persons, population.households, population.emigrants
    money = population.transfers
    layers, areas = population.strata, population.areas

    def add(name: str, cells: list[tuple[str, str]], y: float, x: float) -> None:
        for cell in cells:
            top[(name, *cell)] += y
            bottom[(name, *cell)] += x

    for h in range(len(homes.area)):
        stratum = areas.stratum[homes.area[h]]
        cells = [("total", ""), ("area", "urban" if layers.urban[stratum] else "rural")]
        cells.append(("region", str(layers.region[stratum])))
        gone = 0
        for e in range(homes.emigrants_start[h], homes.emigrants_start[h] + homes.emigrants[h]):
            gone += int(left.months[e] <= 60 and left.age[e] >= 15 and left.still[e] == 1)
        sent = range(homes.transfers_start[h], homes.transfers_start[h] + homes.transfers[h])
        add("households_with_emigrant", cells, float(gone > 0), 1)
        add("emigrants_per_1000_members", cells, 1000 * gone, float(homes.persons[h]))
        add("households_receiving_from_abroad", cells, float(any(money.origin[t] == 1 for t in sent)), 1)
        add("mean_household_size", cells, float(homes.persons[h]), 1)
        for i in range(homes.persons_start[h], homes.persons_start[h] + homes.persons[h]):
            own = [*cells, ("sex", "male" if who.sex[i] == 1 else "female")]
            add("born_abroad", own, float(who.birth_place[i] == 4), 1)
            add("born_other_region", own, float(who.birth_place[i] == 3), 1)
            add("non_citizens", own, float(who.citizenship[i] != 398), 1)
            if who.age[i] >= 5:
                add("migrants_5y_internal", own, float(who.res5[i] in (2, 3)), 1)
                add("migrants_5y_international", own, float(who.res5[i] == 4), 1)
            if who.age[i] >= 1:
                add("migrants_1y", own, float(who.res1[i] != 1), 1)
            if who.years[i] not in (95, 96):
                add("mean_years_of_movers", own, float(who.years[i]), 1)
    return {key: top[key] / bottom[key] for key in top}


def test_true_values_equal_a_count_one_by_one() -> None:
    population = build_population(2025, scale=0.004)
    found = truths(population).set_index(["indicator", "domain", "cell"])["value"].to_dict()
    for key, value in _brute(population).items():
        assert found[key] == pytest.approx(value, rel=1e-12), key
    assert found["born_abroad_number", "total", ""] == (population.persons.birth_place == 4).sum()


def test_totals_add_up_and_whole_households_are_counted_apart(population: Population) -> None:
    table = truths(population).set_index(["indicator", "domain", "cell"])["value"].sort_index()
    for name in ("persons", "households", "born_abroad_number", "emigrants_all_number"):
        for domain in ("area", "region"):
            assert table[name, domain].sum() == pytest.approx(table[name, "total", ""])
    unseen = table["emigrants_all_number", "total", ""] - table["emigrants_reportable_number", "total", ""]
    assert unseen == population.gone.adults.sum() > 0
    assert set(table["households", "region"].index) == {str(region.code) for region in REGIONS}


@pytest.mark.parametrize(("year", "scale"), [(2023, 1.0), (2024, 0.0), (2024, 1.5)])
def test_years_and_scales_that_make_no_sense_are_refused(year: int, scale: float) -> None:
    with pytest.raises(ValueError, match="year must be"):
        build_population(year, scale=scale)
