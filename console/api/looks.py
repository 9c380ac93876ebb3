"""Looks at patients' data: journalled before they are answered."""

from __future__ import annotations

from typing import Literal

from console.access import Identity
from console.api.answers import ApiError, accepted
from console.service import Service
from dispatch import commands


async def look(
    service: Service, caller: Identity, incident: str, what: Literal["call", "card", "journal"]
) -> None:
    """Journal that somebody sees a patient's data, before it is shown.

    Raises:
        ApiError: 403 for a role that may not, 503 where the look cannot be recorded.
    """
    if not caller.may("see_patients"):
        raise ApiError(403, "role", f"the role {caller.role} does not see patients' data")
    if service.reporting.is_new_look(caller.user, f"{what}:{incident}"):
        accepted(
            await service.engine.submit(
                commands.NoteView(incident=incident, what=what), by=caller.user, source="console"
            )
        )
