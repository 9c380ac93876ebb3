"""The reports: figures, tables, leagues, the calls behind each of them, exports, imports, forms."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from console.api.answers import ApiError, accepted, answer
from console.api.bodies import TimeCorrection
from console.api.caller import ReportKeeper, ReportReader, ServiceNow
from console.api.cuts import By, CutNow, Interval, Limit, Offset, Order
from console.api.looks import look
from console.reporting import LogTooLargeError
from console.service import Service
from console.views import assignment_view
from dispatch import commands
from dispatch.against import Against, against
from dispatch.cut import CutError
from dispatch.dictionary import columns
from dispatch.exports import MEDIA_TYPES, FileFormat, export
from dispatch.forms import MASK, card_110, journal_109
from dispatch.journal import JournalError
from dispatch.log import LogError
from dispatch.overview import overview
from dispatch.questions import calls, compared, histogram, league, left_out, period, table
from dispatch.warehouse import Warehouse, WarehouseError
from dispatch.workload import (
    CallDimension,
    How,
    UnitDimension,
    disputes,
    ended,
    endings,
    late_points,
    overrides,
    queue,
    utilisation,
)

router = APIRouter(prefix="/api/reports")

# A log of this size holds a year of a large city.
LARGEST_IMPORT = 2_000_000_000
T = TypeVar("T")


async def asked(service: Service, question: Callable[[Warehouse], T]) -> T:
    """Ask the warehouse.

    Raises:
        ApiError: 422 for a filter that cannot be meant, 503 where the warehouse or the journal fails.
    """
    try:
        return await service.reporting.ask(question)
    except CutError as error:
        raise ApiError(422, "wrong-field", f"{error.field}: {error}", field=error.field) from None
    except (WarehouseError, JournalError) as error:
        raise ApiError(503, "no-reports", f"there are no reports now: {error}") from None


@router.get("/responses")
async def responses(
    _caller: ReportReader,
    service: ServiceNow,
    by: Literal["substation", "crew_kind", "priority", "reason", "unit"] = "substation",
    norm_s: Annotated[int | None, Query(ge=1, le=86_400)] = None,
) -> Response:
    """Return the intervals of every response, their shares within the norm, and what was left out and why."""
    return answer(await service.report(by, norm_s))


@router.get("/overview")
async def show_overview(
    cut: CutNow,
    service: ServiceNow,
    interval: Interval = "response",
    step_s: Annotated[int, Query(ge=1, le=3600)] = 60,
    versus: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """Return everything that the main page shows, and what changed (as `changes` does)."""
    return answer(await asked(service, lambda warehouse: overview(warehouse, cut, interval, step_s, versus)))


@router.get("/table")
async def show_table(
    cut: CutNow, service: ServiceNow, by: By, interval: Annotated[list[str] | None, Query()] = None
) -> Response:
    """Return the cells by one or two dimensions."""
    wanted = tuple(interval or ("response",))
    rows = await asked(service, lambda warehouse: table(warehouse, cut, tuple(by), wanted))
    return answer({"by": by, "rows": rows})


@router.get("/compare")
async def compare(cut: CutNow, service: ServiceNow, interval: Interval = "response") -> Response:
    """Return the same cut in the period before, and 52 weeks before."""

    def both(warehouse: Warehouse) -> object:
        return {
            "before": compared(warehouse, cut, (interval,)),
            "year_before": compared(warehouse, cut, (interval,), years=1),
        }

    return answer(await asked(service, both))


@router.get("/changes")
async def show_changes(
    cut: CutNow,
    service: ServiceNow,
    versus: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """Return every interval against the period before, 52 weeks before, and a log from elsewhere."""

    def compare_all(warehouse: Warehouse) -> dict[str, Against | None]:
        return against(warehouse, cut, versus)

    return answer(await asked(service, compare_all))


@router.get("/calls")
async def show_calls(  # noqa: PLR0917  # FastAPI passes each query parameter by its name
    cut: CutNow,
    caller: ReportReader,
    service: ServiceNow,
    order: Order = "called",
    interval: Interval = "response",
    offset: Offset = 0,
    limit: Limit = 100,
) -> Response:
    """Return the responses behind a figure, a page at a time: the same filters, and the cell as another."""
    total, rows = await asked(
        service,
        lambda each: calls(each, cut, order=order, interval=interval, offset=offset, limit=limit),
    )
    if not caller.may("see_patients"):
        for row in rows:  # a dispatcher's own words may name somebody
            row["override_reason"] = None if row["override_reason"] is None else MASK
    return answer({"total": total, "offset": offset, "rows": rows})


@router.get("/left-out")
async def show_left_out(cut: CutNow, service: ServiceNow) -> Response:
    """Count what is doubtful by why (opened by `calls?why=…`), and list what is not finished."""
    counts = await asked(service, lambda warehouse: left_out(warehouse, cut))
    return answer({"counts": counts, "not_finished": service.reporting.not_finished()})


@router.get("/league")
async def show_league(
    cut: CutNow,
    service: ServiceNow,
    by: Literal["region", "district", "substation", "crew_kind", "hospital", "unit"] = "substation",
    interval: Interval = "response",
) -> Response:
    """Return groups from the best share within the norm to the worst, and which differences are noise."""
    return answer({"by": by, "rows": await asked(service, lambda each: league(each, cut, by, interval))})


@router.get("/distribution")
async def distribution(
    cut: CutNow,
    service: ServiceNow,
    interval: Interval = "response",
    step_s: Annotated[int, Query(ge=1, le=3600)] = 60,
) -> Response:
    """Return how many lie in each step."""
    steps = await asked(service, lambda warehouse: histogram(warehouse, cut, interval, step_s))
    return answer({"step_s": step_s, "steps": steps})


@router.get("/queue")
async def show_queue(cut: CutNow, service: ServiceNow) -> Response:
    """Return the calls that waited, by hour of the day."""
    now_ms = service.clock.now_ms()
    return answer({"hours": await asked(service, lambda warehouse: queue(warehouse, cut, now_ms))})


@router.get("/endings")
async def show_endings(cut: CutNow, service: ServiceNow, by: CallDimension | None = None) -> Response:
    """Return how calls ended: treated, lost, cancelled."""
    now_ms = service.clock.now_ms()
    return answer({"rows": await asked(service, lambda each: endings(each, cut, by, now_ms))})


@router.get("/ended")
async def show_ended(
    cut: CutNow, service: ServiceNow, how: How, offset: Offset = 0, limit: Limit = 100
) -> Response:
    """Return the calls that ended in one way, the newest first: also those to which no crew was sent."""
    now_ms = service.clock.now_ms()
    total, rows = await asked(service, lambda each: ended(each, cut, how, now_ms, offset=offset, limit=limit))
    return answer({"total": total, "offset": offset, "rows": rows})


@router.get("/utilisation")
async def show_utilisation(cut: CutNow, service: ServiceNow, by: UnitDimension = "substation") -> Response:
    """Return unit-hour utilisation."""
    now_ms = service.clock.now_ms()
    return answer({"rows": await asked(service, lambda each: utilisation(each, cut, by, now_ms))})


@router.get("/overrides")
async def show_overrides(cut: CutNow, caller: ReportReader, service: ServiceNow) -> Response:
    """Return how often another than the first recommended crew was sent, and why."""
    found = await asked(service, lambda warehouse: overrides(warehouse, cut))
    if not caller.may("see_patients"):
        for row in found["reasons"]:  # a dispatcher's own words may name somebody
            row["reason"] = None if row["reason"] is None else MASK
    return answer(found)


@router.get("/disagreements")
async def disagreements(cut: CutNow, service: ServiceNow, offset: Offset = 0, limit: Limit = 100) -> Response:
    """Return where buttons and tracks disagree: by stage, and the cases."""
    stages, rows = await asked(service, lambda warehouse: disputes(warehouse, cut, offset, limit))
    return answer({"stages": stages, "rows": rows})


@router.get("/map")
async def late_map(
    cut: CutNow,
    caller: ReportReader,
    service: ServiceNow,
    interval: Interval = "response",
    limit: Annotated[int, Query(ge=1, le=20_000)] = 5_000,
) -> Response:
    """Return where the late calls were; for those who may see patients, others get cells of about 1 km."""
    points = await asked(service, lambda warehouse: late_points(warehouse, cut, interval, limit))
    if not caller.may("see_patients"):
        for point in points:
            point["lat_deg"], point["lon_deg"] = round(point["lat_deg"], 2), round(point["lon_deg"], 2)
    return answer({"points": points})


# ── exports, imports ─────────────────────────────────────────────────────────────────────────────────────


@router.get("/dictionary")
async def dictionary(_caller: ReportReader, *, personal: bool = False) -> Response:
    """Return what each column of an export means."""
    return answer({"columns": columns(with_personal=personal)})


@router.get("/export")
async def take_out(  # noqa: PLR0917  # FastAPI passes each query parameter by its name
    request: Request,
    cut: CutNow,
    caller: ReportReader,
    service: ServiceNow,
    file_format: Annotated[FileFormat, Query(alias="format")] = "csv",
    purpose: Annotated[str, Query(max_length=300)] = "",
    *,
    personal: bool = False,
) -> Response:
    """Return the responses of the cut as a file; that it was taken out is journalled before it is sent.

    Personal data ask for a purpose, which the journal keeps with the filters.
    """
    if personal and not caller.may("see_patients"):
        raise ApiError(403, "role", f"the role {caller.role} exports without personal data")
    if personal and not purpose.strip():
        raise ApiError(
            422, "wrong-field", "purpose: say what personal data are taken out for", field="purpose"
        )
    folder = await asyncio.to_thread(tempfile.TemporaryDirectory, prefix="skoraya-export-")
    path = Path(folder.name) / f"responses.{file_format}"
    try:
        rows = await asked(
            service, lambda warehouse: export(warehouse, cut, file_format, path, with_personal=personal)
        )
        noted = commands.NoteExport(
            what="responses",
            file_format=file_format,
            rows=rows,
            with_personal=personal,
            filters=(f"purpose: {purpose.strip()}; " if purpose.strip() else "")
            + str(request.query_params)[:600],
        )
        accepted(await service.engine.submit(noted, by=caller.user, source="console"))
    except BaseException:
        await asyncio.to_thread(folder.cleanup)
        raise
    return FileResponse(
        path,
        media_type=MEDIA_TYPES[file_format],
        filename=path.name,
        background=BackgroundTask(folder.cleanup),
    )


@router.get("/imports")
async def list_imports(_caller: ReportReader, service: ServiceNow) -> Response:
    """List the logs that were read in."""
    return answer({"imports": await asked(service, lambda warehouse: warehouse.imports())})


@router.post("/imports")
async def read_in(
    request: Request,
    _caller: ReportKeeper,
    service: ServiceNow,
    name: Annotated[str, Query(min_length=1, max_length=100, pattern=r"^[^*\s][^*]*$")],
    timezone: Annotated[str, Query(max_length=60)] = "UTC",
) -> Response:
    """Read a call log in (the body is the CSV), in place of one of the same name."""
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ApiError(
            422, "wrong-field", f"timezone: there is no zone {timezone!r}", field="timezone"
        ) from None
    try:
        done = await service.reporting.read_in(request.stream(), LARGEST_IMPORT, name, zone)
    except LogTooLargeError:
        raise ApiError(413, "too-large", f"a log has at most {LARGEST_IMPORT} bytes") from None
    except LogError as error:
        raise ApiError(422, "bad-log", str(error), field="body") from None
    except (WarehouseError, JournalError) as error:
        raise ApiError(503, "no-reports", f"there are no reports now: {error}") from None
    return answer({"import": done}, 201)


@router.delete("/imports/{name}")
async def drop(name: str, _caller: ReportKeeper, service: ServiceNow) -> Response:
    """Forget a log that was read in."""
    if not await asked(service, lambda warehouse: warehouse.drop_import(name)):
        raise ApiError(404, "unknown-import", f"there is no imported log {name}")
    return Response(status_code=204)


# ── forms, corrections, the morning ──────────────────────────────────────────────────────────────────────


@router.get("/forms/109")
async def form_109(
    caller: ReportReader, service: ServiceNow, day: date, *, personal: bool = False
) -> Response:
    """Return the journal of calls of one day; patients' data only when asked for, and that is journalled."""
    if personal:
        await look(service, caller, "", "journal")
    begin, end = (service.reporting.begin_of(each) for each in (day, date.fromordinal(day.toordinal() + 1)))
    lines = journal_109(service.engine.region, begin, end, with_personal=personal)
    return answer({"day": day.isoformat(), "lines": lines})


