"""The landscape: numbers printed in the paper, definitions solved numerically, gradients."""

import math

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from scipy import integrate, optimize

from glassjax.lubchenko_wolynes import landscape

S = 0.8199  # the paper's configurational entropy at T_g
GAMMA = 1.5 * math.sqrt(3 * math.pi) * math.log(100 / (math.pi * math.e))


def test_numbers_of_the_paper():
    # as printed, to the digits printed
    assert float(landscape.entropy_at_transition()) == pytest.approx(0.82, abs=0.005)
    assert float(landscape.cooperative_size()) == pytest.approx(190, abs=5)
    assert float(landscape.cooperative_length()) == pytest.approx(5.8, abs=0.05)
    assert float(landscape.activation_barrier()) == pytest.approx(39, abs=0.5)
    assert float(landscape.fragility(1.0)) == pytest.approx(32, abs=0.5)
    size, height = landscape.highest_barrier()
    assert float(size) == pytest.approx(14, abs=0.5)
    assert float(height / landscape.entropy_at_transition()) == pytest.approx(26, abs=0.5)
    assert float(landscape.barrierless_fraction()) == pytest.approx(3e-7, rel=0.2)


def test_closed_forms_at_high_precision():
    # rounding only
    with mpmath.workdps(30):
        log = mpmath.log(100 / (mpmath.pi * mpmath.e))
        gamma = mpmath.mpf(3) / 2 * mpmath.sqrt(3 * mpmath.pi) * log
        times = 17 * mpmath.log(10)
        length = (8 / (3 * mpmath.sqrt(3 * mpmath.pi)) * times / log) ** (mpmath.mpf(2) / 3)
        entropy = gamma**2 / 4 / times
    assert float(landscape.surface_coefficient()) == pytest.approx(float(gamma), rel=1e-13)
    assert float(landscape.cooperative_length()) == pytest.approx(float(length), rel=1e-13)
    assert float(landscape.entropy_at_transition()) == pytest.approx(float(entropy), rel=1e-13)
    assert float(landscape.cooperative_length()) == pytest.approx(
        float(landscape.cooperative_size()) ** (1 / 3)
    )


@pytest.mark.parametrize("T", [0.9, 1.0, 1.3])
def test_droplet_extremes_by_search(T):
    def energy(N):
        return float(landscape.droplet_free_energy(N, S, T))

    top = optimize.minimize_scalar(
        lambda N: -energy(N), bounds=(1, 150), method="bounded", options={"xatol": 1e-6}
    )
    assert float(landscape.critical_size(S, T)) == pytest.approx(top.x, rel=1e-5)
    assert float(landscape.activation_barrier(S, T)) == pytest.approx(-top.fun, rel=1e-10)
    zero = optimize.brentq(energy, 60, 400)
    assert float(landscape.cooperative_size(S, T)) == pytest.approx(zero, rel=1e-10)
    assert energy(100.0) == pytest.approx(GAMMA * 10 - T * S * 100)


def test_vogel_fulcher_law():
    # the definition of m, by a central difference of log₁₀ τ against T_g/T: h² f'''/6 ~ 10⁻⁷
    D, T0, h = 30.0, 0.6, 1e-4

    def tau(y):
        return float(landscape.log_relaxation_time(1 / y, D, T0)) / math.log(10)

    assert float(landscape.fragility_index(D, T0)) == pytest.approx(
        (tau(1 + h) - tau(1 - h)) / (2 * h), rel=1e-6
    )
    assert tau(1) == pytest.approx(D * T0 / (1 - T0) / math.log(10))
    # Sec. II: with γ ∝ T the barrier of Eq. 7 is this law, D from the jump of heat capacity
    jump, T = 1.7, 0.9
    entropy = float(landscape.configurational_entropy(T, jump, T0))
    assert entropy == pytest.approx(1.7 * 0.5)
    with_gamma = float(landscape.activation_barrier(entropy, 1.0))
    expected = float(landscape.log_relaxation_time(T, landscape.fragility(jump), T0))
    assert with_gamma == pytest.approx(expected, rel=1e-12)


