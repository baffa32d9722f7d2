"""Spherical Bessel functions against SciPy's and mpmath's."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from scipy import special

from glassjax import GlassjaxError
from glassjax.numerics.functions import ORDER_MAX, spherical_bessel

X = np.concatenate([np.zeros(1), np.geomspace(1e-3, 60, 200), np.linspace(0.01, 60, 400)])
ORDERS = range(ORDER_MAX + 1)


def envelope(order, x):
    """|j_l| below the turning point, where it falls to zero as x^l; its envelope 1/x beyond."""
    return np.where(x > order + 0.5, 1 / np.maximum(x, 0.5), np.abs(special.spherical_jn(order, x)) + 1e-300)


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-13), (np.float32, 5e-5)])
def test_values(dtype, tolerance):
    # cancellation in the series and growth in the recurrence lose two digits at l = 12, none at l = 0; in float32
    # 2.5e-5 is seen at l = 12 with jax 0.12, and less than 1e-5 with earlier ones
    x = X.astype(dtype)
    for order in ORDERS:
        got = spherical_bessel(order, jnp.asarray(x))
        assert got.dtype == dtype
        wide = x.astype(float)
        visible = np.abs(special.spherical_jn(order, wide)) > np.finfo(dtype).tiny
        error = np.abs(np.asarray(got, float) - special.spherical_jn(order, wide)) / envelope(order, wide)
        assert np.max(error[visible]) < tolerance, order


@pytest.mark.parametrize(
    ("order", "x"), [(0, 0.3), (2, 2.499), (2, 2.501), (10, 10.49), (10, 59.9), (12, 1e-3)]
)
def test_against_mpmath(order, x):
    exact = mpmath.sqrt(mpmath.pi / (2 * mpmath.mpf(x))) * mpmath.besselj(
        order + mpmath.mpf(1) / 2, mpmath.mpf(x)
    )
    assert float(spherical_bessel(order, x)) == pytest.approx(float(exact), rel=1e-12)


def test_slope_and_curvature():
    x = jnp.asarray(X[::20])
    for order in (0, 1, 2, 5, 10, 12):
        slope = jax.vmap(jax.grad(lambda x, order=order: spherical_bessel(order, x)))(x)
        np.testing.assert_allclose(
            slope, special.spherical_jn(order, X[::20], derivative=True), rtol=0, atol=1e-14
        )
    # Bessel's equation: x²j'' + 2xj' + [x² - l(l+1)]j = 0, at x = 3 and l = 2
    j = float(spherical_bessel(2, 3.0))
    first = float(jax.grad(lambda x: spherical_bessel(2, x))(3.0))
    second = float(jax.grad(jax.grad(lambda x: spherical_bessel(2, x)))(3.0))
    assert 9 * second + 6 * first + 3 * j == pytest.approx(0, abs=1e-14)


def test_parity_and_origin():
    np.testing.assert_allclose(spherical_bessel(3, -X), -spherical_bessel(3, X), rtol=1e-15)
    assert [float(spherical_bessel(order, 0)) for order in (0, 1, 2)] == [1, 0, 0]
    assert float(jax.grad(lambda x: spherical_bessel(1, x))(0.0)) == pytest.approx(1 / 3)


@pytest.mark.parametrize("order", [-1, ORDER_MAX + 1])
def test_unknown_order(order):
    with pytest.raises(GlassjaxError, match="0 to 12"):
        spherical_bessel(order, 1.0)
