from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import get_args

import playwright
import pytest

from dispatch.refusal import Code

WEB = Path(__file__).resolve().parents[2] / "console" / "web"


def test_what_the_page_works_out_by_itself_is_right() -> None:
    """Its own tests pass: orders, texts, clocks and frames, without a browser (`console/web/test`)."""
    runner = WEB / "node_modules" / "vitest" / "vitest.mjs"
    # Without a node on the PATH the one that drives the browsers in these tests does.
    node = shutil.which("node") or Path(playwright.__file__).parent / "driver" / "node"
    if not Path(node).exists() or not runner.exists():
        pytest.skip("there is no node, or no `npm ci` was run in console/web")
    done = subprocess.run([node, runner, "run"], cwd=WEB, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_refusal_has_words_in_both_languages() -> None:
    """No dispatcher is told a No in a code or in another language than the page's."""
    source = (WEB / "src" / "refusals.ts").read_text(encoding="utf-8")
    said = dict(re.findall(r'^  "([a-z0-9-]+)": \["([^"]+)", "[^"]+"\],$', source, re.MULTILINE))
    assert set(get_args(Code)) <= said.keys()
    assert all(re.search("[а-я]", russian) for russian in said.values())
