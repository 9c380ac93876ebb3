"""World: what everyone in the demo city shares. Shell: holds the connections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from console.simulate.city import City
from console.simulate.clock import SimulatedClock
from console.simulate.plan import HospitalPlan, Plan, ReasonPlan
from console.simulate.service import Service
from console.simulate.tally import Tally


@dataclass(frozen=True, slots=True)
class World:
    """The service, what its feed says, the clock, and the counts."""

    plan: Plan
    service: Service
    city: City
    clock: SimulatedClock
    tally: Tally
    reasons: Mapping[str, ReasonPlan]
    hospitals: Mapping[str, HospitalPlan]

    @property
    def seed(self) -> int:
        """What all chance comes from."""
        return self.plan.seed


def world_of(plan: Plan, service: Service, tally: Tally) -> World:
    """Return the world of `plan`, of which the feed has not yet said anything."""
    return World(
        plan,
        service,
        City(),
        SimulatedClock(plan.clock),
        tally,
        {reason.id: reason for reason in plan.reasons},
        {hospital.id: hospital for hospital in plan.hospitals},
    )
