from __future__ import annotations

import itertools
import random
import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing import addresses, places
from routing.gazetteer import build_places
from routing.places import Places, PlacesError
from routing.synth import City, write_city


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Index a made-up city once."""
    folder = tmp_path_factory.mktemp("places")
    write_city(folder / "city.osm.pbf", nodes=5000, seed=1)
    assert build_places(folder / "city.osm.pbf", folder) > 1500
    return folder


@pytest.fixture(scope="module")
def city(folder: Path) -> City:
    """Return what was made up."""
    return write_city(folder / "again.osm.pbf", nodes=5000, seed=1)


@pytest.fixture(scope="module")
def index(folder: Path) -> Places:
    """Open the made-up city's index."""
    return Places.open(folder)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of a small city's index."""
    folder = tmp_path_factory.mktemp("small")
    write_city(folder / "city.osm.pbf", nodes=200, seed=1)
    build_places(folder / "city.osm.pbf", folder)
    return folder / places.FILE


def real(shared: Path, folder: Path, name: str) -> Places:
    """Index one of the shared maps."""
    build_places(shared / "data" / "maps" / name, folder)
    return Places.open(folder)


@pytest.fixture(scope="module")
def porto(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Places:
    """Open the index of Porto."""
    return real(shared, tmp_path_factory.mktemp("porto"), "porto_portugal.osm.pbf")


@pytest.fixture(scope="module")
def moscow(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Places:
    """Open the index of the Moscow fragment."""
    return real(shared, tmp_path_factory.mktemp("moscow"), "moscow.osm.gz")


LENINA_5 = (
    "ул. Ленина, 5",
    "улица Ленина 5",
    "ленина 5",
    "ЛЕНИНА, 5",
    "Ленина д.5",
    "Ленина, дом 5, кв. 12",
    "ул Ленина д 5 подъезд 2 этаж 3",
    "5 ул. Ленина",
    "lenina 5",
    "ul. Lenina 5",
    "Новоречинск, ул. Ленина, 5",
    "г. Новоречинск, Ленина, д. 5",
    "улица ленена 5",
    "ул. Лнеина, 5",
    "улца Ленина 5",
)


@pytest.mark.parametrize("typed", LENINA_5)
def test_one_house_is_found_however_it_is_typed(index: Places, typed: str) -> None:
    """With or without «ул.» and «д.», any case, Latin letters, small errors, town and flat named."""
    found = index.find(typed)
    assert found, typed
    assert (found[0].label, found[0].kind) == ("ул. Ленина, 5", "house")


@pytest.mark.parametrize(
    ("typed", "label", "kind"),
    [
        ("лен", "ул. Ленина", "street"),
        ("мир", "пр-т Мира", "street"),
        ("проспект мира", "пр-т Мира", "street"),
        ("просп. Мира", "пр-т Мира", "street"),
        ("pr mira", "пр-т Мира", "street"),
        ("площадь революции", "площадь Революции", "square"),
        ("бульвар революции", "б-р Революции", "street"),
        ("набережная улица", "Набережная ул.", "street"),
        ("Нбаережная ул.", "Набережная ул.", "street"),
        ("подстанция 2", "Подстанция № 2", "substation"),
        ("областная детск", "Областная детская больница", "hospital"),
        ("больница 3", "Городская клиническая больница № 3", "hospital"),
        ("школа 1", "Школа № 1", "school"),
        ("ул. Ленина / Садовая", "ул. Ленина / Садовая ул.", "crossing"),
        ("угол Мира и Садовой", "пр-т Мира / Садовая ул.", "crossing"),
        ("55.65, 62.75", "55.65000, 62.75000", "point"),
        ("новоречинск", "Новоречинск", "city"),
    ],
)
def test_streets_crossings_and_landmarks_are_found(index: Places, typed: str, label: str, kind: str) -> None:
    """The first answer is what was meant, under its own label and kind."""
    found = index.find(typed)
    assert found, typed
    assert (found[0].label, found[0].kind) == (label, kind)


def test_a_house_that_is_not_on_file_is_answered_honestly(index: Places) -> None:
    """An unknown number gives the street and the nearest numbers, never a label with the number asked."""
    found = index.find("ул. Ленина, 9999")
    assert found[0].label == "ул. Ленина"
    assert found[0].kind == "street"
    assert all(place.label.startswith("ул. Ленина, ") for place in found[1:4])
    assert not any("9999" in place.label for place in found)


@pytest.mark.parametrize(
    "typed", ["", "   ", "/", ",", "ул. Несуществующая 999", "щщщщщ", "Qwrtplk 17", "№", "кв. 5"]
)
def test_what_does_not_exist_gives_nothing(index: Places, typed: str) -> None:
    """Nothing like it on file means an empty answer, not a guess."""
    assert index.find(typed) == []


def test_typing_letter_by_letter_leads_to_the_house(index: Places) -> None:
    """From the fourth letter on every beginning of the address offers the street or its houses."""
    whole = "ул. Ленина, 5"
    for end in range(len("ул. Лен"), len(whole) + 1):
        assert any("Ленина" in place.label for place in index.find(whole[:end])), whole[:end]


def test_the_limit_is_kept(index: Places) -> None:
    """No more places come than were asked for, and never one twice."""
    for limit in (0, 1, 3, 20):
        found = index.find("садовая", limit)
        assert len(found) <= limit
        assert len({place.label for place in found}) == len(found)


def test_every_sampled_address_is_found_where_it_is(index: Places, city: City) -> None:
    """Addresses in OpenStreetMap's full form are found first, at the house's middle."""
    for address in city.addresses[::3]:
        found = index.find(address.label, 1)
        assert found, address
        assert found[0].kind == "house"
        assert abs(found[0].lat_deg - address.lat_deg) < 2e-5, address
        assert abs(found[0].lon_deg - address.lon_deg) < 2e-5, address


def test_every_label_finds_itself_first(index: Places) -> None:
    """What the index shows can be typed back and leads to the same place."""
    for house in index.houses(800):
        assert index.find(house.label, 1) == [house]


def test_institutions_are_those_of_the_city(folder: Path, city: City) -> None:
    """A built map tells the same substations and hospitals, with capabilities, as the city's maker did."""
    stations, hospitals = places.stations(folder), places.hospitals(folder)
    assert [(s.id, s.name) for s in stations] == [(s.id, s.name) for s in city.substations]
    assert [(h.id, h.name, h.capabilities) for h in hospitals] == [
        (h.id, h.name, h.capabilities) for h in city.hospitals
    ]
    read = [(s.lat_deg, s.lon_deg) for s in stations] + [(h.lat_deg, h.lon_deg) for h in hospitals]
    made = [(s.lat_deg, s.lon_deg) for s in city.substations]
    made += [(h.lat_deg, h.lon_deg) for h in city.hospitals]
    assert [*itertools.chain(*read)] == pytest.approx([*itertools.chain(*made)], abs=2e-5)


def test_near_names_the_house_at_a_point_and_nothing_far_away(index: Places) -> None:
    """Beside a house the answer is that house; at sea there is none."""
    for house in index.houses(50):
        assert index.near(house.lat_deg, house.lon_deg) == house
    assert index.near(0.0, 0.0) is None
    assert index.near(89.9, 179.9) is None


def test_the_same_extract_gives_the_same_index(folder: Path, tmp_path: Path) -> None:
    """The index is a function of the extract, to the byte."""
    build_places(folder / "city.osm.pbf", tmp_path)
    assert (tmp_path / places.FILE).read_bytes() == (folder / places.FILE).read_bytes()


@pytest.mark.shared
@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("Rua Machado dos Santos, 419", "Rua Machado dos Santos (Rua António José de Almeida), 419"),
        ("machado dos santos 419", "Rua Machado dos Santos (Rua António José de Almeida), 419"),
        ("avenida da boavista", "Avenida da Boavista"),
        ("av boavista", "Avenida da Boavista"),
        (
            "Rua do Rosario / Rua Miguel Bombarda",
            "Rua do Rosário / Rua de Miguel Bombarda (Rua Diogo Brandão)",
        ),
        ("alvares cabral", "Rua Álvares Cabral (Praça da República)"),
    ],
)
def test_porto_is_found_with_or_without_its_marks(porto: Places, typed: str, label: str) -> None:
    """In a city of Latin letters diacritics, particles and kinds of street may be left out."""
    assert label in [place.label for place in porto.find(typed, 3)]


