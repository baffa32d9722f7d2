"""Two glasses in one NumPyro model: quantum mixing is the same in both, everything else is each glass's own.

    python fits/numpyro_two_glasses.py

B follows from the size of a domain in beads alone (Eq. 64 and 65), so silica and the polymer Torlon share it. The noise
is Student's t with a width for each glass: a row that fits badly is forgiven instead of bent to. The theory is a pytree
of its parameters, and so is a glass of its constants: one `jax.vmap` evaluates both.
"""

import argparse
import time

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
from jax import Array
from numpyro.diagnostics import summary
from numpyro.infer import MCMC, NUTS, init_to_value

import glassjax as gj

GLASSES = ("a-SiO2", "Torlon")
RANGE = {"a-SiO2": (0.08, 100.0), "Torlon": (0.4, 3.0)}  # K
ROWS = 11  # of each glass: all of Torlon's, every third of silica's
# Of the beads; silica's is known to 5 %, Torlon's has no source.
DEBYE = {"median": np.array([342.0, 130.0]), "spread": np.array([0.05, 0.4])}
SENSIBLE = {
    "B": 150.0,
    "softening": np.array([0.4, 0.4]),
    "R": np.array([200.0, 100.0]),
    "debye_temperature": DEBYE["median"],
    "width": np.array([0.15, 0.15]),
}


def data() -> tuple[np.ndarray, np.ndarray]:
    """Temperatures in K and ln κ, each (2, ROWS)."""
    columns = []
    for name in GLASSES:
        measured = next(m for m in gj.load_measurements(name, role="fit") if m.quantity == "kappa")
        measured = measured.between(*RANGE[name])
        chosen = np.linspace(0, len(measured) - 1, ROWS).round().astype(int)
        columns.append((measured.temperature[chosen], np.log(measured.value[chosen])))
    T, log_kappa = zip(*columns, strict=True)
    return np.stack(T), np.stack(log_kappa)


def model(T: np.ndarray, log_kappa: np.ndarray, heavy: float = 4.0) -> None:
    """Conductivity of both glasses; ``heavy`` is the number of degrees of freedom of Student's t."""
    B = numpyro.sample("B", dist.LogNormal(np.log(200.0), 1.0))
    with numpyro.plate("glass", len(GLASSES)):
        softening = numpyro.sample("softening", dist.Uniform(0.0, 0.9))
        R = numpyro.sample("R", dist.LogNormal(np.log(150.0), 0.5))
        width = numpyro.sample("width", dist.HalfNormal(0.3))
        debye = numpyro.sample("debye_temperature", dist.LogNormal(np.log(DEBYE["median"]), DEBYE["spread"]))

    def log_conductivity(T: Array, softening: Array, R: Array, glass: gj.Glass) -> Array:
        theory = gj.LubchenkoWolynes(B=B, R=R, c=0.0).at({"softening": softening}, glass)
        return jnp.log(theory.thermal_conductivity(T, glass))

    glasses = [gj.load_glass(name).replace(name="both") for name in GLASSES]
    both = jax.tree.map(lambda *constants: jnp.stack([jnp.asarray(x) for x in constants]), *glasses)
    both = both.replace(debye_temperature=debye)
    mean = jax.vmap(log_conductivity)(jnp.asarray(T), softening, R, both)
    numpyro.sample("log_kappa", dist.StudentT(heavy, mean, width[:, None]).to_event(2), obs=log_kappa)


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
    mcmc = MCMC(
        NUTS(model, init_strategy=init_to_value(values=SENSIBLE), dense_mass=True, max_tree_depth=7),
        num_warmup=options.warmup,
        num_samples=options.draws,
        num_chains=options.chains,
        progress_bar=False,
    )
    clock = time.perf_counter()
    mcmc.run(jax.random.key(options.seed), *data())
    print(f"{options.chains} chains of {options.draws} draws in {time.perf_counter() - clock:.0f} s")
    print(f"{'':28} {'median':>9} {'5.5%':>9} {'94.5%':>9} {'draws':>6} {'R-hat':>6}")
    for name, row in summary(mcmc.get_samples(group_by_chain=True), prob=0.89).items():
        columns = [np.atleast_1d(row[key]) for key in ("median", "5.5%", "94.5%", "n_eff", "r_hat")]
        for i, (median, low, high, n, rhat) in enumerate(zip(*columns, strict=True)):
            label = name if np.ndim(row["median"]) == 0 else f"{name} of {GLASSES[i]}"
            print(f"{label:28} {median:9.4g} {low:9.4g} {high:9.4g} {n:6.0f} {rhat:6.3f}")
    print(f"divergent draws: {int(np.sum(mcmc.get_extra_fields()['diverging']))}")


if __name__ == "__main__":
    main()
