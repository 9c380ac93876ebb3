"""Drives that never happened, along real roads at planted speeds, as a receiver would have seen them."""

from __future__ import annotations

import math
import random

import numpy as np

from routing.drives import Drive, drive_of, thinned
from routing.lines import draw
from routing.matching import Seen
from routing.outward import outward
from routing.router import Router
from routing.search import Scratch
from routing.speeds import CLASSES, hour_factor
from routing.weights import Conditions, weights

SECONDS_APART = 5.0
ERROR_M = 5.0
SPREAD = 0.10  # log-σ of the crews' own pace
LIGHTS = 0.30  # log-σ of what lights and queues make of one piece of road


def planted(road: int, hour: int) -> float:
    """Return how many times as long the roads of a class really take in this made-up truth."""
    return 0.75 + 0.08 * (road % 7) + (0.15 if hour < 6 else 0.0)


def tracks(router: Router, count: int, seed: int) -> list[tuple[list[Seen], int]]:
    """Return made-up tracks with their hours: by the quickest way of the map, at planted speeds."""
    graph, chance, scratch = router.graph, random.Random(seed), Scratch(router.graph.nodes)
    now = weights(graph, Conditions(), siren=True)
    found: list[tuple[list[Seen], int]] = []
    while len(found) < count:
        ends = [chance.randrange(len(graph.shape_lat_e7)) for _ in range(2)]
        start, end = ((graph.shape_lat_e7[at] / 1e7, graph.shape_lon_e7[at] / 1e7) for at in ends)
        (reached,) = outward(
            graph, router._roads, now, scratch, start=router.snap([start]), ends=router.ends([end]), count=1
        )
        if reached is None or not 120_000 < reached.ms < 900_000:
            continue
        hour, pace = chance.randrange(24), math.exp(chance.gauss(0, SPREAD))
        taken_s, at_s, lats, lons = 0.0, [0.0], [], []
        for arc in reached.arcs[1:-1].tolist():
            edge = int(graph.arc_edge[arc])
            if edge < 0:
                continue
            road = int(graph.edge_road[edge])
            usual_s = int(graph.arc_siren_ms[arc]) / 1000 * hour_factor(list(CLASSES)[road], hour, siren=True)
            spent_s = usual_s * planted(road, hour) * pace * math.exp(chance.gauss(0, LIGHTS))
            ahead = graph.edge_forward[edge] == arc
            line = draw(
                np.array([edge]), np.array([0.0 if ahead else 1.0]), np.array([1.0 if ahead else 0.0]),
                router._roads.edge_start, router._roads.shape,
            )  # fmt: skip
            steps = np.hypot(np.diff(line[:, 0]) * 0.75, np.diff(line[:, 1]))
            along = np.concatenate([[0.0], np.cumsum(steps)])
            along = along / along[-1] if along[-1] > 0 else np.linspace(0, 1, len(line))
            at_s += (taken_s + along * spent_s).tolist()
            lons += line[:, 0].tolist()
            lats += line[:, 1].tolist()
            taken_s += spent_s
        if len(lats) < 2:
            continue
        begun_ms, times = chance.randrange(10**9), at_s[1:]
        track = []
        for when_s in np.arange(0, taken_s, SECONDS_APART):
            lat, lon = float(np.interp(when_s, times, lats)), float(np.interp(when_s, times, lons))
            track.append(
                Seen(
                    begun_ms + round(when_s * 1000),
                    lat + chance.gauss(0, ERROR_M) / 111_195,
                    lon + chance.gauss(0, ERROR_M) / 83_000,
                )
            )
        found.append((track, hour))
    return found


def drives(router: Router, count: int, seed: int) -> list[Drive]:
    """Return what made-up tracks teach, through matching."""
    found = []
    for number, (track, hour) in enumerate(tracks(router, count, seed)):
        thin = thinned(track)
        drive = drive_of(router.graph, thin, router.match(thin), f"d{number}", hour, siren=True)
        if drive is not None:
            found.append(drive)
    return found
