"""First aid by telephone: the instructions that a region starts with; data, for its doctors to approve.

In our words, after the sources that each names. Nothing here is approved by anybody: a region's doctors put
their own text in its place, or their names to this one (`[[instruction]]` in the configuration), and until
then the page says that it is not approved.
"""

from __future__ import annotations

from dispatch.instruction import Instruction

_CPR = (
    "AHA telecommunicator CPR, Circulation 2020;141:e686; ERC Guidelines 2021, basic life support; "
    "приказ Минздрава России от 03.05.2024 № 220н"
)

INSTRUCTIONS: tuple[Instruction, ...] = (
    Instruction(
        id="cpr",
        ru="Реанимация: взрослый",
        en="Resuscitation: adult",
        steps_ru=(
            "Помощь отправляем. Включите громкую связь и положите телефон рядом. Я буду помогать.",
            "Положите человека на спину на пол, на твёрдое. Встаньте на колени сбоку от груди.",
            "Основание ладони — на середину груди, вторую ладонь сверху. Руки прямые.",
            (
                "Давите сильно и быстро: не меньше 5 см вглубь, два раза в секунду. Каждый раз "
                "отпускайте до конца."
            ),
            (
                "Считайте вслух вместе со мной: раз, два, три, четыре… Не останавливайтесь, даже если он "
                "иногда хватает ртом воздух."
            ),
            "Есть ли рядом дефибриллятор? Пусть его принесут и включат: он сам скажет, что делать.",
            (
                "Меняйтесь каждые две минуты, если вас двое. Не прекращайте, пока бригада не скажет или "
                "пока он не начнёт нормально дышать."
            ),
        ),
        steps_en=(
            "Help is being sent. Put the phone on speaker beside you. I will help you.",
            "Lay the person on their back on the floor, on something hard. Kneel beside the chest.",
            "Put the heel of one hand on the middle of the chest, the other hand on top. Arms straight.",
            "Push hard and fast: at least 5 cm deep, twice a second. Let the chest come up each time.",
            "Count aloud with me: one, two, three, four… Do not stop, even if they gasp now and then.",
            "Is there a defibrillator nearby? Have it brought and switched on: it says what to do.",
            (
                "Change over every two minutes if there are two of you. Go on until the crew tells you "
                "to stop, or until they breathe normally."
            ),
        ),
        source=_CPR,
    ),
    Instruction(
        id="cpr_child",
        ru="Реанимация: ребёнок",
        en="Resuscitation: child",
        steps_ru=(
            "Помощь отправляем. Включите громкую связь и положите телефон рядом. Я буду помогать.",
            "Положите ребёнка на спину на твёрдое. Посмотрите в рот: если видно, что мешает, уберите.",
            (
                "Запрокиньте голову немного назад, поднимите подбородок. Пять раз вдохните ему в рот "
                "(младенцу — в рот и нос), чтобы грудь поднялась."
            ),
            (
                "Младенцу давите двумя пальцами, ребёнку — одной ладонью на середину груди: на треть её "
                "глубины, два раза в секунду."
            ),
            "30 нажатий, 2 вдоха. Если вдохи не получаются, только давите. Считайте вслух.",
            "Не останавливайтесь, пока бригада не скажет или пока он не начнёт нормально дышать.",
        ),
        steps_en=(
            "Help is being sent. Put the phone on speaker beside you. I will help you.",
            (
                "Lay the child on their back on something hard. Look into the mouth: take out what you "
                "can see."
            ),
            (
                "Tilt the head back a little, lift the chin. Breathe five times into the mouth (a baby: "
                "mouth and nose) so that the chest rises."
            ),
            (
                "For a baby push with two fingers, for a child with one hand, on the middle of the "
                "chest: a third of its depth, twice a second."
            ),
            "30 pushes, 2 breaths. If the breaths do not work, only push. Count aloud.",
            "Do not stop until the crew tells you to, or until they breathe normally.",
        ),
        source=_CPR,
    ),
    Instruction(
        id="recovery",
        ru="Без сознания, но дышит",
        en="Unconscious, but breathing",
        steps_ru=(
            (
                "Поверните человека на бок, голову немного назад, чтобы рот смотрел вниз. При травме шеи "
                "не двигайте без нужды."
            ),
            "Ничего не давайте ни пить, ни есть.",
            "Смотрите на дыхание всё время. Станет редким, с хрипом или пропадёт — сразу скажите мне.",
        ),
        steps_en=(
            (
                "Turn the person on their side, head back a little, so that the mouth points down. If "
                "the neck may be hurt, do not move them without need."
            ),
            "Give nothing to drink or eat.",
            "Watch the breathing all the time. If it becomes slow, rattling, or stops, tell me at once.",
        ),
        source="ERC Guidelines 2021, first aid; приказ Минздрава России от 03.05.2024 № 220н",
    ),
    Instruction(
        id="bleeding",
        ru="Сильное кровотечение",
        en="Heavy bleeding",
        steps_ru=(
            "Прижмите рану чистой тканью изо всех сил и не отпускайте, чтобы посмотреть.",
            "Промокло — положите ещё сверху и давите дальше.",
            "Если кровь из руки или ноги не остановить — жгут или ремень выше раны, туго; запомните время.",
            "Уложите, укройте. Пить не давайте.",
        ),
        steps_en=(
            "Press a clean cloth on the wound as hard as you can, and do not let go to look.",
            "If it soaks through, put more on top and keep pressing.",
            (
                "If blood from an arm or leg does not stop: a tourniquet or belt above the wound, tight; "
                "remember the time."
            ),
            "Lay them down, cover them. Give nothing to drink.",
        ),
        source="ERC Guidelines 2021, first aid; приказ Минздрава России от 03.05.2024 № 220н",
    ),
)

# Which reasons open which of them.
OPENED_BY: dict[str, tuple[str, ...]] = {
    "not_breathing": ("cpr", "cpr_child"),
    "unconscious": ("recovery", "cpr"),
    "seizure": ("recovery",),
    "child_seizure": ("recovery", "cpr_child"),
    "bleeding": ("bleeding",),
    "road_accident": ("bleeding", "recovery"),
    "injury": ("bleeding",),
}
RESUSCITATION = "cpr"
