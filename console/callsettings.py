"""What an installation may decide about call-taking: reasons, instructions, times, polyclinics."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from dispatch.catalogue import Polyclinic, Reason, RegionSettings
from dispatch.defaults import CALL_BACK_S, JOURNEYS, REASONS, UNCLEAR
from dispatch.firstaid import INSTRUCTIONS, RESUSCITATION
from dispatch.instruction import Instruction

T = TypeVar("T", bound=msgspec.Struct)


class ReasonSetting(Reason, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A reason for calling. Whoever lists any replaces the whole default list."""


class InstructionSetting(Instruction, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a caller is told to do. One with the id of a default takes its place."""


class PolyclinicSetting(Polyclinic, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may take urgent calls over."""


class CallTaking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The times of call-taking.

    Attributes:
        call_back_min: how long patients of priority 1, 2, 3 wait without a word until rung; [] is never.
        polyclinic_min: how long a polyclinic has to accept.
        journey_lead_min: how long before it is due a journey stands among the calls.
        resuscitation: id of the instruction that the first two answers open.
    """

    call_back_min: tuple[float, ...] = tuple(seconds / 60 for seconds in CALL_BACK_S)
    polyclinic_min: float = 15.0
    journey_lead_min: float = 60.0
    resuscitation: str = RESUSCITATION


def with_call_taking(
    region: RegionSettings,
    reasons: tuple[ReasonSetting, ...],
    instructions: tuple[InstructionSetting, ...],
    polyclinics: tuple[PolyclinicSetting, ...],
    times: CallTaking,
) -> RegionSettings:
    """Return the region's rules with what the installation says of call-taking, or else the defaults."""
    listed: tuple[Reason, ...] = tuple(_plain(each, Reason) for each in reasons) or REASONS
    ids = {each.id for each in listed}
    own = {each.id: _plain(each, Instruction) for each in instructions}
    defaults = [own.pop(each.id, each) for each in INSTRUCTIONS]
    return msgspec.structs.replace(
        region,
        reasons=(*listed, *(each for each in (UNCLEAR, *JOURNEYS) if each.id not in ids)),
        unclear=UNCLEAR.id,
        instructions=(*defaults, *own.values()),
        resuscitation=times.resuscitation,
        call_back_s=tuple(round(minutes * 60) for minutes in times.call_back_min),
        polyclinics=tuple(_plain(each, Polyclinic) for each in polyclinics),
        polyclinic_s=round(times.polyclinic_min * 60),
        lead_s=round(times.journey_lead_min * 60),
    )


def _plain(value: T, kind: type[T]) -> T:
    """Return dispatch's own value: what is journalled must not depend on how it was configured."""
    return kind(**msgspec.structs.asdict(value))