def test_random_energies():
    # Eq. 10: one state at E_GS, where ∂ln Ω/∂E = 1/T_g; the maximum is s_c N
    for N in (20.0, 150.0):
        low = float(landscape.ground_state_energy(N, S))
        mean = S * N + GAMMA * math.sqrt(N)
        assert float(landscape.log_state_density(low, N, S)) == pytest.approx(0, abs=1e-12)
        assert float(jax.grad(landscape.log_state_density)(low, N, S)) == pytest.approx(1)
        assert float(landscape.log_state_density(mean, N, S)) == pytest.approx(S * N)
        # Eq. 12: the variance doubled, the lower root of ln Ω = 0 is the typical barrier
        root = optimize.brentq(
            lambda V, N=N, mean=mean: S * N - (V - mean) ** 2 / (8 * S * N), mean - 6 * N, mean
        )
        assert float(landscape.barrier_profile(N, S)) == pytest.approx(root, rel=1e-10)
    size, height = (float(x) for x in landscape.highest_barrier(S))
    top = optimize.minimize_scalar(
        lambda N: -float(landscape.barrier_profile(N, S)),
        bounds=(1, 60),
        method="bounded",
        options={"xatol": 1e-7},
    )
    assert (size, height) == pytest.approx((top.x, -top.fun), rel=1e-5)
    # Eq. 14 is Eq. 12 at N‡, to first order at V_max
    mean = S * size + GAMMA * math.sqrt(size)
    for V in (height - 1e-4, height + 1e-4):
        quadratic = S * size - (V - mean) ** 2 / (8 * S * size)
        assert float(landscape.log_barrier_density(V, S)) == pytest.approx(quadratic, rel=1e-4)
    assert float(landscape.log_barrier_density(0.0, S)) == pytest.approx(-18.46 * S, rel=1e-3)


def test_density_of_bias():
    total = integrate.quad(
        lambda e: float(landscape.bias_density(e, 4.0)), -120, 120, points=[0], epsabs=1e-10
    )[0]
    assert total == pytest.approx(2, abs=1e-9)
    assert float(landscape.bias_density(-3.0, 4.0)) == pytest.approx(math.exp(-0.75) / 4)


def test_spread_and_stretching():
    assert float(landscape.barrier_spread(25.0)) == pytest.approx(0.1)
    assert float(landscape.stretching_exponent(39.0, 25.0)) == pytest.approx(1 / math.hypot(1, 3.9))
    # strong glasses relax exponentially
    assert float(landscape.stretching_exponent(39.0, 1e9)) == pytest.approx(1, abs=1e-5)


def test_aging():
    # at T_g the rate is the equilibrium one whatever x; x is the share of the barrier that is activated below T_g
    assert float(landscape.log_aging_rate(39.0, 1.0, 0.3)) == pytest.approx(-39)
    slope = jax.grad(lambda y: landscape.log_aging_rate(39.0, 1 / y, 0.3))(1.2)
    assert float(slope) == pytest.approx(-0.3 * 39)
    assert float(landscape.nonlinearity(76.0)) == pytest.approx(0.25)


