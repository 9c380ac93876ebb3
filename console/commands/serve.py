"""Run the real service: devices, dispatch and the console of one region.

For example:
  skoraya serve --example > skoraya.toml    then edit it
  skoraya serve --config skoraya.toml
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from console.commands.failure import Failure

EXAMPLE = """\
# Skoraya: one region. Paths are relative to this file. Secrets and hashes come from `skoraya secret`.
region = "tver"
name = { ru = "Тверь", en = "Tver" }
timezone = "Europe/Moscow"
norm_min = 20                      # from the call to the crew at the door
absent_min = 3                     # a dispatcher whose console is silent for so long is gone
data = "data"                      # the journal and the tracks: back it up
# journal = "postgresql://skoraya@db/skoraya"   # instead of a file in the data folder; with its password
                                   # rather in the environment: SKORAYA_JOURNAL=postgresql://user:password@db/…
map = "maps/tver"                  # made by `skoraya map build`; its substations and hospitals are used
                                   # unless [[substation]] and [[hospital]] are given here

[http]                             # the console; put a TLS proxy in front and set secure_cookie
host = "127.0.0.1"
port = 8000
secure_cookie = false

[gateway]                          # where devices log in: LOGIN <unit> <secret>
host = "0.0.0.0"
port = 5039                        # every dialect: NMEA, EGTS, Wialon IPS, OsmAnd
# udp_port = 5040                  # NMEA and Wialon IPS as datagrams
# external = true                  # a big fleet: run `skoraya gateway` beside this, once a core

# [gateway.tls]                    # the same, encrypted; trackers and `skoraya unit --tls`
# port = 5040
# certificate = "gateway.pem"      # PEM, with the chain
# key = "gateway.key"
# devices = "devices-ca.pem"       # whose certificates prove a device: its name is the certificate's CN,
                                   # and its secret_hash may be "certificate"

[tracks]
raw_days = 14                      # the bytes as devices sent them; 0 keeps none
# days = 1095                      # tracks; without this they are kept for ever

# [[device]]                       # a device that calls itself something else than its unit
# id = "356307042441013"
# unit = "12"
# secret_hash = "sha256:…"

[[substation]]
id = "s1"
name = "Подстанция № 1"
lat_deg = 56.8587
lon_deg = 35.9176

[[hospital]]
id = "h1"
name = "Областная клиническая больница"
lat_deg = 56.8370
lon_deg = 35.8760
capabilities = ["stroke", "infarction", "trauma"]

# [[false_place]]                  # where spoofers put vehicles: a jump into it is not believed
# id = "airport"
# lat_deg = 56.8247
# lon_deg = 35.7577
# radius_m = 2000

# [[zone]]                         # with dispatchers of its own; or polygon = [[lat, lon], …]
# id = "north"
# ru = "Север"
# en = "North"
# substations = ["s1"]

# [[workplace]]                    # call_taker, zone, senior or doctor; without any: one zone over all
# id = "north"
# ru = "Север"
# en = "North"
# kind = "zone"
# zones = ["north"]                # one workplace must be of the kind "senior"

# [major]                          # crews kept for ordinary calls; [[major.scale]] is the plan
# reserve_share = 0.25
# reserve_least = 2

[[unit]]
id = "12"
crew_kind = "paramedic"            # paramedic, doctor, resuscitation, paediatric, obstetric, psychiatric
substation = "s1"
vehicle_class = "B"
secret_hash = "sha256:…"           # skoraya secret token
# equipment = ["defibrillator", "ecg"]   # what it carries; without this nothing is said of it

# [[member]]                       # who works in crews; qualifications with their last day, "" for no end
# id = "m1"
# name = "Иванова А. П."
# qualifications = { paramedic = "2027-12-31", driver = "" }

[[user]]
id = "anna"
name = "Анна Петрова"
role = "dispatcher"                # dispatcher, admin, crew, intake
password_hash = "scrypt:…"         # skoraya secret password

[[user]]
id = "crew-12"
role = "crew"
unit = "12"
token_hash = "sha256:…"            # skoraya secret token
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--config", type=Path, default=Path("skoraya.toml"), metavar="FILE", help="default: %(default)s"
    )
    parser.add_argument("--check", action="store_true", help="check the configuration and exit")
    parser.add_argument(
        "--take-over",
        action="store_true",
        help="do not stand by while another service has the region: take it from a service that hangs",
    )
    parser.add_argument("--example", action="store_true", help="print a configuration to start from and exit")


def run(arguments: argparse.Namespace) -> int:
    """Serve until stopped."""
    if arguments.example:
        print(EXAMPLE, end="")
        return 0
    from console.settings import SettingsError, load  # noqa: PLC0415  # --help must not pay for it

    try:
        settings = load(arguments.config)
    except SettingsError as error:
        raise Failure(str(error)) from None
    if arguments.check:
        print(f"{arguments.config}: good: region {settings.region!r}, {len(settings.unit)} units")
        return 0
    from console.clock import Clock  # noqa: PLC0415  # the same
    from console.devices import where  # noqa: PLC0415  # the same
    from console.host import BACKLOG, listen, log_to_stderr, run_until_stopped  # noqa: PLC0415  # the same
    from console.record import Record  # noqa: PLC0415  # the same
    from console.service import Service, StartError  # noqa: PLC0415  # the same
    from dispatch.journal import JournalError  # noqa: PLC0415  # the same
    from tracking.archive import ArchiveError  # noqa: PLC0415  # the same
    from tracking.tls import TlsError  # noqa: PLC0415  # the same

    async def serve() -> None:
        # The port is ours from now on, and opened when we have the region: until then a proxy asks the other.
        listener = listen(settings.http.host, settings.http.port, now=False)
        try:
            record = Record(settings)
        except OSError as error:
            raise StartError(f"the data folder {settings.data} cannot be made: {error.strerror}") from None
        if not arguments.take_over:
            await record.stand_by(
                lambda: print(f"» standing by: another service has the region {settings.region}", flush=True)
            )
        try:
            listener.listen(BACKLOG)
        except OSError as error:  # the other service had the port of this machine, and has it still
            raise StartError(f"cannot listen on {settings.http.host}: {error.strerror}") from None
        service = await Service.start(settings, Clock(), record=record)
        host, port = listener.getsockname()[:2]
        print(f"» the console: http://{host}:{port}/", flush=True)
        if settings.gateway.external:
            print("» devices log in at gateways of their own: start them with `skoraya gateway`", flush=True)
        else:
            print(f"» {where(service.gateway, settings)}", flush=True)
        for part in service.degraded():
            print(f"» degraded: {part['part']}: {part['message']}", flush=True)
        # After `--take-over` the lease is still the old service's: it becomes ours when that one is stopped,
        # so that a third one goes on standing by.
        holding = asyncio.create_task(record.keep_lease(), name="lease")
        await run_until_stopped(service, listener, asyncio.Event())
        holding.cancel()

    log_to_stderr()
    try:
        asyncio.run(serve())
    except (StartError, JournalError, ArchiveError, TlsError) as error:
        raise Failure(str(error)) from None
    return 0
