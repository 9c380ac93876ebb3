from __future__ import annotations

from dispatch.measure import Cell
from dispatch.morning import SHOWN, WORDS, Day, compose


def day(within: int, n: int, p90: float, calls: int) -> Day:
    """A day with one kind of figure everywhere."""
    cell = Cell(
        responses=n,
        n=n,
        mean=600.0,
        p50=540.0,
        p90=p90,
        p95=1300.0,
        max=3000.0,
        within=within,
        within_norm=round(within / n, 5) if n else None,
        p50_ci=(530.0, 550.0),
        p90_ci=(p90 - 20, p90 + 20),
    )
    return Day(
        intervals=dict.fromkeys(SHOWN, cell if n else Cell(responses=0, n=0)),
        left_out={"missing": 3, "times_out_of_order": 1},
        endings={"calls": calls},
    )


def test_what_changed_is_said_and_whether_it_may_be_chance() -> None:
    """800 of 1000 against 950 is no chance, against 805 it may be; the words say the same as the data."""
    report = compose(
        region="r",
        name="Область",
        name_en="Oblast",
        date="2027-01-15",
        norm_s=1200,
        day=day(800, 1000, 1500.0, 1100),
        before=day(950, 1000, 1100.0, 700),
        week_before=day(805, 1000, 1490.0, 1090),
        worst=[{"substation": "s7", "n": 90, "within_norm": 0.7, "difference": -0.2}],
    )
    noise = {(each["figure"], each["than"]): each["noise"] for each in report.changes}
    assert not noise["within_norm", "day_before"]
    assert not noise["p90", "day_before"]
    assert not noise["calls", "day_before"]
    assert all(noise[figure, "week_before"] for figure in ("within_norm", "p50", "p90", "calls"))
    assert "80,0 % (800 из 1000" in report.text
    assert "доля в норме: 80,0 %, было 95,0 %: меньше, чем днём раньше\n" in report.text
    assert (
        "доля в норме: 80,0 %, было 80,5 %: меньше, чем неделю назад (может быть случайностью)" in report.text
    )
    assert "p90 25:00" in report.text
    assert "s7" in report.text
    assert "нет времён 3" in report.text
    assert report.text_en.startswith("Oblast: ambulance report for 2027-01-15")
    assert "share within the norm: 80.0 %, was 95.0 %: less than the day before\n" in report.text_en
    assert "less than a week before (may be chance)" in report.text_en
    assert len(report.text_en.splitlines()) == len(report.text.splitlines())
    assert all(ru and en for ru, en in WORDS.values())


def test_a_day_without_calls_is_a_report_too() -> None:
    """Nothing is divided by nothing."""
    report = compose(
        region="r",
        name="Область",
        date="2027-01-15",
        norm_s=1200,
        day=day(0, 0, 0.0, 0),
        before=day(0, 0, 0.0, 0),
        week_before=day(8, 10, 1000.0, 10),
        worst=[],
    )
    assert "Ни одна бригада не прибыла" in report.text
    assert {each["figure"] for each in report.changes} == {"calls"}
