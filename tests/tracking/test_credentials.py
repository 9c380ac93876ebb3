from __future__ import annotations

from tracking.credentials import Credentials, hash_secret


def test_secrets_are_kept_hashed() -> None:
    """Only the secret itself logs in: not its hash, a part of it, another unit's, nor an empty one."""
    hashes = {"12": hash_secret("s3cret"), "13": hash_secret("other")}
    credentials = Credentials(hashes)
    assert "s3cret" not in hashes["12"]
    assert credentials("12", "s3cret") == "ok"
    for wrong in (hashes["12"], "s3cre", "other", ""):
        assert credentials("12", wrong) == "wrong-secret"
    assert credentials("14", "s3cret") == "unknown-unit"


def test_units_may_be_enrolled_while_it_runs() -> None:
    """The mapping is looked up at each login."""
    hashes: dict[str, str] = {}
    credentials = Credentials(hashes)
    assert credentials("1", "x") == "unknown-unit"
    hashes["1"] = hash_secret("x")
    assert credentials("1", "x") == "ok"
