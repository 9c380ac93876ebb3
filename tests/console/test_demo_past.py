"""The demo's past: what is written into its first journal is what a service would have written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from console import demo
from console.demo import DemoCity
from console.demo_past import DAYS, QUIET_MS, Past, write_past
from console.demo_response import SOURCE
from console.demo_tracks import fixes_of, worth_a_track
from console.settings import Settings
from dispatch import events
from dispatch.assignment import TRANSITIONS
from dispatch.events import Head, seal
from dispatch.journal_sqlite import SqliteJournal
from dispatch.region import Region
from dispatch.reports import report
from dispatch.response import responses_of
from routing.synth import City

NOW_MS = 1_795_000_000_000


@pytest.fixture(scope="module")
def planned(small_city: tuple[City, Path]) -> tuple[Settings, DemoCity]:
    """The demo's settings over a small made-up city, with 24 crews."""
    city, folder = small_city
    facts = DemoCity(
        timezone=city.timezone,
        substations=city.substations,
        hospitals=city.hospitals,
        addresses=[(one.label, one.lat_deg, one.lon_deg) for one in city.addresses],
    )
    secret = demo.make_secrets(24, lambda: "s" * 32)
    return demo.make_settings(facts, secret, data="data", map_folder=str(folder), port=0), facts


@pytest.fixture(scope="module")
def region(planned: tuple[Settings, DemoCity]) -> Region:
    """The region as its made-up past leaves it."""
    settings, city = planned
    folded = Region(settings.region)
    sealed = seal(settings.region, Head(), Past(settings, city, 1, NOW_MS).drafts())
    for each in sealed:
        event = each.envelope.event
        if isinstance(event, events.StatusChanged):
            before = folded.assignments[event.assignment].status
            assert event.before == before
            assert event.status in TRANSITIONS[before]
        if isinstance(event, events.CrewAssigned):
            assert event.unit not in folded.active, "sent while it was on another call"
            assert folded.units[event.unit].duty == "on", "sent while it was off duty"
        folded.apply(each.envelope)
    return folded


def test_its_entries_follow_the_rules_and_end_before_the_demo_begins(region: Region) -> None:
    """Every status follows from the one before, no crew is in two calls, nothing is left open."""
    assert not region.open_incidents
    assert not region.active
    assert max(region.ended.values()) <= NOW_MS - QUIET_MS
    first_ms = min(each.called_at_ms for each in region.incidents.values())
    assert NOW_MS - first_ms > (DAYS - 1) * 86_400_000


def test_it_gives_the_reports_something_to_report(region: Region) -> None:
    """Late and timely, first and second crews, lost and cancelled, doubtful times, overrides: all there."""
    found = report(list(responses_of(region)), "substation", 1200)
    share = found.intervals["response"].within_norm
    assert share is not None
    assert 0.5 < share < 0.99
    assert {line.why for line in found.left_out} >= {"missing", "times_out_of_order"}
    assert any(len(each.assignments) == 2 for each in region.incidents.values())
    assert {each.ending for each in region.incidents.values()} == {"closed", "cancelled"}
    assert any(each.override_reason for each in region.assignments.values())


def test_a_seed_repeats_it_and_every_entry_says_that_it_is_made_up(
    planned: tuple[Settings, DemoCity], tmp_path: Path
) -> None:
    """Twice the same entries; source and author name the past, and the journal's chain is sound."""
    settings, city = planned
    drafts = Past(settings, city, 7, NOW_MS).drafts()
    assert drafts == Past(settings, city, 7, NOW_MS).drafts()
    assert {(each.by, each.source) for each in drafts} == {(SOURCE, SOURCE)}
    journal = SqliteJournal(tmp_path / "journal.sqlite")
    try:
        assert write_past(journal, settings, city, 7, NOW_MS) == len(drafts)
        verdict = journal.verify()
        assert (verdict.entries, verdict.flaw) == (len(drafts), None)
    finally:
        journal.close()


def test_late_calls_have_a_track_from_the_base_to_the_patient(region: Region) -> None:
    """The fixes begin when the crew drove off, at its base, and are at the patient's when it arrived."""
    late = next(worth_a_track(region, NOW_MS))
    call = region.incidents[late.incident]
    assert late.times["on_scene"] - call.called_at_ms > call.norm_s * 1000
    fixes = list(fixes_of(region, late, lambda start, end: [(start[1], start[0]), (end[1], end[0])]))
    base = region.substations[late.substation or ""]
    assert fixes[0].taken_ms == late.times["en_route"]
    assert (fixes[0].lat_deg, fixes[0].lon_deg) == pytest.approx((base.lat_deg, base.lon_deg))
    there = [fix for fix in fixes if fix.taken_ms is not None and fix.taken_ms <= late.times["on_scene"]][-1]
    assert there.lat_deg == pytest.approx(call.place.lat_deg, abs=0.01)
    taken = [fix.taken_ms or 0 for fix in fixes]
    assert taken == sorted(taken)
    assert json.dumps([fix.unit for fix in fixes]).count(f'"{late.unit}"') == len(fixes)
