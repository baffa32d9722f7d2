"""Posteriors whose shape is known, through `Study.maximise`, `Study.sample` and `Study.laplace`.

A study of one row that says nothing has its priors for a posterior; the theory's barrier turns them into any density
over its parameters x1, x2, …: it adds the logarithm of the target and takes the prior away. Maximum, metric, chains
and verdict are those of every fit. Errors of averages over chains are those of batch means (Flegal & Jones 2010),
those over weighed draws of the scatter of weight times deviation, and of taking draws again by their weights.
"""

import json
import math
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from scipy import stats
from scipy.signal import lfilter

from glassjax import Study
from glassjax.results.arviz_bridge import effective_within, pareto_smooth
from glassjax.results.modes import find_modes
from tests.inference.toys import GLASS, measurement, normal

from .blank import DIMENSIONS, Blank

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
BATCHES = 80
WEIGHINGS = 10
"""Seeds of weighed draws."""


class Known(NamedTuple):
    """A target: log density of x (d,), priors, exact quantile functions by parameter, means and variances.

    Normal priors are taken out of the density again, others are part of the target. ``settings`` are the sampler's;
    ``modes`` and ``powers`` are what a result should tell, places of the maxima of x1 and powers of a combination.
    """

    name: str
    log_density: Callable[[Any], Any]
    free: dict[str, Any]
    exact: dict[str, Any]
    settings: dict[str, Any] = {}  # noqa: RUF012
    modes: tuple[float, ...] = ()
    powers: dict[str, float] = {}  # noqa: RUF012


def study_of(target: Known, **settings: Any) -> Study:
    """Make the study whose posterior is the target."""

    class Target(Blank):
        def log_barrier(self, glass: Any) -> Any:
            x = jnp.stack([jnp.asarray(getattr(self, name)) for name in target.free])
            total = target.log_density(x)
            for value, prior in zip(x, target.free.values(), strict=True):
                if prior["distribution"] == "normal":
                    total += 0.5 * ((value - prior["mean"]) / prior["sd"]) ** 2
            return total

    row = measurement("kappa", n=1, offset=0.0, slope=0.0)
    data = [replace(row, value=np.ones(1), error=np.full(1, 0.1))]
    return Study(
        glass=GLASS,
        theory=Target(),
        data=data,
        free=target.free,
        discrepancy=False,
        name=target.name,
        sampler=settings,
    )


def _names(d: int) -> list[str]:
    return [f"x{i}" for i in range(1, d + 1)]


def gaussian() -> Known:
    """A Gaussian in 10 dimensions whose covariance has condition 10⁴, turned at random."""
    turn = stats.ortho_group(DIMENSIONS, seed=3).rvs()
    covariance = turn @ np.diag(np.geomspace(1e-2, 1e2, DIMENSIONS)) @ turn.T
    precision = jnp.asarray(np.linalg.inv(covariance))
    mean = np.arange(DIMENSIONS) - 4.0
    names = _names(DIMENSIONS)
    exact = {
        n: stats.norm(m, math.sqrt(v)) for n, m, v in zip(names, mean, np.diagonal(covariance), strict=True)
    }
    free = dict.fromkeys(names, normal(0.0, 10.0))
    return Known("gaussian", lambda x: -0.5 * (x - mean) @ precision @ (x - mean), free, exact)


def student() -> Known:
    """Student's t with five degrees of freedom, in each of four parameters."""
    names = _names(4)
    free = dict.fromkeys(names, normal(0.0, 2.0))
    return Known(
        "student", lambda x: -3.0 * jnp.sum(jnp.log1p(x**2 / 5)), free, dict.fromkeys(names, stats.t(5))
    )


def log_normal() -> Known:
    """A log-normal prior that no data narrow, and a log-normal density over normal coordinates turned to it."""
    free = {"x1": {"distribution": "log-normal", "median": 2.0, "spread": 0.5}, "x2": normal(3.0, 3.0)}
    exact = {"x1": stats.lognorm(0.5, scale=2.0), "x2": stats.lognorm(0.3, scale=3.0)}

    def log_density(x: Any) -> Any:
        safe = jnp.maximum(x[1], 1e-3)
        return -0.5 * (jnp.log(safe / 3.0) / 0.3) ** 2 - jnp.log(safe) - 1e3 * (safe - x[1])

    return Known("log-normal", log_density, free, exact)


def truncated() -> Known:
    """A normal density cut by the bounds of a uniform prior, beside its maximum and beyond it."""
    free = {name: {"distribution": "uniform", "low": 0.0, "high": 10.0} for name in _names(3)}
    centres = np.array([1.0, 0.0, -1.0])
    exact = {
        name: stats.truncnorm(-c, 10.0 - c, loc=c) for name, c in zip(free, centres.tolist(), strict=True)
    }
    return Known("truncated", lambda x: -0.5 * jnp.sum((x - centres) ** 2), free, exact)


