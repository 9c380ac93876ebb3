"""What every route answers with: views as JSON, and errors that say what is wrong."""

from __future__ import annotations

import msgspec
from fastapi import Request, Response

from console.record import NOT_RECORDED
from console.views import View
from dispatch.engine import Accepted, Answer
from dispatch.refusal import NOT_FOUND, WRONG_FIELD, Refusal

# Texts of errors are English sentences for logs and programs; the page has its own words for each code.
UNAVAILABLE = f"the journal cannot be written: {NOT_RECORDED}"


class ApiError(Exception):
    """An answer other than success: HTTP status, a code for programs, a sentence, and values."""

    def __init__(self, status: int, code: str, message: str, /, **values: object) -> None:
        """`values` go into the error beside code and message."""
        super().__init__(message)
        self.status = status
        self.body: View = {**values, "code": code, "message": message}


def answer(view: object, status: int = 200) -> Response:
    """Return a view as JSON."""
    return Response(msgspec.json.encode(view), status, media_type="application/json")


async def error_answer(_request: Request, error: Exception) -> Response:
    """Return an ApiError as the documented error body."""
    assert isinstance(error, ApiError)  # noqa: S101  # registered for this class alone
    return answer({"error": error.body}, error.status)


def accepted(outcome: Answer) -> Accepted:
    """Return what a command did, or raise what it was answered with.

    Raises:
        ApiError: 404 for what does not exist, 422 for a wrong field, 409 for any other refusal, 503 where
            the journal could not be written.
    """
    if isinstance(outcome, Accepted):
        return outcome
    if isinstance(outcome, Refusal):
        status = 404 if outcome.code in NOT_FOUND else 422 if outcome.code in WRONG_FIELD else 409
        raise ApiError(status, outcome.code, outcome.message, **outcome.values)
    raise ApiError(503, "journal-unavailable", UNAVAILABLE, why=outcome.message, since_ms=outcome.since_ms)
