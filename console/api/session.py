"""Signing in and out."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from console.access import SESSION_MS, Identity
from console.api.answers import ApiError, answer
from console.api.bodies import SignIn
from console.api.caller import COOKIE, Anybody, ServiceNow, is_foreign
from console.clock import wall_ms

router = APIRouter()


@router.get("/api/session")
async def whoami(caller: Anybody) -> Response:
    """Return who is signed in."""
    return answer(caller)


@router.post("/api/session")
async def sign_in(request: Request, body: SignIn, service: ServiceNow) -> Response:
    """Sign in with a password; sets the cookie."""
    if is_foreign(request):
        raise ApiError(403, "foreign-origin", "this request comes from a page of another origin")
    if service.access.is_throttled(body.user, wall_ms()):
        raise ApiError(429, "too-many-tries", "too many wrong passwords; try again in a minute")
    # The password's hash takes 50 ms of a core on purpose; the feed must not wait for it.
    opened = await asyncio.to_thread(service.access.sign_in, body.user, body.password, wall_ms())
    if opened is None:
        raise ApiError(401, "wrong-password", "the name or the password is wrong")
    cookie, identity = opened
    return _with_cookie(answer(identity), cookie, service)


@router.delete("/api/session")
async def sign_out(request: Request, _caller: Anybody, service: ServiceNow) -> Response:
    """End the session."""
    service.access.sign_out(request.cookies.get(COOKIE))
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path="/")
    return response


@router.get("/sign-in")
async def follow_link(token: str, service: ServiceNow) -> Response:
    """Follow a one-time link: sets the cookie and goes to the console."""
    opened: tuple[str, Identity] | None = service.access.follow_link(token, wall_ms())
    if opened is None:
        return RedirectResponse("/?link=expired", 303)
    return _with_cookie(RedirectResponse("/", 303), opened[0], service)


def _with_cookie(response: Response, cookie: str, service: ServiceNow) -> Response:
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=SESSION_MS // 1000,
        httponly=True,
        samesite="strict",
        secure=service.settings.http.secure_cookie,
        path="/",
    )
    return response
