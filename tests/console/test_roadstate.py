"""Closures, coverage and the map's replacement, over a real service."""

from __future__ import annotations

import asyncio
import datetime as dt
import importlib.util
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from console.charts import Charts
from console.roadstate import RoadState
from routing.closures import struck
from routing.divides import KINDS
from routing.mapbuild import build_map
from routing.mapfile import load_divides
from routing.router import Router
from routing.synth import City, write_city
from routing.tiles import build_tiles
from routing.weights import Conditions
from tests.conftest import skip_or_fail
from tests.console.served import Served, rmc, write_config
from tests.console.test_map_commands import BANKS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the service of this module lives."""
    return tmp_path_factory.mktemp("roadstate")


@pytest.fixture(scope="module")
def served(small_city: tuple[City, Path], folder: Path) -> Iterator[Served]:
    """A service on its own copy of the city's map; crew 1 is on duty and has a position."""
    city, map_folder = small_city
    shutil.copytree(map_folder, folder / "map")
    with Served(write_config(folder, city, folder / "map")) as running:
        with running.client("crew-1") as crew:
            assert crew.post("/api/units/1/duty", json={"duty": "on"}).status_code == 200
        base = city.substations[0]
        with running.device("1") as device:
            device.sendall(rmc(time.time(), base.lat_deg, base.lon_deg))
            time.sleep(1)
        yield running


def the_way(client: httpx.Client, city: City) -> tuple[float, list[list[float]]]:
    """Return seconds and line of the way between two of the city's addresses."""
    start, end = city.addresses[0], city.addresses[-1]
    ends = {"from": f"{start.lat_deg},{start.lon_deg}", "to": f"{end.lat_deg},{end.lon_deg}"}
    answer = client.get("/api/route", params=ends).json()
    return answer["properties"]["seconds"], answer["geometry"]["coordinates"]


def stroke_over(line: list[list[float]]) -> list[list[float]]:
    """Return a short stroke across the middle of a line."""
    at = len(line) // 2
    (lon1, lat1), (lon2, lat2) = line[at - 1], line[at]
    lon, lat, east, north = (lon1 + lon2) / 2, (lat1 + lat2) / 2, lon2 - lon1, lat2 - lat1
    size = 0.0002 / max((east**2 + north**2) ** 0.5, 1e-9)
    return [[lon - north * size, lat + east * size], [lon + north * size, lat - east * size]]


def hierarchy_ready(client: httpx.Client) -> int:
    """Wait until the service has built its hierarchy for the times that hold; return the map's nodes."""
    if importlib.util.find_spec("pyroutingkit") is None:
        skip_or_fail("pyroutingkit, an optional extra, is not installed")
    for _ in range(200):
        roads = client.get("/api/health").json()["counts"]["roads"]
        if roads["hierarchy"] == "ready":
            return int(roads["nodes"])
        time.sleep(0.05)
    raise AssertionError(roads)


def test_the_hierarchy_is_built_behind_the_service_and_follows_closures(
    served: Served, small_city: tuple[City, Path]
) -> None:
    """Before a closure, at once after it, when it is customised, and when it is gone: the kernels' times."""
    city, map_folder = small_city
    kernels = Router.open(map_folder)
    start, end = ((one.lat_deg, one.lon_deg) for one in (city.addresses[0], city.addresses[-1]))
    with served.client("dispatcher") as client:
        assert hierarchy_ready(client) == kernels.graph.nodes
        hour = dt.datetime.now(ZoneInfo(city.timezone)).hour
        kernels.set_conditions(Conditions(hour=hour))
        seconds, line = the_way(client, city)
        assert seconds == kernels.route(start, end).seconds_s
        stroke = stroke_over(line)
        closure = client.post("/api/closures", json={"line": stroke}).json()["closure"]
        at_once = the_way(client, city)[0]
        hierarchy_ready(client)
        closed = struck(kernels.graph, kernels.snapper, stroke)
        kernels.set_conditions(Conditions(hour=hour, closed=frozenset(closed)))
        assert at_once == the_way(client, city)[0] == kernels.route(start, end).seconds_s > seconds
        assert client.delete(f"/api/closures/{closure['id']}").status_code == 204
        hierarchy_ready(client)
        assert the_way(client, city)[0] == seconds


