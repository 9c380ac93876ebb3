"""What the reports' routes read from a query: which responses, grouped how."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Query
from starlette.requests import Request

from console.access import Identity
from console.api.answers import ApiError
from console.api.caller import ReportReader, ServiceNow
from dispatch.cut import DIMENSIONS, Crews, Cut, Dimension, Why

Instant = Annotated[int | None, Query(ge=0, le=1 << 53)]


def cut_of(  # noqa: PLR0917  # FastAPI passes each query parameter by its name
    request: Request,
    caller: ReportReader,
    service: ServiceNow,
    from_ms: Instant = None,
    to_ms: Instant = None,
    source: Annotated[str, Query(max_length=100)] = "",
    crews: Crews = "each",
    norm_s: Annotated[int | None, Query(ge=1, le=86_400)] = None,
    late_by: Annotated[str | None, Query(max_length=40)] = None,
    with_interval: Annotated[str | None, Query(max_length=40)] = None,
    why: Why | None = None,
    without_doubtful: bool = False,  # a query parameter, always named
) -> Cut:
    """Return the cut: each dimension may be given several times, "" is the responses without one.

    `source` is "" for the region's own, a log's name, or "*" for all: to compare regions.
    """
    only: dict[Dimension, tuple[str, ...]] = {
        dimension: tuple(request.query_params.getlist(dimension))
        for dimension in DIMENSIONS
        if dimension in request.query_params
    }
    if source == "*" and not caller.may("compare_regions"):
        _own_region_only(caller, source)
    return Cut(
        source=None if source == "*" else source,
        from_ms=from_ms,
        to_ms=to_ms,
        only=only,
        crews=crews,
        norm_s=norm_s,
        usual_norm_s=service.reporting.usual_norm_s,
        late_by=late_by,
        with_interval=with_interval,
        why=why,
        without_doubtful=without_doubtful,
    )


def _own_region_only(caller: Identity, source: str) -> None:
    if caller.may("keep_reports"):  # an admin reads logs in to compare with, one at a time
        raise ApiError(403, "role", f"the role {caller.role} sees one source at a time, not {source!r}")
    raise ApiError(403, "role", f"the role {caller.role} sees its own region alone")


CutNow = Annotated[Cut, Depends(cut_of)]
By = Annotated[list[Dimension], Query(max_length=2)]
Interval = Annotated[str, Query(max_length=40)]
Offset = Annotated[int, Query(ge=0, le=100_000_000)]
Limit = Annotated[int, Query(ge=1, le=1000)]
Order = Literal["called", "longest", "shortest"]
