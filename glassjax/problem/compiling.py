"""Compile for the CPU in half the time.

XLA's fusion emitters and its highest optimisation level make the gradient of a theory no faster (5.0 ms without
them, 5.6 ms with, for silica) and its compilation twice as long (11.4 s against 6.0 s; jax 0.10.1). They are
switched off where this version of XLA knows the switch; elsewhere, and on other devices, nothing changes.

Compiled programs belong to one process. An object keeps those made for it in `Programs`, which it leaves behind
when it is copied or pickled, and makes them again when it needs them.
"""

import threading
from collections.abc import Callable
from functools import cache, wraps
from typing import Any, TypeVar

import jax

from ..backend import require_backend

Made = TypeVar("Made")

_WANTED: dict[str, bool | int] = {"xla_cpu_use_fusion_emitters": False, "xla_backend_optimization_level": 2}


@cache
def compiler_options() -> dict[str, bool | int]:
    """Return the wanted options that this XLA accepts, on the CPU; none on another device."""
    require_backend()
    if jax.default_backend() != "cpu":
        return {}
    accepted: dict[str, bool | int] = {}
    for name, value in _WANTED.items():
        try:
            jax.jit(lambda: 0.0, compiler_options={name: value}).lower().compile()
        except jax.errors.JaxRuntimeError:
            continue
        accepted[name] = value
    return accepted


def quick_jit(function: Callable[..., Any]) -> Any:
    """`jax.jit` with `compiler_options`; for outermost functions only, as jax wants it."""
    return jax.jit(function, compiler_options=dict(compiler_options()))


class Programs(dict[Any, Any]):
    """Compiled programs of an object by name; a copy and a pickle of it are empty."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.RLock()

    def once(self, name: Any, make: Callable[[], Any]) -> Any:
        """Return what is kept under ``name``; the first thread that asks makes it."""
        with self._lock:
            if name not in self:
                self[name] = make()
            return self[name]

    def __reduce__(self) -> Any:
        return type(self), ()


def made_once(make: Callable[[Any], Made]) -> Callable[[Any], Made]:
    """Let a property compute its value once and keep it in the object's ``made``, its `Programs`."""

    @wraps(make)
    def found(self: Any) -> Made:
        return self.made.once(make.__name__, lambda: make(self))

    return found
