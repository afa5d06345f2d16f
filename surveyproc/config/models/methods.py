"""What each demographic method lets one choose; methods that leave no choice are not here."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictStr

from surveyproc.config.models.base import Strict

Years = Annotated[float, Field(gt=0, description="Length of the interval in years.")]
Per = Annotated[float, Field(gt=0, description="Rates are per so many person-years.")]
Share = Annotated[float, Field(ge=0, le=1)]
Denominator = Literal["initial", "final", "mean", "exponential"]


class NoChoices(Strict):
    """A method without choices."""


class RateChoices(Strict):
    """Rates of an interval."""

    years: Years
    denominator: Denominator = "mean"
    per: Per = 1000.0


class ComponentChoices(Strict):
    """Components of growth over an interval."""

    years: Years
    denominator: Denominator = "mean"


class IntervalChoices(Strict):
    """The length of an interval, all that is asked."""

    years: Years


class SurvivalChoices(Strict):
    """The length of the interval, where people are given by age at its start."""

    years: Years | None = Field(None, description="With start: a multiple of the age groups.")


class PerChoices(Strict):
    """What a ratio is per."""

    per: Per = 1000.0


class PreferenceChoices(Strict):
    """Pairs of zones: what is expected of them."""

    diagonal: Literal["kept", "removed"] = "kept"


class DistanceChoices(Strict):
    """How the median distance is read."""

    median: Literal["lowest", "joined", "pairs"] = "lowest"


class InequalityChoices(Strict):
    """What flows are compared with."""

    expected: Literal["equal", "independence"] = "equal"


class AgeProfileChoices(Strict):
    """Ages looked at."""

    study_from: Annotated[float, Field(ge=0)] = 5.0
    study_to: Annotated[float, Field(gt=0)] = 65.0
    half_breadth: Annotated[float, Field(gt=0)] = 5.0


class StructureChoices(Strict):
    """Working ages."""

    working_from: Annotated[float, Field(gt=0)] = 15.0
    working_to: Annotated[float, Field(gt=0)] = 65.0


class ChildrenChoices(Strict):
    """Which women are mothers of the youngest children."""

    years: Years = 10.0
    mothers_from: Annotated[float, Field(ge=0)] = 15.0
    mothers_to: Annotated[float, Field(gt=0)] = 45.0


class ResidualChoices(Strict):
    """How migrants are spread over a period."""

    flow: Literal["stock", "cohort", "time"] = "stock"


class PartnerStockChoices(Strict):
    """What is done about partners that did not report."""

    missing: Literal["refused", "last_share"] = "refused"


class PartnerFlowChoices(Strict):
    """Which deaths are counted with those who moved."""

    deaths: Literal["none", "half", "all"] = "half"


class MirrorChoices(Strict):
    """Which report of two is believed."""

    rule: Literal["larger", "receiver", "weighted"] = "receiver"
    weight: Share | None = Field(None, description="Weight of the receiver's report; only of weighted.")


class FactorChoices(Strict):
    """The best reporter, whose factor is 1."""

    fixed: StrictStr = Field(description="A zone.")
    of: Literal["receiver", "sender"] = "receiver"


class DifferenceChoices(Strict):
    """What falls of a stock mean."""

    decrease: Literal["dropped", "returned"] = "dropped"


class AccountingChoices(Strict):
    """How stocks are made to agree, and what moves are sought."""

    closure: Literal["closed", "open", "open_2013"] = "closed"
    movement: Literal["minimum", "independent"] = "minimum"


class IrregularResidualChoices(Strict):
    """What a residual below 0 means."""

    negative: Literal["kept", "zero"] = "kept"


class ReferenceChoices(Strict):
    """The part of γ in the model of a reference population."""

    gamma: Annotated[float, Field(gt=0)] | Literal["estimated"] = "estimated"


CHOICES: dict[str, type[Strict]] = {
    "crude_rates": RateChoices,
    "migration_ratio": PerChoices,
    "growth": IntervalChoices,
    "growth_components": ComponentChoices,
    "flow_totals": NoChoices,
    "intensity": NoChoices,
    "preference": PreferenceChoices,
    "velocity": PerChoices,
    "concentration": NoChoices,
    "inequality": InequalityChoices,
    "distance": DistanceChoices,
    "age_profile": AgeProfileChoices,
    "standardise_direct": PerChoices,
    "standardise_indirect": NoChoices,
    "age_structure": StructureChoices,
    "balance": NoChoices,
    "cohort_balance": NoChoices,
    "growth_rate": NoChoices,
    "survival_ratio": SurvivalChoices,
    "lifetime_net": NoChoices,
    "children_net": ChildrenChoices,
    "residual": ResidualChoices,
    "prior_residence": IntervalChoices,
    "last_residence": NoChoices,
    "absent_members": NoChoices,
    "siblings": NoChoices,
    "partner_stock": PartnerStockChoices,
    "partner_flow": PartnerFlowChoices,
    "mirror": MirrorChoices,
    "mirror_ratios": NoChoices,
    "mirror_factors": FactorChoices,
    "stock_difference": DifferenceChoices,
    "stock_shares": NoChoices,
    "flows_from_stocks": AccountingChoices,
    "flow_components": NoChoices,
    "irregular_residual": IrregularResidualChoices,
    "two_lists": NoChoices,
    "several_lists": NoChoices,
    "repeated_contacts": NoChoices,
    "reference_population": ReferenceChoices,
    "multiplier": NoChoices,
}
