"""⚙ Destinations: the trees of the places that units drive to, kept, so that every ETA is a look-up.

A tree is grown when somebody begins to drive to a place, and anew when other times hold; while it stands,
the ETA of each unit on its way there costs a hundred nanoseconds, wherever the unit has got to.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence

from routing.router import Eta, Point, Router, UnitPlace
from routing.times import StraightLine
from routing.tree import Tree

# Trees hold four bytes a node: so a city has hundreds, a country tens. Destinations beyond are asked for
# one by one.
MOST_BYTES = 256_000_000


class Destinations:
    """The trees of one map. One thread at a time.

    Args:
        router: who grows them.
        most_bytes: how much memory they may take.
    """

    def __init__(self, router: Router, most_bytes: int = MOST_BYTES) -> None:
        self.router = router
        self._most = max(1, most_bytes // (4 * router.graph.nodes))
        self._trees: OrderedDict[tuple[Point, bool], Tree] = OrderedDict()
        self._straight = StraightLine()

    def __len__(self) -> int:
        """Return how many trees stand."""
        return len(self._trees)

    def etas(self, driving: Mapping[Point, Sequence[UnitPlace]], *, siren: bool = True) -> dict[str, Eta]:
        """Return how long each unit still needs; `metres_m` is an estimate, for no way is drawn.

        The trees that were asked for longest ago go when others need the room.

        Args:
            driving: to each destination (lat, lon), the units that drive there.
            siren: with siren or without.

        Returns:
            By unit; degraded where there is no road answer.
        """
        found: dict[str, Eta] = {}
        for number, (point, units) in enumerate(driving.items()):
            if number >= self._most:
                for unit in units:
                    found |= {eta.unit: eta for eta in self.router.nearest(*point, [unit], 1, siren=siren)}
                continue
            straight = self._straight.nearest(*point, units, len(units), siren=siren)
            by_unit = {eta.unit: eta for eta in straight}
            tree = self._tree(point, siren=siren)
            times = [-1] * len(units) if tree is None else tree.etas_ms(self.router.locate(units)).tolist()
            for unit, ms in zip(units, times, strict=True):
                eta = by_unit[unit.unit]
                if ms >= 0:
                    p90_s = ms * self.router.p90 / 1000
                    eta = Eta(unit.unit, ms / 1000, eta.metres_m, degraded=False, p90_s=p90_s)
                found[unit.unit] = eta
        return found

    def _tree(self, point: Point, *, siren: bool) -> Tree | None:
        known = self._trees.get((point, siren))
        if known is not None and self.router.holds(known):
            self._trees.move_to_end((point, siren))
            return known
        grown = self.router.tree(point, siren=siren)
        if grown is not None:
            self._trees[point, siren] = grown
            while len(self._trees) > self._most:
                self._trees.popitem(last=False)
        return grown
