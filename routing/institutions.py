"""Substations and hospitals as OpenStreetMap tells them, and what each hospital can treat."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

# What a hospital can do, and what says so: values of `healthcare:speciality` (OpenStreetMap wiki,
# Key:healthcare), and the beginnings of words in its name, for the many hospitals that carry no such tag.
CAPABILITIES: dict[str, tuple[frozenset[str], tuple[str, ...]]] = {
    "stroke": (frozenset({"stroke", "neurology", "neurosurgery"}), ("невролог", "сосудист", "neurolog")),
    "infarction": (frozenset({"cardiology", "cardiac_surgery"}), ("кардио", "cardio")),
    "trauma": (
        frozenset({"trauma", "traumatology", "orthopaedics", "trauma_surgery"}),
        ("травм", "скорой", "trauma"),
    ),
    "burns": (frozenset({"burns", "burn"}), ("ожог",)),
    "children": (
        frozenset({"paediatrics", "pediatrics", "paediatric", "neonatology", "child_psychiatry"}),
        ("детск", "children", "criança", "kinder"),
    ),
    "obstetrics": (
        frozenset({"obstetrics", "maternity", "midwifery"}),
        ("родильн", "роддом", "перинатальн", "maternidade", "maternity"),
    ),
}


class Substation(msgspec.Struct, frozen=True):
    """Where ambulances stand; degrees WGS-84."""

    id: str
    name: str
    lat_deg: float
    lon_deg: float


class Hospital(msgspec.Struct, frozen=True):
    """Where patients are taken; `capabilities` are keys of CAPABILITIES, in its order."""

    id: str
    name: str
    lat_deg: float
    lon_deg: float
    capabilities: tuple[str, ...]


def capabilities_of(tags: Mapping[str, str]) -> tuple[str, ...]:
    """Return what a hospital with these OpenStreetMap tags can treat, as far as they tell."""
    said = {part.strip() for part in tags.get("healthcare:speciality", "").lower().split(";")}
    words = tags.get("name", "").lower().split()
    return tuple(
        capability
        for capability, (specialities, stems) in CAPABILITIES.items()
        if said & specialities or any(word.startswith(stems) for word in words)
    )
