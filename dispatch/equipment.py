"""Equipment: what a vehicle carries and what a reason for calling asks for; data, which a region may replace.

It never hides a crew: for danger to life the soonest crew goes, and what it lacks is said beside it.
"""

from __future__ import annotations

import msgspec


class Equipment(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of equipment that a vehicle may carry."""

    id: str
    ru: str
    en: str


# What a region starts with: after the equipment of classes A, B and C in order 36н of the Russian Ministry of
# Health, as far as a dispatcher's choice can depend on it.
EQUIPMENT: tuple[Equipment, ...] = (
    Equipment(id="defibrillator", ru="Дефибриллятор", en="Defibrillator"),
    Equipment(id="ecg", ru="Электрокардиограф", en="ECG"),
    Equipment(id="ventilator", ru="Аппарат ИВЛ", en="Ventilator"),
    Equipment(id="infusion_pump", ru="Инфузомат", en="Infusion pump"),
    Equipment(id="immobilisation", ru="Щит и шины", en="Spine board and splints"),
    Equipment(id="obstetric_kit", ru="Акушерский набор", en="Obstetric kit"),
    Equipment(id="incubator", ru="Кувез", en="Incubator"),
    Equipment(id="child_set", ru="Детская укладка", en="Children's set"),
    Equipment(id="burns_kit", ru="Противоожоговый набор", en="Burns kit"),
    Equipment(id="stair_chair", ru="Кресло для лестниц", en="Stair chair"),
)

# What the default reasons ask for.
NEEDED: dict[str, tuple[str, ...]] = {
    "not_breathing": ("defibrillator", "ventilator"),
    "unconscious": ("defibrillator",),
    "chest_pain": ("ecg", "defibrillator"),
    "breathless": ("ventilator",),
    "road_accident": ("immobilisation",),
    "fall_height": ("immobilisation",),
    "childbirth": ("obstetric_kit",),
    "child_seizure": ("child_set",),
    "burns": ("burns_kit",),
    "injury": ("immobilisation",),
    "child_fever": ("child_set",),
}


def lacking(carried: tuple[str, ...] | None, needed: tuple[str, ...]) -> tuple[str, ...]:
    """Return what of `needed` is not carried; nothing where nobody has said what is carried."""
    if carried is None or not needed:
        return ()
    return tuple(each for each in needed if each not in carried)
