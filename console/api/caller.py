"""Who is calling: the cookie or the token of a request, its origin, and what its owner may do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends
from starlette.requests import HTTPConnection

from console.access import Act, Identity
from console.api.answers import ApiError
from console.clock import wall_ms
from console.service import Service

COOKIE = "skoraya_session"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def service_of(connection: HTTPConnection) -> Service:
    """Return the service that the application was made for."""
    service: Service = connection.app.state.service
    return service


def identity_of(connection: HTTPConnection) -> Identity | None:
    """Return who is speaking, or None; a browser by its cookie, a program by its bearer token."""
    access = service_of(connection).access
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return access.of_token(token.strip())
    return access.of_cookie(connection.cookies.get(COOKIE), wall_ms())


def is_foreign(connection: HTTPConnection) -> bool:
    """Say whether a browser sends this from a page that is not ours.

    Browsers name the page's origin on every request that could change something and on every WebSocket;
    programs send none. Same-origin is judged by the Host header, which a page cannot forge.
    """
    origin = connection.headers.get("origin")
    if origin is None:
        return False
    allowed = service_of(connection).settings.http.origins
    return urlsplit(origin).netloc != connection.headers.get("host") and origin not in allowed


def signed_in(connection: HTTPConnection) -> Identity:
    """Return who is speaking.

    Raises:
        ApiError: 401 for nobody, 403 for a page of another origin.
    """
    if connection.scope.get("method") not in SAFE_METHODS and is_foreign(connection):
        raise ApiError(403, "foreign-origin", "this request comes from a page of another origin")
    identity = identity_of(connection)
    if identity is None:
        raise ApiError(401, "sign-in", "sign in first, or the session has ended")
    service_of(connection).attendance.heard(identity.user)
    return identity


def may(*acts: Act) -> Callable[[HTTPConnection], Identity]:
    """Return a dependency that lets in whoever may do one of `acts`."""

    def caller(connection: HTTPConnection) -> Identity:
        identity = signed_in(connection)
        if not any(identity.may(act) for act in acts):
            raise ApiError(403, "role", f"the role {identity.role} may not do this")
        return identity

    return caller


ServiceNow = Annotated[Service, Depends(service_of)]
Anybody = Annotated[Identity, Depends(signed_in)]
Dispatcher = Annotated[Identity, Depends(may("dispatch"))]
CallTaker = Annotated[Identity, Depends(may("take_call"))]
Watcher = Annotated[Identity, Depends(may("watch"))]
PlaceFinder = Annotated[Identity, Depends(may("find_place"))]
ReportReader = Annotated[Identity, Depends(may("read_reports"))]
ReportKeeper = Annotated[Identity, Depends(may("keep_reports"))]
Believer = Annotated[Identity, Depends(may("believe"))]
Receiver = Annotated[Identity, Depends(may("receive"))]
Inviter = Annotated[Identity, Depends(may("invite"))]
RosterKeeper = Annotated[Identity, Depends(may("keep_roster"))]
StatusPresser = Annotated[Identity, Depends(may("press_status"))]