class _Banana:
    """Marginal of x2 = x1² + 0.5 e, both normal: moments exactly, quantiles by quadrature."""

    def mean(self) -> float:
        return 1.0

    def var(self) -> float:
        return 2.25

    def ppf(self, levels: Any) -> np.ndarray:
        nodes, weights = np.polynomial.hermite_e.hermegauss(150)
        weights = weights / weights.sum()
        grid = np.linspace(-4.0, 30.0, 20001)
        below = stats.norm.cdf((grid[:, None] - nodes**2) / 0.5) @ weights
        return np.interp(levels, below, grid)


def banana() -> Known:
    """x1 normal, x2 normal around x1² (after Haario, Saksman & Tamminen 1999)."""
    free = {"x1": normal(0.0, 1.5), "x2": normal(0.0, 3.0)}
    exact = {"x1": stats.norm(), "x2": _Banana()}
    settings = {"target_accept": 0.98, "draws": 2000}  # short steps for the bend
    return Known(
        "banana", lambda x: -0.5 * (x[0] ** 2 + ((x[1] - x[0] ** 2) / 0.5) ** 2), free, exact, settings
    )


class _Shoulder:
    """Half of a normal at 0 of deviation 0.1, half of one at 1.2 of deviation 0.4: moments and quantiles."""

    places, widths = np.array([0.0, 1.2]), np.array([0.1, 0.4])

    def mean(self) -> float:
        return float(self.places.mean())

    def var(self) -> float:
        return float(np.mean(self.widths**2 + self.places**2) - self.mean() ** 2)

    def ppf(self, levels: Any) -> np.ndarray:
        grid = np.linspace(-2.0, 5.0, 100001)
        return np.interp(levels, stats.norm.cdf(grid[:, None], self.places, self.widths).mean(axis=1), grid)


class _Hook:
    """Marginal of x2 = tanh 2 x1 + 0.02 e, x1 of `_Shoulder` and e normal: by quadrature."""

    x1 = np.linspace(-0.8, 3.6, 8801)
    weight = stats.norm.pdf(x1[:, None], _Shoulder.places, _Shoulder.widths).sum(axis=1)
    weight = weight / weight.sum()

    def mean(self) -> float:
        return float(self.weight @ np.tanh(2 * self.x1))

    def var(self) -> float:
        return float(self.weight @ np.tanh(2 * self.x1) ** 2 - self.mean() ** 2 + 0.02**2)

    def ppf(self, levels: Any) -> np.ndarray:
        grid = np.linspace(-1.5, 1.5, 3001)
        below = stats.norm.cdf((grid[:, None] - np.tanh(2 * self.x1)) / 0.02) @ self.weight
        return np.interp(levels, below, grid)


def hook() -> Known:
    """A normal x1 with a shoulder of half of the mass at twelve of its deviations, x2 within 0.02 of tanh 2 x1."""
    free = {"x1": normal(0.0, 1.0), "x2": normal(0.0, 1.0)}

    def log_density(x: Any) -> Any:
        sides = [
            -0.5 * ((x[0] - p) / w) ** 2 - math.log(w)
            for p, w in zip(_Shoulder.places, _Shoulder.widths, strict=True)
        ]
        return jnp.logaddexp(*sides) - 0.5 * ((x[1] - jnp.tanh(2 * x[0])) / 0.02) ** 2

    return Known("hook", log_density, free, {"x1": _Shoulder(), "x2": _Hook()}, {"target_accept": 0.98})


class _Neck:
    """Marginal of a funnel's x: normal of the scale e^{v/2}, v normal of deviation 3; only the median is tested."""

    def mean(self) -> float:
        return 0.0

    def var(self) -> float:
        return math.nan

    def ppf(self, levels: Any) -> np.ndarray:
        return np.where(np.asarray(levels) == 0.5, 0.0, np.nan)


def funnel() -> Known:
    """Neal's funnel (2003): x1 = v normal of deviation 3, nine others of the scale e^{v/2}."""
    names = _names(DIMENSIONS)
    free = {"x1": normal(0.0, 3.0)} | dict.fromkeys(names[1:], normal(0.0, 5.0))
    exact = {"x1": stats.norm(0.0, 3.0)} | dict.fromkeys(names[1:], _Neck())

    def log_density(x: Any) -> Any:
        return -(x[0] ** 2) / 18 - 0.5 * jnp.sum(x[1:] ** 2) * jnp.exp(-x[0]) - 4.5 * x[0]

    return Known("funnel", log_density, free, exact)


