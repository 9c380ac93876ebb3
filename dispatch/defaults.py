"""The crew kinds and reasons that a region starts with; data, which a region may replace as a whole.

Emergency (экстренная) calls are priorities 1 and 2, urgent (неотложная) ones 3, as order 388н of the Russian
Ministry of Health tells them apart; the split of emergencies into danger to life and the rest is ours.
"""

from __future__ import annotations

from dispatch.catalogue import CrewKind, Reason
from dispatch.equipment import NEEDED
from dispatch.firstaid import OPENED_BY

CREW_KINDS: tuple[CrewKind, ...] = (
    CrewKind(
        id="paramedic",
        ru="Фельдшерская",
        en="Paramedic",
        begins=("doctor", "resuscitation", "paediatric", "obstetric"),
        qualifications=("paramedic", "driver"),
    ),
    CrewKind(
        id="doctor",
        ru="Врачебная",
        en="Doctor",
        stands_in=("paramedic",),
        begins=("resuscitation", "paediatric", "obstetric", "psychiatric"),
        qualifications=("doctor", "driver"),
    ),
    CrewKind(
        id="resuscitation",
        ru="Реанимационная",
        en="Resuscitation",
        stands_in=("doctor", "paramedic"),
        begins=("paediatric", "obstetric"),
        qualifications=("intensive_care", "paramedic", "driver"),
    ),
    CrewKind(
        id="paediatric",
        ru="Педиатрическая",
        en="Paediatric",
        stands_in=("paramedic",),
        begins=("doctor", "resuscitation"),
        qualifications=("paediatrics", "driver"),
    ),
    CrewKind(
        id="obstetric",
        ru="Акушерская",
        en="Obstetric",
        stands_in=("paramedic",),
        qualifications=("obstetrics", "driver"),
    ),
    CrewKind(
        id="psychiatric",
        ru="Психиатрическая",
        en="Psychiatric",
        begins=("doctor", "paramedic"),
        qualifications=("psychiatry", "driver"),
    ),
    # It flies, and the times here are of roads: so it stands in for nobody by itself, and is sent by hand.
    CrewKind(id="air", ru="Авиационная", en="Air", qualifications=("intensive_care",)),
)


def _reason(reason: str, ru: str, en: str, priority: int, *asks: str) -> Reason:
    """`asks`: the crew kind, then what the hospital must be able to do."""
    crew_kind, *needs = asks
    return Reason(
        id=reason,
        ru=ru,
        en=en,
        priority=priority,
        crew_kind=crew_kind,
        needs=tuple(needs),
        equipment=NEEDED.get(reason, ()),
        instructions=OPENED_BY.get(reason, ()),
    )


REASONS: tuple[Reason, ...] = (
    _reason("not_breathing", "Без сознания, не дышит", "Not breathing", 1, "resuscitation", "infarction"),
    _reason("unconscious", "Без сознания", "Unconscious", 1, "doctor"),
    _reason("chest_pain", "Боль в груди", "Chest pain", 1, "doctor", "infarction"),
    _reason("stroke", "Признаки инсульта", "Signs of stroke", 1, "doctor", "stroke"),
    _reason("breathless", "Задыхается", "Cannot breathe", 1, "doctor"),
    _reason("road_accident", "ДТП с пострадавшими", "Road accident", 1, "doctor", "trauma"),
    _reason("fall_height", "Падение с высоты", "Fall from a height", 1, "resuscitation", "trauma"),
    _reason("bleeding", "Сильное кровотечение", "Heavy bleeding", 1, "doctor", "trauma"),
    _reason("childbirth", "Роды", "Childbirth", 1, "obstetric", "obstetrics"),
    _reason("child_seizure", "Судороги у ребёнка", "Child with seizures", 1, "paediatric", "children"),
    _reason("burns", "Ожоги", "Burns", 2, "doctor", "burns"),
    _reason("injury", "Травма", "Injury", 2, "paramedic", "trauma"),
    _reason("abdominal_pain", "Боль в животе", "Abdominal pain", 2, "paramedic"),
    _reason("allergy", "Аллергия, отёк", "Allergic reaction", 2, "paramedic"),
    _reason("poisoning", "Отравление", "Poisoning", 2, "paramedic"),
    _reason("seizure", "Судороги", "Seizures", 2, "paramedic"),
    _reason("psychosis", "Психоз, опасен для себя", "Psychosis, a danger to self", 2, "psychiatric"),
    _reason(
        "child_fever",
        "Высокая температура у ребёнка",
        "Child with a high fever",
        2,
        "paediatric",
        "children",
    ),
    _reason("high_pressure", "Высокое давление", "High blood pressure", 3, "paramedic"),
    _reason("fever", "Температура", "Fever", 3, "paramedic"),
    _reason("back_pain", "Боль в спине", "Back pain", 3, "paramedic"),
    _reason("unwell", "Плохо, причина неясна", "Unwell, cause unclear", 3, "paramedic"),
)

# What is known of a call before its reason is: treated as danger to life until somebody says what it is.
UNCLEAR = Reason(id="unclear", ru="Повод уточняется", en="Reason not known yet", priority=1)
# What is driven by appointment, in a queue of its own.
JOURNEYS: tuple[Reason, ...] = (
    Reason(id="transfer", ru="Перевод между больницами", en="Transfer between hospitals", priority=3),
    Reason(id="planned", ru="Плановая перевозка", en="Planned journey", priority=3),
)

# A waiting patient of priority 1, 2, 3 is rung after so long without a word. Ours: no order says how often.
CALL_BACK_S = (300, 600, 1800)