@pytest.mark.shared
@pytest.mark.parametrize(("typed", "start"), [("santa catarina", "Rua de Santa Catarina"),
                                              ("praca da republica", "Praça da República"),
                                              ("travesa de cedofeita", "Travessa da Cedofeita")])  # fmt: skip
def test_streets_of_one_name_are_told_apart(porto: Places, typed: str, start: str) -> None:
    """Several towns in one extract have a street of the name: each answer says which one it is."""
    found = [place.label for place in porto.find(typed) if place.label.startswith(start)]
    assert found
    assert len(set(found)) == len(found)
    assert all("(" in label for label in found)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("Фонвизина 8Б с2", "ул. Фонвизина, 8Б с2"),
        ("фонвизина 8б строение 2", "ул. Фонвизина, 8Б с2"),
        ("fonvizina 8b str 2", "ул. Фонвизина, 8Б с2"),
        ("Академика Королева 12", "ул. Академика Королёва, 12"),
        ("ул королёва 12", "ул. Академика Королёва, 12"),
        ("новомосковская 15ас2", "Новомосковская ул., 15А с2"),
        ("гончарова 17а корп 3", "ул. Гончарова, 17А к3"),
        ("звездный бульвар", "Звёздный б-р"),
        ("1-я останкинская", "1-я Останкинская ул."),
        ("Akademika Korolyova 12", "ул. Академика Королёва, 12"),
        ("Москва, Руставели 15а с1", "ул. Руставели, 15А с1"),
        ("г. Москва ул Руставели д 15А стр 1 кв 12", "ул. Руставели, 15А с1"),
        ("15А с1 Руставели", "ул. Руставели, 15А с1"),
        ("Россия, Московская область, Москва, Руставели 15", "ул. Руставели, 15"),
        ("Калибровская 24а, 2-й подъезд", "Калибровская ул., 24А"),
        ("Hecnfdtkb 15", "ул. Руставели, 15"),
        ("угол Руставели Добролюбова", "ул. Руставели / ул. Добролюбова"),
        ("на углу Академика Королева и Аргуновской", "ул. Академика Королёва / Аргуновская ул."),
    ],
)
def test_moscow_is_found_as_muscovites_write_it(moscow: Places, typed: str, label: str) -> None:
    """Buildings of buildings, ё and е, Latin letters, ordinals, towns, corners, the wrong keyboard layout."""
    assert moscow.find(typed)[0].label == label


