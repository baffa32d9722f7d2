"""Quadrature, roots, interpolation and safe functions: problems with known answers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import optimize, special

from glassjax.numerics import functions, quadrature

# integrand of ln x on (0, ∞), spacing, exact value: each vanishes at both ends of the axis
PROBLEMS = [
    {
        "name": "gamma function",
        "fun": lambda x: np.exp(2.5 * x - np.exp(x)),
        "range": (-16, 6),
        "val": special.gamma(2.5),
    },
    {"name": "lorentzian", "fun": lambda x: 1 / (1 + x**2) ** 4, "range": (-60, 60), "val": 5 * np.pi / 16},
]


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: p["name"])
def test_graded_rule(problem):
    rule = quadrature.graded(*map(float, problem["range"]), lambda x: 0.1 + 0.2 / (1 + np.exp(-x)))
    assert rule.weights @ problem["fun"](rule.nodes) == pytest.approx(problem["val"], rel=1e-9)
    assert np.sum(rule.weights) == pytest.approx(np.ptp(problem["range"]), rel=1e-3)
    assert np.all(np.diff(rule.nodes) > 0)


def test_gauss_rules_are_exact_for_polynomials():
    rule = quadrature.gauss_legendre(5)
    assert rule.weights @ rule.nodes**9 == pytest.approx(0.1, rel=1e-14)
    rule = quadrature.panels((0.0, 0.3, 2.0), 5)
    assert rule.weights @ rule.nodes**9 == pytest.approx(102.4, rel=1e-13)


def test_root_and_its_derivatives():
    def root(a):
        return functions.increasing_root(lambda x: x**3 + a * x - 2, jnp.zeros_like(a), jnp.full_like(a, 3.0))

    a = jnp.array([0.1, 1.0, 10.0])
    expected = [optimize.brentq(lambda x, a=a: x**3 + a * x - 2, 0, 3, xtol=1e-14) for a in np.asarray(a)]
    x = root(a)
    np.testing.assert_allclose(x, expected, rtol=1e-12)
    # x' = -x/(3x² + a); the second derivative from the first by a central difference
    one = jax.grad(lambda a: root(a[None])[0])
    np.testing.assert_allclose(jax.vmap(one)(a), -x / (3 * x**2 + a), rtol=1e-12)
    second = jax.vmap(jax.grad(one))(a)
    central = (jax.vmap(one)(a + 1e-5) - jax.vmap(one)(a - 1e-5)) / 2e-5
    np.testing.assert_allclose(second, central, rtol=1e-7)
    np.testing.assert_allclose(
        jax.vmap(jax.jacfwd(lambda a: root(a[None])[0]))(a), jax.vmap(one)(a), rtol=1e-12
    )


def test_pieces_are_exact_for_polynomials_and_quick_for_others():
    pieces = quadrature.Pieces([-3.0, -1.0, 2.0], [4, 6])
    x = np.linspace(-3, 2, 41)  # both ends, and where the pieces meet
    # of degree 3 on the first piece and 5 on the second
    first, second = (
        np.polynomial.Polynomial([1.0, 2.0, -0.5, 0.3]),
        np.polynomial.Polynomial([0, 0, 0, 0, 0, 1]),
    )
    values = np.where(pieces.nodes < -1, first(pieces.nodes), second(pieces.nodes))
    expected = np.where(x < -1, first(x), second(x))
    np.testing.assert_allclose(pieces.matrix(x) @ values, expected, rtol=0, atol=1e-12)
    # Chebyshev nodes: |f⁽ⁿ⁾| (h/2)ⁿ/(2ⁿ⁻¹ n!), for cos 1.5ⁿ·1.5ⁿ/(2¹⁹ 20!) on a piece of width 3 with 20 nodes
    pieces = quadrature.Pieces([-3.0, -1.0, 2.0], [18, 20])
    np.testing.assert_allclose(
        pieces.matrix(x) @ np.cos(1.5 * pieces.nodes), np.cos(1.5 * x), rtol=0, atol=1e-13
    )


def test_quintic_is_exact_for_quintics():
    polynomial = np.polynomial.Polynomial([1.0, -2.0, 0.5, 3.0, -1.0, 0.7])
    slope, curvature = polynomial.deriv(), polynomial.deriv(2)
    a, b = 0.3, 1.7
    ends = [tuple(jnp.asarray(f(x)) for f in (polynomial, slope, curvature)) for x in (a, b)]
    t = jnp.linspace(0, 1, 9)
    got = quadrature.quintic(t, jnp.asarray(b - a), *ends)
    np.testing.assert_allclose(got, polynomial(a + (b - a) * np.asarray(t)), rtol=1e-13)


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
@pytest.mark.parametrize(
    ("function", "reference"),
    [
        (functions.sigmoid, special.expit),
        (functions.x_log_abs, lambda x: special.xlogy(x, np.abs(x))),
    ],
)
def test_safe_functions(function, reference, dtype):
    x = jnp.asarray([-1e4, -90.0, -1.0, -1e-6, 0.0, 1e-6, 1.0, 90.0, 1e4], dtype)
    eps = float(jnp.finfo(dtype).eps)
    np.testing.assert_allclose(function(x), reference(np.asarray(x, float)), rtol=50 * eps, atol=50 * eps)
    slope = jax.vmap(jax.grad(lambda v: function(v)))(x)
    assert np.all(np.isfinite(slope))
