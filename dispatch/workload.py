"""Workload: queues, lost calls, crews' hours, overrides, disputed buttons. Shell: reads the warehouse.

These are about the region's own journal; logs from elsewhere tell nothing of them. Of a cut's filters a call
knows its period and dimensions (those of a crew mean: such a crew was sent to it), a crew's hours know the
period, the unit, its substation and its kind.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import msgspec

from dispatch.cut import Cut, Dimension, one_of
from dispatch.sheet import calendar, offset_sql, quoted
from dispatch.warehouse import Warehouse

HOUR_MS = 3_600_000
# What a call knows only by the crews that were sent to it, and what a crew's hours know at all.
OF_A_CREW: frozenset[Dimension] = frozenset({"substation", "crew_kind", "unit", "hospital"})
OF_HOURS: tuple[Dimension, ...] = ("unit", "substation", "crew_kind")
CallDimension = Literal["priority", "reason", "district", "outcome"]
How = Literal["treated", "lost", "cancelled_waiting", "cancelled_sent"]
# What makes an ended call one of these, in SQL; every one is in exactly one.
HOW_SQL: dict[How, str] = {
    "treated": "arrived_at IS NOT NULL",
    "lost": "arrived_at IS NULL AND ending = 'closed'",
    "cancelled_waiting": "arrived_at IS NULL AND ending = 'cancelled' AND sent_at IS NULL",
    "cancelled_sent": "arrived_at IS NULL AND ending = 'cancelled' AND sent_at IS NOT NULL",
}
UnitDimension = Literal["unit", "substation", "crew_kind"]


class QueueHour(msgspec.Struct, frozen=True, kw_only=True):
    """One hour of the day in the region's zone.

    Attributes:
        calls: how many came in it.
        mean: how many waited for a crew, on average over all such hours of the period.
        most: the most that waited at one instant.
        wait_p90_s: of the calls that came in it, the p90 of the time until a crew was sent (nearest rank).
    """

    hour: int
    calls: int
    mean: float
    most: int
    wait_p90_s: float | None


class Endings(msgspec.Struct, frozen=True, kw_only=True):
    """How the calls of one group ended.

    Attributes:
        treated: a crew was there.
        lost: closed without any crew having been there.
        cancelled_waiting: cancelled before a crew was sent.
        cancelled_sent: cancelled after one was sent, before one was there.
    """

    key: str | int | None
    calls: int
    treated: int
    lost: int
    cancelled_waiting: int
    cancelled_sent: int


class Utilisation(msgspec.Struct, frozen=True, kw_only=True):
    """Unit-hour utilisation of one group: committed ÷ in service.

    Attributes:
        in_service_h: hours on duty, breaks included, breakdowns not.
        committed_h: hours from the notice to the end of the assignment, within the hours in service.
        share: None when nobody was in service.
    """

    key: str | None
    in_service_h: float
    committed_h: float
    share: float | None


def queue(warehouse: Warehouse, cut: Cut, now_ms: int) -> list[QueueHour]:
    """Return the ended calls' queue by hour of the day; a call waits until a crew is sent or it ends."""
    from_ms, to_ms = _span(warehouse, cut, now_ms)
    if to_ms <= from_ms:
        return []
    local = f"+ {offset_sql(warehouse.zone, from_ms, to_ms, 'called_at')}"
    chosen, values = _calls(warehouse, cut, from_ms, to_ms)
    waiting = (
        f"SELECT called_at {local} AS begin_ms, "
        f"least(coalesce(sent_at, ended_at), {to_ms}) {local} AS end_ms, "
        f"sent_at - called_at AS waited_ms FROM {chosen}"
    )
    with warehouse.cursor() as cursor:
        slots = cursor.execute(
            f"WITH waiting AS ({waiting}), hours AS (SELECT begin_ms, end_ms, "
            f"unnest(generate_series(begin_ms // {HOUR_MS}, (end_ms - 1) // {HOUR_MS})) AS slot "
            "FROM waiting WHERE end_ms > begin_ms) "
            f"SELECT slot % 24, sum(least(end_ms, (slot + 1) * {HOUR_MS}) - greatest(begin_ms, slot * "
            f"{HOUR_MS})) "
            "FROM hours GROUP BY 1",
            values,
        ).fetchall()
        came = cursor.execute(
            f"SELECT (begin_ms // {HOUR_MS}) % 24, count(*), "
            f"quantile_disc(waited_ms, 0.90) FROM ({waiting}) GROUP BY 1",
            values,
        ).fetchall()
        # Of those who come and who leave at one instant, the leaving are counted first; steps of nothing
        # at each full hour show how many were waiting already.
        most = cursor.execute(
            f"WITH waiting AS ({waiting}), steps AS (SELECT begin_ms AS moment, 1 AS step FROM waiting "
            "WHERE end_ms > begin_ms UNION ALL SELECT end_ms, -1 FROM waiting WHERE end_ms > begin_ms "
            f"UNION ALL SELECT unnest(generate_series(min(begin_ms) // {HOUR_MS}, max(end_ms) // {HOUR_MS})) "
            f"* {HOUR_MS}, 0 FROM waiting), "
            "depths AS (SELECT moment, sum(step) OVER (ORDER BY moment, step ROWS UNBOUNDED PRECEDING) AS "
            "depth FROM steps) "
            f"SELECT (moment // {HOUR_MS}) % 24, max(depth) FROM depths GROUP BY 1",
            values,
        ).fetchall()
    summed, counted, deepest = dict(slots), {hour: rest for hour, *rest in came}, dict(most)
    hours_each = (to_ms - from_ms) / HOUR_MS / 24
    return [
        QueueHour(
            hour=hour,
            calls=counted.get(hour, (0, None))[0],
            mean=round(float(summed.get(hour, 0)) / HOUR_MS / max(hours_each, 1), 3),
            most=int(deepest.get(hour, 0)),
            wait_p90_s=_seconds(counted.get(hour, (0, None))[1]),
        )
        for hour in range(24)
    ]


