"""compiled: the decorator of the kernels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """Compile a function with numba: without the interpreter lock, kept on disk for the next start.

    Numba keeps its cache beside the source, or in the user's cache folder where the installation is
    read-only; where neither can be written, the function is compiled anew in every process.
    """
    try:
        return cast("F", njit(cache=True, nogil=True)(function))
    except RuntimeError:  # "no locator available": nowhere to write
        return cast("F", njit(nogil=True)(function))
