"""Spectra named by the entries of the oracles' table, and a comparison that reports the worst entry."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from glassjax.lubchenko_wolynes import ripplons

_broadened = jax.jit(partial(ripplons.broadened_spectrum, gridded=False), static_argnames="smearing")


def spectrum_of(entry):
    """The package's spectrum for one entry of the table."""
    s = entry["spectrum"]
    if s["kind"] == "discrete":
        return ripplons.discrete_spectrum(s["xi"])
    return _broadened(s["tg"], s["omega_c"], s["xi"], s["D"], smearing=s["smearing"])


def tolerance_of(entry, usual):
    """The sharp cut-off has a logarithmic singularity that fixed nodes resolve to 10⁻⁴ of a mode only."""
    return 5e-3 if entry.get("spectrum", {}).get("smearing") == "sharp" else usual


def array(values):
    return jnp.asarray(np.asarray(values, dtype=float))


def assert_close(entries, compute, rtol, floor=0.0):
    """Compare every entry; on failure name the worst one. ``floor``: values below it are compared absolutely."""
    assert entries
    worst, where = 0.0, None
    for entry in entries:
        expected = np.asarray(entry["value"], dtype=float)
        got = np.asarray(compute(entry))
        assert got.shape == expected.shape, (got.shape, expected.shape, entry["function"])
        error = np.abs(got - expected) / np.maximum(np.abs(expected), max(floor, 1e-300))
        ratio = float(np.max(error)) / tolerance_of(entry, rtol)
        if ratio > worst:
            worst, where = ratio, (entry.get("spectrum"), entry["arguments"], got, expected)
    assert worst <= 1, f"{worst:.3g} times the tolerance at {where}"


def assert_slopes_close(got, expected, value, parameter, rtol=1e-4):
    """Derivatives relative to themselves, or to 0.2 value/parameter where the logarithmic slope is below 0.2."""
    got, expected = np.asarray(got), np.asarray(expected, dtype=float)
    scale = np.maximum(np.abs(expected), 0.2 * np.abs(np.asarray(value)) / max(abs(parameter), 1e-300))
    error = np.abs(got - expected) / scale
    assert np.max(error) < rtol, (got, expected, error)
