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

from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from routing.graph import RoadGraph
from routing.weights import Weights

Ints = NDArray[Any]

FAR_MS = 1 << 30

M = TypeVar("M", bound="Metric | None")


class Lent(Generic[M]):
    """A metric that is given back when the block ends: one is not for two threads at once."""

    __slots__ = ("_metric", "_metrics")

    def __init__(self, metric: M, metrics: list[Metric]) -> None:
        self._metric = metric
        self._metrics = metrics

    def __enter__(self) -> M:
        return self._metric

    def __exit__(self, *_: object) -> None:
        if self._metric is not None:
            self._metrics.append(self._metric)


class _Known:
    """The hierarchy under one set of weights: its metrics that nobody has borrowed."""

    def __init__(self, weights: Weights, metric: Metric) -> None:
        self.weights = weights
        self.metrics = [metric]  # append and pop are atomic


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

    def _customised(self, weights: Weights) -> Metric:
        kit = self._kit.CCHMetric(self._topology)
        through_ms = weights.ahead[2]
        kit.customize(np.where(through_ms < 0, self._kit.INF_WEIGHT, through_ms).astype(np.uint32))
        return Metric(kit)

    def ready(self, weights: Weights) -> bool:
        """Say whether it knows these very weights."""
        known = self._metrics.get(weights.siren)
        return known is not None and known.weights is weights

    def free(self, weights: Weights) -> Lent[Metric | None]:
        """Lend the metric of these weights; None where there is none, or somebody else has it."""
        known = self._metrics.get(weights.siren)
        if known is None or known.weights is not weights:
            return Lent(None, [])
        try:
            return Lent(known.metrics.pop(), known.metrics)
        except IndexError:
            return Lent(None, [])

    def customised(self, weights: Weights) -> Lent[Metric]:
        """Lend a metric of these weights, made where none is free."""
        known = self._made(weights)
        try:
            return Lent(known.metrics.pop(), known.metrics)
        except IndexError:
            return Lent(self._customised(weights), known.metrics)

    def pays(self, units: int, k: int) -> bool:
        """Say whether it is quicker than the kernel for the k soonest of many units.

        The kernel settles k/units of the nodes. The hierarchy walks through separators, whose size grows with
        the root of the nodes: from the incident, from each unit, and along each of the k ways. The constants
        are microseconds, measured on Porto and New York with 30 to 800 units and k of 1, 5 and 20.
        """
        kernel_us = 0.135 * self._nodes * min(1.0, k / max(units, 1))
        own_us: float = self._nodes**0.5 * (0.35 + 0.003 * units + 0.16 * min(k, units))
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
        """Return the times from each start node to each stop node: [stops, starts] uint32 ms.

        `FAR_MS` or more is never. Nodes that come as uint32 are taken as they are.
        """
        found: Ints = self._kit.distances_many_to_many(
            stops.astype(np.uint32, copy=False), starts.astype(np.uint32, copy=False)
        )
        return found

    def back_arcs(self, start: int, stop: int) -> Ints:
        """Return the arcs of the fastest way from one node to another, the last first."""
        return np.array(self._kit.query(stop, start)[2], dtype=np.int64)
