from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

from console.boardkeeper import BoardKeeper


def kept(folder: Path) -> dict[str, str]:
    """Return what lies in a folder."""
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


async def test_the_last_page_stays_however_soon_it_ends(tmp_path: Path) -> None:
    """Closed at any moment of a writing, it leaves the newest page whole, and no failure."""
    for pause_s in (0.0, 0.0001, 0.0005, 0.001, 0.002, 0.005) * 5:
        pages = itertools.count()
        newest: list[str] = []

        def page(pages: itertools.count[int] = pages, newest: list[str] = newest) -> str:
            newest.append(f"{next(pages)} " * 20_000)
            return newest[-1]

        keeper = BoardKeeper(tmp_path / "board.html", page)
        keeper.start()
        await asyncio.sleep(pause_s)
        await keeper.close()
        assert keeper.failing is None
        assert kept(tmp_path) == {"board.html": newest[-1]}
