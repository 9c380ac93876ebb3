"""What the API and the feed show of workplaces and major incidents, docs/protocols.md §2. Plain functions."""

from __future__ import annotations

from dispatch.attendance import attendance, beds_used, reserve_of
from dispatch.major import Major
from dispatch.region import Region
from dispatch.workplace import workplaces

View = dict[str, object]


def workplaces_view(region: Region) -> list[View]:
    """Show the workplaces that there are; who is there comes by the feed."""
    return [
        {"id": desk.id, "ru": desk.ru, "en": desk.en, "kind": desk.kind, "zones": desk.zones}
        for desk in workplaces(region.settings)
    ]


def zones_view(region: Region) -> list[View]:
    """Show the zones."""
    zones = () if region.settings is None else region.settings.zones
    return [
        {
            "id": zone.id,
            "ru": zone.ru,
            "en": zone.en,
            "substations": zone.substations,
            "polygon": zone.polygon,
        }
        for zone in zones
    ]


def scales_view(region: Region) -> list[View]:
    """Show the scales of the plan for major incidents."""
    scales = () if region.settings is None else region.settings.major.scales
    return [{"id": one.id, "ru": one.ru, "en": one.en, "casualties": one.casualties} for one in scales]


def post_view(region: Region, workplace: str) -> View:
    """Show who is at a workplace; `user` null: nobody."""
    post = region.posts.get(workplace)
    return {
        "workplace": workplace,
        "user": None if post is None else post.user,
        "name": None if post is None else post.name,
        "since_ms": None if post is None else post.since_ms,
        "silent_ms": None if post is None else post.silent_ms,
    }


def posts_view(region: Region) -> list[View]:
    """Show who is where, for every workplace."""
    return [post_view(region, desk.id) for desk in workplaces(region.settings)]


def major_view(region: Region, major: Major) -> View:
    """Show a major incident: its plan, triage, staging, beds and reserve."""
    return {
        "scale": major.scale,
        "declared_ms": major.declared_ms,
        "by": major.by,
        "note": major.note,
        "plan": [
            {"kind": line.kind, "wanted": line.wanted, "sent": line.sent}
            for line in attendance(region, major)
        ],
        "triage": major.triage,
        "staging": major.staging,
        "beds": beds_used(region, major),
        "reserve": reserve_of(region, major),
        "reserve_why": None if major.reserve is None else major.reserve_why,
        "stood_down_ms": major.stood_down_ms,
    }
