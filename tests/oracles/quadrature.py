"""Adaptive quadrature over pieces, Gauss-Legendre panels on a logarithmic axis, and bracketed roots."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any, cast

import numpy as np
from scipy import integrate, optimize


def over_pieces(f: Callable[[float], float], cuts: Iterable[float], tolerance: float = 1e-11) -> float:
    """Integral of f by QUADPACK's adaptive Gauss-Kronrod rule, broken at every cut."""
    total = 0.0
    for low, high in pairwise(sorted(cuts)):
        total += integrate.quad(f, low, high, epsabs=1e-300, epsrel=tolerance, limit=200)[0]
    return total


def panels(low: float, high: float, width: float, order: int) -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Legendre nodes and weights (for dx) on geometric panels from low to high."""
    t, w = np.polynomial.legendre.leggauss(order)
    count = max(1, int(np.ceil(np.log(high / low) / width)))
    edges = np.linspace(np.log(low), np.log(high), count + 1)
    half = 0.5 * np.diff(edges)[:, None]
    x = np.exp(0.5 * (edges[1:] + edges[:-1])[:, None] + half * t)
    return x.ravel(), (half * w * x).ravel()


def root(f: Callable[[float], Any], low: float, high: float, xtol: float = 1e-15) -> float:
    """The root of f in a bracket, by Brent's method."""
    return cast(float, optimize.brentq(f, low, high, xtol=xtol, rtol=np.float64(1e-15)))
