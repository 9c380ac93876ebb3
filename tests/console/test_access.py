"""Who may do what."""

from __future__ import annotations

import itertools
from typing import get_args

import pytest

from console.access import (
    FAILURE_WINDOW_MS,
    LINK_MS,
    MAX_FAILURES,
    PERMISSIONS,
    SESSION_MS,
    Access,
    Act,
    Role,
    User,
    hash_password,
    hash_token,
    is_password,
)

NOW_MS = 1_700_000_000_000


@pytest.fixture
def access() -> Access:
    """A dispatcher with a password and a crew with a token."""
    tokens = (f"token-{number}" for number in itertools.count())
    users = (
        User("anna", "dispatcher", "Анна", password_hash=hash_password("correct horse", b"salt")),
        User("crew-12", "crew", token_hash=hash_token("crew token"), unit="12"),
    )
    return Access(users, lambda: next(tokens))


def test_every_role_has_its_row_in_the_table() -> None:
    """The table is total over roles, and nobody but a dispatcher may send a crew."""
    assert set(PERMISSIONS) == set(get_args(Role))
    assert {role for role, acts in PERMISSIONS.items() if "dispatch" in acts} == {"dispatcher"}
    assert set().union(*PERMISSIONS.values()) == set(get_args(Act))


def test_a_session_lasts_a_shift_and_no_longer(access: Access) -> None:
    """The cookie names its owner until the session ends."""
    opened = access.sign_in("anna", "correct horse", NOW_MS)
    assert opened is not None
    cookie, identity = opened
    assert (identity.user, identity.role, identity.name) == ("anna", "dispatcher", "Анна")
    assert access.of_cookie(cookie, NOW_MS + SESSION_MS - 1) == identity
    assert access.of_cookie(cookie, NOW_MS + SESSION_MS) is None


def test_signing_out_ends_the_session_at_once(access: Access) -> None:
    """A cookie that was signed out opens nothing."""
    opened = access.sign_in("anna", "correct horse", NOW_MS)
    assert opened is not None
    access.sign_out(opened[0])
    assert access.of_cookie(opened[0], NOW_MS) is None


@pytest.mark.parametrize(
    ("user", "password"), [("anna", "wrong"), ("nobody", "correct horse"), ("crew-12", ""), ("anna", "")]
)
def test_a_wrong_name_or_password_opens_nothing(access: Access, user: str, password: str) -> None:
    """Neither a wrong password, nor an unknown name, nor a user without a password signs in."""
    assert access.sign_in(user, password, NOW_MS) is None


def test_guessing_is_slowed_down(access: Access) -> None:
    """After ten failures within a minute even the right password must wait for the minute to pass."""
    for _ in range(MAX_FAILURES):
        assert access.sign_in("anna", "wrong", NOW_MS) is None
    assert access.is_throttled("anna", NOW_MS)
    assert access.sign_in("anna", "correct horse", NOW_MS) is None
    assert access.sign_in("anna", "correct horse", NOW_MS + FAILURE_WINDOW_MS) is not None


def test_a_link_signs_in_once(access: Access) -> None:
    """A sign-in link is used up by its first use, and ends in ten minutes."""
    link, late = access.make_link("anna", NOW_MS), access.make_link("anna", NOW_MS)
    assert access.follow_link(link, NOW_MS) is not None
    assert access.follow_link(link, NOW_MS) is None
    assert access.follow_link(late, NOW_MS + LINK_MS) is None
    assert access.follow_link("made up", NOW_MS) is None


def test_a_token_names_its_unit(access: Access) -> None:
    """A crew's token binds it to its unit; any other token is nobody's."""
    identity = access.of_token("crew token")
    assert identity is not None
    assert (identity.role, identity.unit) == ("crew", "12")
    assert identity.may("press_status")
    assert not identity.may("dispatch")
    assert access.of_token("other") is None
    assert access.of_token(None) is None


@pytest.mark.parametrize("stored", ["", "scrypt", "scrypt:zz:00", "md5:00:00", "scrypt:00:00"])
def test_a_malformed_hash_matches_nothing(stored: str) -> None:
    """A configuration's typing error locks out; it never lets in."""
    assert not is_password("", stored)
    assert not is_password("password", stored)
