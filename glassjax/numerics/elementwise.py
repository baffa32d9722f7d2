"""Elementwise functions whose slopes are computed along with their values.

Reverse differentiation of a long formula stores or recomputes every intermediate array and walks through the formula
backwards. Where each number of the result depends on one number of each argument, the slopes are arrays of the result's
shape: forward differentiation gives them in the same pass over memory as the value, and all that is left to
reverse is a product. The programs are shorter (and compile faster) and the gradient takes less time.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import jax
import jax.numpy as jnp
from jax.custom_derivatives import SymbolicZero
from jaxtyping import Array

__all__ = ["elementwise"]


def elementwise(function: Callable[..., Array]) -> Callable[..., Array]:
    """Return ``function`` of floating-point arrays that broadcast, with slopes that are computed forward.

    Every number of the result must depend on one number of each argument, and on no array that ``function`` closes over
    if that is differentiated: such go in as arguments. What is not differentiated costs nothing. Any order of
    derivative works, forward and reverse.
    """

    @jax.custom_jvp
    def prepared(*arguments: Array) -> Array:
        return function(*arguments)

    def tangent(primals: tuple[Array, ...], tangents: tuple[Any, ...]) -> tuple[Array, Array]:
        value = prepared(*primals)
        total: Any = jnp.zeros_like(value)
        for place, (argument, change) in enumerate(zip(primals, tangents, strict=True)):
            if isinstance(change, SymbolicZero):
                continue

            def along(moved: Array, place: int = place) -> Array:
                return function(*primals[:place], moved, *primals[place + 1 :])

            _, slope = jax.jvp(along, (argument,), (jnp.ones_like(argument),))
            total = total + slope * change
        return value, total

    prepared.defjvp(tangent, symbolic_zeros=True)

    @wraps(function)
    def called(*arguments: Any) -> Array:
        arrays = [jnp.asarray(argument) for argument in arguments]
        rank = max(array.ndim for array in arrays)
        return prepared(*(_raised(array, rank) for array in arrays))

    return called


def _raised(array: Array, rank: int) -> Array:
    """``array`` with leading axes of length one, as broadcasting has it; scalars stay."""
    return array if array.ndim in (0, rank) else array.reshape((1,) * (rank - array.ndim) + array.shape)
