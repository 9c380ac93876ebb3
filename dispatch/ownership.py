"""Ownership: whose each call is, and which calls a desk answers for. Pure."""

from __future__ import annotations

from dispatch.region import Region
from dispatch.workplace import senior_desk, workplace


def owner_of(region: Region, incident: str) -> str:
    """Return the workplace that answers for a call: always exactly one."""
    owner = region.incidents[incident].owner
    if owner is not None and workplace(region.settings, owner) is not None:
        return owner
    return senior_desk(region.settings, region.posts)


def queue_of(region: Region, name: str) -> list[str]:
    """Return the open calls that a workplace owns, oldest first."""
    return [each for each in region.open_incidents if owner_of(region, each) == name]
