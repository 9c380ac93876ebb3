"""The rules of the house (docs/architecture.md), held against the code itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("tracking", "routing", "dispatch", "console")
MODULES = sorted(
    path for part in PARTS for path in (ROOT / part).rglob("*.py") if "node_modules" not in path.parts
)

# Rule 1: which sibling a part may import.
MAY_IMPORT: dict[str, set[str]] = {
    "tracking": set(),
    "routing": set(),
    "dispatch": {"tracking", "routing"},
    "console": {"tracking", "routing", "dispatch"},
}

# Rule 2: what only a shell (⚙ in the picture) may import or call: sockets, disks, clocks, chance, the web.
SHELL_MODULES = frozenset(
    {
        "asyncio",
        "socket",
        "ssl",
        "selectors",
        "time",
        "os",
        "shutil",
        "tempfile",
        "sqlite3",
        "subprocess",
        "multiprocessing",
        "threading",
        "concurrent",
        "secrets",
        "uuid",
        "urllib",
        "http",
        "redis",
        "psycopg",
        "pg8000",
        "fcntl",
        "fastapi",
        "starlette",
        "uvicorn",
        "websockets",
        "httpx",
        "osmium",
        "osmnx",
        "serial",
        "logging",
        "gzip",
        "bz2",
        "mmap",
        "signal",
        "webbrowser",
        "duckdb",
        "pyarrow",
    }
)
SHELL_CALLS = frozenset(
    {
        "open",
        "input",
        "print",
        "now",
        "utcnow",
        "today",
        "read_text",
        "write_text",
        "read_bytes",
        "write_bytes",
        "mkdir",
        "unlink",
        "time_ns",
    }
)


def pictured() -> dict[str, bool]:
    """Read the tree of docs/architecture.md: module → whether it is a shell (⚙)."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    tree = re.search(r"```text\n(.*?)```", text, re.DOTALL)
    assert tree is not None, "docs/architecture.md has no ```text tree"
    found: dict[str, bool] = {}
    folders: list[str] = []
    for line in tree.group(1).splitlines():
        if not (match := re.match(r"( *)([\w./ ]+?)(?:\s\s+|$)(⚙)?", line)):
            continue
        depth = len(match.group(1)) // 2
        for name in match.group(2).split():
            if name.endswith("/"):
                folders[depth:] = [name.rstrip("/")]
            elif name.endswith(".py"):
                found["/".join([*folders[:depth], name])] = match.group(3) is not None
    return found


PICTURE = pictured()


def imported(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield the top-level name and line of every import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name.split(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0], node.lineno


def imported_modules(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield every imported module of our own in full, `from a import b` as a.b too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in PARTS:
            yield node.module, node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (
                (alias.name, node.lineno) for alias in node.names if alias.name.split(".")[0] in PARTS
            )


def name_of(path: Path) -> str:
    """Return a module's path below the root, as the picture writes it."""
    return path.relative_to(ROOT).as_posix()


def test_the_picture_shows_every_module_and_no_other() -> None:
    """docs/architecture.md draws the tree as it is: nothing is missing there and nothing is invented."""
    there = {name_of(path) for path in MODULES if path.name != "__init__.py"}
    assert set(PICTURE) == there


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_part_imports_only_the_siblings_it_may(path: Path) -> None:
    """Tracking and routing stand alone, dispatch stands on both, and nothing imports the console."""
    part = path.relative_to(ROOT).parts[0]
    for name, line in imported(ast.parse(path.read_text(encoding="utf-8"))):
        assert name == part or name not in PARTS or name in MAY_IMPORT[part], (
            f"{name_of(path)}:{line} imports {name}"
        )


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_a_shell_does_io_or_asks_a_clock(path: Path) -> None:
    """A module without ⚙ takes `now` and ids as arguments: nothing in it has to be patched or waited for."""
    if PICTURE.get(name_of(path), False):
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for name, line in imported(tree):
        assert name not in SHELL_MODULES, f"{name_of(path)}:{line} imports {name}"
    for module, line in imported_modules(tree):
        target = module.replace(".", "/") + ".py"
        assert not PICTURE.get(target, False), f"{name_of(path)}:{line} imports the shell {module}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            assert called not in SHELL_CALLS, f"{name_of(path)}:{node.lineno} calls {called}()"


WEB = ROOT / "console" / "web" / "src"
FROM = re.compile(r"""(?:from|import)\s*\(?\s*["'](\.{1,2}/[^"'?]+)["']""")


def test_no_two_modules_import_each_other() -> None:
    """Reading goes one way, in Python and on the page: what two files share stands below both, types too."""
    graph: dict[str, set[str]] = {}
    for path in MODULES:
        targets = imported_modules(ast.parse(path.read_text(encoding="utf-8")))
        found = {module.replace(".", "/") + ".py" for module, _ in targets}
        graph[name_of(path)] = {each for each in found if (ROOT / each).is_file()}
    for path in WEB.rglob("*.ts*"):
        beside = (path.parent / each for each in FROM.findall(path.read_text(encoding="utf-8")))
        files = (Path(f"{each.resolve()}{end}") for each in beside for end in (".ts", ".tsx"))
        graph[name_of(path)] = {name_of(each) for each in files if each.is_file()}
    assert sum(map(len, graph.values())) > 2 * len(graph)  # it did read the imports
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" ← ".join(error.args[1]))


def test_gateways_know_no_roads() -> None:
    """Rule of growth: a gateway process never pays for the road graph (importing numba costs 93 MB)."""
    for path in (ROOT / "tracking").rglob("*.py"):
        for name, line in imported(ast.parse(path.read_text(encoding="utf-8"))):
            assert name not in {"numba", "osmium", "fastapi", "scipy"}, (
                f"{name_of(path)}:{line} imports {name}"
            )


def test_no_module_hides_a_second_noun() -> None:
    """One noun a file: past 450 lines there is a second one in it, and names say what a file is about."""
    for path in MODULES:
        lines = path.read_text(encoding="utf-8").count("\n")
        assert lines <= 450, f"{name_of(path)} has {lines} lines"
        assert path.stem not in {"utils", "helpers", "manager", "misc", "common"}, name_of(path)


def test_every_exception_to_the_linter_and_types_carries_its_reason() -> None:
    """A `noqa` or `type: ignore` without a reason behind it is a debt nobody can judge."""
    files = [
        *MODULES,
        *(ROOT / "tests").rglob("*.py"),
        *(ROOT / "bench").rglob("*.py"),
        ROOT / "hatch_build.py",
    ]
    for path in files:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(r"#\s*(noqa|type:\s*ignore)", line) and path.name != "test_architecture.py":
                reason = re.search(r"#\s*(?:noqa:|type:\s*ignore\[)[^#]*#\s*\S.{7,}", line)
                assert reason, f"{name_of(path)}:{number} has an exception without a code and a reason"