@pytest.mark.shared
def test_every_real_label_finds_itself(moscow: Places, porto: Places) -> None:
    """On real data, too, every house is found first under the label that the index shows."""
    for index in (moscow, porto):
        for house in index.houses(400):
            assert [place.label for place in index.find(house.label, 1)] == [house.label]


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=60), st.text(alphabet="ленина5/к-, .хоbqмир8 АБ№()", max_size=400)))
def test_no_text_whatever_raises(index: Places, text: str) -> None:
    """Any text gives a list of places, within the limit, with labels."""
    found = index.find(text, 5)
    assert len(found) <= 5
    assert all(place.label and place.kind for place in found)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_one_swapped_pair_of_letters_still_finds_the_house(index: Places, seed: int) -> None:
    """Two neighbouring letters swapped in a long street name: the street is among the answers."""
    chance = random.Random(seed)
    streets = sorted({place.label.rsplit(",", 1)[0] for place in index.houses(300)})
    street = chance.choice([street for street in streets if len(max(street.split(), key=len)) >= 8])
    word = max(street.split(), key=len)
    at = chance.randrange(1, len(word) - 1)
    typo = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    labels = [place.label for place in index.find(street.replace(word, typo), 12)]
    assert street in labels, (typo, labels)


def test_an_ordinal_is_no_house_number() -> None:
    """«1-я Садовая, 3» is house 3 of the first Садовая, and cannot be house 1 of the third."""
    read = addresses.readings("1-я Садовая, 3")
    assert [(reading.name, reading.house) for reading in read] == [
        (("1", "sadovaya", "3"), ""),
        (("1", "sadovaya"), "3"),
    ]


