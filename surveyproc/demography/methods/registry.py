"""Every method by its name."""

from __future__ import annotations

from collections.abc import Mapping

from surveyproc.demography.methods.abroad import ABROAD
from surveyproc.demography.methods.declare import Method
from surveyproc.demography.methods.irregular import IRREGULAR
from surveyproc.demography.methods.measures import MEASURES
from surveyproc.demography.methods.moves import MOVES
from surveyproc.demography.methods.net import NET

METHODS: Mapping[str, Method] = {method.name: method for method in (*MEASURES, *NET, *ABROAD, *MOVES, *IRREGULAR)}