def test_a_closed_road_is_left_by_the_next_route_and_opened_again(
    served: Served, small_city: tuple[City, Path]
) -> None:
    """A stroke over the way closes its road at once; after DELETE the old way is back."""
    with served.client("dispatcher") as client:
        seconds, line = the_way(client, small_city[0])
        made = client.post("/api/closures", json={"line": stroke_over(line), "note": "авария"})
        assert made.status_code == 201, made.text
        closure = made.json()["closure"]
        assert closure["roads"]
        assert (closure["note"], closure["by"]) == ("авария", "dispatcher")
        assert client.get("/api/closures").json()["closures"] == [closure]
        with served.client("crew-1") as crew:  # who drives sees it, and opens nothing
            assert crew.get("/api/closures").json()["closures"] == [closure]
            assert crew.delete(f"/api/closures/{closure['id']}").status_code == 403
        slower, other = the_way(client, small_city[0])
        assert slower > seconds
        assert other != line
        assert client.delete(f"/api/closures/{closure['id']}").status_code == 204
        assert the_way(client, small_city[0]) == (seconds, line)
        assert client.delete(f"/api/closures/{closure['id']}").status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"line": [[0.0, 0.0]]}, 422, "no-road"),
        ({"line": []}, 422, None),
        ({"line": [[200.0, 0.0]]}, 422, "bad-line"),
        ({"line": [[0.0, 0.0]], "until_ms": 5}, 422, "bad-until"),
        ({"line": [[0.0, 0.0]], "slow": 0.5}, 422, None),
        ({"line": [[0.0, 0.0], [10.0, 10.0]]}, 422, "bad-line"),
    ],
)
def test_a_stroke_that_means_nothing_is_refused(
    served: Served, body: dict[str, object], status: int, code: str | None
) -> None:
    """No road under it, no line at all, no place on Earth, over already: a code says which."""
    with served.client("dispatcher") as client:
        answer = client.post("/api/closures", json=body)
    assert answer.status_code == status
    assert code is None or answer.json()["error"]["code"] == code


def test_coverage_tells_the_share_that_free_crews_reach(served: Served) -> None:
    """With one free crew the shares grow with the minutes; each cell has its minutes or none."""
    with served.client("dispatcher") as client:
        little, much = (client.get("/api/coverage", params={"minutes": m}).json() for m in (1, 60))
    assert little["units"] == 1
    assert 0 < little["roads"] < much["roads"] == 1
    assert 0 <= little["addresses"] < much["addresses"] == 1
    cells = much["cells"]
    assert len(cells["minutes"]) == cells["columns"] * cells["rows"]
    assert min(value for value in cells["minutes"] if value is not None) < 2


def test_only_a_dispatcher_closes_and_only_an_admin_reloads(served: Served) -> None:
    """A crew sees no coverage, an admin closes nothing, a dispatcher does not replace the map."""
    with served.client("crew-1") as crew, served.client("admin") as admin:
        assert crew.get("/api/coverage").status_code == 403
        assert admin.post("/api/closures", json={"line": [[0.0, 0.0]]}).status_code == 403
    with served.client("dispatcher") as client:
        assert client.post("/api/map/reload").status_code == 403


def test_a_place_beyond_the_river_is_known_to_be_across_water(
    served: Served, small_city: tuple[City, Path]
) -> None:
    """Where the nearest road is on the river's other bank, a call says so; at an address it does not."""
    river = load_divides(small_city[1])
    lines = [
        range(int(river.line_start[line]), int(river.line_start[line + 1]))
        for line in range(len(river.line_kind))
        if KINDS[river.line_kind[line]] == "water"
    ]
    spots = [
        (int(river.point_lat_e7[at]) / 1e7 + north, int(river.point_lon_e7[at]) / 1e7 + east)
        for line in lines
        for at in line
        for north in (-6e-4, 6e-4)
        for east in (-6e-4, 6e-4)
    ]
    with served.client("dispatcher") as client:

        def asked(spot: tuple[float, float]) -> str | None:
            found = client.get("/api/places/near", params={"lat": spot[0], "lon": spot[1]})
            across: str | None = found.json()["across"]
            return across

        wet = next(spot for spot in spots if asked(spot) == "water")
        home = small_city[0].addresses[0]
        assert asked((home.lat_deg, home.lon_deg)) is None
        for spot, across in ((wet, "water"), ((home.lat_deg, home.lon_deg), None)):
            place = {"label": "место", "lat_deg": spot[0], "lon_deg": spot[1]}
            body = {"place": place, "reason": "abdominal_pain"}
            made = client.post("/api/incidents", json=body)
            assert made.status_code == 201, made.text
            incident = made.json()["incident"]["id"]
            shown = client.get(f"/api/incidents/{incident}/recommendation").json()
            assert shown["across"] == across


def test_ready_tiles_dropped_into_the_folder_are_served(served: Served, folder: Path, tmp_path: Path) -> None:
    """Another PMTiles file over the map's own is read by ranges from the next request on."""
    write_city(tmp_path / "other.osm.pbf", nodes=300, seed=4)
    build_tiles(tmp_path / "other.osm.pbf", tmp_path)
    ready = (tmp_path / "tiles.pmtiles").read_bytes()
    kept = folder / "map" / "tiles.pmtiles"
    own = kept.read_bytes()
    assert own != ready
    with served.client("dispatcher") as client:
        kept.write_bytes(ready)
        part = client.get("/map/tiles.pmtiles", headers={"Range": "bytes=0-126"})
        assert (part.status_code, part.content) == (206, ready[:127])
        kept.write_bytes(own)
        assert client.get("/map/tiles.pmtiles").content == own


