"""⚙ Quickener: builds a map's hierarchy in the background, where one is installed, and keeps it up.

A hierarchy takes two seconds for a city and minutes for a country; until it is there, and after each closure
until it is customised, the kernels answer the same. So nothing ever waits for this thread, not even the end
of the process: it is a daemon.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from routing.router import Router

log = logging.getLogger("skoraya.quickener")

# On a smaller map the kernels search the whole of it in less than a tenth of a millisecond.
WORTH_NODES = 500


class Quickener:
    """Quickens whatever router is in use.

    Args:
        router: returns the router in use, or None.
        worth_nodes: smaller maps are left alone.
    """

    def __init__(self, router: Callable[[], Router | None], worth_nodes: int = WORTH_NODES) -> None:
        self._router = router
        self._worth_nodes = worth_nodes
        self._changed = threading.Event()
        self._ended = False
        self._thread: threading.Thread | None = None
        self._installed = True

    def start(self) -> None:
        """Begin."""
        self._changed.set()
        self._thread = threading.Thread(target=self._keep, name="quickener", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End, without waiting for what is under way."""
        self._ended = True
        self._changed.set()

    def changed(self) -> None:
        """Say that other times hold, or that there is another map."""
        self._changed.set()

    @property
    def state(self) -> str:
        """`ready` for the times that hold, `building` until then; `none`: not installed, or not worth it."""
        router = self._router()
        if not self._installed or router is None or router.graph.nodes < self._worth_nodes:
            return "none"
        return "ready" if router.is_customised else "building"

    def _keep(self) -> None:
        while self._installed:
            self._changed.wait()
            self._changed.clear()
            if self._ended:
                return
            router = self._router()
            if router is None or router.graph.nodes < self._worth_nodes:
                continue
            try:
                if router.has_hierarchy:
                    router.customise()
                else:
                    self._installed = router.build_hierarchy()
            except Exception:  # the kernels go on answering
                log.exception("the hierarchy cannot be built: the kernels answer alone")
                self._installed = False
