"""The sample is drawn as stated, its weights grow it to the population, and answers are missing as stated."""

import numpy as np
import pytest

from surveyproc.demo import Population, Sample, draw_sample, truths
from surveyproc.demo.answers import NON_RESPONSE


def test_twelve_households_in_the_stated_number_of_areas(population: Population, sample: Sample) -> None:
    area = population.households.area[sample.rows]
    drawn, counts = np.unique(area, return_counts=True)
    assert (counts == 12).all()
    assert len(np.unique(sample.rows)) == len(sample.rows)
    per_stratum = np.bincount(population.areas.stratum[drawn], minlength=len(population.strata.eas))
    assert np.array_equal(per_stratum, population.strata.drawn)


def test_weights_are_inverse_probabilities(population: Population, sample: Sample) -> None:
    area = population.households.area[sample.rows]
    stratum = population.areas.stratum[area]
    chance = population.strata.drawn[stratum] / population.strata.eas[stratum] * 12 / population.areas.households[area]
    assert sample.base == pytest.approx(1 / chance)
    # the adjustment moves weight inside an area and loses none
    done, base = (np.bincount(area, weights=each) for each in (sample.weight, sample.base))
    assert done == pytest.approx(base)
    assert ((sample.weight > 0) == (sample.result == 1)).all()
    assert 0.01 < (sample.result != 1).mean() < 0.06


def test_every_household_has_the_same_chance_as_its_weight_says(population: Population) -> None:
    times = np.zeros(len(population.households.area))
    for seed in range(300):
        sample = draw_sample(population, seed=seed)
        times[sample.rows] += sample.base
    by_stratum = population.areas.stratum[population.households.area]
    mean = np.bincount(by_stratum, weights=times) / np.bincount(by_stratum) / 300
    assert mean == pytest.approx(np.ones(len(mean)), abs=0.04)
    number = population.households.number
    assert times[number <= 4].mean() / 300 == pytest.approx(1, abs=0.03)  # first rows of an area are not favoured


def test_same_seed_same_sample(population: Population, sample: Sample) -> None:
    again = draw_sample(population, seed=sample.seed)
    assert np.array_equal(again.rows, sample.rows)
    for level, frame in again.frames().items():
        assert frame.equals(sample.frames()[level])
    assert not np.array_equal(draw_sample(population, seed=99).rows, sample.rows)


def test_estimates_are_near_the_truth(population: Population, sample: Sample) -> None:
    table = truths(population)
    truth = table[table["domain"] == "total"].set_index("indicator")["value"]
    assert sample.weight.sum() == pytest.approx(truth["households"], rel=0.04)
    frames = sample.frames()
    person, home = frames["person"], frames["household"]
    assert person["weight"].sum() == pytest.approx(truth["persons"], rel=0.06)
    for column, code, name in (("birth_place", 4, "born_abroad"), ("birth_place", 3, "born_other_region")):
        known = person[person[column] >= 0]
        assert np.average(known[column] == code, weights=known["weight"]) == pytest.approx(truth[name], rel=0.3)
    done = home[home["result"] == 1]
    assert np.average(done["members"], weights=done["weight"]) == pytest.approx(truth["mean_household_size"], rel=0.05)


def test_items_are_missing_at_the_stated_rates(population: Population) -> None:
    counts: dict[tuple[str, str], list[int]] = {}
    for seed in range(12):
        for level, frame in draw_sample(population, seed=seed).frames().items():
            for name in NON_RESPONSE[level]:
                values = frame[name]
                tally = counts.setdefault((level, name), [0, 0])
                tally[0] += int(values.isin((-8, -9)).sum())
                tally[1] += int((values != -1).sum())
    for (level, name), (missing, due) in counts.items():
        rate = sum(NON_RESPONSE[level][name])
        assert missing / due == pytest.approx(rate, abs=5 * np.sqrt(rate / due) + 0.001), (level, name)


def test_no_answers_where_none_were_due(sample: Sample) -> None:
    frames = sample.frames()
    person, home = frames["person"], frames["household"]
    assert (home.loc[home["result"] != 1, ["members", "income", "any_left", "received"]] == -1).all(axis=None)
    assert (person.loc[person["birth_place"] != 4, "birth_country"] == -1).all()
    assert (person.loc[person["years"] == 95, "reason"] == -1).all()
    assert (person.loc[person["age"] < 5, "res5"] == 6).all()
    opened = home.loc[home["any_left"] == 1, ["ea", "household"]]
    rosters = frames["emigrant"][["ea", "household"]].drop_duplicates()
    assert len(rosters) == len(opened) == len(rosters.merge(opened))
