"""C of Fig. 15 against the oracle's adaptive integral over ε, limits, and Debye's function."""

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from glassjax.lubchenko_wolynes import heat_capacity, ripplons
from tests.oracles import table

from .spectra import array, assert_close, assert_slopes_close, spectrum_of

domain = jax.jit(heat_capacity.domain_heat_capacity)


def _domain(e):
    return domain(array(e["arguments"]["T"]), e["spectrum"]["tg"], spectrum_of(e))


def test_domain_heat_capacity():
    # 10⁻⁴: the spectrum's nodes (10⁻⁵) where a single soft mode carries the answer
    assert_close(table.entries("domain_heat_capacity"), _domain, 1e-4)
    assert_close(table.entries("domain_heat_capacity", "beyond"), _domain, 2e-2)


def test_derivatives():
    rows = [
        e for e in table.entries("domain_heat_capacity", "derivative") if e["spectrum"]["kind"] == "broadened"
    ]
    assert rows
    for e in rows:
        s, temperatures = e["spectrum"], array(e["arguments"]["T"])

        def value(tg, omega_c, xi, D, T=temperatures):
            return heat_capacity.domain_heat_capacity(T, tg, ripplons.broadened_spectrum(tg, omega_c, xi, D))

        given = [s[key] for key in ("tg", "omega_c", "xi", "D")]
        slopes = jax.jit(jax.jacfwd(value, argnums=(0, 1, 2, 3)))(*given)
        for name, got in zip(("tg", "omega_c", "xi", "D"), slopes, strict=True):
            assert_slopes_close(got, e["value"][name], _domain(e), s[name])


def test_two_level_limit():
    assert_close(
        table.entries("two_level"),
        lambda e: heat_capacity.two_level_heat_capacity(array(e["arguments"]["T"]), e["arguments"]["tg"]),
        3e-7,
    )
    # (π²/3) T/tg for both signs of ε
    small = heat_capacity.two_level_heat_capacity(jnp.array([1e-5]), 4.0)
    assert float(small[0]) == pytest.approx(np.pi**2 / 3 * 1e-5 / 4, rel=1e-4)


def test_debye():
    assert_close(
        table.entries("debye"), lambda e: heat_capacity.debye_heat_capacity(array(e["arguments"]["T"])), 1e-8
    )
    assert float(heat_capacity.debye_heat_capacity(jnp.array([1e-3]))[0]) == pytest.approx(
        12 * np.pi**4 / 5 * 1e-9
    )


def test_classical_limit():
    high = heat_capacity.domain_heat_capacity(jnp.array([30.0]), 4.0, ripplons.discrete_spectrum())
    assert float(high[0]) == pytest.approx(2 * 96, rel=1e-4)


@pytest.mark.parametrize(
    ("tg", "omega_c", "height", "position"),
    [(None, 0, 8.86e4, 0.0378), (2.0, 1.8, 1.59e5, 0.0215), (4.0, 1.8, 3.65e5, 0.0133)],
)
def test_bump_of_fig_15(tg, omega_c, height, position):
    spectrum = ripplons.discrete_spectrum() if tg is None else ripplons.broadened_spectrum(tg, omega_c)
    T = jnp.geomspace(0.008, 0.06, 300)
    # the figure without coupling hardly depends on tg: 4 reproduces the height
    ratio = heat_capacity.domain_heat_capacity(
        T, tg or 4.0, spectrum
    ) + 5.8**3 * heat_capacity.debye_heat_capacity(T)
    ratio = ratio / T**3
    assert float(jnp.max(ratio)) == pytest.approx(height, rel=4e-3)
    assert float(T[jnp.argmax(ratio)]) == pytest.approx(position, rel=1e-2)


