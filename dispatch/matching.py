"""Matching: the cheapest way to give each row a column of its own. Pure.

Shortest augmenting paths with row and column prices (R. Jonker, A. Volgenant, "A shortest augmenting path
algorithm for dense and sparse linear assignment problems", Computing 38, 1987; the rectangular form follows
D. Crouse, IEEE Trans. Aerospace and Electronic Systems 52, 2016). Exact. One vectorised step a scanned row: a
region's open calls are few, and its run-time dependencies stay without scipy.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def cheapest(cost: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the column of each row, so that the sum of their costs is the smallest possible.

    Args:
        cost: [rows, columns], rows ≤ columns; infinite where a pair is forbidden.

    Raises:
        ValueError: more rows than columns, or no way to give each row an allowed column.
    """
    rows, columns = cost.shape
    if rows > columns:
        raise ValueError(f"{rows} rows cannot each have one of {columns} columns")
    row_price = np.zeros(rows)
    column_price = np.zeros(columns)
    row_of = np.full(columns, -1, dtype=np.int64)
    column_of = np.full(rows, -1, dtype=np.int64)
    for first in range(rows):
        distance = np.full(columns, np.inf)
        came_from = np.full(columns, -1, dtype=np.int64)
        open_ = np.ones(columns, dtype=bool)
        scanned: list[int] = []
        row, reached = first, 0.0
        while True:
            scanned.append(row)
            through = reached + cost[row] - row_price[row] - column_price
            shorter = open_ & (through < distance)
            distance[shorter] = through[shorter]
            came_from[shorter] = row
            column = int(np.where(open_, distance, np.inf).argmin())
            reached = float(distance[column])
            if not open_[column] or reached == np.inf:
                raise ValueError("no way to give each row an allowed column")
            open_[column] = False
            if row_of[column] < 0:
                break
            row = int(row_of[column])
        # New prices keep every pair's reduced cost at or above zero, and the pairs of the path at zero.
        row_price[first] += reached
        for other in scanned[1:]:
            row_price[other] += reached - distance[column_of[other]]
        closed = ~open_
        column_price[closed] -= reached - distance[closed]
        while True:
            row = int(came_from[column])
            row_of[column] = row
            column_of[row], column = column, int(column_of[row])
            if row == first:
                break
    return column_of
