"""The morning report of a region: yesterday in figures and words, and what changed. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from dispatch.confidence import is_noise
from dispatch.measure import Cell

# Shown with their p50 and p90.
SHOWN = ("response", "processing", "turnout", "travel", "turnaround")
WORDS: dict[str, str] = {
    "response": "прибытие (от вызова)",
    "processing": "обработка вызова",
    "turnout": "выезд",
    "travel": "дорога",
    "turnaround": "в больнице до готовности",
}


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """One day's cells and counts."""

    intervals: dict[str, Cell]
    left_out: dict[str, int]
    endings: dict[str, int]


class Morning(msgspec.Struct, frozen=True, kw_only=True):
    """The report as sent by a webhook; `text` is the same in words, for mail.

    Attributes:
        date: the day that it is about, in the region's zone, YYYY-MM-DD.
        changes: what changed against the day before and the same weekday a week before; `noise` says that it
            may well be chance.
        worst: substations whose share within the norm stands out from the others', the worst first.
    """

    region: str
    name: str
    date: str
    norm_s: int
    day: Day
    changes: list[dict[str, Any]]
    worst: list[dict[str, Any]]
    text: str


def compose(
    *,
    region: str,
    name: str,
    date: str,
    norm_s: int,
    day: Day,
    before: Day,
    week_before: Day,
    worst: list[dict[str, Any]],
) -> Morning:
    """Return the report of a day, compared with the day before and the same weekday a week before."""
    changes = [
        *_changes("day_before", day, before),
        *_changes("week_before", day, week_before),
    ]
    text = "\n".join([f"{name}: скорая помощь за {date}", "", *_lines(norm_s, day, changes, worst)]) + "\n"
    return Morning(
        region=region,
        name=name,
        date=date,
        norm_s=norm_s,
        day=day,
        changes=changes,
        worst=worst,
        text=text,
    )


def _changes(than: str, day: Day, other: Day) -> list[dict[str, Any]]:
    changes: list[dict[str, Any]] = []
    now, then = day.intervals["response"], other.intervals["response"]
    if now.within_norm is not None and then.within_norm is not None:
        changes.append(
            {
                "figure": "within_norm",
                "than": than,
                "now": now.within_norm,
                "then": then.within_norm,
                "noise": is_noise((now.within, now.n), (then.within, then.n)),
            }
        )
    for figure in ("p50", "p90"):
        value, was = getattr(now, figure), getattr(then, figure)
        if value is not None and was is not None:
            changes.append(
                {"figure": figure, "than": than, "now": value, "then": was, "noise": _near(now, then, figure)}
            )
    calls, were = day.endings.get("calls", 0), other.endings.get("calls", 0)
    changes.append(
        # two Poisson counts differ by chance within two standard deviations of their difference
        {
            "figure": "calls",
            "than": than,
            "now": calls,
            "then": were,
            "noise": (calls - were) ** 2 <= 4 * (calls + were),
        }
    )
    return changes


def _near(now: Cell, then: Cell, figure: str) -> bool:
    """Say whether the two quantiles' confidence intervals meet; unknown ones meet."""
    one, other = getattr(now, f"{figure}_ci"), getattr(then, f"{figure}_ci")
    return one is None or other is None or (one[0] <= other[1] and other[0] <= one[1])


def _lines(norm_s: int, day: Day, changes: list[dict[str, Any]], worst: list[dict[str, Any]]) -> list[str]:
    response = day.intervals["response"]
    ended = day.endings
    waiting, sent = ended.get("cancelled_waiting", 0), ended.get("cancelled_sent", 0)
    lines = [
        f"Вызовов завершено: {ended.get('calls', 0)}; без прибытия бригады: {ended.get('lost', 0)};",
        f"отменено до назначения: {waiting}, после: {sent}.",
    ]
    if response.within_norm is None:
        lines.append("Ни одна бригада не прибыла: доли в норме нет.")
    else:
        lines.append(
            f"В норме {norm_s // 60} мин: {_percent(response.within_norm)} "
            f"({response.within} из {response.n}{_range(response.within_ci)})."
        )
    lines.append("")
    for interval in SHOWN:
        cell = day.intervals[interval]
        if cell.n:
            lines.append(
                f"  {WORDS[interval]}: медиана {_minutes(cell.p50)}, p90 {_minutes(cell.p90)}, n = {cell.n}"
            )
    lines += ["", "Что изменилось:"]
    lines += [f"  {_change(each)}" for each in changes] or ["  сравнивать не с чем"]
    if worst:
        lines += ["", "Подстанции, которые отличаются не случайно:"]
        lines += [
            f"  {each['substation']}: {_percent(each['within_norm'])} из {each['n']}, "
            f"{each['difference'] * 100:+.1f} п. п. к остальным"
            for each in worst
        ]
    out = day.left_out
    lines += [
        "",
        f"Не вошло или под сомнением: нет времён {out.get('missing', 0)},",
        f"времена не по порядку {out.get('times_out_of_order', 0)}, наложения {out.get('overlapping', 0)},",
        f"внесено позже {out.get('entered_late', 0)}.",
    ]
    return lines


def _change(change: dict[str, Any]) -> str:
    names = {
        "within_norm": "доля в норме",
        "p50": "медиана прибытия",
        "p90": "p90 прибытия",
        "calls": "вызовов",
    }
    than = {"day_before": "чем днём раньше", "week_before": "чем неделю назад"}[change["than"]]
    shown: dict[str, Callable[[Any], str]] = {"within_norm": _percent, "calls": str}
    show = shown.get(change["figure"], _minutes)
    word = (
        "больше"
        if change["now"] > change["then"]
        else "меньше"
        if change["now"] < change["then"]
        else "столько же"
    )
    noise = " (может быть случайностью)" if change["noise"] else ""
    now, then = show(change["now"]), show(change["then"])
    return f"{names[change['figure']]}: {now}, было {then}: {word}, {than}{noise}"


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %".replace(".", ",")


def _range(ci: tuple[float, float] | None) -> str:
    return "" if ci is None else f"; 95 % ДИ {_percent(ci[0])} – {_percent(ci[1])}"


def _minutes(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
