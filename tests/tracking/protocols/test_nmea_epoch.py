from __future__ import annotations

from collections.abc import Callable

import pytest

from tracking.constellations import names_of
from tracking.dates import DAY_MS
from tracking.fix import Fix
from tracking.protocols import log
from tracking.protocols.nmea import NmeaParser
from tracking.protocols.nmea_epoch import SKY_EPOCHS

Write = Callable[[str], bytes]

MAY_1_MS = 1_777_593_600_000  # 2026-05-01


def rmc(time: str, date: str = "010526", lat: str = "4807.0380", status: str = "A") -> str:
    """An RMC with a position."""
    return f"GNRMC,{time},{status},{lat},N,01131.0000,E,1.0,90.0,{date},,,A"


def gga(time: str, lat: str = "4807.0380", satellites: str = "08", talker: str = "GN") -> str:
    """A GGA with a position."""
    return f"{talker}GGA,{time},{lat},N,01131.0000,E,1,{satellites},0.9,545.4,M,46.9,M,,"


def gll(time: str, lat: str = "4807.038") -> str:
    """A GLL with a position."""
    return f"GNGLL,{lat},N,01131.000,E,{time},A,A"


class Line:
    """A parser with its fixes sentence by sentence."""

    def __init__(self, write: Write, *, unroll: bool = False) -> None:
        self.parser = NmeaParser(unroll=unroll)
        self._write = write

    def say(self, *texts: str, received_ms: int = 0) -> list[Fix]:
        """Feed sentences; return the fixes that came."""
        return [fix for text in texts for fix in self.parser.feed(self._write(text), received_ms)]


@pytest.fixture
def line(sentence: Write) -> Line:
    """A fresh receiver's line."""
    return Line(sentence)


def test_one_epoch_is_one_fix_with_the_fields_of_all(line: Line) -> None:
    """RMC, GGA and GLL of one moment give one fix: speed of RMC, altitude of GGA, the most satellites."""
    said = line.say(
        gga("120000", satellites="05", talker="GP"), gga("120000.0"), rmc("120000.00"), gll("120000.000")
    )
    assert said == []
    (fix,) = line.parser.flush(0)
    assert fix.taken_ms == MAY_1_MS + DAY_MS // 2
    assert (fix.course_deg, fix.altitude_m, fix.hdop, fix.satellites) == (90.0, 545.4, 0.9, 8)
    assert fix.speed_mps == pytest.approx(0.514444, abs=1e-6)


def test_rmc_wins_where_sentences_disagree(line: Line) -> None:
    """The position is one sentence's, RMC before GGA before GLL, whatever their order."""
    fixes = line.say(gll("120000", lat="4807.9"), gga("120000", lat="4807.5"), rmc("120000", lat="4807.1"))
    fixes += line.say(gll("120001", lat="4807.9"), gga("120001", lat="4807.5")) + line.parser.flush(0)
    assert [fix.lat_deg for fix in fixes] == pytest.approx([48 + 7.1 / 60, 48 + 7.5 / 60])


def test_a_few_milliseconds_apart_is_one_epoch(line: Line) -> None:
    """A receiver that stamps GLL 5 ms before its RMC still gives one fix an epoch; 100 Hz gives a hundred."""
    assert line.say(gll("200620.295"), rmc("200620.300"), gll("200621.303"), rmc("200621.300")) != []
    line.parser.flush(0)
    assert line.parser.fixes == 2
    line.say(*(rmc(f"200622.{i:02d}0") for i in range(20)))
    line.parser.flush(0)
    assert line.parser.fixes == 22


def test_a_habit_is_learnt_and_makes_fixes_come_at_once(line: Line) -> None:
    """After two epochs alike the fix comes with the last sentence of the third, and a new habit is learnt."""
    assert line.say(rmc("120000"), gga("120000"), rmc("120001"), gga("120001")) != []
    assert [fix.time_of_day_ms for fix in line.say(rmc("120002"))] == [43_201_000]
    assert [fix.time_of_day_ms for fix in line.say(gga("120002"))] == [43_202_000]
    assert line.say(rmc("120003")) == []
    assert [fix.time_of_day_ms for fix in line.say(gga("120003"))] == [43_203_000]
    assert line.say(gll("120003")) == []  # new, and late: no second fix of the epoch
    assert line.parser.counts["late"] == 1
    for second in (4, 5, 6, 7):  # who has broken a habit is watched for twice as long
        line.say(rmc(f"12000{second}"), gga(f"12000{second}"), gll(f"12000{second}"))
    line.say(rmc("120008"), gga("120008"))
    assert [fix.time_of_day_ms for fix in line.say(gll("120008"))] == [43_208_000]
    assert line.parser.counts["late"] == 1
    assert line.parser.fixes == 9