def two_modes(apart: float, share: float) -> Known:
    """Two normal modes of x1 ``apart`` in their deviation, the upper with ``share`` of the mass, beside a normal x2."""
    free = {"x1": normal(0.0, 5.0), "x2": normal(0.0, 1.0)}
    places = (-apart / 2, apart / 2)

    def log_density(x: Any) -> Any:
        sides = [jnp.log(w) - 0.5 * (x[0] - p) ** 2 for p, w in zip(places, (1 - share, share), strict=True)]
        return jnp.logaddexp(*sides) - 0.5 * x[1] ** 2

    return Known(f"modes {apart:g} apart, {share:.0%} above", log_density, free, {}, modes=places)


def product() -> Known:
    """x1 x2 known to 2 %, two log-normal priors."""
    free = {n: {"distribution": "log-normal", "median": 2.0, "spread": 0.7} for n in _names(2)}
    known = Known("product", lambda x: -0.5 * (jnp.log(x[0] * x[1] / 3) / 0.02) ** 2, free, {})
    return known._replace(powers={"x1": 1.0, "x2": 1.0})


def power() -> Known:
    """x1² x2 x3 known to 1 %, beside a parameter of its own."""
    free = {n: {"distribution": "log-normal", "median": 1.0, "spread": 0.5} for n in _names(4)}
    known = Known("power", lambda x: -0.5 * (jnp.log(x[0] ** 2 * x[1] * x[2]) / 0.01) ** 2 - x[3], free, {})
    return known._replace(powers={"x1": 1.0, "x2": 0.5, "x3": 0.5})


def total() -> Known:
    """x1 − 3 x2 known to 0.01, of parameters that may have either sign."""
    free = dict.fromkeys(_names(2), normal(0.0, 1.0))

    def log_density(x: Any) -> Any:
        return -0.5 * (((x[0] - 3 * x[1] - 0.4) / 0.01) ** 2 + jnp.sum(x**2))

    return Known("sum", log_density, free, {}, powers={"x1": 1.0, "x2": -3.0})


TOLD: dict[str, Callable[[], Known]] = {
    "two modes, mixed": lambda: two_modes(4.5, 0.5),
    "two modes, uneven": lambda: two_modes(5.0, 0.3),
    "two modes, apart": lambda: two_modes(12.0, 0.5),
    "two modes, apart and uneven": lambda: two_modes(9.0, 0.2),
    "product": product,
    "power": power,
    "sum": total,
}
"""Posteriors that a result must not average."""

TARGETS: dict[str, Callable[[], Known]] = {
    "gaussian": gaussian,
    "student": student,
    "log-normal": log_normal,
    "truncated": truncated,
    "banana": banana,
    "hook": hook,
    "funnel": funnel,
}


