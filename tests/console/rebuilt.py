"""`python -m tests.console.rebuilt FOLDER --config FILE`: the real service with the page of another build.

For the test in which the service is upgraded while pages are open.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

import console.api.app
from console.commands import serve


def other_build(folder: Path) -> Path:
    """Copy the built page; its first script has another name, as a build of other sources has."""
    shutil.copytree(console.api.app.STATIC, folder, ignore=shutil.ignore_patterns("*.gz"))
    (script,) = folder.glob("assets/index-*.js")
    renamed = script.rename(script.with_name("index-AnotherBuild.js"))
    for file in (folder / "index.html", *folder.glob("assets/*.js")):
        file.write_text(file.read_text(encoding="utf-8").replace(script.name, renamed.name), encoding="utf-8")
    return folder


def main() -> int:
    """Serve the other build until stopped."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    serve.configure(parser)
    arguments = parser.parse_args()
    console.api.app.STATIC = other_build(arguments.folder)
    return serve.run(arguments)


if __name__ == "__main__":
    sys.exit(main())
