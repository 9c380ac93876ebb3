"""Settings: everything that an installation may decide, from one TOML file and the environment.

A key that nobody knows is an error, for it is a typing error.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from console.access import User
from console.callsettings import CallTaking, InstructionSetting, PolyclinicSetting, ReasonSetting
from console.crewsettings import CrewKindSetting, MemberSetting, NamedSetting, crew_kinds_of
from console.desksettings import MajorSetting, WorkplaceSetting, ZoneSetting, problem_of_desks
from console.tracksettings import DeviceSetting, Listen, Tracks, problem_of, problem_of_units
from dispatch.defaults import CREW_KINDS
from dispatch.morning import Language


class SettingsError(Exception):
    """A configuration that the service refuses; the message says which file, which key, and why."""


class Name(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What something is called, in both languages of the console."""

    ru: str
    en: str


class Http(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The console's address, and the origins that its pages may come from (default: its own)."""

    host: str = "127.0.0.1"
    port: int = 8000
    origins: tuple[str, ...] = ()
    secure_cookie: bool = False  # set to true behind TLS


class UnitSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An ambulance: who it is, what it can do, and how its device proves itself."""

    id: str
    crew_kind: str
    substation: str
    secret_hash: str
    call_sign: str = ""
    vehicle_class: str = "B"
    equipment: tuple[str, ...] | None = None  # what it carries; without this nothing is said of it


class SubstationSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where units wait."""

    id: str
    name: str
    lat_deg: float
    lon_deg: float


class HospitalSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where patients are taken, and what for."""

    id: str
    name: str
    lat_deg: float
    lon_deg: float
    capabilities: tuple[str, ...] = ()


class FalsePlaceSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where spoofers put vehicles, such as an airport: a jump into it is not believed; driving there is."""

    id: str
    lat_deg: float
    lon_deg: float
    radius_m: float = 2_000.0


class Mail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mail server and who gets the report. The password is in the environment, never in the file."""

    host: str
    sender: str
    to: tuple[str, ...]
    port: int = 587
    starttls: bool = True
    user: str | None = None
    password_env: str = "SKORAYA_SMTP_PASSWORD"  # noqa: S105  # the variable's name


class MorningSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The morning report: when, in the region's zone; always as files in the data folder's `reports`."""

    at: str = "07:00"
    language: Language = "ru"  # of the words; the data have no language
    webhook: str | None = None
    mail: Mail | None = None


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One installation. Paths are relative to the file's folder."""

    region: str
    name: Name
    timezone: str = "Europe/Moscow"
    norm_min: float = 20.0
    bypass_min: float | None = None  # how much longer the way to a capable hospital may be; None: any
    standby: bool = False  # advise where free crews should wait
    data: str = "data"
    journal: str | None = None  # "postgresql://…", or a file; by default journal.sqlite in the data folder
    map: str | None = None
    http: Http = Http()
    gateway: Listen = Listen()
    tracks: Tracks = Tracks()
    morning: MorningSetting | None = None
    user: tuple[User, ...] = ()
    unit: tuple[UnitSetting, ...] = ()
    device: tuple[DeviceSetting, ...] = ()
    substation: tuple[SubstationSetting, ...] = ()
    hospital: tuple[HospitalSetting, ...] = ()
    false_place: tuple[FalsePlaceSetting, ...] = ()
    call_taking: CallTaking = CallTaking()
    reason: tuple[ReasonSetting, ...] = ()
    instruction: tuple[InstructionSetting, ...] = ()
    polyclinic: tuple[PolyclinicSetting, ...] = ()
    crew_kind: tuple[CrewKindSetting, ...] = ()
    equipment: tuple[NamedSetting, ...] = ()
    qualification: tuple[NamedSetting, ...] = ()
    member: tuple[MemberSetting, ...] = ()
    zone: tuple[ZoneSetting, ...] = ()
    workplace: tuple[WorkplaceSetting, ...] = ()
    major: MajorSetting = MajorSetting()
    absent_min: float = 3.0  # a dispatcher whose console is silent for so long is gone

    @property
    def time_zone(self) -> ZoneInfo:
        """The region's time zone."""
        return ZoneInfo(self.timezone)


# What the environment may override, and where it goes.
ENVIRONMENT = {
    "SKORAYA_DATA": "data",
    "SKORAYA_JOURNAL": "journal",
    "SKORAYA_MAP": "map",
    "SKORAYA_HTTP_HOST": "http.host",
    "SKORAYA_HTTP_PORT": "http.port",
    "SKORAYA_GATEWAY_HOST": "gateway.host",
    "SKORAYA_GATEWAY_PORT": "gateway.port",
}


def load(path: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """Read `path`, let the environment override it, check everything.

    Raises:
        SettingsError: the file cannot be read, is no TOML, or says something that cannot be meant.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(
            f"{path}: no such file; `skoraya serve --example` prints one to start from"
        ) from None
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: is not UTF-8 (byte {error.start})") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: is not TOML: {error}") from None
    for variable, key in ENVIRONMENT.items():
        if variable in environment:
            _override(document, key, environment[variable])
    try:
        settings = msgspec.convert(document, Settings, strict=True)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{path}: {error}") from None
    if problem := check(settings):
        raise SettingsError(f"{path}: {problem}")
    folder = path.parent
    return msgspec.structs.replace(
        settings,
        data=str(folder / settings.data),
        journal=_journal(settings.journal, folder),
        map=None if settings.map is None else str(folder / settings.map),
        gateway=settings.gateway.beside(folder),
    )


def _journal(journal: str | None, folder: Path) -> str | None:
    """Return the journal's address as it stands, or its path beside the file."""
    return journal if journal is None or "://" in journal else str(folder / journal)


def check(settings: Settings) -> str | None:
    """Return the first thing in `settings` that cannot be meant, or None."""
    try:
        _ = settings.time_zone
    except (ZoneInfoNotFoundError, ValueError):
        return f"timezone: {settings.timezone!r} is no time zone; write one such as 'Europe/Moscow'"
    if "://" in (settings.journal or "") and not str(settings.journal).startswith("postgresql://"):
        return "journal: neither a path nor postgresql://user:password@host:port/database"
    if not 1 <= settings.norm_min <= 240:
        return f"norm_min: {settings.norm_min} is not between 1 and 240 minutes"
    if not 0.01 <= settings.absent_min <= 60:
        return f"absent_min: {settings.absent_min} is not between 0.01 and 60 minutes"
    if not 0 <= settings.http.port <= 65535:
        return f"http.port: {settings.http.port} is no port"
    for kind, ids in (
        ("user", [user.id for user in settings.user]),
        ("unit", [unit.id for unit in settings.unit]),
        ("device", [device.id for device in settings.device]),
        ("substation", [substation.id for substation in settings.substation]),
        ("hospital", [hospital.id for hospital in settings.hospital]),
        ("crew_kind", [one.id for one in settings.crew_kind]),
        ("equipment", [one.id for one in settings.equipment]),
        ("qualification", [one.id for one in settings.qualification]),
        ("member", [one.id for one in settings.member]),
        ("reason", [reason.id for reason in settings.reason]),
        ("instruction", [instruction.id for instruction in settings.instruction]),
        ("polyclinic", [polyclinic.id for polyclinic in settings.polyclinic]),
    ):
        doubled = {one for one in ids if ids.count(one) > 1}
        if doubled:
            return f"{kind}: the id {min(doubled)!r} is given twice"
    units = {unit.id: unit.secret_hash for unit in settings.unit}
    return (
        problem_of(settings.gateway, settings.tracks, settings.device, set(units))
        or problem_of_units(settings.gateway, units.items())
        or _check_references(settings)
        or _check_kinds(settings)
    )


def _check_references(settings: Settings) -> str | None:
    units = {unit.id for unit in settings.unit}
    substations = {substation.id for substation in settings.substation}
    hospitals = {hospital.id for hospital in settings.hospital}
    for user in settings.user:
        if (user.role == "crew") != (user.unit is not None):
            return f"user {user.id!r}: a crew, and nobody else, is bound to a unit"
        if (user.role == "hospital") != (user.hospital is not None):
            return f"user {user.id!r}: a hospital's board, and nobody else, is bound to a hospital"
        if user.hospital is not None and hospitals and user.hospital not in hospitals:
            return f"user {user.id!r}: there is no hospital {user.hospital!r}"
        if user.unit is not None and user.unit not in units:
            return f"user {user.id!r}: there is no unit {user.unit!r}"
        # A hospital's board may do with the links that a dispatcher makes.
        if user.password_hash is None and user.token_hash is None and user.role != "hospital":
            return (
                f"user {user.id!r}: has neither password_hash nor token_hash; make one with `skoraya secret`"
            )
    for unit in settings.unit:
        # Without substations of its own an installation takes those of its map.
        if substations and unit.substation not in substations:
            return f"unit {unit.id!r}: there is no substation {unit.substation!r}"
        if any(sign.isspace() for sign in unit.id) or not unit.id:
            return f"unit {unit.id!r}: an id has no spaces, for the device sends it in its login line"
    desks = problem_of_desks(settings.zone, settings.workplace, settings.major, substations, CREW_KINDS)
    if desks is not None:
        return desks
    places: list[SubstationSetting | HospitalSetting | FalsePlaceSetting]
    places = [*settings.substation, *settings.hospital, *settings.false_place]
    for place in places:
        if not (-90 <= place.lat_deg <= 90 and -180 <= place.lon_deg <= 180):
            return f"{place.id!r}: {place.lat_deg}, {place.lon_deg} is no position"
    return None


def _check_kinds(settings: Settings) -> str | None:
    kinds = [kind.id for kind in crew_kinds_of(settings.crew_kind)]
    for unit in settings.unit:
        if unit.crew_kind not in kinds:
            return f"unit {unit.id!r}: there is no crew_kind {unit.crew_kind!r}; one of: {', '.join(kinds)}"
    return None


def _override(document: dict[str, object], key: str, value: str) -> None:
    table = document
    *path, last = key.split(".")
    for name in path:
        inner = table.setdefault(name, {})
        if not isinstance(inner, dict):
            return  # the type check that follows says what is wrong with the file
        table = inner
    table[last] = int(value) if last == "port" and value.isdecimal() else value
