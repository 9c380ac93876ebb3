from __future__ import annotations

from typing import Any

from routing.compiled import kernel


def test_a_kernel_is_compiled_and_gives_what_python_gives() -> None:
    """The decorated function is machine code, with the original behind it, and both agree."""

    @kernel
    def doubled(value: int) -> int:
        return 2 * value

    assert doubled(21) == 42
    assert doubled.py_func(21) == 42  # type: ignore[attr-defined]  # numba's dispatcher keeps the original


def test_where_no_cache_can_be_written_kernels_still_compile() -> None:
    """A function without a file has no place for a cache, as on a read-only disk: it works all the same."""
    scope: dict[str, Any] = {}
    exec("def tripled(value):\n    return 3 * value", scope)  # noqa: S102  # a function without a file, on purpose
    assert kernel(scope["tripled"])(14) == 42
