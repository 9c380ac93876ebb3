from __future__ import annotations

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from console.__main__ import main
from console.charts import Charts
from console.lessons import DRIVES, LEARNED, SETTLED_MS, Lessons, learned_from, write_learned
from console.roadstate import RoadState
from dispatch.assignment import Assignment, Status
from dispatch.region import Region
from routing.gate import Verdict
from routing.learning import Factors
from routing.router import Router
from routing.synth import City
from tests.routing.driving import tracks
from tracking.archive import Archive
from tracking.fix import Fix

NOW_MS = 1_790_000_000_000
UTC = ZoneInfo("UTC")


@pytest.fixture
def region(small_city: tuple[City, Path], tmp_path: Path) -> Region:
    """A region whose crews have driven twelve times, with their tracks in the archive."""
    router, region = Router.open(small_city[1]), Region("test")
    archive = Archive(tmp_path / "tracks")
    for number, (track, _) in enumerate(tracks(router, 12, 1)):
        begun_ms = NOW_MS - SETTLED_MS - 3_600_000 - number * 900_000
        first_ms = track[0].taken_ms
        fixes = [
            Fix(
                unit="1", taken_ms=begun_ms + one.taken_ms - first_ms, time_of_day_ms=None,
                received_ms=begun_ms + one.taken_ms - first_ms, lat_deg=one.lat_deg, lon_deg=one.lon_deg,
            )
            for one in track
        ]  # fmt: skip
        archive.append(fixes)
        there_ms = begun_ms + track[-1].taken_ms - first_ms
        times: dict[Status, int] = {"notified": begun_ms, "en_route": begun_ms, "on_scene": there_ms}
        region.assignments[f"a{number}"] = Assignment(
            id=f"a{number}", incident="i", unit="1", status="on_scene", times=times, learned=times
        )
    archive.close()
    return region


@pytest.fixture
def roadstate(small_city: tuple[City, Path], tmp_path: Path) -> RoadState:
    """The roads of the small city."""
    charts = Charts.read(small_city[1], NOW_MS)
    return RoadState(charts, str(small_city[1]), tmp_path / "closures.json", UTC, lambda: NOW_MS)


def lessons_of(region: Region, roadstate: RoadState, folder: Path) -> tuple[Lessons, Archive]:
    """Return the lessons of a service, and its archive."""
    archive = Archive(folder / "tracks")
    return (
        Lessons(lambda: region, archive, roadstate, folder=folder, timezone=UTC, now_ms=lambda: NOW_MS),
        archive,
    )


async def test_finished_drives_are_taken_once_and_few_are_not_used(
    region: Region, roadstate: RoadState, tmp_path: Path
) -> None:
    """Twelve drives are put on the roads and kept; too few to be judged, they change no time, and say so."""
    lessons, archive = lessons_of(region, roadstate, tmp_path)
    await lessons.start()
    await lessons.look()
    await lessons.look()
    kept = (tmp_path / DRIVES).read_text().splitlines()
    assert len(kept) == lessons.counts()["drives"] >= 10
    assert lessons.counts()["used"] is False
    assert "too few" in str(lessons.counts()["why"])
    assert roadstate.router is not None
    assert roadstate.router.conditions.learned is None
    await lessons.close()
    again, _ = lessons_of(region, roadstate, tmp_path)
    await again.start()
    await again.look()
    assert (tmp_path / DRIVES).read_text().splitlines() == kept
    await again.close()
    archive.close()


async def test_what_passed_holds_and_what_failed_does_not(
    region: Region, roadstate: RoadState, tmp_path: Path
) -> None:
    """A teaching that passed changes the next ETA and its p90; a later one that failed takes that back."""
    lessons, archive = lessons_of(region, roadstate, tmp_path)
    await lessons.start()
    router = roadstate.router
    assert router is not None
    west, south, east, north = router.bounds
    ends = ((south + north) / 2, (west + east) / 2), (south, west)
    before_s = router.route(*ends).seconds_s
    write_learned(tmp_path, learned_from(Factors(by_siren={True: 2.0}, p90=1.25), Verdict(300)))
    await lessons.look()
    assert router.route(*ends).seconds_s == pytest.approx(2 * before_s, rel=0.05)
    assert router.p90 == 1.25
    write_learned(tmp_path, learned_from(Factors(by_siren={True: 3.0}), Verdict(300, why=("no",))))
    (tmp_path / LEARNED).touch()
    await lessons.look()
    assert router.route(*ends).seconds_s == before_s
    (tmp_path / LEARNED).write_text("{")
    await lessons.look()
    assert router.route(*ends).seconds_s == before_s
    await lessons.close()
    archive.close()


def test_the_command_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a map, and without tracks, it is exit status 1 and one line that says what to do."""
    config = tmp_path / "skoraya.toml"
    head = 'region = "test"\nname = { ru = "Проба", en = "Trial" }\ndata = "data"\n'
    for text, word in ((head, "no map is configured"), (head + 'map = "map"\n', "there are no tracks here")):
        config.write_text(text, encoding="utf-8")
        assert main(["learn", "--config", str(config)]) == 1
        error = capsys.readouterr().err
        assert word in error
        assert error.count("\n") == 1


def test_a_stored_teaching_is_read_back_as_it_was(tmp_path: Path) -> None:
    """Factors by class, band and siren survive the file."""
    factors = Factors({(3, 2, True): 1.1}, {(3, True): 1.2}, {True: 1.3}, p90=1.4)
    write_learned(tmp_path, learned_from(factors, Verdict(300, 0.01, 0.1, 0.9, 0.2, 0.3)))
    stored = json.loads((tmp_path / LEARNED).read_text())
    assert stored["passed"] is True
    assert stored["verdict"]["drives"] == 300
    assert learned_from(factors, Verdict(300)).factors() == factors