def test_a_receiver_that_breaks_its_habit_is_waited_for(line: Line) -> None:
    """Five RMC a second and one GGA: once both are known to come, no GGA is late, and its altitude counts."""
    for second in range(3):  # learn
        line.say(gga(f"12000{second}.00"), *(rmc(f"12000{second}.{tenth}0") for tenth in (0, 2, 4, 6, 8)))
    line.say(*(rmc(f"120003.{tenth}0") for tenth in (0, 2, 4, 6, 8)))
    for second in range(4, 9):
        line.say(rmc(f"12000{second}.00"), gga(f"12000{second}.00"))
        fixes = line.say(*(rmc(f"12000{second}.{tenth}0") for tenth in (2, 4, 6, 8)))
        late = line.parser.counts["late"]
    assert fixes[0].altitude_m == 545.4
    assert late <= 2


def test_a_log_is_read_without_haste(sentence: Write) -> None:
    """In a log no habit ends an epoch: every GGA's altitude is in its fix, however seldom it comes."""
    parser = log("nmea")
    texts = [rmc(f"12{minute:02d}00") for minute in range(20)]
    texts.insert(16, gga("121500"))
    fixes = [fix for text in texts for fix in parser.feed(sentence(text), 0)] + parser.flush(0)
    assert [fix.altitude_m for fix in fixes] == [None] * 15 + [545.4] + [None] * 4
    assert parser.counts["late"] == 0


def test_a_zda_that_comes_after_its_epoch_dates_what_follows(line: Line) -> None:
    """GGA each second and ZDA behind every tenth: the date is known from the first ZDA on."""
    line.say(*(gga(f"12000{second}") for second in range(10)), "GPZDA,120009,01,05,2026,00,00")
    (last,) = line.say(gga("120010"))[-1:] or line.parser.flush(0)
    assert line.parser.counts["late"] == 1
    assert last.taken_ms == MAY_1_MS + 43_210_000


def test_silence_puts_the_fix_out_once(line: Line) -> None:
    """`idle` gives the waiting fix; what still comes of its epoch makes no second one."""
    line.say(rmc("120000"))
    assert len(line.parser.idle()) == 1
    assert line.parser.idle() == []
    assert line.say(gga("120000"), rmc("120001")) == []
    assert len(line.parser.flush(0)) == 1


def test_two_receivers_on_one_line_give_one_fix_an_epoch(line: Line) -> None:
    """Where one receiver lags a second behind the other, no epoch is output twice."""
    for second in range(10):
        line.say(rmc(f"1200{second + 1:02d}"), gga(f"1200{second:02d}"))
    line.parser.flush(0)
    assert line.parser.fixes == 11


def test_a_daily_logger_loses_nothing(line: Line) -> None:
    """Fixes at the same times of day on following days are all kept."""
    fixes = line.say(
        *(rmc(f"{hour:02d}0000", date=f"{day:02d}0526") for day in range(1, 5) for hour in (6, 18))
    )
    fixes += line.say(*(rmc("060000", date=f"{day:02d}0526") for day in range(5, 9)))
    fixes += line.parser.flush(0)
    assert len({fix.taken_ms for fix in fixes}) == len(fixes) == 12


def test_midnight_moves_the_date_of_sentences_without_one(line: Line) -> None:
    """GGA after midnight is of the next day, and one that comes late from before it is of the day before."""
    fixes = line.say(
        rmc("235959"), gga("000000"), gga("235958.5"), gga("000001"), rmc("000002", date="020526")
    )
    fixes += line.parser.flush(0)
    day_2_ms = MAY_1_MS + DAY_MS
    assert [fix.taken_ms for fix in fixes] == [
        day_2_ms - 1000, day_2_ms, day_2_ms - 1500, day_2_ms + 1000, day_2_ms + 2000,
    ]  # fmt: skip


def test_no_date_is_said_to_be_none(line: Line) -> None:
    """GGA alone has a time of day and no taken time; a void RMC's date is not believed."""
    fixes = line.say(rmc("120000", date="190180", status="V"), gga("120001"), gga("120002"))
    fixes += line.parser.flush(0)
    assert [(fix.taken_ms, fix.time_of_day_ms) for fix in fixes] == [(None, 43_201_000), (None, 43_202_000)]


def test_zda_dates_receivers_without_rmc(line: Line) -> None:
    """ZDA gives its epoch the date, four-digit year and all."""
    fixes = line.say("GNZDA,120000.00,01,05,2026,,", gga("120000.00"), gga("120001.00")) + line.parser.flush(
        0
    )
    assert [fix.taken_ms for fix in fixes] == [MAY_1_MS + 43_200_000, MAY_1_MS + 43_201_000]


def test_a_warning_beside_a_position_makes_it_estimated(line: Line) -> None:
    """GGA with a position and RMC with status V in one epoch: the position stands, but not as a valid one."""
    line.say(gga("120000"), rmc("120000", status="V"))
    (fix,) = line.parser.flush(0)
    assert fix.quality == "estimated"


