"""Below tg = 3 resonances are narrower than the nodes: sums over them stay right, and smooth in the parameters."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from glassjax.lubchenko_wolynes import ripplons
from tests.oracles import ripplons as oracle

XI = 5.8
T = np.geomspace(4e-3, 0.1, 6)


def heat(omega, weights, module=np):
    """Heat capacity (6,) of oscillators ``omega`` (n,) at `T`, the lower ones classical."""
    half = module.minimum(omega[None, :] / (2 * T[:, None]), 300.0)
    return ((half / module.sinh(half)) ** 2) @ weights


@jax.jit
def ours(tg, soft):
    def one(soft):
        omega_c = ripplons.omega_c_from_softening(soft, tg, XI)
        spectrum = ripplons.broadened_spectrum(tg, omega_c, XI, gridded=False)
        return heat(spectrum.frequencies, spectrum.weights, jnp)

    return jax.lax.map(one, soft)


@pytest.mark.parametrize(("tg", "tolerance"), [(1.0, 1e-3), (2.0, 2e-4), (3.5, 2e-5)])
@pytest.mark.parametrize("soft", [0.5, 0.7, 0.85])
def test_sums_against_adaptive_integration(tg, soft, tolerance):
    """The tolerance is what `broadened_spectrum` states; unwidened resonances would scatter by 2e-2 at tg = 1."""
    rule = oracle.broadened(tg, oracle.critical_cutoff(tg, soft, XI), XI)
    expected = heat(*rule)
    np.testing.assert_allclose(ours(tg, jnp.full(40, soft))[0], expected, rtol=tolerance)


@pytest.mark.parametrize("tg", [0.7, 1.0, 2.0, 4.0])
def test_sums_are_smooth(tg):
    """Forty steps of 1e-3 in ln softening leave less than 2e-5 beside a quartic, or chains would be kicked about."""
    step = np.arange(-20, 20)
    for soft in (0.3, 0.6, 0.8):
        y = np.log(ours(tg, soft * (1 + 1e-3 * step)))
        rest = y - np.stack([np.polyval(np.polyfit(step, column, 4), step) for column in y.T], axis=1)
        assert np.abs(rest).max() < 2e-5