def vertical_by_quadrature(T, tg, coupled, bare, thresholds):
    """∫dε n(ε) c_ε of Eq. 36 on fine panels, the spectrum of each centre put together by the rule of Sec. 15.2."""

    def sums(spectrum):
        x = np.asarray(spectrum.frequencies) / T
        n, weights = 1 / np.expm1(np.minimum(x, 700)), np.asarray(spectrum.weights)
        return np.stack([np.sum(weights * y, -1) for y in (x * n, -np.log1p(n), x**2 * n * (n + 1))])

    dressed, vertical = sums(coupled), sums(bare)

    def density(epsilon):
        cannot_decay = (epsilon < 0) & (np.abs(epsilon) >= thresholds)
        E, L, Q = np.where(cannot_decay, vertical, dressed).sum(1)
        y = epsilon / T + L
        level = (epsilon / T + E) ** 2 / (2 * np.cosh(np.clip(y / 2, -300, 300))) ** 2
        return (level + Q / (np.exp(np.clip(y, -700, 700)) + 1)) * np.exp(-abs(epsilon) / tg) / tg

    near = np.arange(0.0, 60.0, 3.0) * T
    bottom = -dressed[1].sum() * T
    edges = np.concatenate(
        [near, -near, bottom + near, bottom - near, -thresholds, np.linspace(-40, 40, 161) * tg]
    )
    edges = np.unique(edges[np.abs(edges) <= 40 * tg])
    x, w = np.polynomial.legendre.leggauss(24)
    total = 0.0
    for low, high in pairwise(edges):
        at = (low + high) / 2 + (high - low) / 2 * x
        total += (high - low) / 2 * sum(w * [density(epsilon) for epsilon in at])
    return total


@pytest.mark.parametrize(("tg", "softening", "weight"), [(4.39, 0.72, 2.6), (2.0, 0.3, 1.0)])
def test_vertical_ripplons_order_by_order(tg, softening, weight):
    coupled = ripplons.broadened_modes(tg, ripplons.omega_c_from_softening(softening, tg))
    bare = ripplons.vertical_modes(weight=weight)
    thresholds = ripplons.frequency(np.arange(2, 10))
    T = np.array([2e-3, 0.02, 0.1, 0.5])
    got = heat_capacity.vertical_heat_capacity(jnp.asarray(T), tg, coupled, bare, thresholds)
    expected = [vertical_by_quadrature(t, tg, coupled, bare, np.asarray(thresholds)) for t in T]
    np.testing.assert_allclose(got, expected, rtol=1e-6)


def test_limits_of_vertical_ripplons():
    T, thresholds = jnp.asarray(np.geomspace(1e-4, 1.0, 9)), ripplons.frequency(np.arange(2, 10))
    # all dressed is Sec. 7
    omega_c = ripplons.omega_c_from_softening(0.6, 4.0)
    modes, whole = ripplons.broadened_modes(4.0, omega_c), ripplons.broadened_spectrum(4.0, omega_c)
    np.testing.assert_allclose(jnp.sum(modes.weights, axis=0), whole.weights, rtol=1e-10)
    dressed = heat_capacity.vertical_heat_capacity(T, 4.0, modes, modes, thresholds)
    np.testing.assert_allclose(dressed, domain(T, 4.0, whole), rtol=3e-6)
    # all bare, one each and of one frequency, is the thin line of Fig. 15
    bare = ripplons.vertical_modes(width=0.0)
    np.testing.assert_allclose(
        heat_capacity.vertical_heat_capacity(T, 4.0, bare, bare, thresholds),
        domain(T, 4.0, ripplons.discrete_spectrum()),
        rtol=1e-6,
    )


@pytest.mark.parametrize("options", [{"friction": "cut-off"}, {"normalise": True}])
def test_modes_by_order_add_up(options):
    modes, whole = (
        ripplons.broadened_modes(4.0, 1.8, **options),
        ripplons.broadened_spectrum(4.0, 1.8, **options),
    )
    np.testing.assert_allclose(jnp.sum(modes.weights, axis=0), whole.weights, rtol=1e-10)
    if "normalise" in options:
        np.testing.assert_allclose(jnp.sum(modes.weights, axis=1), 2 * np.arange(2, 10) + 1, rtol=1e-10)


def test_disorder_spreads_bare_ripplons():
    """Mean and spread of ln ω of each order, and 2l + 1 modes times the weight (App. A)."""
    frequencies, weights = ripplons.vertical_modes(5.0, 25.0, 1.7)
    share = weights / jnp.sum(weights, axis=1, keepdims=True)
    logs = jnp.log(frequencies)
    mean = jnp.sum(share * logs, axis=1)
    np.testing.assert_allclose(mean, jnp.log(ripplons.frequency(np.arange(2, 10), 5.0)), rtol=1e-10)
    np.testing.assert_allclose(jnp.sum(share * (logs - mean[:, None]) ** 2, axis=1), 0.1**2, rtol=1e-8)
    np.testing.assert_allclose(jnp.sum(weights, axis=1), 1.7 * (2 * np.arange(2, 10) + 1), rtol=1e-10)
