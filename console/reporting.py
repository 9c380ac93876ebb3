"""Reporting: the region's warehouse, kept up with its journal, asked beside the work, and the morning report.

Shell: the warehouse's file, the journal, timers. Before a question the warehouse is caught up with the last
durable entry, so a report is never older than the screen beside it.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from console.clock import Clock
from console.delivery import WAYS, Way, deliver, forgive, owed
from console.settings import Settings
from dispatch.assignment import TERMINAL
from dispatch.cut import Cut
from dispatch.engine import Engine
from dispatch.journal import Journal, JournalError
from dispatch.ledger import DistrictOf, nowhere, rows_of
from dispatch.log import LogError
from dispatch.logimport import Import
from dispatch.morning import SHOWN, Day, Morning, compose
from dispatch.questions import cells, league, left_out
from dispatch.warehouse import Warehouse, WarehouseError
from dispatch.workload import endings

log = logging.getLogger("skoraya.reporting")

FILE = "warehouse.duckdb"
EVERY_S = 1.0
# Entries made into rows between two turns of the loop, about 20 ms; a write of few costs as much.
PAGE = 2_000
# Heavy questions at once: more only wait for each other's cores.
AT_ONCE = 2
DAY_MS = 86_400_000
# A look at one patient by one person is journalled once in this time, for a page asks again and again.
ONE_LOOK_MS = 10 * 60_000
# What of the morning report did not arrive is tried again so often, and for so long.
AGAIN_MS = 5 * 60_000
KEPT_TRYING = timedelta(days=2)

T = TypeVar("T")


class LogTooLargeError(Exception):
    """A log has more bytes than the service takes."""


class Reporting:
    """The reports' part of a service."""

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        journal: Journal,
        clock: Clock,
        district_of: DistrictOf = nowhere,
    ) -> None:
        """Open the warehouse; one that cannot be opened leaves the service without reports, and says so.

        Args:
            settings: the installation.
            engine: the region's.
            journal: the region's, for what the warehouse has missed.
            clock: the service's time.
            district_of: names the district of a place by the map of now.
        """
        self._settings = settings
        self._engine = engine
        self._journal = journal
        self._clock = clock
        self._district_of = district_of
        self._zone = ZoneInfo(settings.timezone)
        self._folder = Path(settings.data)
        self._catching = asyncio.Lock()
        self._asking = asyncio.Semaphore(AT_ONCE)
        self._tasks: list[asyncio.Task[None]] = []
        self._seq = 0
        self._looks: dict[tuple[str, str], int] = {}
        self.failing: str | None = None
        self.delivery_failing: str | None = None
        self._warehouse: Warehouse | None = None

    @property
    def usual_norm_s(self) -> int:
        """The region's norm of now, for calls that have none of their own."""
        return round(self._settings.norm_min * 60)

    @property
    def zone(self) -> ZoneInfo:
        """The region's time zone."""
        return self._zone

    def start(self) -> None:
        """Begin to keep up, and to send the morning report where one is wanted."""
        self._tasks = [asyncio.create_task(self._keep_up(), name="reporting")]
        if self._settings.morning is not None:
            self._tasks.append(asyncio.create_task(self._mornings(), name="morning report"))

    async def close(self) -> None:
        """Stop, and let go of the file."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._warehouse is not None:
            await asyncio.to_thread(self._warehouse.close)

    # ── keeping up ───────────────────────────────────────────────────────────────────────────────────────

    async def caught_up(self) -> Warehouse:
        """Return the warehouse when it holds everything that is durable now.

        Raises:
            WarehouseError: it cannot be opened or written.
            JournalError: the journal cannot be read.
        """
        async with self._catching:
            if self._warehouse is None:
                self._warehouse = await asyncio.to_thread(self._open)
                self._seq = await self._where_it_is(self._warehouse)
            until = self._engine.seq
            while self._seq < until:
                await self._catch_up(self._warehouse, min(until, self._seq + PAGE))
            self.failing = None
            return self._warehouse

    def _open(self) -> Warehouse:
        return Warehouse.open(self._folder / FILE, self._zone)

    async def _where_it_is(self, warehouse: Warehouse) -> int:
        """Return up to which entry it is filled; one that follows another journal is emptied first."""
        region = self._engine.region.id
        head = await asyncio.to_thread(warehouse.head, region)
        if head.seq:
            known = await asyncio.to_thread(self._journal.entries, region, [head.seq])
            if head.seq > self._engine.seq or [each.hash for each in known] != [head.hash]:
                log.warning("the warehouse follows another journal and is filled anew")
                await asyncio.to_thread(warehouse.forget, region)
                return 0
        return head.seq

    async def _catch_up(self, warehouse: Warehouse, until: int) -> None:
        region = self._engine.region
        seqs = range(self._seq + 1, until + 1)
        entries = await asyncio.to_thread(self._journal.entries, region.id, seqs)
        # On the loop, where the region stands still.
        rows = rows_of(self._engine.region, entries, self._district_of)
        await asyncio.to_thread(warehouse.write, region.id, rows)
        self._seq = until

    async def _keep_up(self) -> None:
        while True:
            try:
                await self.caught_up()
            except (WarehouseError, JournalError) as error:
                if self.failing is None:
                    log.error("no reports: %s", error)  # noqa: TRY400  # the message says all
                self.failing = f"no reports: {error}"
            except Exception as error:
                log.exception("no reports")
                self.failing = f"no reports: an error of ours: {type(error).__name__}"
            await asyncio.sleep(EVERY_S)

    # ── asking ───────────────────────────────────────────────────────────────────────────────────────────

    async def ask(self, question: Callable[[Warehouse], T]) -> T:
        """Answer a question in a thread of its own, after catching up.

        Raises:
            WarehouseError: the warehouse cannot be opened, read or written.
            JournalError: the journal cannot be read.
        """
        warehouse = await self.caught_up()
        async with self._asking:
            return await asyncio.to_thread(question, warehouse)

    def not_finished(self) -> list[dict[str, Any]]:
        """List the assignments that are under way: they are in no figure yet."""
        region = self._engine.region
        return [
            {
                "assignment": each.id,
                "incident": each.incident,
                "unit": each.unit,
                "substation": each.substation,
                "status": each.status,
                "since_ms": each.since_ms,
            }
            for each in (region.assignments[one] for one in region.active.values())
            if each.status not in TERMINAL
        ]

    async def read_in(self, content: AsyncIterable[bytes], most: int, name: str, zone: ZoneInfo) -> Import:
        """Read a log in for comparison; it goes to disk as it comes.

        Raises:
            LogTooLargeError: it has more than `most` bytes.
            LogError: the log cannot be read; says line and column.
            WarehouseError: the warehouse cannot be written.
        """
        path = self._folder / f"import-{secrets.token_hex(8)}.csv"

        def read(warehouse: Warehouse) -> Import:
            done = warehouse.read_in(path, name, zone, self._clock.now_ms(), self._district_of)
            warehouse.columns()  # so that the next question need not wait for them
            return done

        try:
            stream, size = await asyncio.to_thread(path.open, "wb"), 0
            with stream:
                async for piece in content:
                    size += len(piece)
                    if size > most:
                        raise LogTooLargeError
                    await asyncio.to_thread(stream.write, piece)
            return await self.ask(read)
        except OSError as error:
            raise LogError(f"the log cannot be kept: {error.strerror}") from error
        finally:
            await asyncio.to_thread(path.unlink, missing_ok=True)

    def is_new_look(self, user: str, incident: str) -> bool:
        """Say whether a look is to be journalled: the first by this person at this call in ten minutes."""
        now_ms = self._clock.now_ms()
        if now_ms - self._looks.get((user, incident), -ONE_LOOK_MS) < ONE_LOOK_MS:
            return False
        self._looks = {key: at for key, at in self._looks.items() if now_ms - at < ONE_LOOK_MS}
        self._looks[user, incident] = now_ms
        return True

    # ── the morning report ───────────────────────────────────────────────────────────────────────────────

    def begin_of(self, day: date) -> int:
        """Return when a day begins in the region, ms since 1970 UTC."""
        return round(datetime(day.year, day.month, day.day, tzinfo=self._zone).timestamp() * 1000)

    def today(self) -> date:
        """Return the region's date."""
        return datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC).astimezone(self._zone).date()

    async def morning(self, day: date) -> Morning:
        """Compose the report of one day.

        Raises:
            WarehouseError: the warehouse cannot be read.
        """

        def cut_of(which: date) -> Cut:
            end = self.begin_of(which + timedelta(days=1))
            return Cut(from_ms=self.begin_of(which), to_ms=end, usual_norm_s=self.usual_norm_s)

        def compute(warehouse: Warehouse) -> Morning:
            def of(which: date) -> Day:
                cut = cut_of(which)
                ended = endings(warehouse, cut, None, self._clock.now_ms())
                counts = {
                    name: getattr(ended[0], name) if ended else 0
                    for name in ("calls", "treated", "lost", "cancelled_waiting", "cancelled_sent")
                }
                return Day(
                    intervals=cells(warehouse, cut, SHOWN), left_out=left_out(warehouse, cut), endings=counts
                )

            stands_out = [
                {
                    "substation": row.key,
                    "n": row.cell.n,
                    "within_norm": row.cell.within_norm or 0.0,
                    "difference": row.difference or 0.0,
                }
                for row in reversed(league(warehouse, cut_of(day), "substation", "response"))
                if not row.noise
            ]
            return compose(
                region=self._settings.region,
                name=self._settings.name.ru,
                name_en=self._settings.name.en,
                date=day.isoformat(),
                norm_s=self.usual_norm_s,
                day=of(day),
                before=of(day - timedelta(days=1)),
                week_before=of(day - timedelta(days=7)),
                worst=stands_out,
            )

        return await self.ask(compute)

    async def send_morning(self, day: date) -> None:
        """Compose and deliver; what failed is said, and sent again later."""
        await self._deliver(await self.morning(day), WAYS)

    async def send_again(self) -> None:
        """Try what of the last two days' reports has not arrived; what is older is given up, and said."""
        folder = self._folder / "reports"
        for path, ways in (await asyncio.to_thread(owed, folder, self._settings.region)).items():
            try:
                report = msgspec.json.decode(await asyncio.to_thread(path.read_bytes), type=Morning)
                old = self.today() - date.fromisoformat(report.date) > KEPT_TRYING
            except (OSError, ValueError):
                continue  # not written yet: it is composed anew
            if old:
                self.delivery_failing = f"morning report of {report.date}: given up ({', '.join(ways)})"
                log.error("%s", self.delivery_failing)
                await asyncio.to_thread(forgive, path)
            else:
                await self._deliver(report, ways)

    async def _deliver(self, report: Morning, ways: Sequence[Way]) -> None:
        assert self._settings.morning is not None  # noqa: S101  # only then is anything sent
        failed = await deliver(report, self._settings.morning, self._folder / "reports", ways)
        for failure in failed.values():
            log.error("%s", failure)
        if not failed and self.delivery_failing is not None:
            log.info("the morning report of %s has arrived now", report.date)
        self.delivery_failing = None
        if failed:
            said = "; ".join(failed.values())
            self.delivery_failing = f"{said}; it is sent again every {AGAIN_MS // 60_000} minutes"

    async def _mornings(self) -> None:
        assert self._settings.morning is not None  # noqa: S101  # started only then
        hour, minute = map(int, self._settings.morning.at.split(":"))
        again_ms = 0
        while True:
            today = self.today()
            due_ms = self.begin_of(today) + (hour * 60 + minute) * 60_000
            yesterday = today - timedelta(days=1)
            sent = self._folder / "reports" / f"{self._settings.region}-{yesterday.isoformat()}.json"
            if self._clock.now_ms() >= due_ms and not sent.exists():
                try:
                    await self.send_morning(yesterday)
                except (WarehouseError, JournalError) as error:
                    self.delivery_failing = f"morning report: {error}"
                    log.error("morning report: %s", error)  # noqa: TRY400  # the message says all
                again_ms = self._clock.now_ms() + AGAIN_MS
            elif self._clock.now_ms() >= again_ms:
                await self.send_again()
                again_ms = self._clock.now_ms() + AGAIN_MS
            await asyncio.sleep(30)
