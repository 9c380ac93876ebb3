from __future__ import annotations

import json

import msgspec
import pytest

from dispatch.events import Draft, Head, IncidentCancelled, TookOver, digest, kind_of, seal, unseal

DRAFT = Draft(event=TookOver(epoch="e1"), at_ms=1, learned_ms=2, by="engine", source="engine")


def test_an_envelope_reads_back_as_it_was_written() -> None:
    """Bytes and hash give the same envelope, and its kind is the event's name in snake_case."""
    sealed = seal("r", Head(), [DRAFT, DRAFT])
    for each in sealed:
        assert unseal(each.body, each.envelope.hash) == each.envelope
    assert [each.envelope.seq for each in sealed] == [1, 2]
    assert sealed[1].envelope.previous == sealed[0].envelope.hash
    assert sealed[1].envelope.kind == "took_over"
    assert kind_of(IncidentCancelled(incident="i", why="w")) == "incident_cancelled"


def test_the_hash_covers_every_byte_and_the_entry_before() -> None:
    """Any one flipped byte, and any other predecessor, gives another hash."""
    sealed = seal("r", Head(), [DRAFT])[0]
    own = sealed.envelope.hash
    for index in range(len(sealed.body)):
        altered = bytearray(sealed.body)
        altered[index] ^= 1
        assert digest(sealed.envelope.previous, bytes(altered)) != own
    assert digest("1" * 64, sealed.body) != own


def test_fields_that_a_newer_version_added_are_skipped() -> None:
    """An older reader reads the entry, and the hash over its bytes still holds."""
    sealed = seal("r", Head(), [DRAFT])[0]
    newer = json.loads(sealed.body)
    newer["colour"] = "red"
    newer["event"]["mood"] = "calm"
    body = json.dumps(newer).encode()
    assert unseal(body, digest(sealed.envelope.previous, body)).event == DRAFT.event


def test_an_event_of_an_unknown_kind_is_an_error_and_not_skipped() -> None:
    """Folding without it would give another truth."""
    body = seal("r", Head(), [DRAFT])[0].body.replace(b"took_over", b"flew_away")
    with pytest.raises(msgspec.ValidationError):
        unseal(body, "")
