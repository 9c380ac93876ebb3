"""Sessions over a restart: kept for the same user with the same secrets, and for nobody else."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import httpx
import pytest

from console.access import SESSION_MS, Access, User, hash_token
from console.sessions import SESSIONS_NAME, SessionFile
from routing.synth import City
from tests.console.served import PASSWORD, Served, write_config

NOW_MS = 1_700_000_000_000
ANNA = User("anna", "dispatcher", password_hash="scrypt:00:00")
CREW = User("crew-12", "crew", token_hash=hash_token("crew token"), unit="12")


def signed_in(path: Path, *users: User) -> tuple[Access, str]:
    """Return an access over the file, and the cookie of a session of the first user."""
    file = SessionFile(path, users)
    access = Access(users, lambda: "0123456789" * 4, sessions=file.load(), keep=file.save)
    opened = access.follow_link(access.make_link(users[0].id, NOW_MS), NOW_MS)
    assert opened is not None
    return access, opened[0]


def restarted(path: Path, *users: User) -> Access:
    """Return the access of a service that has just started."""
    return Access(users, lambda: "", sessions=SessionFile(path, users).load())


def test_a_session_goes_on_after_a_restart_and_ends_when_it_would_have(tmp_path: Path) -> None:
    """The same cookie is the same user; not a moment longer than without the restart."""
    _, cookie = signed_in(tmp_path / "s", CREW, ANNA)
    after = restarted(tmp_path / "s", CREW, ANNA)
    found = after.of_cookie(cookie, NOW_MS + SESSION_MS - 1)
    assert found is not None
    assert (found.user, found.unit) == ("crew-12", "12")
    assert after.of_cookie(cookie, NOW_MS + SESSION_MS) is None


def test_whoever_signed_out_stays_out(tmp_path: Path) -> None:
    """A session that was ended does not rise again."""
    access, cookie = signed_in(tmp_path / "s", CREW)
    access.sign_out(cookie)
    assert restarted(tmp_path / "s", CREW).of_cookie(cookie, NOW_MS) is None


def test_a_new_secret_or_a_removed_user_ends_the_session(tmp_path: Path) -> None:
    """What the settings say now counts, and not what they said when somebody signed in."""
    _, cookie = signed_in(tmp_path / "s", CREW, ANNA)
    other = User("crew-12", "crew", token_hash=hash_token("another"), unit="12")
    assert restarted(tmp_path / "s", other, ANNA).of_cookie(cookie, NOW_MS) is None
    assert restarted(tmp_path / "s", ANNA).of_cookie(cookie, NOW_MS) is None


def test_the_file_opens_nothing_to_whoever_reads_it(tmp_path: Path) -> None:
    """No cookie and no secret stands in it, and only its owner may read it."""
    _, cookie = signed_in(tmp_path / "s", CREW)
    kept = (tmp_path / "s").read_text(encoding="utf-8")
    assert cookie not in kept
    assert (CREW.token_hash or "") not in kept
    assert os.stat(tmp_path / "s").st_mode & 0o077 == 0  # noqa: PTH116  # Path.stat hides what is asked


@pytest.mark.parametrize("content", [b"", b"{", b"[{}]", b"\xff\xfe", b"null", b'[{"user": "\xff"}]'])
def test_a_file_that_is_broken_costs_a_sign_in_and_no_more(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever stands there: nobody is signed in, and the log says why."""
    (tmp_path / "s").write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert SessionFile(tmp_path / "s", [CREW]).load() == {}
    assert "cannot read" in caplog.text


def test_a_disk_that_takes_nothing_lets_people_in_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Signing in works; the log says that a restart will end it."""
    with caplog.at_level(logging.WARNING):
        access, cookie = signed_in(tmp_path / "no folder" / "s", CREW)
    assert access.of_cookie(cookie, NOW_MS) is not None
    assert "cannot write" in caplog.text


def test_a_dispatcher_stays_signed_in_when_the_service_is_killed(
    small_city: tuple[City, Path], tmp_path: Path
) -> None:
    """`kill -9` and a start: the cookie of before still opens the console."""
    config = write_config(tmp_path, *small_city)
    with Served(config) as first:
        with httpx.Client(base_url=first.url, headers={"Origin": first.url}) as browser:
            answer = browser.post("/api/session", json={"user": "dispatcher", "password": PASSWORD})
            assert answer.status_code == 200
            cookies = browser.cookies
        first.kill()
    assert (tmp_path / "data" / SESSIONS_NAME).exists()
    with Served(config) as second, httpx.Client(base_url=second.url, cookies=cookies) as browser:
        assert browser.get("/api/session").json()["user"] == "dispatcher"