def endings(warehouse: Warehouse, cut: Cut, by: CallDimension | None, now_ms: int) -> list[Endings]:
    """Return how the calls ended, of all (by = None: one row) or by a dimension."""
    from_ms, to_ms = _span(warehouse, cut, now_ms)
    column = "NULL" if by is None else quoted(by)
    chosen, values = _calls(warehouse, cut, from_ms, to_ms)
    with warehouse.cursor() as cursor:
        rows = cursor.execute(
            f"SELECT {column} AS key, count(*), "
            + ", ".join(f"count(*) FILTER ({HOW_SQL[how]})" for how in get_args(How))
            + " "
            f"FROM {chosen} GROUP BY key ORDER BY key NULLS LAST",
            values,
        ).fetchall()
    return [
        Endings(
            key=key, calls=calls, treated=treated, lost=lost, cancelled_waiting=waiting, cancelled_sent=sent
        )
        for key, calls, treated, lost, waiting, sent in rows
    ]


def ended(
    warehouse: Warehouse, cut: Cut, how: How, now_ms: int, *, offset: int, limit: int
) -> tuple[int, list[dict[str, Any]]]:
    """Return how many calls ended in this way, and one page of them, the newest first."""
    from_ms, to_ms = _span(warehouse, cut, now_ms)
    chosen, values = _calls(warehouse, cut, from_ms, to_ms)
    with warehouse.cursor() as cursor:
        total = cursor.execute(f"SELECT count(*) FROM {chosen} WHERE {HOW_SQL[how]}", values).fetchone()[0]
        cursor.execute(
            "SELECT incident, number, priority, reason, district, called_at AS called_ms, "
            "ended_at AS ended_ms, (coalesce(sent_at, ended_at) - called_at) / 1000 AS waited_s "
            f"FROM {chosen} WHERE {HOW_SQL[how]} ORDER BY called_at DESC, incident LIMIT ? OFFSET ?",
            [*values, limit, offset],
        )
        names = [column[0] for column in cursor.description]
        return total, [dict(zip(names, line, strict=True)) for line in cursor.fetchall()]


