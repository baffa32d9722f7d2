"""Effective draws per second, and a maximum by least squares: glassjax against emcee and SciPy on silica.

python benchmarks/fitting.py [--json FILE] [--quick]

The posterior is that of the shipped study a-SiO2-saddle, whose states everybody counts by the paper's saddle point; the
default counting, a-SiO2's "uniform", is reported for glassjax too. ``competitors.posterior`` writes the log posterior
once more; the table says how far it is from glassjax's.

Draws: NUTS in glassjax, and emcee's stretch moves with four walkers a dimension that begin in Laplace's Gaussian. The
effective draws are the fewest of any parameter: bulk ones of ranks for NUTS, samples/τ for emcee. emcee runs on
glassjax's own compiled log posterior, a batch of walkers at a time. On the rivals' it would draw the same chain, so
there the effective draws an evaluation are taken from that run and the evaluations a second measured: "extrapolated".
τ is known to a few per cent from a chain of some 40 τ, and comes out too small from the short one of --quick.

Maxima: Levenberg-Marquardt from the priors' medians, in glassjax with its derivatives, in SciPy on the same residuals
(rows, priors, barrier) with finite differences, every evaluation counted.
"""

import argparse
import os
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

sys.path.insert(0, str(Path(__file__).parent))
from timing import Row, interruptible, machine, need, new_file, show, write_json

STUDIES = {"saddle": "a-SiO2-saddle", "uniform": "a-SiO2"}
SEED = 1
STEP = 1e-4
"""Absolute step of finite differences in the sampling coordinates, where every prior is a unit normal."""

LogPosterior = Callable[[np.ndarray], float]


def rivals() -> dict[str, Callable[..., Any]]:
    """Return the theories of ``competitors`` by name."""
    from competitors import numba_theory, numpy_fast, numpy_theory

    return {
        "NumPy script": numpy_theory.answers,
        "the same algorithm in NumPy": numpy_fast.answers,
        "numba, 1 thread": partial(numba_theory.answers, with_kernels=numba_theory.kernels(False)),
    }


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """Return the result of a call and how many seconds it took."""
    begin = time.perf_counter()
    result = call()
    return result, time.perf_counter() - begin


# ------------------------------------------------------------------ draws


def nuts(study: Any, start: Any, counting: str, draws: int) -> Row:
    """Sample after a short run that compiles; ``seconds`` is with warmup and diagnostics."""
    sampler = study.sampler.replace(draws=draws)
    _, short = timed(lambda: study.sample(seed=SEED, start=start, draws=8, progress=False))
    posterior, warm = timed(lambda: study.sample(seed=SEED, start=start, draws=draws, progress=False))
    effective = min(posterior.diagnostics["ess_bulk"].values())
    steps = np.asarray(posterior.tree["sample_stats"]["n_steps"])
    # gradients of the warmup are not kept: those of as many draws
    gradients = float(steps.sum()) * (1 + sampler.warmup / sampler.draws)
    return {
        "task": "draws",
        "candidate": "glassjax NUTS",
        "counting": counting,
        "settings": f"{sampler.chains} chains of {sampler.warmup} + {sampler.draws}",
        "ess": effective,
        "seconds": warm,
        "compile_s": max(short - warm * (sampler.warmup + 8) / (sampler.warmup + draws), 0.0),
        "evaluations": gradients,
        "evaluations_per_s": gradients / warm,
        "ess_per_evaluation": effective / gradients,
        "ess_per_s": effective / warm,
        "extrapolated": False,
    }


def stretch(log_posterior: Any, begins: np.ndarray, steps: int, vectorised: bool) -> dict[str, float]:
    """Run emcee from ``begins`` (walkers, d); τ, effective draws and time, a quarter of the steps left out."""
    import emcee

    walkers, d = begins.shape
    state = np.random.RandomState(SEED).get_state()
    sampler = emcee.EnsembleSampler(walkers, d, log_posterior, vectorize=vectorised)
    sampler.random_state = state
    _, seconds = timed(lambda: sampler.run_mcmc(begins, steps))
    burn = steps // 4
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tau = float(np.max(sampler.get_autocorr_time(discard=burn, tol=0)))
    return {
        "tau": tau,
        "chain_over_tau": (steps - burn) / tau,
        "ess": walkers * (steps - burn) / tau,
        "evaluations": float(walkers * (steps + 1)),
        "seconds": seconds,
    }


