"""Silica's conductivity in a NumPyro model of one's own: the theory is a component, priors and noise are yours.

    python fits/numpyro_silica.py

This is `fits/a-SiO2-kappa.toml` written out in NumPyro, but for the discrepancy, whose size and reach are free here.
Anything NumPyro knows may stand in its place: other priors, a heavier noise, a hierarchy over samples.
`glassjax fit` is quicker (it compiles one program instead of three and starts at the maximum) and judges its own
result; a model of one's own is for what a study file cannot say.
"""

import argparse
import time

import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
from jax import Array, random
from numpyro.diagnostics import summary
from numpyro.infer import MCMC, NUTS, init_to_value

import glassjax as gj

SENSIBLE = {"softening": 0.4, "c": 0.03, "B": 150.0, "R": 200.0, "amplitude": 0.2, "length": 0.5}


def data() -> gj.Measurement:
    """Conductivity of Cahill & Pohl from 0.08 to 100 K, where the theory is meant."""
    [measured] = [m for m in gj.load_measurements("a-SiO2", role="fit") if m.quantity == "kappa"]
    return measured.between(0.08, 100.0)


def matern(x: Array, length: Array) -> Array:
    """Matérn-5/2 correlation (n, n) of points ``x`` (n,)."""
    s = jnp.sqrt(5.0) * jnp.abs(x[:, None] - x[None, :]) / length
    return (1 + s + s**2 / 3) * jnp.exp(-s)


def model(measured: gj.Measurement, glass: gj.Glass) -> None:
    """Ln κ is the theory's, plus a smooth curve in ln T that the theory misses, plus the errors of the source."""
    softening = numpyro.sample("softening", dist.Uniform(0.0, 0.9))
    c = numpyro.sample("c", dist.HalfNormal(0.1))
    B = numpyro.sample("B", dist.LogNormal(np.log(200.0), 1.0))
    R = numpyro.sample("R", dist.LogNormal(np.log(150.0), 0.5))
    amplitude = numpyro.sample("amplitude", dist.HalfNormal(0.3))
    length = numpyro.sample("length", dist.LogNormal(np.log(0.5), 0.5))

    theory = gj.LubchenkoWolynes(c=c, B=B, R=R).at({"softening": softening}, glass)
    kappa = theory.thermal_conductivity(measured.temperature, glass)
    smooth = amplitude**2 * matern(jnp.log(measured.temperature), length)
    numpyro.sample(
        "kappa",
        dist.MultivariateNormal(jnp.log(kappa), covariance_matrix=smooth + measured.covariance()),
        obs=jnp.log(measured.value),
    )


def main() -> None:
    """Run NUTS and print the posterior with R-hat."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--warmup", type=int, default=300)
    parser.add_argument("--draws", type=int, default=500)
    parser.add_argument("--chains", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    numpyro.set_host_device_count(options.chains)  # chains side by side; before JAX computes anything
    gj.enable_x64()
    kernel = NUTS(model, init_strategy=init_to_value(values=SENSIBLE), dense_mass=True, max_tree_depth=7)
    mcmc = MCMC(
        kernel,
        num_warmup=options.warmup,
        num_samples=options.draws,
        num_chains=options.chains,
        progress_bar=False,
    )
    clock = time.perf_counter()
    mcmc.run(random.key(options.seed), data(), gj.load_glass("a-SiO2"))
    print(f"{options.chains} chains of {options.draws} draws in {time.perf_counter() - clock:.0f} s")
    table = summary(mcmc.get_samples(group_by_chain=True), prob=0.89)
    print(f"{'':10} {'median':>9} {'5.5%':>9} {'94.5%':>9} {'draws':>6} {'R-hat':>6}")
    for name, row in table.items():
        median, low, high, n, rhat = (
            float(row[key]) for key in ("median", "5.5%", "94.5%", "n_eff", "r_hat")
        )
        print(f"{name:10} {median:9.4g} {low:9.4g} {high:9.4g} {n:6.0f} {rhat:6.3f}")
    print(f"divergent draws: {int(np.sum(mcmc.get_extra_fields()['diverging']))}")


if __name__ == "__main__":
    main()
