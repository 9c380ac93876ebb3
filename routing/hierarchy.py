"""Hierarchy: a customizable contraction hierarchy over one graph, where a kept library for it is installed.

It is RoutingKit's (Dibbelt, Strasser, Wagner 2016), through the optional package `pyroutingkit` (pip install
'skoraya[hierarchy]'), built over the reversed arcs: the library pins its targets and walks its sources, and
the incidents are the fewer. It wins where a search would have to settle much of the map: few units, single
routes, matrices, a country. Its answers are the kernels' to the millisecond.

A metric belongs to one set of weights. While there is none yet for those that hold (somebody has just closed
a road), or while another thread uses it (the library's metrics are not for two threads at once: that crashes
the process), the kernels answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.graph import RoadGraph
from routing.weights import Weights

Ints = NDArray[Any]

FAR_MS = 1 << 30


class _Known:
    """The hierarchy under one set of weights: the library's metrics of it that nobody has borrowed."""

    def __init__(self, weights: Weights, kit: Any) -> None:  # noqa: ANN401  # the library has no types
        self.weights = weights
        self.kits = [kit]  # append and pop are atomic


class Hierarchy:
    """The order of a graph's nodes. Building takes seconds for a city; other weights, milliseconds.

    Args:
        graph: the roads.

    Raises:
        ImportError: pyroutingkit is not installed.
    """

    def __init__(self, graph: RoadGraph) -> None:
        import pyroutingkit  # noqa: PLC0415  # an optional extra, which has no wheel for every platform

        self._kit = pyroutingkit
        self._nodes = graph.nodes
        self._topology = pyroutingkit.CCHTopology()
        self._topology.build(
            graph.arc_head.astype(np.uint32),
            graph.arc_tail.astype(np.uint32),
            (graph.node_lat_e7 / 1e7).astype(np.float32),
            (graph.node_lon_e7 / 1e7).astype(np.float32),
            graph.nodes,
        )
        self._metrics: dict[bool, _Known] = {}  # by siren; replaced in one step

    def customise(self, weights: Weights) -> None:
        """Make it ready for other weights; queries under way end on the old ones."""
        self._made(weights)

    def _made(self, weights: Weights) -> _Known:
        known = self._metrics.get(weights.siren)
        if known is None or known.weights is not weights:
            known = self._metrics[weights.siren] = _Known(weights, self._customised(weights))
        return known

    def _customised(self, weights: Weights) -> Any:  # noqa: ANN401  # the library has no types
        kit = self._kit.CCHMetric(self._topology)
        through_ms = weights.ahead[2]
        kit.customize(np.where(through_ms < 0, self._kit.INF_WEIGHT, through_ms).astype(np.uint32))
        return kit

    def ready(self, weights: Weights) -> bool:
        """Say whether it knows these very weights."""
        known = self._metrics.get(weights.siren)
        return known is not None and known.weights is weights

    @contextmanager
    def free(self, weights: Weights) -> Iterator[Metric | None]:
        """Lend the metric of these weights; None where there is none, or somebody else has it."""
        known = self._metrics.get(weights.siren)
        try:
            kit = known.kits.pop() if known is not None and known.weights is weights else None
        except IndexError:
            kit = None
        if known is None or kit is None:
            yield None
            return
        try:
            yield Metric(kit)
        finally:
            known.kits.append(kit)

    @contextmanager
    def customised(self, weights: Weights) -> Iterator[Metric]:
        """Lend a metric of these weights, made where none is free."""
        known = self._made(weights)
        try:
            kit = known.kits.pop()
        except IndexError:
            kit = self._customised(weights)
        try:
            yield Metric(kit)
        finally:
            known.kits.append(kit)

    def pays(self, units: int, k: int) -> bool:
        """Say whether it is quicker than the kernel for the k soonest of many units.

        The kernel settles k/units of the nodes. The hierarchy walks through separators, whose size grows with
        the root of the nodes: from the incident, from each unit, and along each of the k ways. The constants
        are microseconds, measured on Porto and New York.
        """
        kernel_us = 0.15 * self._nodes * min(1.0, k / max(units, 1))
        own_us: float = self._nodes**0.5 * (0.7 + 0.0055 * units + 0.19 * min(k, units))
        return own_us < kernel_us

    def pays_outward(self, ends: int) -> bool:
        """Say whether it is quicker than one tree for the ways from one start to many ends."""
        most: float = 0.29 * self._nodes**0.5
        return ends < most


class Metric:
    """What is asked of a hierarchy under one set of weights, between nodes."""

    def __init__(self, kit: Any) -> None:  # noqa: ANN401  # the library has no types
        self._kit = kit

    def between_ms(self, starts: Ints, stops: Ints) -> Ints:
        """Return the times from each start node to each stop node: [stops, starts] ms; `FAR_MS` for never."""
        found = self._kit.distances_many_to_many(stops.astype(np.uint32), starts.astype(np.uint32))
        times: Ints = np.asarray(found).reshape(len(stops), len(starts))
        return np.minimum(times, FAR_MS)

    def arcs(self, start: int, stop: int) -> Ints:
        """Return the arcs of the fastest way from one node to another, in driving order."""
        _, _, arcs = self._kit.query(stop, start)
        return np.array(arcs[::-1], dtype=np.int64)
