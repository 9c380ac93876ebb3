"""The demo's region: which crews stand where, who may sign in, and what the simulated city is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from console import demodesks
from console.access import User, hash_token
from console.settings import Http, Name, Settings, UnitSetting
from console.simulate.plan import ClockPlan, HospitalPlan, Plan, ReasonPlan, UnitPlan
from console.tracksettings import Listen
from dispatch.defaults import REASONS
from routing.institutions import Hospital, Substation

REGION = "demo"
CITY = Name(ru="Новоречинск", en="Novorechinsk")
DISPATCHER = "demo"
DISPATCHER_NAME = "Диспетчер"

# Of twenty crews, how many are of each kind: about what a Russian city of this size keeps.
CREW_MIX = (
    ("paramedic", "B"),
    ("paramedic", "B"),
    ("doctor", "B"),
    ("paramedic", "B"),
    ("resuscitation", "C"),
    ("paramedic", "B"),
    ("doctor", "B"),
    ("paediatric", "B"),
    ("paramedic", "B"),
    ("paramedic", "B"),
    ("doctor", "B"),
    ("paramedic", "B"),
    ("resuscitation", "C"),
    ("paramedic", "B"),
    ("paediatric", "B"),
    ("paramedic", "B"),
    ("doctor", "B"),
    ("obstetric", "B"),
    ("paramedic", "B"),
    ("psychiatric", "B"),
)

# Reason → (relative weight, minutes on scene, share taken to a hospital): made up, in plausible proportions.
CASES: dict[str, tuple[float, float, float]] = {
    "not_breathing": (1, 35, 0.5),
    "unconscious": (3, 22, 0.7),
    "chest_pain": (8, 25, 0.6),
    "stroke": (5, 18, 0.95),
    "breathless": (6, 22, 0.5),
    "road_accident": (3, 15, 0.8),
    "fall_height": (1, 15, 0.95),
    "bleeding": (2, 15, 0.8),
    "childbirth": (2, 15, 0.95),
    "child_seizure": (2, 18, 0.8),
    "burns": (1, 15, 0.8),
    "injury": (9, 16, 0.7),
    "abdominal_pain": (9, 20, 0.5),
    "allergy": (4, 20, 0.2),
    "poisoning": (4, 20, 0.5),
    "seizure": (4, 20, 0.5),
    "psychosis": (2, 25, 0.6),
    "child_fever": (7, 20, 0.2),
    "high_pressure": (14, 22, 0.1),
    "fever": (8, 18, 0.1),
    "back_pain": (4, 18, 0.1),
    "unwell": (8, 20, 0.25),
}

# A crew's task takes about 45 minutes here: at this rate about two in three crews are busy.
CALLS_PER_UNIT_HOUR = 0.85


@dataclass(frozen=True, slots=True)
class DemoCity:
    """What the demo needs to know of its map."""

    timezone: str
    substations: Sequence[Substation]
    hospitals: Sequence[Hospital]
    addresses: Sequence[tuple[str, float, float]]  # label, lat, lon


@dataclass(frozen=True, slots=True)
class Secrets:
    """The demo's secrets in clear, of this run alone."""

    devices: dict[str, str]  # unit → device secret
    crews: dict[str, str]  # unit → the crew's token
    caller: str
    autopilot: str


def make_secrets(units: int, new_token: Callable[[], str]) -> Secrets:
    """Make up the secrets of a run."""
    ids = [str(number) for number in range(1, units + 1)]
    return Secrets(
        devices={unit: new_token() for unit in ids},
        crews={unit: new_token() for unit in ids},
        caller=new_token(),
        autopilot=new_token(),
    )


def make_settings(city: DemoCity, secret: Secrets, *, data: str, map_folder: str, port: int) -> Settings:
    """Return the settings of the demo's region: crews dealt out evenly over the substations."""
    users = [
        User(DISPATCHER, "dispatcher", DISPATCHER_NAME),
        User("caller", "intake", "103", token_hash=hash_token(secret.caller)),
        User("autopilot", "dispatcher", "Автопилот", token_hash=hash_token(secret.autopilot)),
    ]
    # A hospital's board is opened by a link that a dispatcher makes.
    users += [User(f"board-{one.id}", "hospital", one.name, hospital=one.id) for one in city.hospitals]
    users += [
        User(f"crew-{unit}", "crew", unit, token_hash=hash_token(token), unit=unit)
        for unit, token in secret.crews.items()
    ]
    return Settings(
        region=REGION,
        name=CITY,
        timezone=city.timezone,
        data=data,
        map=map_folder,
        http=Http(port=port),
        gateway=Listen(port=0),
        zone=demodesks.zones(city.substations),
        workplace=demodesks.workplaces(city.substations),
        user=tuple(users),
        unit=tuple(
            UnitSetting(
                id=unit,
                crew_kind=CREW_MIX[index % len(CREW_MIX)][0],
                vehicle_class=CREW_MIX[index % len(CREW_MIX)][1],
                substation=base_of(city, index).id,
                secret_hash=hash_token(device),
            )
            for index, (unit, device) in enumerate(secret.devices.items())
        ),
    )


def base_of(city: DemoCity, index: int) -> Substation:
    """Return the substation of the unit with this number, counted from 0."""
    return city.substations[index % len(city.substations)]


def make_plan(
    city: DemoCity, secret: Secrets, *, api: str, gateway: tuple[str, int], clock: ClockPlan, seed: int
) -> Plan:
    """Return what the simulated city is told."""
    return Plan(
        api=api,
        gateway=gateway,
        clock=clock,
        seed=seed,
        units=tuple(
            UnitPlan(
                unit, device, secret.crews[unit], base_of(city, index).lat_deg, base_of(city, index).lon_deg
            )
            for index, (unit, device) in enumerate(secret.devices.items())
        ),
        caller_token=secret.caller,
        autopilot_token=secret.autopilot,
        addresses=tuple(city.addresses),
        reasons=tuple(
            ReasonPlan(
                reason.id,
                reason.priority,
                *CASES[reason.id],
                ages_years=(1, 14)
                if reason.crew_kind == "paediatric"
                else (19, 42)
                if reason.id == "childbirth"
                else (18, 92),
                women_only=reason.id == "childbirth",
            )
            for reason in REASONS
        ),
        hospitals=tuple(HospitalPlan(one.id, one.lat_deg, one.lon_deg) for one in city.hospitals),
        calls_per_hour=CALLS_PER_UNIT_HOUR * len(secret.devices),
    )
