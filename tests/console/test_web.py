from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

WEB = Path(__file__).resolve().parents[2] / "console" / "web"


def test_what_the_page_works_out_by_itself_is_right() -> None:
    """Its own tests pass: orders, texts, clocks and frames, without a browser (`console/web/test`)."""
    runner = WEB / "node_modules" / ".bin" / "vitest"
    if shutil.which("node") is None or not runner.exists():
        pytest.skip("there is no node on the PATH; the page was built by one that pip brought")
    done = subprocess.run([runner, "run"], cwd=WEB, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