def error(values: np.ndarray) -> float:
    """Standard error of the mean of ``values`` (chains, n), from the scatter of the means of batches."""
    chains, n = values.shape
    size = n // (BATCHES // chains)
    means = values[:, : size * (BATCHES // chains)].reshape(-1, size).mean(axis=1)
    return float(np.std(means, ddof=1) / math.sqrt(len(means)))


def deviations(
    draws: dict[str, np.ndarray], exact: dict[str, Any], error: Callable[[np.ndarray], float] = error
) -> dict[str, float]:
    """Mean, variance, shares below exact quantiles of ``draws`` (chains, n), less what is exact, in standard errors."""
    found = {}
    for name, known in exact.items():
        x = draws[name]
        tests = {"mean": (x, known.mean()), "variance": ((x - known.mean()) ** 2, known.var())}
        cuts = np.asarray(known.ppf(np.array(QUANTILES)))
        tests |= {
            f"{q:.0%}": (1.0 * (x < cut), q)
            for q, cut in zip(QUANTILES, cuts, strict=True)
            if np.isfinite(cut)
        }
        for what, (values, truth) in tests.items():
            if np.isfinite(truth):
                off, width = float(values.mean() - truth), error(values)
                found[f"{what} of {name}"] = off / width if width > 0 else math.copysign(math.inf, off)
    return found


def draw(target: Known, *, seed: int = 0, **settings: Any) -> Any:
    """Maximise and sample a target: the posterior as every fit returns it."""
    chosen = (
        {"chains": 4, "warmup": 300, "draws": 1000, "chain_method": "parallel"} | target.settings | settings
    )
    return study_of(target, **chosen).sample(seed=seed, progress=False)


def weigh(target: Known, seeds: int) -> list[tuple[Any, dict[str, float]]]:
    """Maximise a target from eight starts and draw from around the maxima: result and `deviations` by seed."""
    study = study_of(target)
    best = study.maximise(starts=8)
    fits = [study.laplace(start=best, seed=seed) for seed in range(seeds)]

    def of(fit: Any) -> dict[str, float]:
        weights = np.exp(pareto_smooth(np.asarray(fit.tree["weights"]["log_weight"]))[0])
        own = (weights / weights.sum())[np.asarray(fit.tree["weights"]["index"])]

        def error(values: np.ndarray) -> float:
            squares = (values[0] - values.mean()) ** 2
            return float(np.sqrt(np.mean(own * squares) + np.mean(squares) / values.size))

        return deviations(by_chain(fit), target.exact, error)

    return [(fit, of(fit)) for fit in fits]


def by_chain(post: Any) -> dict[str, np.ndarray]:
    """Draws (chains, n) by parameter."""
    return {name: np.asarray(post.tree["posterior"][name]) for name in post.study.free}


def told(target: Known, result: Any) -> bool:
    """Whether a result tells of the modes or the ridge of its target, in words as well, and of nothing else."""
    words = " ".join(result.summary().split())
    modes = [modes for modes in getattr(result, "modes", []) if modes.name == "x1"]
    if target.modes and result.kind == "maximum":
        places = sorted(maximum["parameters"]["x1"] for maximum in result.maxima)
        return np.allclose(places, target.modes, atol=0.3) and "another maximum lies only" in words
    if target.modes:
        right = len(modes) == 1 and np.allclose(modes[0].places, target.modes, atol=0.5)
        return right and not result.ridges and "bimodal in x1" in words
    if len(result.ridges) != 1 or result.modes:
        return False
    powers = result.ridges[0].powers
    same = set(powers) == set(target.powers)
    return (
        same
        and np.allclose(list(powers.values()), list(target.powers.values()), atol=0.05)
        and ("the data fix the combination" in words)
    )


FAMILIES: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "normal": lambda rng, n: rng.standard_normal(n),
    "t, 3 degrees of freedom": lambda rng, n: rng.standard_t(3, n),
    "Cauchy": lambda rng, n: rng.standard_cauchy(n),
    "exponential": lambda rng, n: rng.exponential(size=n),
    "uniform": lambda rng, n: rng.random(n),
    "log-normal": lambda rng, n: np.exp(rng.standard_normal(n)),
    "two normals 2 deviations apart": lambda rng, n: rng.standard_normal(n) + 2.0 * (rng.random(n) < 0.5),
    "autoregressive": lambda rng, n: lfilter([1.0], [1.0, -0.9], rng.standard_normal(n)),
    "autoregressive, slow": lambda rng, n: lfilter([1.0], [1.0, -0.98], rng.standard_normal(n)),
}
"""Draws with one mode."""


def false_alarms(sets: int, seed: int = 0) -> int:
    """Count how many of ``sets`` sets of 4 × 500 draws of each of `FAMILIES` are called multimodal."""
    rng = np.random.default_rng(seed)
    count = 0
    for family in FAMILIES.values():
        for _ in range(sets):
            draws = np.stack([family(rng, 500) for _ in range(4)])
            count += find_modes("x", draws, effective_within) is not None
    return count


def kept(path: Path) -> dict[str, Any]:
    """Read what `run` keeps in ``path``."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return dict(json.loads(line) for line in lines)


def run(path: Path, seeds: int = 2) -> dict[str, Any]:
    """Draw all targets, one line a run in ``path``, from which a run that was stopped goes on."""
    found = kept(path)

    def keep(key: str, what: Callable[[], Any]) -> None:
        if key not in found:
            found[key] = what()
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps([key, found[key]]) + "\n")

    def moments(target: Known, seed: int) -> dict[str, Any]:
        post = draw(target, seed=seed)
        z = deviations(by_chain(post), target.exact)
        shown = [modes.text for modes in post.modes] + [ridge.text for ridge in post.ridges]
        return {"z": z, "ok": post.verdict.sampler.ok, "reasons": list(post.verdict.reasons), "told": shown}

    def telling(target: Known) -> dict[str, Any]:
        study = study_of(target, chains=4, warmup=300, draws=1000)
        best = study.maximise(starts=12)
        post = study.sample(start=best, progress=False)
        return {
            "maximum": told(target, best),
            "posterior": told(target, post),
            "words": [modes.text for modes in post.modes] + [ridge.text for ridge in post.ridges],
        }

    for name, make in TOLD.items():
        keep(f"told: {name}", lambda make=make: telling(make()))

    def weighing(target: Known) -> list[dict[str, Any]]:
        return [
            {
                "z": z,
                "ok": fit.verdict.sampler.ok,
                "reasons": list(fit.verdict.reasons),
                "told": told(target, fit),
            }
            for fit, z in weigh(target, WEIGHINGS)
        ]

    for name, make in (TOLD | TARGETS).items():
        keep(f"weighed: {name}", lambda make=make: weighing(make()))
    for seed in range(seeds):
        for name, make in TARGETS.items():
            keep(f"{name}, seed {seed}", lambda make=make, seed=seed: moments(make(), seed))
    keep("false alarms", lambda: false_alarms(200))
    return found


if __name__ == "__main__":
    import jax

    jax.config.update("jax_enable_x64", True)
    run(Path(sys.argv[1]))