@pytest.mark.parametrize(
    ("date", "now_ms", "expected_ms"),
    [
        ("150906", MAY_1_MS, MAY_1_MS),  # 2006-09-15 is 2026-05-01 less 1,024 weeks
        ("150806", MAY_1_MS, MAY_1_MS - 31 * DAY_MS),
        ("010526", MAY_1_MS, MAY_1_MS),
        ("150106", MAY_1_MS, 1_137_283_200_000),  # a genuine log of 2006-01-15
        ("150907", MAY_1_MS, 1_189_814_400_000),
    ],
)
def test_week_rollover_is_judged_by_now(sentence: Write, date: str, now_ms: int, expected_ms: int) -> None:
    """A date 1,024 weeks behind now is moved; genuine old dates and present ones are left alone."""
    line = Line(sentence, unroll=True)
    fixes = line.say(rmc("000000", date=date), received_ms=now_ms) + line.parser.flush(now_ms)
    assert [fix.taken_ms for fix in fixes] == [expected_ms]


def test_without_now_no_date_is_moved(line: Line) -> None:
    """A plain parser never corrects a rollover, whatever the wall clock says."""
    (fix,) = line.say(rmc("000000", date="150906"), received_ms=MAY_1_MS) + line.parser.flush(MAY_1_MS)
    assert fix.taken_ms == MAY_1_MS - 7168 * DAY_MS


def test_leap_second(line: Line) -> None:
    """Second 60 is the last moment of its minute, and no exception."""
    (fix,) = line.say(rmc("235960.50", date="311216")) + line.parser.flush(0)
    assert fix.time_of_day_ms == DAY_MS - 1


def test_a_clock_that_stands_still_gives_one_fix_and_no_growth(line: Line) -> None:
    """A thousand sentences of one moment are one fix; the rest are late, and nothing piles up."""
    line.say(*(gga("120000", lat=f"48{i % 60:02d}.0") for i in range(1000)))
    assert len(line.parser._epochs._kinds) == len(line.parser._epochs._sentences) == 1
    (fix,) = line.parser.flush(0)
    assert fix.lat_deg == 48
    assert line.parser.counts["late"] == 999


def vtg(speed: str = "10.0", talker: str = "GP") -> str:
    """A speed and course without a time."""
    return f"{talker}VTG,90.0,T,,M,{speed},N,18.5,K,A"


def test_vtg_gives_the_speed_that_rmc_lacks(line: Line) -> None:
    """Beside GGA alone VTG says speed and course, whichever of the two comes first; RMC's own speed wins."""
    after = line.say(*(text for n in range(4) for text in (gga(f"12000{n}"), vtg(f"{n + 1}0"))))
    after += line.parser.flush(0)
    assert [round((fix.speed_mps or 0) / 0.514444) for fix in after] == [10, 20, 30, 40]
    assert after[0].course_deg == 90
    before = line.say(*(text for n in range(4) for text in (vtg(f"{n + 1}0"), gga(f"13000{n}"))))
    before += line.parser.flush(0)
    assert [round((fix.speed_mps or 0) / 0.514444) for fix in before] == [10, 20, 30, 40]
    both = line.say(vtg("99"), rmc("140000")) + line.parser.flush(0)
    assert both[0].speed_mps == pytest.approx(0.514444, abs=1e-6)


def test_vtg_of_another_rate_makes_no_second_fix(line: Line) -> None:
    """VTG at 5 Hz between GGA and RMC of one moment neither splits the epoch nor grows anything."""
    for n in range(10):
        line.say(rmc(f"12000{n}"), *(vtg() for _ in range(5)), gga(f"12000{n}"))
    line.parser.flush(0)
    assert line.parser.fixes == 10


def test_gsa_gives_the_dilution_that_the_fix_lacks(line: Line) -> None:
    """HDOP of a GSA completes RMC's fix for its epoch and the next, and never replaces GGA's own."""
    gsa = "GPGSA,A,3,04,05,,09,12,,,24,,,,,2.5,1.3,2.1"
    fixes = line.say(rmc("120000"), gsa, rmc("120001"), rmc("120002"), rmc("120003")) + line.parser.flush(0)
    assert [fix.hdop for fix in fixes] == [1.3, 1.3, None, None]
    fixes = line.say(gga("120010"), gsa) + line.parser.flush(0)
    assert [fix.hdop for fix in fixes] == [0.9]


def test_a_fix_says_on_which_constellations_it_rests(line: Line) -> None:
    """What GSAs said last is carried by the next fixes, and forgotten when they have been silent for long."""
    gps, glonass = (
        "GNGSA,A,3,02,05,13,15,,,,,,,,,1.24,0.73,1.00,1",
        "GNGSA,A,3,65,66,,,,,,,,,,,1.24,0.73,1.00,2",
    )
    fixes = line.say(rmc("120000"), gps, glonass, *(rmc(f"1201{n:02d}") for n in range(60)))
    names = [names_of(fix.constellations) for fix in fixes]
    assert names[0] == names[SKY_EPOCHS - 1] == ["GLONASS", "GPS"]
    assert names[SKY_EPOCHS] == names[-1] == []
    none = "GNGSA,A,1,,,,,,,,,,,,,99.99,99.99,99.99"
    *_, last = line.say(rmc("130000"), gps, none + ",1", none + ",2", rmc("130001"), rmc("130002"))
    assert last.constellations == 0
