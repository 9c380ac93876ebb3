"""The configuration: refused at start in words, or right."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.settings import Settings, SettingsError, load

GOOD = """
region = "tver"
name = { ru = "Тверь", en = "Tver" }
timezone = "Europe/Moscow"
norm_min = 20
map = "maps/tver"

[[substation]]
id = "s1"
name = "Подстанция № 1"
lat_deg = 56.85
lon_deg = 35.9

[[unit]]
id = "12"
crew_kind = "paramedic"
substation = "s1"
secret_hash = "sha256:00"

[[user]]
id = "crew-12"
role = "crew"
unit = "12"
token_hash = "sha256:00"
"""


def read(folder: Path, text: str, **environment: str) -> Settings:
    """Write a file and load it."""
    path = folder / "skoraya.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, environment)


def test_a_good_file_is_read_with_its_paths_beside_it(tmp_path: Path) -> None:
    """Paths in the file are relative to it, wherever the service is started from."""
    settings = read(tmp_path, GOOD)
    assert settings.name.ru == "Тверь"
    assert settings.data == str(tmp_path / "data")
    assert settings.map == str(tmp_path / "maps" / "tver")
    assert settings.unit[0].id == "12"


def test_the_journal_is_a_file_beside_the_configuration_or_an_address(tmp_path: Path) -> None:
    """One setting moves it to PostgreSQL; an address of anything else is refused and not shown."""
    assert read(tmp_path, GOOD).journal is None
    assert read(tmp_path, GOOD, SKORAYA_JOURNAL="j.sqlite").journal == str(tmp_path / "j.sqlite")
    address = "postgresql://skoraya:secret@db/skoraya"
    assert read(tmp_path, GOOD, SKORAYA_JOURNAL=address).journal == address
    with pytest.raises(SettingsError, match="journal: neither") as refused:
        read(tmp_path, GOOD, SKORAYA_JOURNAL="mysql://skoraya:secret@db/skoraya")
    assert "secret" not in str(refused.value)


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    """A container sets ports and folders without writing a file."""
    settings = read(tmp_path, GOOD, SKORAYA_HTTP_PORT="9000", SKORAYA_DATA="/var/lib/skoraya")
    assert settings.http.port == 9000
    assert settings.data == "/var/lib/skoraya"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("norm_min = 20", "norm_min = 2000"), "norm_min"),
        (("norm_min = 20", 'norm_min = "twenty"'), "norm_min"),
        (("norm_min = 20", "norm_mn = 20"), "norm_mn"),
        (('timezone = "Europe/Moscow"', 'timezone = "Moscow"'), "timezone"),
        (('timezone = "Europe/Moscow"', 'timezone = "/etc/passwd"'), "timezone"),
        (('substation = "s1"', 'substation = "s9"'), "there is no substation 's9'"),
        (('unit = "12"', 'unit = "13"'), "there is no unit '13'"),
        (('role = "crew"', 'role = "admin"'), "bound to a unit"),
        (('role = "crew"', 'role = "king"'), "role"),
        (('token_hash = "sha256:00"', ""), "skoraya secret"),
        (("lat_deg = 56.85", "lat_deg = 156.85"), "no position"),
        (
            ("[[unit]]", '[[false_place]]\nid = "airport"\nlat_deg = 91.0\nlon_deg = 0.0\n[[unit]]'),
            "no position",
        ),
        (("[[unit]]", '[[false_place]]\nid = "airport"\nradius = 1\n[[unit]]'), "radius"),
        (
            (
                "[[unit]]",
                '[[unit]]\nid = "1 2"\ncrew_kind = "x"\nsubstation = "s1"\nsecret_hash = ""\n[[unit]]',
            ),
            "spaces",
        ),
        (('crew_kind = "paramedic"', 'crew_kind = "x"'), "there is no crew_kind 'x'; one of: paramedic"),
        (("[[user]]", "[tracks]\ndays = nan\n[[user]]"), "tracks.days: nan is not between"),
        (("[[user]]", "[tracks]\nraw_days = -1\n[[user]]"), "0 keeps no raw lines"),
        (('region = "tver"', ""), "region"),
        (("[[unit]]", "[[unit"), "is not TOML"),
        (("[[user]]", '[[substation]]\nid = "s1"\nname = ""\nlat_deg = 1\nlon_deg = 1\n[[user]]'), "twice"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(
    tmp_path: Path, change: tuple[str, str], words: str
) -> None:
    """A bad configuration never starts a service; the message names the file and the key."""
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, GOOD.replace(*change))
    assert words in str(refused.value)
    assert "skoraya.toml" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_port_from_the_environment_is_checked_like_one_from_the_file(tmp_path: Path) -> None:
    """Neither words nor impossible numbers become ports."""
    for port in ("eighty", "99999"):
        with pytest.raises(SettingsError, match="port"):
            read(tmp_path, GOOD, SKORAYA_HTTP_PORT=port)


def test_a_missing_or_unreadable_file_is_said_so(tmp_path: Path) -> None:
    """Missing, a folder, not UTF-8: each in one line."""
    with pytest.raises(SettingsError, match="no such file"):
        load(tmp_path / "none.toml", {})
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path, {})
    (tmp_path / "latin.toml").write_bytes(b'region = "\xff"')
    with pytest.raises(SettingsError, match="UTF-8"):
        load(tmp_path / "latin.toml", {})
