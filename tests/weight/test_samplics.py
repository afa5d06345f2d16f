"""The independent program samplics, where it is sound: adjusted, poststratified and raked weights."""

import numpy as np
import pytest

from surveyproc.weight import calibrate
from tests.weight.test_calibrate import margins_of

weighting = pytest.importorskip("samplics.weighting")

pytestmark = pytest.mark.filterwarnings("ignore")


def test_poststratified_weights() -> None:
    data, asked = margins_of(1, sizes=(5,))
    ours = calibrate(*data.values(), **asked).g * data["weight"]
    control = {k: float(total) for k, total in enumerate(asked["totals"])}
    theirs = weighting.SampleWeight().poststratify(data["weight"], control=control, domain=data["cells"])
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_raked_weights() -> None:
    data, asked = margins_of(2)
    ours = calibrate(*data.values(), **asked, method="raking").g * data["weight"]
    codes = dict(zip(("a", "b", "c"), np.unravel_index(data["cells"], (3, 2, 4)), strict=True))
    starts = {"a": (0, 3), "b": (3, 5), "c": (5, 9)}
    control = {name: {k: float(t) for k, t in enumerate(asked["totals"][slice(*starts[name])])} for name in starts}
    theirs = weighting.SampleWeight().rake(data["weight"], margins=codes, control=control, tol=1e-12, max_iter=500)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)
