"""The demo's dispatch centre: two zones, their desks and those beside them, and who sits where at first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from console.desksettings import WorkplaceSetting, ZoneSetting
from dispatch.deskcommands import OpenShift
from routing.institutions import Substation

WORKPLACES: tuple[WorkplaceSetting, ...] = (
    WorkplaceSetting(id="senior", ru="Старший диспетчер", en="Senior dispatcher", kind="senior"),
    WorkplaceSetting(id="west", ru="Запад", en="West", kind="zone", zones=("west",)),
    WorkplaceSetting(id="east", ru="Восток", en="East", kind="zone", zones=("east",)),
    WorkplaceSetting(id="calls", ru="Приём вызовов", en="Call-taking", kind="call_taker"),
    WorkplaceSetting(id="doctor", ru="Старший врач", en="Senior doctor", kind="doctor"),
)


def zones(substations: Iterable[Substation]) -> tuple[ZoneSetting, ...]:
    """Return the zones: the western half of the substations and the eastern one; none for fewer than two."""
    bases: Sequence[str] = [one.id for one in sorted(substations, key=lambda one: one.lon_deg)]
    half = len(bases) // 2
    if not half:
        return ()
    return (
        ZoneSetting(id="west", ru="Запад", en="West", substations=tuple(bases[:half])),
        ZoneSetting(id="east", ru="Восток", en="East", substations=tuple(bases[half:])),
    )


def workplaces(substations: Sequence[Substation]) -> tuple[WorkplaceSetting, ...]:
    """Return the desks; a city of one substation has the usual ones."""
    return WORKPLACES if len(substations) > 1 else ()


def at_the_start(desks: Iterable[WorkplaceSetting], user: str, name: str) -> list[OpenShift]:
    """Return who sits where: the guest has the night shift, alone at the senior's desk and at both zones'."""
    return [
        OpenShift(workplace=desk.id, user=user, name=name)
        for desk in desks
        if desk.kind in ("senior", "zone")
    ]