@pytest.mark.parametrize(
    ("text", "key"),
    [("5к2", "5k2"), ("5 корп. 2", "5k2"), ("д. 5 к 2", "5k2"), ("7А", "7a"), ("7-а", "7a"), ("12/3", "12/3"),
     ("27А с1", "27as1"), ("8Б строение 2", "8bs2"), ("234-236", "234-236"), ("", "")],
)  # fmt: skip
def test_house_numbers_are_compared_by_one_key(text: str, key: str) -> None:
    """Every way of writing a house number has one key."""
    assert addresses.house_key(text) == key


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80))
def test_reading_never_raises_and_stays_small(text: str) -> None:
    """Folding, splitting and reading any text ends, and gives few readings."""
    addresses.name_of(text)
    assert len(addresses.crossings(text)) <= 12
    assert len(list(addresses.retold(text))) <= 5
    addresses.coordinates(text)
    addresses.house_key(text)
    assert len(addresses.readings(text)) <= 25


def test_a_damaged_index_is_refused_with_a_reason(folder: Path, tmp_path: Path) -> None:
    """Missing, empty, cut short, foreign, of another version: a clear error each."""
    whole = (folder / places.FILE).read_bytes()
    path = tmp_path / places.FILE
    with pytest.raises(PlacesError, match="no address index"):
        Places.open(tmp_path)
    for damaged, said in [
        (b"", "is no address index"),
        (b"x" * 5000, "is no address index"),
        (whole[: len(whole) // 2], "cut short at byte"),
        (whole[:150], "cut short at byte 150"),
        (whole[:60] + b"\0\0\0\x63" + whole[64:], "version 99"),
    ]:
        path.write_bytes(damaged)
        with pytest.raises(PlacesError, match=said):
            Places.open(tmp_path)
    path.unlink()
    sqlite3.connect(path).execute("CREATE TABLE t (a)").connection.close()
    with pytest.raises(PlacesError, match="no address index"):
        Places.open(tmp_path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), min_size=1, max_size=200))
def test_flipped_bytes_never_raise_anything_else(
    small: Path, tmp_path: Path, flips: list[tuple[float, int]]
) -> None:
    """Whatever bytes of the file are damaged, opening and searching give answers or a PlacesError."""
    whole = bytearray(small.read_bytes())
    for share, flip in flips:
        whole[int(share * len(whole))] ^= flip
    (tmp_path / places.FILE).write_bytes(whole)
    try:
        with Places.open(tmp_path) as index:
            index.find("ул. Ленина, 5")
            index.find("ленина / садовая")
            index.near(55.65, 62.75)
            index.houses(5)
            index.stations()
    except PlacesError:
        pass


@pytest.mark.parametrize("content", [b"", b"garbage", b"<osm version='0.6'><node id='1' lat='x'/></osm>"])
def test_a_broken_extract_is_refused(tmp_path: Path, content: bytes) -> None:
    """An extract that is no OpenStreetMap is an error that names it; no index appears."""
    path = tmp_path / "broken.osm"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"broken\.osm"):
        build_places(path, tmp_path)
    assert not (tmp_path / places.FILE).exists()
