"""The built page's files: the compressed copy where the browser takes one; what never changes is kept."""

from __future__ import annotations

from os import PathLike, stat_result

from fastapi.staticfiles import StaticFiles
from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.types import Scope

FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"


class PageFiles(StaticFiles):
    """StaticFiles that knows what the build lays out: `name-hash.js` beside `name-hash.js.gz`."""

    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Answer with the file, or with its compressed copy."""
        headers = Headers(scope=scope)
        path, kind = str(full_path), None
        if "gzip" in headers.get("accept-encoding", "") and "range" not in headers:
            compressed, found = self.lookup_path(scope["path"].lstrip("/") + ".gz")
            if found is not None and compressed == path + ".gz":
                kind = FileResponse(path).media_type
                answer = super().file_response(compressed, found, scope, status_code)
                answer.headers["Content-Encoding"] = "gzip"
                answer.headers["Content-Type"] = _content_type(kind)
                return _aged(answer, scope)
        return _aged(super().file_response(full_path, stat_result, scope, status_code), scope)


def _content_type(kind: str | None) -> str:
    return f"{kind or 'application/octet-stream'}; charset=utf-8"


def _aged(answer: Response, scope: Scope) -> Response:
    # The build names an asset by its content; the worker has a fixed name and is asked for with its build's.
    named = scope["path"].startswith("/assets/") and (b"v=" in scope["query_string"] or "-" in scope["path"])
    answer.headers["Cache-Control"] = FOREVER if named else ASK_AGAIN
    answer.headers["Vary"] = "Accept-Encoding"
    return answer
