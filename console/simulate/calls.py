"""Calls: the made-up emergencies of the demo city, as a repeatable stream."""

from __future__ import annotations

import random
from collections.abc import Iterator

import msgspec

from console.simulate.chance import chance
from console.simulate.plan import Plan, ReasonPlan

BRISK_CALLS = 12  # so that the city lives at once
BRISK_S = 120.0


class CallPoint(msgspec.Struct, frozen=True):
    """`place` of `POST /api/incidents`."""

    label: str
    lat_deg: float
    lon_deg: float
    detail: str


class Call(msgspec.Struct, frozen=True):
    """One call; `due_ms` is when its card is complete, `called_at_ms` when the phone began to ring."""

    due_ms: int
    called_at_ms: int
    place: CallPoint
    reason: str
    priority: int
    phone: str
    patient: str
    command_id: str

    def body(self) -> dict[str, object]:
        """Return the body of `POST /api/incidents`."""
        return {
            "place": msgspec.to_builtins(self.place),
            "reason": self.reason,
            "priority": self.priority,
            "phone": self.phone,
            "patient": self.patient,
            "called_at_ms": self.called_at_ms,
            "source": "demo",
            "command_id": self.command_id,
        }


def calls(plan: Plan) -> Iterator[Call]:
    """Yield calls without end in order of `due_ms`: a brisk start, then a Poisson process at the plan's rate.

    The same plan gives the same calls. Yields nothing when the plan wants none.
    """
    if plan.calls_per_hour <= 0:
        return
    rng = chance(plan.seed, "calls")
    # A plan for a fraction of the usual rate is not to be drowned by its first two minutes.
    brisk = min(BRISK_CALLS, round(plan.calls_per_hour * 4))
    # Denser at first: whoever opens the console should not look at an empty queue.
    early = sorted(1.0 + (BRISK_S - 1.0) * rng.random() ** 2 for _ in range(brisk))
    number, after_s = 0, 0.0
    while True:
        after_s = early[number] if number < brisk else max(after_s, BRISK_S) + _gap_s(rng, plan)
        number += 1
        yield _call(rng, plan, number, plan.clock.started_ms + round(after_s * 1000))


def _gap_s(rng: random.Random, plan: Plan) -> float:
    return rng.expovariate(plan.calls_per_hour / 3600)


def _call(rng: random.Random, plan: Plan, number: int, due_ms: int) -> Call:
    label, lat_deg, lon_deg = rng.choice(plan.addresses)
    reason = rng.choices(plan.reasons, [reason.weight for reason in plan.reasons])[0]
    talked_ms = rng.randint(15_000, 50_000)
    return Call(
        due_ms=due_ms,
        called_at_ms=max(plan.clock.started_ms, due_ms - talked_ms),
        place=CallPoint(label, lat_deg, lon_deg, f"подъезд {rng.randint(1, 6)}, этаж {rng.randint(1, 9)}"),
        reason=reason.id,
        priority=reason.priority,
        # +7 000 is no dialling code: nobody can be reached there by mistake.
        phone=f"+7 000 {rng.randint(0, 999):03d}-{rng.randint(0, 99):02d}-{rng.randint(0, 99):02d}",
        patient=_patient(rng, reason),
        command_id=f"demo-call-{plan.seed}-{plan.clock.started_real_ms}-{number}",
    )


def _patient(rng: random.Random, reason: ReasonPlan) -> str:
    low, high = reason.ages_years
    # Ambulances are called to the old more than to the young: the larger of two draws.
    age = max(rng.randint(low, high), rng.randint(low, high))
    if age < 1:
        return "ребёнок, до года"
    who = "женщина" if reason.women_only or rng.random() < 0.54 else "мужчина"
    if age < 15:
        who = "девочка" if who == "женщина" else "мальчик"
    # 21 г., 22 г., but 25 л. and 11–14 л.
    years = "г." if age % 10 in (1, 2, 3, 4) and age % 100 not in (11, 12, 13, 14) else "л."
    return f"{who}, {age} {years}"