def glassjax_emcee(study: Any, start: Any, steps: int) -> Row:
    """Run emcee on glassjax's log posterior, compiled for half the walkers at once."""
    import jax

    from glassjax.problem.compiling import quick_jit

    program = quick_jit(jax.vmap(study.likelihood.log_posterior))

    def log_posterior(z: np.ndarray) -> np.ndarray:
        found = np.asarray(program(z))
        return np.where(np.isfinite(found), found, -np.inf)

    begins = laplace_draws(start)
    _, first = timed(lambda: log_posterior(begins[: len(begins) // 2]))
    log_posterior(begins)
    found = stretch(log_posterior, begins, steps, vectorised=True)
    return sampled("emcee on glassjax's log posterior", found, extrapolated=False) | {
        "settings": f"{len(begins)} walkers of {found['chain_over_tau']:.0f} τ, in batches",
        "compile_s": first,
    }


def sampled(candidate: str, found: dict[str, float], extrapolated: bool) -> Row:
    """Make a row of what `stretch` found."""
    return {
        "task": "draws",
        "candidate": candidate,
        "counting": "saddle",
        **found,
        "evaluations_per_s": found["evaluations"] / found["seconds"],
        "ess_per_evaluation": found["ess"] / found["evaluations"],
        "ess_per_s": found["ess"] / found["seconds"],
        "extrapolated": extrapolated,
    }


def laplace_draws(start: Any, each: int = 4) -> np.ndarray:
    """Draw ``each`` points a dimension from Laplace's Gaussian: (walkers, d)."""
    rng = np.random.default_rng(SEED)
    return rng.multivariate_normal(start.coordinate, start.covariance, each * len(start.coordinate))


def rival_emcee(name: str, log_posterior: LogPosterior, points: np.ndarray, known: Row, budget: float) -> Row:
    """Evaluate a rival's log posterior at draws for ``budget`` s; ESS an evaluation is that of ``known``."""
    _, first = timed(lambda: log_posterior(points[0]))
    times: list[float] = []
    while sum(times) < budget or len(times) < 3:
        z = points[len(times) % len(points)]
        times.append(timed(lambda z=z: log_posterior(z))[1])
    rate = 1 / statistics.mean(times)
    return {
        "task": "draws",
        "candidate": f"emcee on {name}",
        "counting": "saddle",
        "settings": f"{len(times)} evaluations timed",
        "ess": None,
        "seconds": None,
        "compile_s": max(first - statistics.median(times), 0.0),
        "evaluations": float(len(times)),
        "evaluations_per_s": rate,
        "ess_per_evaluation": known["ess_per_evaluation"],
        "ess_per_s": rate * known["ess_per_evaluation"],
        "extrapolated": True,
    }


# ------------------------------------------------------------------ maxima


def glassjax_maximum(study: Any, counting: str) -> Row:
    """Levenberg-Marquardt of glassjax from the priors' medians: the climb alone, and all of ``maximise``."""
    from glassjax.fitting.maximise import climb, spread

    def whole() -> Any:
        return study.maximise(method="levenberg-marquardt", starts=1)

    _, cold = timed(whole)
    maximum, warm = timed(whole)
    likelihood = study.likelihood
    linearise, calls = likelihood.information, []

    def counted(z: np.ndarray) -> Any:
        calls.append(z)
        return linearise(z)

    likelihood.information = counted
    try:
        (outcome,), climbing = timed(
            lambda: climb(likelihood, spread(study, 1, 0), study.sampler.steps, "levenberg-marquardt")
        )
    finally:
        del likelihood.information
    return {
        "task": "maximum",
        "candidate": "glassjax",
        "counting": counting,
        "seconds": climbing,
        "compile_s": max(cold - warm, 0.0),
        "with_intervals_s": warm,
        "evaluations": len(calls),
        "jacobians": len(calls),
        "log_posterior": outcome.log_posterior,
        "end": outcome.end.tolist(),
        "apart": distance(outcome.end, maximum),
    }


def scipy_maximum(name: str, posterior: Any, reference: Any) -> Row:
    """`scipy.optimize.least_squares` by MINPACK's Levenberg-Marquardt from the priors' medians."""
    from scipy.optimize import least_squares

    calls = [0]

    def residuals(z: np.ndarray) -> np.ndarray:
        calls[0] += 1
        return posterior.residuals(z)

    def jacobian(z: np.ndarray) -> np.ndarray:
        here = residuals(z)
        return np.stack([(residuals(z + step) - here) / STEP for step in STEP * np.eye(len(z))], axis=-1)

    begin = np.zeros(len(posterior.priors))
    _, first = timed(lambda: posterior.residuals(begin))
    _, again = timed(lambda: posterior.residuals(begin))
    found, seconds = timed(
        lambda: least_squares(residuals, begin, jac=jacobian, method="lm", xtol=1e-6, ftol=1e-9, gtol=1e-9)
    )
    return {
        "task": "maximum",
        "candidate": f"scipy least_squares on {name}",
        "counting": "saddle",
        "seconds": seconds,
        "compile_s": max(first - again, 0.0),
        "with_intervals_s": None,
        "evaluations": calls[0],
        "jacobians": found.njev,
        "log_posterior": posterior.log_posterior(found.x),
        "end": found.x.tolist(),
        "apart": distance(found.x, reference),
    }


def distance(z: np.ndarray, maximum: Any) -> float:
    """Distance of ``z`` (d,) from a maximum in standard deviations of its Laplace Gaussian."""
    root = np.linalg.cholesky(maximum.covariance)
    return float(np.linalg.norm(np.linalg.solve(root, z - maximum.coordinate)))


# ------------------------------------------------------------------ all of it


def agreement(study: Any, posteriors: dict[str, Any], points: np.ndarray) -> dict[str, float]:
    """Largest less smallest difference from glassjax's log posterior at ``points`` (n, d), by rival."""
    known = np.array([-study.likelihood.evaluate(z)[0] for z in points])
    return {
        name: float(np.ptp([posterior.log_posterior(z) - k for z, k in zip(points, known, strict=True)]))
        for name, posterior in posteriors.items()
    }


def run(quick: bool) -> dict[str, Any]:
    """Measure everything, and say on stderr how far it has come."""
    from competitors.posterior import Posterior

    import glassjax as gj

    begin = time.perf_counter()

    def said(row: Row) -> Row:
        spent = time.perf_counter() - begin
        print(
            f"{spent:5.0f} s: {row['task']}, {row['candidate']}, {row['counting']}",
            file=sys.stderr,
            flush=True,
        )
        return row

    study = gj.Study.load(STUDIES["saddle"])
    posteriors = {name: Posterior(study, answers) for name, answers in rivals().items()}
    maxima = [said(glassjax_maximum(study, "saddle"))]
    start = study.maximise(starts=1 if quick else None)
    points = laplace_draws(start)
    spread = agreement(study, posteriors, points[: 4 if quick else 12])
    maxima += [said(scipy_maximum(name, posterior, start)) for name, posterior in posteriors.items()]

    kept = 150 if quick else study.sampler.draws
    draws = [said(nuts(study, start, "saddle", kept))]
    on_glassjax = said(glassjax_emcee(study, start, 300 if quick else 3000))
    draws.append(on_glassjax)
    budget = 3.0 if quick else 10.0
    for name, posterior in posteriors.items():
        draws.append(said(rival_emcee(name, posterior.log_posterior, points, on_glassjax, budget)))
    if not quick:
        other = gj.Study.load(STUDIES["uniform"])
        maxima.insert(1, said(glassjax_maximum(other, "uniform")))
        draws.insert(1, said(nuts(other, other.maximise(), "uniform", kept)))
    best = draws[0]["ess_per_s"]
    for row in draws:
        row["ratio"] = row["ess_per_s"] / best
    for row in maxima:
        row["ratio"] = row["seconds"] / maxima[0]["seconds"]
    return {"agreement": spread, "rows": draws + maxima}


def print_rows(console: Console, found: dict[str, Any], about: str) -> None:
    """Print a table of draws and one of maxima."""

    def number(value: Any, form: str) -> str:
        return "" if value is None else format(value, form)

    head = [
        "candidate",
        "counting",
        "settings",
        "ESS",
        "s",
        "compile s",
        "evaluations/s",
        "ESS/evaluation",
        "ESS/s",
    ]
    lines = []
    for row in (row for row in found["rows"] if row["task"] == "draws"):
        numbers = [number(row["ess"], ".0f"), number(row["seconds"], ".1f"), number(row["compile_s"], ".1f")]
        numbers += [number(row["evaluations_per_s"], ".3g"), number(row["ess_per_evaluation"], ".4f")]
        each = number(row["ess_per_s"], ".3g") + (" (extrapolated)" if row["extrapolated"] else "")
        lines.append([row["candidate"], row["counting"], row["settings"], *numbers, each])
    show(console, "effective draws", head, lines, ("candidate", "counting", "settings"))
    lines = []
    for row in (row for row in found["rows"] if row["task"] == "maximum"):
        numbers = [number(row["seconds"], ".3f"), number(row["compile_s"], ".1f"), str(row["evaluations"])]
        numbers += [number(row["log_posterior"], ".4f"), number(row["apart"], ".4f")]
        lines.append([row["candidate"], row["counting"], *numbers])
    head = ["candidate", "counting", "s", "compile s", "evaluations", "ln posterior", "apart (sd)"]
    show(console, "Levenberg-Marquardt", head, lines, ("candidate", "counting"))
    apart = ", ".join(f"{name} {value:.1e}" for name, value in found["agreement"].items())
    console.print(f"spread of the difference from glassjax's log posterior: {apart}")
    console.print(about)


def main() -> None:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", type=new_file, help="file for all numbers, with machine, versions and load")
    parser.add_argument("--quick", action="store_true", help="short chains, one start, one counting")
    options = parser.parse_args()
    need(parser, "emcee", "numba")
    import numpyro

    numpyro.set_host_device_count(2)  # two chains side by side, as `glassjax fit` runs them
    import glassjax

    glassjax.enable_x64()
    before = machine()
    found, seconds = timed(lambda: run(options.quick))
    after = machine()["load"]
    about = f"{before['processor']}, {before['cores']} cores; load before {before['load']}, after {after}"
    print_rows(Console(width=None if os.isatty(1) else 180), found, f"{about}; {seconds:.0f} s in all")
    write_json(options.json, {"machine": before | {"load_after": after}, "seconds": seconds, **found})


if __name__ == "__main__":
    interruptible(main)
