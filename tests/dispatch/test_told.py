from __future__ import annotations

import msgspec

from dispatch.events import digest, unseal
from tests.dispatch.conftest import PLACE, World


def test_an_entry_of_an_older_program_reads_as_before(world: World) -> None:
    """A call and a cancellation as they were written before call-taking was: no answers, one patient."""
    fields = {"incident": "d-1", "number": 1, "day": "d", "reason": "other", "priority": 2}
    more = {"place": PLACE, "called_at_ms": 1, "norm_s": 1200}
    for event in (
        {"kind": "incident_created", **fields, **more},
        {"kind": "incident_cancelled", "incident": "d-1", "why": "false"},
    ):
        head = world.region.head
        body = msgspec.json.encode(
            {
                "region": "test",
                "seq": head.seq + 1,
                "at_ms": 1,
                "learned_ms": 1,
                "by": "anna",
                "source": "phone",
                "event": event,
                "previous": head.hash,
            }
        )
        world.region.apply(unseal(body, digest(head.hash, body)))
    incident = world.incident("d-1")
    assert (incident.condition, incident.linked_to, incident.heads) == (None, None, 1)
    assert (incident.ending, incident.cancelled_as) == ("cancelled", "cancelled")
