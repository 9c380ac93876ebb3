"""A real browser for tests: how it is started, what it may not do, and the services that it looks at."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

# What is expected comes as soon as it can; how long that is on a loaded machine is no matter of these tests.
expect.set_options(timeout=20_000)

# Software WebGL, and none of Chromium's own calls to the outside: this machine may have no network.
FLAGS = (
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--autoplay-policy=document-user-activation-required",
)


@contextmanager
def launched(chromium: str) -> Iterator[Browser]:
    """Start a browser."""
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium, args=list(FLAGS)) as browser,
    ):
        yield browser


@dataclass
class Demo:
    """A running `skoraya demo`."""

    link: str
    addresses: list[str]  # such as exist in the city
    process: subprocess.Popen[str]

    @property
    def address(self) -> str:
        """One address that exists in the city."""
        return self.addresses[0]

    @property
    def url(self) -> str:
        """The console's address without the link."""
        return self.link.split("/sign-in")[0]


@contextmanager
def running_demo(data: Path, speed: float) -> Iterator[Demo]:
    """Run the demo city on a free port, its clock fast."""
    command = [sys.executable, "-m", "console", "demo", "--no-browser", "--port", "0", "--data", str(data)]
    process = subprocess.Popen([*command, "--speed", str(speed)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    printed = []
    try:
        for line in process.stdout:
            printed.append(line)
            if found := re.search(r"the console: (http\S+)", line):
                city = json.loads((data / "city-1.json").read_text(encoding="utf-8"))
                labels = [one["label"] for one in city["addresses"][:20]]
                yield Demo(found.group(1), labels, process)
                break
        else:
            raise AssertionError("the demo printed no address: " + "".join(printed))
    finally:
        process.terminate()
        process.wait(30)


class Line:
    """A line to a service that can be cut: a TCP relay that goes silent, as a dead network does."""

    def __init__(self, url: str) -> None:
        """`url` is the service's."""
        address = urlsplit(url)
        self._service = (address.hostname or "", address.port or 0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._whole = threading.Event()
        self._whole.set()
        self._leads = True
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        """Begin to relay."""
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._listener.close()
        for one in self._open:
            one.close()

    def cut(self) -> None:
        """Let nothing through any more; nobody is told."""
        self._whole.clear()

    def mend(self) -> None:
        """Let everything through again."""
        self._whole.set()

    def break_off(self) -> None:
        """End every connection and take no new one, as a machine does whose network is switched off."""
        self._leads = False
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def go_silent(self) -> None:
        """Take connections again, and let nothing through."""
        self.cut()
        self._leads = True

    def join(self) -> None:
        """Take connections again, and let everything through."""
        self._leads = True
        self.mend()

    def lead_to(self, url: str) -> None:
        """Relay new connections to another service, as a name does whose service has moved."""
        address = urlsplit(url)
        self._service = (address.hostname or "", address.port or 0)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if not self._leads:
                near.close()
                continue
            try:
                far = socket.create_connection(self._service)
            except OSError:  # nobody serves there just now
                near.close()
                continue
            self._open += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._relay, args=(source, sink), daemon=True).start()

    def _relay(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._whole.wait()
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)


@dataclass
class Watched:
    """A page whose errors and foreign requests are kept."""

    page: Page
    own: str
    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Listen."""
        local = (self.own, self.own.replace("http", "ws"), "data:", "blob:")
        self.page.on(
            "request",
            lambda request: None if request.url.startswith(local) else self.outside.append(request.url),
        )
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def check(self) -> None:
        """Fail where the page asked another host or threw."""
        assert self.outside == []
        assert self.errors == []


@contextmanager
def watched_page(context: BrowserContext, url: str, path: str) -> Iterator[Page]:
    """Open a page; whatever it asks of another host, and whatever it throws, fails the test."""
    watched = Watched(context.new_page(), url)
    watched.page.goto(url + path)
    yield watched.page
    context.close()
    watched.check()


def at(page: Page, test_id: str) -> Any:  # noqa: ANN401  # playwright's Locator, whose assertions take Any
    """Return the element of a test id."""
    return page.get_by_test_id(test_id)