def utilisation(warehouse: Warehouse, cut: Cut, by: UnitDimension, now_ms: int) -> list[Utilisation]:
    """Return the utilisation of each unit, substation or crew kind within the period."""
    from_ms, to_ms = _span(warehouse, cut, now_ms)
    condition, values = _whose(cut)
    # A duty lasts until the unit's next change; tasks count only where they lie within one.
    with warehouse.cursor() as cursor:
        rows = cursor.execute(
            "WITH spans AS (SELECT unit, substation, crew_kind, duty, at_ms AS begin_ms, "
            f"coalesce(lead(at_ms) OVER (PARTITION BY unit ORDER BY at_ms, seq), {now_ms}) AS end_ms "
            "FROM duties), "
            f"service AS (SELECT unit, substation, crew_kind, greatest(begin_ms, {from_ms}) AS begin_ms, "
            f"least(end_ms, {to_ms}) AS end_ms FROM spans WHERE duty IN ('on', 'break') "
            f"AND end_ms > {from_ms} AND begin_ms < {to_ms} AND {condition}), "
            "tasks AS (SELECT unit, notified_at, coalesce(cleared_at, notified_at) AS ended_at FROM "
            "responses "
            f"WHERE source = '' AND cleared_at > {from_ms} AND notified_at < {to_ms}), "
            "busy AS (SELECT s.unit, s.begin_ms, sum(greatest(0, least(t.ended_at, s.end_ms) "
            "- greatest(t.notified_at, s.begin_ms))) AS busy_ms FROM service s JOIN tasks t ON "
            "t.unit = s.unit "
            "AND t.notified_at < s.end_ms AND t.ended_at > s.begin_ms GROUP BY ALL) "
            f"SELECT s.{quoted(by)} AS key, sum(s.end_ms - s.begin_ms), sum(coalesce(b.busy_ms, 0)) "
            "FROM service s "
            "LEFT JOIN busy b ON b.unit = s.unit AND b.begin_ms = s.begin_ms GROUP BY key ORDER BY "
            "key NULLS LAST",
            values,
        ).fetchall()
    return [
        Utilisation(
            key=key,
            in_service_h=round(float(service_ms) / HOUR_MS, 3),
            committed_h=round(float(busy_ms) / HOUR_MS, 3),
            share=round(float(busy_ms) / float(service_ms), 5) if service_ms else None,
        )
        for key, service_ms, busy_ms in rows
    ]


def overrides(warehouse: Warehouse, cut: Cut) -> dict[str, Any]:
    """Return how often another than the first recommended crew was sent, and the reasons given."""
    where, values = cut.where()
    with warehouse.cursor() as cursor:
        total, ranked, first, other, unlisted = cursor.execute(
            'SELECT count(*), count("rank"), count(*) FILTER ("rank" = 1), count(*) FILTER ("rank" > 1), '
            f'count(*) FILTER ("rank" IS NULL) FROM responses WHERE {where}',
            values,
        ).fetchone()
        reasons = cursor.execute(
            'SELECT override_reason AS reason, count(*) AS n, avg("rank") AS mean_rank FROM responses '
            f'WHERE {where} AND (override_reason IS NOT NULL OR "rank" > 1) GROUP BY 1 '
            "ORDER BY n DESC, reason LIMIT 200",
            values,
        ).fetchall()
    return {
        "responses": total,
        "ranked": ranked,
        "first_sent": first,
        "other_sent": other,
        "not_recommended": unlisted,
        "reasons": [{"reason": reason, "n": n, "mean_rank": mean_rank} for reason, n, mean_rank in reasons],
    }