@pytest.mark.parametrize("damage", ["truncated", "empty", "older", "foreign"])
def test_a_damaged_map_is_refused_and_the_old_one_stays(
    served: Served, folder: Path, small_city: tuple[City, Path], damage: str
) -> None:
    """Whatever is wrong with the map on disk, a reload says which file and what to do, and the roads stay."""
    array, meta = folder / "map" / "arc_head.npy", folder / "map" / "meta.json"
    kept = array.read_bytes(), meta.read_bytes()
    # Beside the old file and not into it: the running service has that one mapped.
    other = folder / "map" / "damaged"
    other.write_bytes({"truncated": kept[0][:-100], "empty": b""}.get(damage, kept[0]))
    other.rename(array)
    if damage in ("older", "foreign"):
        meta.write_bytes(b'{"format": "skoraya-map", "version": 1}' if damage == "older" else b"{}")
    with served.client("admin") as admin:
        before = the_way(admin, small_city[0])
        refused = admin.post("/api/map/reload")
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "bad-map")
        said = refused.json()["error"]["message"]
        assert ("rebuild it with" in said) if damage == "older" else ("build the map again" in said)
        assert the_way(admin, small_city[0]) == before
        other.write_bytes(kept[0])
        other.rename(array)
        meta.write_bytes(kept[1])
        assert admin.post("/api/map/reload").status_code == 200
        assert the_way(admin, small_city[0]) == before


def test_a_map_is_replaced_live_and_a_bad_one_is_not_taken(
    served: Served, folder: Path, small_city: tuple[City, Path], tmp_path: Path
) -> None:
    """Another map over the old folder holds after a reload; a damaged one is refused and the roads stay."""
    write_city(tmp_path / "other.osm.pbf", nodes=300, seed=9)
    with served.client("admin") as admin:
        before = the_way(admin, small_city[0])
        (folder / "map" / "meta.json").rename(folder / "kept.json")
        refused = admin.post("/api/map/reload")
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "bad-map")
        assert the_way(admin, small_city[0]) == before
        (folder / "kept.json").rename(folder / "map" / "meta.json")
        built = build_map(tmp_path / "other.osm.pbf", folder / "map")
        assert the_way(admin, small_city[0]) == before
        answer = admin.post("/api/map/reload")
        assert answer.status_code == 200, answer.text
        assert answer.json()["map"]["nodes"] == built["nodes"]
        assert admin.get("/api/health").json()["counts"]["roads"]["nodes"] == built["nodes"]


async def test_a_drawbridge_shuts_while_the_service_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the clock passes 01:30 the way leads round the shut bridge, and at five over it again."""
    (tmp_path / "banks.osm").write_text(BANKS, encoding="utf-8")
    build_map(tmp_path / "banks.osm", tmp_path / "map")
    monkeypatch.setattr("console.roadstate.EVERY_S", 0.02)
    zone, clock = ZoneInfo("Europe/Moscow"), [0]

    def set_clock(text: str) -> None:
        clock[0] = int(dt.datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)

    set_clock("2026-06-01T01:20")
    charts = Charts.read(tmp_path / "map", clock[0])
    state = RoadState(charts, str(tmp_path / "map"), tmp_path / "closures.json", zone, lambda: clock[0])
    await state.start()
    try:
        for text, least_m, most_m in (
            ("2026-06-01T01:29", 0, 2_500),
            ("2026-06-01T01:30", 10_000, 20_000),
            ("2026-06-01T05:00", 0, 2_500),
        ):
            set_clock(text)
            for _ in range(500):
                await asyncio.sleep(0.02)
                metres = charts.roads.route((55.01, 37.005), (55.00, 37.005)).metres_m
                if least_m <= metres <= most_m:
                    break
            assert least_m <= metres <= most_m, text
    finally:
        await state.close()


def test_closures_survive_a_restart(small_city: tuple[City, Path], tmp_path: Path) -> None:
    """What was closed is closed after the service is killed and started again."""
    city, map_folder = small_city
    config = write_config(tmp_path, city, map_folder)
    with Served(config) as running:
        with running.client("dispatcher") as client:
            _, line = the_way(client, city)
            body = {"line": stroke_over(line), "slow": 5.0}
            closure = client.post("/api/closures", json=body).json()["closure"]
            during = the_way(client, city)
        running.kill()
    with Served(config) as running, running.client("dispatcher") as client:
        assert client.get("/api/closures").json()["closures"] == [closure]
        assert the_way(client, city) == during
