"""Sums over fewer frequencies against sums over all of them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from glassjax.lubchenko_wolynes import canonical, ripplons, uniform
from glassjax.lubchenko_wolynes.canonical import condense


@pytest.fixture(scope="module")
def weights():
    return jax.jit(lambda tg, omega_c, xi: ripplons.broadened_spectrum(tg, omega_c, xi).weights)


@pytest.fixture(scope="module")
def frequencies():
    return np.asarray(ripplons.broadened_spectrum(4.0, 1.8).frequencies)


def sums(s, frequencies, weights):
    """Ln Z and S by the plain sums of Sec. IV.D, in NumPy."""
    x = s[:, None] * np.asarray(frequencies)[None, :]
    return np.array([-np.log(-np.expm1(-x)) @ weights, (x / np.expm1(np.minimum(x, 700.0))) @ weights])


@pytest.mark.parametrize(
    ("tg", "omega_c"),
    [
        (4.4, 1.8),
        (1.0, 2.9),
        (1.15, 3.3),
        (8.0, 0.5),
        (2.0, 0.0),
    ],  # omega_c near where the lowest is unstable, and 0
)
def test_sums_are_kept(tg, omega_c, weights, frequencies):
    """To 10⁻⁷, where a spectrum is soft and sharp; 10⁻¹² where it is broad."""
    few, handed = condense(frequencies)
    assert len(few) < 0.25 * len(frequencies)
    w = np.asarray(weights(tg, omega_c, 5.8))
    s = np.geomspace(0.03, 2e5, 60)
    np.testing.assert_allclose(
        sums(s, few, np.asarray(handed(jnp.asarray(w)))), sums(s, frequencies, w), rtol=1e-7
    )


def test_narrow_line_anywhere(frequencies):
    """A single line in the dense region, as wide as a cell of the fine grid: at the ends and in the middle."""
    few, handed = condense(frequencies)
    s = np.geomspace(0.03, 4e3, 40)
    dense = np.flatnonzero(np.diff(np.log(frequencies)) < 0.005)
    for i in (dense[0], dense[0] + 1, dense[len(dense) // 2], dense[-1], dense[-1] + 1):
        line = np.zeros(len(frequencies))
        line[i] = 1.0
        inside = s * frequencies[i] < 20
        got, expected = sums(s, few, np.asarray(handed(jnp.asarray(line)))), sums(s, frequencies, line)
        np.testing.assert_allclose(got[:, inside], expected[:, inside], rtol=3e-8)


def test_derivative_is_handed_on(frequencies):
    """To 10⁻⁸: where the nodes begin to lie close their distances still change by a hundredth from one to the next."""
    few, handed = condense(frequencies)
    f = np.log1p(np.asarray(few))
    slope = jax.grad(lambda w: jnp.sum(handed(w) * f))(jnp.ones(len(frequencies)))
    np.testing.assert_allclose(slope, np.log1p(frequencies), rtol=1e-8)


def test_few_or_unknown_frequencies_stay(frequencies):
    few = np.linspace(0.1, 1.0, 10)
    for known in (few, frequencies[::20]):
        same, handed = condense(known)
        np.testing.assert_array_equal(same, known)
        np.testing.assert_array_equal(handed(jnp.asarray(known)), known)

    @jax.jit
    def traced(omega):
        return condense(omega)[0]

    assert traced(jnp.asarray(frequencies)).shape == frequencies.shape


@pytest.mark.parametrize("module", [canonical, uniform])
def test_tables_are_kept(module, weights, frequencies, monkeypatch):
    """A soft and sharp spectrum: the tables of all frequencies and of fewer."""
    spectrum = ripplons.Spectrum(frequencies, weights(1.15, 3.3, 5.8))
    tabulate = canonical.tabulate if module is canonical else uniform._tabulate
    fewer = jax.tree.leaves(tabulate(spectrum))
    monkeypatch.setattr(module, "condense", lambda omega: (omega, jnp.asarray))
    for got, expected in zip(fewer, jax.tree.leaves(tabulate(spectrum)), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-7, atol=1e-7)