def disputes(
    warehouse: Warehouse, cut: Cut, offset: int, limit: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return where buttons and tracks disagree: by stage with n and p50, and one page of the cases."""
    where, values = cut.where()
    cases = (
        "FROM disputes d JOIN (SELECT assignment AS id, unit AS crew, substation, called_at FROM responses "
        f"WHERE {where}) r ON d.assignment = r.id"
    )
    with warehouse.cursor() as cursor:
        stages = cursor.execute(
            "SELECT stage, count(*) AS n, quantile_disc(abs(disagreement_s), 0.50) AS p50_s, "
            f"max(abs(disagreement_s)) AS max_s {cases} GROUP BY stage ORDER BY stage",
            values,
        ).fetchall()
        cursor.execute(
            "SELECT d.assignment, d.incident, d.unit, r.substation, d.stage, d.at_ms, d.button_ms, "
            "d.disagreement_s "
            f"{cases} ORDER BY abs(d.disagreement_s) DESC, d.seq LIMIT ? OFFSET ?",
            [*values, limit, offset],
        )
        names = [column[0] for column in cursor.description]
        found = [dict(zip(names, line, strict=True)) for line in cursor.fetchall()]
    return [
        {"stage": stage, "n": n, "p50_s": p50_s, "max_s": max_s} for stage, n, p50_s, max_s in stages
    ], found


def late_points(warehouse: Warehouse, cut: Cut, interval: str, limit: int) -> list[dict[str, Any]]:
    """Return where the calls were whose interval is longer than the norm, the longest first, for the map."""
    where, values = msgspec.structs.replace(cut, late_by=interval).where()
    with warehouse.cursor() as cursor:
        cursor.execute(
            f"SELECT assignment, incident, priority, lat_deg, lon_deg, {interval}_ms / 1000 AS seconds, "
            f"({interval}_ms - {cut.norm_sql()}) / 1000 AS late_s FROM responses "
            f"WHERE {where} AND lat_deg IS NOT NULL AND lon_deg IS NOT NULL ORDER BY late_s DESC, "
            "assignment LIMIT ?",
            [*values, limit],
        )
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, line, strict=True)) for line in cursor.fetchall()]


def _calls(warehouse: Warehouse, cut: Cut, from_ms: int, to_ms: int) -> tuple[str, list[object]]:
    """Return the calls of the cut as a relation, and its parameters.

    Raises:
        CutError: a filter cannot be meant.
    """
    local = f"(called_at + {offset_sql(warehouse.zone, from_ms, to_ms, 'called_at')})"
    own: list[str] = []
    sent: list[str] = []
    own_values: list[object] = []
    sent_values: list[object] = []
    for dimension, wanted in cut.only.items():
        condition, more = one_of(dimension, wanted)
        crews = dimension in OF_A_CREW
        (sent if crews else own).append(condition)
        (sent_values if crews else own_values).extend(more)
    if sent:
        own.append(f"incident IN (SELECT incident FROM responses WHERE source = '' AND {' AND '.join(sent)})")
    chosen = (
        f"(SELECT * FROM (SELECT *, {calendar(local)} FROM calls "
        f"WHERE called_at >= {from_ms} AND called_at < {to_ms}) WHERE {' AND '.join(own) or 'true'})"
    )
    return chosen, own_values + sent_values


def _whose(cut: Cut) -> tuple[str, list[object]]:
    """Return the condition on whose hours are meant, and its parameters."""
    conditions, values = ["true"], list[object]()
    for dimension in OF_HOURS:
        if dimension in cut.only:
            condition, more = one_of(dimension, cut.only[dimension])
            conditions.append(condition)
            values += more
    return " AND ".join(conditions), values


def _seconds(length_ms: int | None) -> float | None:
    return None if length_ms is None else length_ms / 1000


def _span(warehouse: Warehouse, cut: Cut, now_ms: int) -> tuple[int, int]:
    """Return the cut's period; open ends are the first call or duty and now."""
    with warehouse.cursor() as cursor:
        first = cursor.execute(
            "SELECT least((SELECT min(called_at) FROM calls), (SELECT min(at_ms) FROM duties))"
        ).fetchone()[0]
    begin_ms = cut.from_ms if cut.from_ms is not None else (first if first is not None else now_ms)
    return begin_ms, min(now_ms, cut.to_ms) if cut.to_ms is not None else now_ms
