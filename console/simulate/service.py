"""Service: the HTTP client that all of the demo city shares. Shell: sockets."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

import httpx
import msgspec

from console.simulate.chance import chance
from console.simulate.tally import Tally

RETRY_FIRST_S = 0.5
RETRY_LONGEST_S = 15.0
# 425 and 429 ask for another try; everything from 500 on says that nothing was acknowledged.
_TRY_AGAIN = frozenset({425, 429})


class RefusedError(Exception):
    """The service understood and said no; trying the same again would not help."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code


class _Error(msgspec.Struct):
    code: str = "unknown"
    message: str = ""


class _ErrorBody(msgspec.Struct):
    error: _Error


class Service:
    """Asks the API; outages are waited out and counted, refusals are raised."""

    def __init__(self, api: str, tally: Tally, seed: int) -> None:
        self._tally = tally
        self._rng = chance(seed, "service")
        self._client = httpx.AsyncClient(
            base_url=api,
            timeout=httpx.Timeout(20.0, connect=5.0),
            limits=httpx.Limits(max_connections=16, max_keepalive_connections=8),
            trust_env=False,  # a proxy of the environment has no business between two local processes
        )

    async def __aenter__(self) -> Self:
        """Return the service, open."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def ask(self, method: str, path: str, token: str, body: dict[str, object] | None = None) -> bytes:
        """Return the body of a 2xx answer; raise `Refused` on any other that is final.

        Connections refused or cut, timeouts, 5xx, 425 and 429 are retried with growing pauses for as long as
        it takes: give writes a `command_id`, so that a repeated one is carried out once.
        """
        pause_s = RETRY_FIRST_S
        content = None if body is None else msgspec.json.encode(body)
        headers = {"Authorization": f"Bearer {token}"}
        if content is not None:
            headers["Content-Type"] = "application/json"
        while True:
            try:
                answer = await self._client.request(method, path, headers=headers, content=content)
            except (httpx.HTTPError, OSError) as error:
                self._tally.trouble[f"HTTP {type(error).__name__}"] += 1
            else:
                if answer.is_success:
                    return answer.content
                if answer.status_code < 500 and answer.status_code not in _TRY_AGAIN:
                    raise self._refusal(answer)
                self._tally.trouble[f"HTTP {answer.status_code}"] += 1
            await asyncio.sleep(pause_s * self._rng.uniform(0.7, 1.3))
            pause_s = min(pause_s * 2, RETRY_LONGEST_S)

    def _refusal(self, answer: httpx.Response) -> RefusedError:
        try:
            error = msgspec.json.decode(answer.content, type=_ErrorBody).error
        except (msgspec.DecodeError, UnicodeDecodeError):
            error = _Error()
        self._tally.trouble[f"refused {answer.status_code} {error.code}"] += 1
        return RefusedError(answer.status_code, error.code, error.message)