FUNCTIONS = {  # function of positive numbers only, a point, and the ends of the range
    "log_relaxation_time": ((1.1, 30.0, 0.6), (0.61, 5.0, 0.6), (1.5, 100.0, 0.0)),
    "configurational_entropy": ((0.9, 1.5, 0.6), (0.6, 0.1, 0.6), (1.5, 6.0, 0.3)),
    "surface_coefficient": ((10.0,), (4.0,), (20.0,)),
    "fragility": ((1.5, 10.0), (0.3, 5.0), (6.0, 20.0)),
    "fragility_index": ((30.0, 0.6), (5.0, 0.0), (100.0, 0.9)),
    "entropy_at_transition": ((39.0, 10.0), (20.0, 5.0), (60.0, 20.0)),
    "droplet_free_energy": ((50.0, 0.8, 1.1), (1e-3, 0.1, 0.5), (1e4, 3.0, 2.0)),
    "critical_size": ((0.8, 1.1), (0.1, 0.5), (3.0, 2.0)),
    "activation_barrier": ((0.8, 1.1), (0.1, 0.5), (3.0, 2.0)),
    "cooperative_size": ((0.8, 1.1), (0.1, 0.5), (3.0, 2.0)),
    "cooperative_length": ((39.0, 10.0), (20.0, 5.0), (60.0, 20.0)),
    "barrier_spread": ((30.0,), (5.0,), (100.0,)),
    "stretching_exponent": ((39.0, 30.0), (0.0, 5.0), (100.0, 100.0)),
    "nonlinearity": ((60.0,), (19.0,), (200.0,)),
    "log_aging_rate": ((39.0, 0.8, 0.4), (10.0, 0.1, 0.0), (100.0, 1.5, 1.0)),
    "log_state_density": ((10.0, 80.0, 0.8), (-100.0, 1.0, 0.1), (500.0, 400.0, 3.0)),
    "ground_state_energy": ((80.0, 0.8), (1e-3, 0.1), (1e4, 3.0)),
    "barrier_profile": ((30.0, 0.8), (1e-3, 0.1), (1e4, 3.0)),
    "highest_barrier": ((0.8,), (0.1,), (3.0,)),
    "log_barrier_density": ((5.0, 0.8), (0.0, 0.1), (40.0, 3.0)),
    "barrierless_fraction": ((0.8,), (0.4,), (3.0,)),
    "bias_density": ((1.3, 4.0), (0.0, 1.0), (50.0, 8.0)),
}


def test_every_function_is_in_the_table():
    assert set(FUNCTIONS) == {name for name in landscape.__all__ if name.islower()}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradients(name):
    def function(*x):
        return jnp.sum(jnp.stack(jnp.broadcast_arrays(*jax.tree.leaves(getattr(landscape, name)(*x)))))

    point, *ends = FUNCTIONS[name]
    slopes = jax.grad(function, argnums=range(len(point)))(*point)
    for i, slope in enumerate(slopes):
        step = 1e-5 * point[i]
        up, down = ([*point[:i], point[i] + sign * step, *point[i + 1 :]] for sign in (1, -1))
        difference = (function(*up) - function(*down)) / (2 * step)
        assert float(slope) == pytest.approx(float(difference), rel=1e-6, abs=1e-9)
    for end in ends:
        for dtype in (np.float64, np.float32):
            at = tuple(jnp.asarray(x, dtype) for x in end)
            value, slopes = jax.value_and_grad(function, argnums=range(len(at)))(*at)
            assert value.dtype == dtype
            assert np.all(np.isfinite([float(value), *map(float, slopes)]))


def test_lindemann_ratio_follows_through():
    # everything scales with γ²: s_c, D; the length falls as γ^{-2/3}
    ratio = float(landscape.surface_coefficient(8.0) / landscape.surface_coefficient())
    assert float(landscape.fragility(1.0, 8.0)) == pytest.approx(float(landscape.fragility(1.0)) * ratio**2)
    length = float(landscape.cooperative_length(lindemann=8.0)) / float(landscape.cooperative_length())
    assert length == pytest.approx(ratio ** (-2 / 3))
    assert float(landscape.activation_barrier(lindemann=8.0)) == pytest.approx(landscape.LOG_TIMES)
    assert float(landscape.barrier_profile(30.0, lindemann=8.0)) == pytest.approx(
        float(landscape.barrier_profile(30.0, landscape.entropy_at_transition(lindemann=8.0), lindemann=8.0))
    )


def test_arrays_broadcast():
    T, D = jnp.linspace(1.0, 1.4, 5), jnp.full(5, 30.0)
    np.testing.assert_allclose(landscape.log_relaxation_time(T, D, 0.7), 30 * 0.7 / (np.asarray(T) - 0.7))
    assert landscape.barrier_profile(T, 0.8).shape == (5,)
