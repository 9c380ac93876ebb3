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
    """Copy the built page; its scripts have other names, as those of a build of other sources have."""
    shutil.copytree(console.api.app.STATIC, folder, ignore=shutil.ignore_patterns("*.gz"))
    # `name-hash.js`, the hash of eight letters: parts that are loaded late import the first by its name.
    renamed = {
        script.name: script.name[: -len("hhhhhhhh.js")] + "NewBuild.js"
        for script in folder.glob("assets/*-????????.js")
    }
    for file in (folder / "index.html", *folder.glob("assets/*.js")):
        text = file.read_text(encoding="utf-8")
        for before, after in renamed.items():
            text = text.replace(before, after)
        file.write_text(text, encoding="utf-8")
        file.rename(file.with_name(renamed.get(file.name, file.name)))
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
