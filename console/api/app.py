"""The application: routes, errors, headers and the built page, over one service."""

from __future__ import annotations

import logging
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.api import (
    alarms,
    board,
    calltaking,
    crews,
    demo,
    desks,
    devices,
    incidents,
    links,
    majors,
    openings,
    paper,
    past,
    phones,
    positions,
    proposals,
    queues,
    reports,
    roads,
    roadstate,
    roster,
    session,
    socket,
)
from console.api.answers import ApiError, answer, error_answer
from console.api.page import PageFiles
from console.service import Service

log = logging.getLogger("skoraya.api")

STATIC = Path(__file__).resolve().parents[1] / "static"

# The page asks no host but ours; MapLibre starts its worker from a file of ours or from a blob.
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; worker-src 'self' blob:; img-src 'self' data: blob:; "
    "style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'; object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(self)",
}

NOT_BUILT = "The console is not built: run `make install` (or `npm ci && npm run build` in console/web)."


class Headers:
    """Adds the headers to every answer, and forbids the caching of what the API says."""

    def __init__(self, app: ASGIApp) -> None:
        """`app` is what answers."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; WebSockets pass untouched."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                if scope["path"].startswith("/api/"):
                    headers["Cache-Control"] = "no-store"
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


def make_app(service: Service) -> FastAPI:
    """Return the ASGI application over a running service."""
    app = FastAPI(
        title="Skoraya", version="1", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json"
    )
    app.state.service = service
    for routes in (
        session,
        links,
        incidents,
        calltaking,
        crews,
        desks,
        majors,
        alarms,
        board,
        devices,
        positions,
        proposals,
        paper,
        queues,
        roster,
        openings,
        roads,
        roadstate,
        reports,
        past,
        phones,
        demo,
        socket,
    ):
        app.include_router(routes.router)
    app.add_exception_handler(ApiError, error_answer)
    app.add_exception_handler(RequestValidationError, _wrong_field)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _own_error)
    app.add_middleware(Headers)
    if (STATIC / "index.html").exists():
        app.mount("/", PageFiles(directory=STATIC, html=True), name="page")
    else:

        @app.get("/")
        async def not_built() -> Response:
            return Response(NOT_BUILT, 503, media_type="text/plain")

    return app


async def _wrong_field(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # registered for this class alone
    first = error.errors()[0]
    malformed = first["type"] == "json_invalid"
    path = [] if malformed else [str(part) for part in first["loc"] if part not in ("body", "query", "path")]
    field = ".".join(path) or "body"
    status = 400 if malformed or not path else 422
    # pydantic's message never quotes the input, so no name or phone gets into a log by this way
    return answer(
        {"error": {"code": "wrong-field", "message": f"{field}: {first['msg']}", "field": field}}, status
    )


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for this class alone
    code = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "http")
    message = f"{request.method} {request.url.path}: {error.detail}"
    return answer({"error": {"code": code, "message": message}}, error.status_code)


async def _own_error(request: Request, error: Exception) -> Response:
    log.error("%s %s failed", request.method, request.scope["path"], exc_info=error)
    return answer(
        {"error": {"code": "internal", "message": "an error of ours; it is in the service's log"}}, 500
    )
