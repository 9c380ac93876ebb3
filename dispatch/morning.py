"""The morning report of a region: yesterday in figures and words, and what changed. Pure."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from dispatch.confidence import is_noise
from dispatch.measure import Cell

# Shown with their p50 and p90.
SHOWN = ("response", "processing", "turnout", "travel", "turnaround")
Language = Literal["ru", "en"]
WORDS: dict[str, tuple[str, str]] = {
    "response": ("прибытие (от вызова)", "arrival (from the call)"),
    "processing": ("обработка вызова", "call processing"),
    "turnout": ("выезд", "turnout"),
    "travel": ("дорога", "travel"),
    "turnaround": ("в больнице до готовности", "at hospital until ready"),
    "title": ("{name}: скорая помощь за {date}", "{name}: ambulance report for {date}"),
    "ended": (
        "Вызовов завершено: {calls}; без прибытия бригады: {lost};",
        "Calls ended: {calls}; without any crew there: {lost};",
    ),
    "cancelled": (
        "отменено до назначения: {waiting}, после: {sent}.",
        "cancelled before a crew was sent: {waiting}, after: {sent}.",
    ),
    "nobody": (
        "Ни одна бригада не прибыла: доли в норме нет.",
        "No crew arrived: there is no share within the norm.",
    ),
    "within": (
        "В норме {norm} мин: {share} ({within} из {n}{ci}).",
        "Within the norm of {norm} min: {share} ({within} of {n}{ci}).",
    ),
    "ci": ("; 95 % ДИ {low} – {high}", "; 95 % CI {low} – {high}"),
    "interval": ("  {what}: медиана {p50}, p90 {p90}, n = {n}", "  {what}: median {p50}, p90 {p90}, n = {n}"),
    "changed": ("Что изменилось:", "What changed:"),
    "unchanged": ("  сравнивать не с чем", "  nothing to compare with"),
    "apart": (
        "Подстанции, которые отличаются не случайно:",
        "Substations whose difference is not chance:",
    ),
    "substation": (
        "  {substation}: {share} из {n}, {difference} п. п. к остальным",
        "  {substation}: {share} of {n}, {difference} points against the others",
    ),
    "left_out": (
        "Не вошло или под сомнением: нет времён {missing}, времена не по порядку {disorder},",
        "Left out or doubtful: times missing {missing}, out of order {disorder},",
    ),
    "left_out_more": (
        "наложения {overlapping}, внесено позже {late}.",
        "overlapping {overlapping}, entered later {late}.",
    ),
    "within_norm": ("доля в норме", "share within the norm"),
    "p50": ("медиана прибытия", "median arrival"),
    "p90": ("p90 прибытия", "p90 of arrival"),
    "calls": ("вызовов", "calls"),
    "day_before": ("днём раньше", "the day before"),
    "week_before": ("неделю назад", "a week before"),
    "change": (
        "{figure}: {now}, было {then}: {word} {than}{noise}",
        "{figure}: {now}, was {then}: {word} {than}{noise}",
    ),
    "more": ("больше, чем", "more than"),
    "less": ("меньше, чем", "less than"),
    "same": ("столько же, сколько", "the same as"),
    "noise": (" (может быть случайностью)", " (may be chance)"),
}


def words(language: Language, key: str, **values: object) -> str:
    """Return a text of the report in a language."""
    return WORDS[key][language == "en"].format(**values)


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """One day's cells and counts."""

    intervals: dict[str, Cell]
    left_out: dict[str, int]
    endings: dict[str, int]


class Morning(msgspec.Struct, frozen=True, kw_only=True):
    """The report as sent by a webhook; `text` is the same in words, for mail, `text_en` in English.

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
    text_en: str = ""


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
    name_en: str = "",
) -> Morning:
    """Return the report of a day, compared with the day before and the same weekday a week before."""
    changes = [
        *_changes("day_before", day, before),
        *_changes("week_before", day, week_before),
    ]

    def text(language: Language, called: str) -> str:
        title = words(language, "title", name=called, date=date)
        return "\n".join([title, "", *_lines(language, norm_s, day, changes, worst)]) + "\n"

    return Morning(
        region=region,
        name=name,
        date=date,
        norm_s=norm_s,
        day=day,
        changes=changes,
        worst=worst,
        text=text("ru", name),
        text_en=text("en", name_en or name),
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


def _lines(
    language: Language,
    norm_s: int,
    day: Day,
    changes: list[dict[str, Any]],
    worst: list[dict[str, Any]],
) -> list[str]:
    def say(key: str, **values: object) -> str:
        return words(language, key, **values)

    def percent(share: float) -> str:
        return _percent(share, language)

    response, ended, out = day.intervals["response"], day.endings, day.left_out
    lines = [
        say("ended", calls=ended.get("calls", 0), lost=ended.get("lost", 0)),
        say("cancelled", waiting=ended.get("cancelled_waiting", 0), sent=ended.get("cancelled_sent", 0)),
    ]
    if response.within_norm is None:
        lines.append(say("nobody"))
    else:
        ci = response.within_ci
        lines.append(
            say(
                "within",
                norm=norm_s // 60,
                share=percent(response.within_norm),
                within=response.within,
                n=response.n,
                ci="" if ci is None else say("ci", low=percent(ci[0]), high=percent(ci[1])),
            )
        )
    lines.append("")
    for interval in SHOWN:
        cell = day.intervals[interval]
        if cell.n:
            p50, p90 = _minutes(cell.p50), _minutes(cell.p90)
            lines.append(say("interval", what=say(interval), p50=p50, p90=p90, n=cell.n))
    lines += ["", say("changed")]
    lines += [f"  {_change(each, language)}" for each in changes] or [say("unchanged")]
    if worst:
        lines += ["", say("apart")]
        lines += [
            say(
                "substation",
                substation=each["substation"],
                share=percent(each["within_norm"]),
                n=each["n"],
                difference=f"{each['difference'] * 100:+.1f}",
            )
            for each in worst
        ]
    return [
        *lines,
        "",
        say("left_out", missing=out.get("missing", 0), disorder=out.get("times_out_of_order", 0)),
        say("left_out_more", overlapping=out.get("overlapping", 0), late=out.get("entered_late", 0)),
    ]


def _change(change: dict[str, Any], language: Language) -> str:
    def show(value: Any) -> str:  # noqa: ANN401  # a share, a count, or seconds, as the figure has it
        if change["figure"] == "within_norm":
            return _percent(value, language)
        return str(value) if change["figure"] == "calls" else _minutes(value)

    more, less = change["now"] > change["then"], change["now"] < change["then"]
    return words(
        language,
        "change",
        figure=words(language, change["figure"]),
        now=show(change["now"]),
        then=show(change["then"]),
        word=words(language, "more" if more else "less" if less else "same"),
        than=words(language, change["than"]),
        noise=words(language, "noise") if change["noise"] and (more or less) else "",
    )


def _percent(share: float, language: Language) -> str:
    text = f"{share * 100:.1f} %"
    return text if language == "en" else text.replace(".", ",")


def _minutes(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