@router.get("/forms/110/{assignment}")
async def form_110(
    assignment: str, caller: ReportReader, service: ServiceNow, *, personal: bool = False
) -> Response:
    """Return one crew's call card; patients' data only when asked for, and that is journalled."""
    known = service.engine.region.assignments.get(assignment)
    if known is None:
        raise ApiError(
            404, "unknown-assignment", f"there is no assignment {assignment}", assignment=assignment
        )
    if personal:
        await look(service, caller, known.incident, "card")
    return answer({"card": card_110(service.engine.region, assignment, with_personal=personal)})


@router.post("/corrections/{assignment}")
async def correct(
    assignment: str, body: TimeCorrection, caller: ReportKeeper, service: ServiceNow
) -> Response:
    """Correct a time of a finished assignment, with the reason; what was told first stays in the journal."""
    command = commands.CorrectTime(assignment=assignment, what=body.what, to_ms=body.to_ms, why=body.why)
    accepted(
        await service.engine.submit(command, by=caller.user, source="console", command_id=body.command_id)
    )
    return answer({"assignment": assignment_view(service.engine.region.assignments[assignment])})


@router.get("/morning")
async def morning(_caller: ReportReader, service: ServiceNow, day: date | None = None) -> Response:
    """Return the morning report of a day (yesterday unless given), as it is sent."""
    wanted = day or date.fromordinal(service.reporting.today().toordinal() - 1)
    try:
        return answer(await service.reporting.morning(wanted))
    except (WarehouseError, JournalError) as error:
        raise ApiError(503, "no-reports", f"there are no reports now: {error}") from None


@router.get("/period")
async def show_period(cut: CutNow, service: ServiceNow) -> Response:
    """Return the first and the last call of the cut."""
    span = await asked(service, lambda warehouse: period(warehouse, cut))
    return answer({"period": None if span is None else {"from_ms": span[0], "to_ms": span[1]}})
