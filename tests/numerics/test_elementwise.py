"""Functions with slopes computed along with their values, against those that are differentiated the ordinary way."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from glassjax.numerics.functions import elementwise, reciprocal


def formula(x, y, scale):
    return jnp.exp(-scale * x) * jnp.log1p(y**2) / (1 + x * y)


prepared = elementwise(formula)
X, Y = np.linspace(0.1, 2.0, 6), np.linspace(0.5, 3.0, 4)[:, None]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_value_and_slopes(dtype):
    """Every argument, of the result's shape, broadcast and scalar; to rounding, as the formulas are the same."""
    arguments = X.astype(dtype)[None, :], Y.astype(dtype), jnp.asarray(1.5, dtype)

    def total(function):
        return jax.value_and_grad(lambda a: jnp.sum(jnp.sin(function(*a))))(arguments)

    got, expected = total(prepared), total(formula)
    assert prepared(*arguments).dtype == dtype
    for a, b in zip(jax.tree.leaves(got), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=20 * np.finfo(dtype).eps, atol=20 * np.finfo(dtype).eps)
        assert np.shape(a) == np.shape(b)


def test_lower_rank_is_raised():
    """(6,) against (4, 6), as NumPy broadcasts, also where jax is told to refuse that."""
    np.testing.assert_allclose(prepared(X, np.broadcast_to(Y, (4, 6)), 1.5), formula(X[None, :], Y, 1.5))


@pytest.mark.parametrize("outer", [jax.jacfwd, jax.jacrev])
@pytest.mark.parametrize("inner", [jax.jacfwd, jax.jacrev])
def test_second_derivatives(outer, inner):
    def total(function):
        return outer(inner(lambda a: jnp.sum(function(a[0], a[1], a[2]))))(jnp.array([0.7, 1.1, 1.5]))

    np.testing.assert_allclose(total(prepared), total(formula), rtol=1e-13)


def test_what_is_not_differentiated_costs_nothing():
    """No slope by an argument that stays fixed is in the program."""
    calls = []

    @elementwise
    def counted(x, y):
        calls.append(isinstance(y, jax.core.Tracer) and "JVP" in str(type(y)))
        return x * y

    jax.grad(lambda x: counted(x, 2.0))(3.0)
    assert not any(calls)
    assert jax.grad(lambda y: counted(2.0, y))(3.0) == 2.0
    assert any(calls)


def test_mapped():
    expected = np.stack([formula(x, Y, 1.5) for x in X])
    np.testing.assert_allclose(jax.vmap(lambda x: prepared(x, Y, 1.5))(X), expected, rtol=1e-14)


def test_reciprocal():
    x = np.array([1e-3, 0.5, 7.0])
    np.testing.assert_array_equal(reciprocal(x), 1 / x)
    np.testing.assert_allclose(jax.vmap(jax.grad(reciprocal))(x), -1 / x**2, rtol=1e-15)
    np.testing.assert_allclose(jax.vmap(jax.grad(jax.grad(reciprocal)))(x), 2 / x**3, rtol=1e-15)
