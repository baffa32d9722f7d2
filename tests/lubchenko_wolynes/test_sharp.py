"""Fig. 20's rule counted on a coarse grid, against the exact count and a count by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from glassjax.lubchenko_wolynes import conductivity, counting, ripplons, uniform
from tests.oracles.contour import Contour

TG = 4.39


def spectrum(tg, softening, gridded=False):
    omega_c = ripplons.omega_c_from_softening(softening, tg)
    return ripplons.broadened_spectrum(tg, omega_c, gridded=gridded)


def by_hand(omega, E, tg, frequencies, weights, highest):
    """T_gN_E by enumeration of n_1, n_2, … quanta of modes with whole weights."""
    levels = {0.0: 1.0}
    for frequency, weight in zip(frequencies, weights, strict=True):
        for _ in range(int(weight)):
            grown = {}
            for energy, count in levels.items():
                for n in range(int((highest - energy) / frequency) + 1):
                    total = round(energy + n * frequency, 9)
                    grown[total] = grown.get(total, 0.0) + count
            levels = grown
    return sum(g * np.exp(-(e - omega) / tg) for e, g in levels.items() if omega < e < omega + E)


@pytest.mark.parametrize("method", ["exact", "uniform"])
def test_enumeration(method):
    """A discrete spectrum far from its levels, where a grid of 5·10⁻⁴ sees the same states."""
    lines = ripplons.discrete_spectrum()
    frequencies, weights = (np.asarray(part, float) for part in lines)
    for omega, E in ((0.05, 0.25), (0.2, 0.3), (0.4, 0.05)):
        expected = by_hand(omega, E, TG, frequencies, weights, omega + E)
        got = counting.cumulative_density(omega, E, TG, lines, method)
        assert float(got) == pytest.approx(expected, rel=5e-3)


def test_contour():
    """A broadened spectrum against the contour integral over ln Z, which knows no grid of energies."""
    smooth, omega = ripplons.broadened_spectrum(1.5, 2.2), np.array([0.05, 0.2, 0.5])
    for E in (0.1, 0.4):
        expected = Contour(1.5, 2.2).cumulative(omega, E)
        for method, tolerance in (("exact", 1e-3), ("uniform", 0.01)):
            got = counting.cumulative_density(omega, E, 1.5, smooth, method)
            np.testing.assert_allclose(got, expected, rtol=tolerance)


@pytest.mark.parametrize("tg", [1.0, 2.0, TG, 8.0])
@pytest.mark.parametrize("softening", [0.05, 0.5, 0.7])
def test_conductivity_is_within_three_per_cent_of_exact(tg, softening):
    gridded = spectrum(tg, softening, gridded=True)
    T = jnp.asarray(np.geomspace(1e-3, 0.3, 25))
    kappa = {
        method: conductivity.reduced_conductivity(T, tg, gridded, excited="sharp", method=method)
        for method in ("uniform", "exact")
    }
    np.testing.assert_allclose(kappa["uniform"], kappa["exact"], rtol=0.03)


def test_alpha_is_a_factor_of_the_temperature():
    """What scatters at αT by "sharp" is what scatters at a temperature α times higher with α = 1."""
    known = spectrum(TG, 0.6, gridded=True)
    omega = jnp.asarray(np.geomspace(1e-3, 0.9, 7))
    for method in ("saddle", "uniform", "exact"):
        hot, wide = (
            counting.Counting.of(known, TG, method, "sharp", alpha).log_total(omega, T)
            for T, alpha in ((jnp.array([0.06]), 1.0), (jnp.array([0.03]), 2.0))
        )
        np.testing.assert_allclose(hot, wide, rtol=1e-12)


def test_quadrature_of_the_conductivity():
    """κ of the rule "sharp" with the form factor on twice as many nodes."""
    known, T = spectrum(TG, 0.72), jnp.asarray(np.geomspace(1e-3, 0.3, 13))
    scattering = conductivity.Scattering(B=50.0, form_factor="sphere", form_spread=30**-0.5)
    counted = counting.Counting.of(known, TG, "uniform", "sharp")
    few = conductivity.joint_conductivity(T, counted, 200.0, scattering)
    nodes, weights = np.polynomial.legendre.leggauss(400)
    u = (nodes + 1) / 2
    end = np.minimum(1.0, 25 * np.asarray(T))[:, None]
    omega, share = end * (u**2)[None, :], end * (u * weights)[None, :]
    path = conductivity.mean_free_path(jnp.asarray(omega), T, counted, 200.0, scattering)
    x = omega / np.asarray(T)[:, None]
    many = np.sum(share * omega * path * (x / 2 / np.sinh(x / 2)) ** 2, axis=1)
    np.testing.assert_allclose(few, many, rtol=0.01)


def test_conductivity_varies_smoothly():
    """Steps of the density pass from node to node: κ(T) and its slope by the softening stay without ripples."""
    T = jnp.asarray(np.geomspace(0.006, 0.04, 49))
    scattering = conductivity.Scattering(B=100.0, fast_share=0.5)

    def log_kappa(softening):
        known = spectrum(TG, softening)
        return jnp.log(
            conductivity.joint_conductivity(
                T, counting.Counting.of(known, TG, "uniform", "sharp"), 230.0, scattering
            )
        )

    value, slope = jax.jvp(log_kappa, (0.73,), (0.73,))
    # 0.031 and 6.4 with the density at the nodes themselves, 0.005 and 1.6 by the exact count
    assert np.max(np.abs(np.diff(np.asarray(value), 2))) < 0.012
    assert np.max(np.abs(np.diff(np.asarray(slope), 2))) < 2.0


def test_the_average_over_a_width_is_the_mean_of_what_is_averaged():
    """400 points within a width, against the density averaged over it."""
    known, E = spectrum(TG, 0.73), jnp.array([0.02])
    middle, width = jnp.array([[0.03, 0.1, 0.4]]), jnp.array([[0.01, 0.03, 0.05]])
    averaged = uniform.log_sharp_density(middle, E, TG, known, width)
    points = middle + width * ((np.arange(400)[:, None] + 0.5) / 400 - 0.5)
    mean = np.mean(np.exp(uniform.log_sharp_density(points.ravel(), E, TG, known)).reshape(400, 3), axis=0)
    # e^{±ω/T_g} in front of the sums is taken at the middle
    np.testing.assert_allclose(np.exp(averaged[0]), mean, rtol=3e-3)


def test_slopes_are_finite_at_the_corners():
    """In single precision: see `test_model_ranges`, whose theory uses this rule."""
    T = jnp.asarray(np.geomspace(1e-5, 1.0, 9))

    def total(tg, softening, alpha):
        known = spectrum(tg, softening)
        scattering = conductivity.Scattering(form_factor="sphere", form_spread=0.18)
        counted = counting.Counting.of(known, tg, "uniform", "sharp", alpha)
        kappa = conductivity.joint_conductivity(T, counted, 150.0, scattering)
        return jnp.sum(jnp.log(kappa))

    program = jax.jit(jax.value_and_grad(total, argnums=(0, 1, 2)))
    for numbers in ((1.0, 0.0, 0.3), (8.0, 0.9, 3.0), (4.0, 0.7, 1.0)):
        value, slopes = program(*numbers)
        assert np.all(np.isfinite([value, *slopes]))
