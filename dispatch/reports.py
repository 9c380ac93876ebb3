"""Reports: responses → percentiles, shares within the norm, and what was left out and why. Pure.

Quantiles are nearest-rank (the value at rank ceil(p·n) of the sorted raw values) and always computed from raw
values, never from other percentiles. Negative intervals are counted and left out of every other figure.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Literal

import msgspec

from dispatch.assignment import TERMINAL
from dispatch.response import INTERVALS, Response, interval_ms, out_of_order

By = Literal["substation", "crew_kind", "priority", "reason", "unit"]
# Exact, for 0.95 × n in floating point can lie just above a whole number and name the next rank.
QUANTILES = (Fraction(50, 100), Fraction(90, 100), Fraction(95, 100))


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What one interval comes to, seconds.

    Attributes:
        n: how many intervals are in the figures; with none of them, the figures are None.
        within_norm: the share of the n that is not longer than the norm.
        negative: how many were left out because their times are in the wrong order.
    """

    n: int
    mean: float | None
    p50: float | None
    p90: float | None
    p95: float | None
    max: float | None
    within_norm: float | None
    negative: int


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One response behind the figures. Intervals are in seconds, None where a time is missing."""

    assignment: str
    incident: str
    number: int | None
    unit: str
    substation: str | None
    crew_kind: str | None
    priority: int | None
    reason: str | None
    status: str | None
    called_at_ms: int | None
    processing_s: float | None
    turnout_s: float | None
    travel_s: float | None
    response_s: float | None
    scene_s: float | None
    transport_s: float | None
    handover_s: float | None
    turnaround_s: float | None
    task_s: float | None


class LeftOut(msgspec.Struct, frozen=True):
    """A response that is missing from some figure; `what` is its status, the missing time, or both times."""

    assignment: str
    why: Literal["not_finished", "times_out_of_order", "missing"]
    what: str


class Period(msgspec.Struct, frozen=True):
    """The first and the last call in the report, ms since 1970 UTC."""

    from_ms: int
    to_ms: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Figures over all and by group, the responses behind them, and what was left out."""

    by: str
    norm_s: float
    period: Period | None
    intervals: dict[str, Figures]
    groups: dict[str, dict[str, Figures]]
    responses: list[Line]
    left_out: list[LeftOut]


def figures(values_ms: Iterable[int], norm_ms: int) -> Figures:
    """Return the figures of interval lengths in ms, for a norm in ms."""
    values = sorted(values_ms)
    negative = next((index for index, value in enumerate(values) if value >= 0), len(values))
    del values[:negative]
    n = len(values)
    if n == 0:
        return Figures(
            n=0, mean=None, p50=None, p90=None, p95=None, max=None, within_norm=None, negative=negative
        )
    p50, p90, p95 = (values[math.ceil(share * n) - 1] / 1000 for share in QUANTILES)
    return Figures(
        n=n,
        mean=round(sum(values) / n / 1000, 3),
        p50=p50,
        p90=p90,
        p95=p95,
        max=values[-1] / 1000,
        within_norm=round(sum(value <= norm_ms for value in values) / n, 5),
        negative=negative,
    )


def intervals(
    responses: Iterable[Response], norm_ms: int, names: Sequence[str] = tuple(INTERVALS)
) -> dict[str, Figures]:
    """Return the figures of each named interval."""
    values: dict[str, list[int]] = {name: [] for name in names}
    for response in responses:
        for name, found in values.items():
            length_ms = interval_ms(response.times, name)
            if length_ms is not None:
                found.append(length_ms)
    return {name: figures(found, norm_ms) for name, found in values.items()}


def grouped(responses: Iterable[Response], key: Callable[[Response], str]) -> dict[str, list[Response]]:
    """Return the responses by group, groups in order of their names."""
    groups: defaultdict[str, list[Response]] = defaultdict(list)
    for response in responses:
        groups[key(response)].append(response)
    return dict(sorted(groups.items()))


def overlaps(responses: Iterable[Response]) -> list[tuple[Response, Response]]:
    """Return each pair of consecutive assignments of a unit whose second began before the first ended."""
    found = []
    begun = (each for each in responses if "notified" in each.times)
    for own in grouped(begun, lambda each: each.unit).values():
        own.sort(key=lambda each: (each.times["notified"], each.incident))
        for first, second in pairwise(own):
            cleared_ms = first.times.get("cleared")
            if cleared_ms is not None and second.times["notified"] < cleared_ms:
                found.append((first, second))
    return found


def report(responses: Iterable[Response], by: By, norm_s: float) -> Report:
    """Return the report over the finished ones of the responses.

    Args:
        responses: of any order; the report is the same.
        by: the attribute to group by; a response without it is in the group "".
        norm_s: the norm for `within_norm`, seconds.
    """
    ordered = sorted(responses, key=lambda each: (each.times.get("called", 0), each.assignment))
    finished = [each for each in ordered if each.status is None or each.status in TERMINAL]
    calls = [each.times["called"] for each in finished if "called" in each.times]
    norm_ms = round(norm_s * 1000)
    groups = grouped(finished, lambda each: _group(each, by))
    return Report(
        by=by,
        norm_s=norm_s,
        period=Period(min(calls), max(calls)) if calls else None,
        intervals=intervals(finished, norm_ms),
        groups={name: intervals(members, norm_ms) for name, members in groups.items()},
        responses=[_line(each) for each in finished],
        left_out=[line for each in ordered for line in left_out(each)],
    )


def left_out(response: Response) -> list[LeftOut]:
    """Return why a response is missing from figures: not finished, times out of order, times missing."""
    if response.status is not None and response.status not in TERMINAL:
        return [LeftOut(response.assignment, "not_finished", response.status)]
    lines = []
    if (wrong := out_of_order(response.times)) is not None:
        lines.append(LeftOut(response.assignment, "times_out_of_order", f"{wrong[0]} before {wrong[1]}"))
    # Without these three no interval of the way to the patient is whole; later ones depend on the case.
    lines += [
        LeftOut(response.assignment, "missing", name)
        for name in ("notified", "en_route", "on_scene")
        if name not in response.times
    ]
    return lines


def _group(response: Response, by: By) -> str:
    value = getattr(response, by)
    return "" if value is None else str(value)


def _line(response: Response) -> Line:
    def seconds(interval: str) -> float | None:
        length_ms = interval_ms(response.times, interval)
        return None if length_ms is None else length_ms / 1000

    return Line(
        assignment=response.assignment,
        incident=response.incident,
        number=response.number,
        unit=response.unit,
        substation=response.substation,
        crew_kind=response.crew_kind,
        priority=response.priority,
        reason=response.reason,
        status=response.status,
        called_at_ms=response.times.get("called"),
        processing_s=seconds("processing"),
        turnout_s=seconds("turnout"),
        travel_s=seconds("travel"),
        response_s=seconds("response"),
        scene_s=seconds("scene"),
        transport_s=seconds("transport"),
        handover_s=seconds("handover"),
        turnaround_s=seconds("turnaround"),
        task_s=seconds("task"),
    )
