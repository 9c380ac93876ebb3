"""A call log on its way into a running service, to stand beside the region's own figures. Shell: HTTP."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from console.commands.failure import Failure

PIECE = 1 << 20
ANSWER_S = 600.0
WHAT_TO_DO = {
    401: "the token is not known there; set SKORAYA_TOKEN to that of a user with the role admin",
    403: "this user may not read logs in; the role admin may",
    404: "there is no such service; give its address alone, as http://host:port",
    413: "the log is too large",
}


def put_in(file: str, name: str, into: str, token: str, zone: str) -> dict[str, Any]:
    """Read the log into the service at `into`; return what it holds now, beside the region's own figures.

    Raises:
        Failure: the service cannot be reached, or does not take the log; says line and column.
    """
    import httpx  # noqa: PLC0415  # a report that goes nowhere does not pay for it

    label = "standard input" if file == "-" else file
    address = into.rstrip("/") + "/api/reports/"
    try:
        with httpx.Client(
            base_url=address,
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(20, read=ANSWER_S),
        ) as client:
            taken = client.post("imports", params={"name": name, "timezone": zone}, content=_pieces(file))
            done = _checked(taken, label, into)
            page = _checked(client.get("overview", params={"versus": name}), label, into)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Failure(f"{into}: no answer ({error}); is `skoraya serve` running there?") from error
    except OSError as error:
        raise Failure(f"{label}: {error.strerror or error}") from error
    return {
        "import": done["import"],
        "page": f"{into.rstrip('/')}/#/reports/overview?versus={name}",
        "own": page["intervals"],
        "log": page["changes"]["versus"]["cells"],
        "own_less_log": page["changes"]["versus"]["changes"],
    }


def _checked(answer: Any, label: str, into: str) -> dict[str, Any]:  # noqa: ANN401  # httpx's response, imported late
    """Return the answer's JSON.

    Raises:
        Failure: it is a refusal, which is told in its own words.
    """
    if answer.is_success:
        found: dict[str, Any] = answer.json()
        return found
    try:
        said = str(answer.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        said = f"it answers {answer.status_code}"
    if answer.status_code == 422:
        raise Failure(f"{label}: {said}")
    raise Failure(f"{into}: {WHAT_TO_DO.get(answer.status_code, said)}")


def _pieces(file: str) -> Iterator[bytes]:
    """Read the file a piece at a time, with progress on a terminal when it is long."""
    total = Path(file).stat().st_size if file != "-" else 0
    show, sent = total > 4 * PIECE and sys.stderr.isatty(), 0
    with sys.stdin.buffer if file == "-" else Path(file).open("rb") as stream:
        while piece := stream.read(PIECE):
            yield piece
            sent += len(piece)
            if show:
                print(f"\rsending {100 * sent // total} %", end="", file=sys.stderr, flush=True)
    if show:
        print("\r" + " " * 20 + "\r", end="", file=sys.stderr, flush=True)
