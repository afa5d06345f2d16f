"""Disaggregations that part the rows alike share their sums, bit for bit what each gives alone."""

from dataclasses import fields

import numpy as np
import pytest

from surveyproc.estimate import estimate
from surveyproc.estimate.frame import make_frame
from surveyproc.values import Disaggregation
from tests.estimate.surveys import design_of, survey, whole
from tests.estimate.test_identities import all_measures, with_missing


def shuffled(seed: int):
    data = with_missing(survey(seed))
    return data.sample(frac=1.0, random_state=seed).reset_index(drop=True)


def splits(data) -> list[Disaggregation]:
    """The whole, a region of whole psus numbered against their order, a sex, the two crossed, a region in part."""
    psu = data.groupby(["stratum", "psu"], sort=True).ngroup().to_numpy()
    region = (2 - psu % 3).astype(np.int32)
    sex = (np.arange(len(data)) % 2).astype(np.int32)
    return [
        whole(len(data)),
        Disaggregation("region", region, ("a", "b", "c")),
        Disaggregation("sex", sex, ("f", "m")),
        Disaggregation("region × sex", region * 2 + sex, tuple("abcdef")),
        Disaggregation("part", np.where(region == 1, -1, region).astype(np.int32), ("a", "b", "c")),
    ]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sums_taken_from_a_twin_are_the_same_bits(seed):
    data = shuffled(seed)
    design, measures, all_splits = design_of(data), all_measures(data), splits(data)
    together = estimate(design, measures, all_splits)
    for split in all_splits:
        alone = estimate(design, measures, [split])
        here = together.domain == split.name
        for field in fields(alone):
            np.testing.assert_array_equal(getattr(together, field.name)[here], getattr(alone, field.name), field.name)


def test_only_equal_partitions_are_twins():
    data = shuffled(4)
    frame = make_frame(design_of(data), splits(data))
    assert [None if g.twin is None else g.twin[0] for g in frame.groups] == [None, 0, None, 2, None]
    for groups in frame.groups:
        if groups.twin is not None:
            earlier = frame.groups[groups.twin[0]]
            for position, place in enumerate(groups.twin[1].tolist()):
                mine = groups.rows[slice(*groups.starts[position : position + 2])]
                theirs = earlier.rows[slice(*earlier.starts[place : place + 2])]
                np.testing.assert_array_equal(mine, theirs)
