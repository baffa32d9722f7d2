"""NIST's certified problems of nonlinear regression, solved by `Study.maximise`.

Each problem becomes a study. Its rows stand at temperatures 1, 2, …; the theory's expansion there is the model of the
problem, in 10⁻⁹/K, at the predictors of the row. The errors are the certified residual standard deviation, but at least
10⁻⁶ of the largest value. Every parameter has a normal prior, its mean NIST's starting value and as wide as that is
large, so that the first start of `maximise` is NIST's; the theory's barrier takes the prior out of the density again,
and what is maximised is the likelihood that NIST certifies. Nothing but the study knows of the problem.
"""

import json
import re
import sys
from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from glassjax import GlassjaxError, Study
from glassjax.datasets import Measurement
from tests.inference.toys import GLASS

from .blank import Blank

FOLDER = Path(__file__).with_name("nist")
METHODS = ("bfgs", "levenberg-marquardt", "adam")
STEPS = {"bfgs": 1000, "levenberg-marquardt": 1000, "adam": 3000}
UNIT = 1e-9


def _gauss(b: Any, x: Any) -> Any:
    peaks = (b[i] * jnp.exp(-(((x - b[i + 1]) / b[i + 2]) ** 2)) for i in (2, 5))
    return b[0] * jnp.exp(-b[1] * x) + sum(peaks)


def _cubic(b: Any, x: Any) -> Any:
    above = b[0] + x * (b[1] + x * (b[2] + x * b[3]))
    return above / (1 + x * (b[4] + x * (b[5] + x * b[6])))


def _lanczos(b: Any, x: Any) -> Any:
    return sum(b[i] * jnp.exp(-b[i + 1] * x) for i in (0, 2, 4))


def _enso(b: Any, x: Any) -> Any:
    waves = ((12.0, b[1], b[2]), (b[3], b[4], b[5]), (b[6], b[7], b[8]))
    angles = [(2 * jnp.pi * x / period, c, s) for period, c, s in waves]
    return b[0] + sum(c * jnp.cos(angle) + s * jnp.sin(angle) for angle, c, s in angles)


MODELS: dict[str, Callable[[Any, Any], Any]] = {
    "Misra1a": lambda b, x: -b[0] * jnp.expm1(-b[1] * x),
    "Misra1b": lambda b, x: b[0] * (1 - (1 + b[1] * x / 2) ** -2),
    "Misra1c": lambda b, x: b[0] * (1 - (1 + 2 * b[1] * x) ** -0.5),
    "Misra1d": lambda b, x: b[0] * b[1] * x / (1 + b[1] * x),
    "Chwirut1": lambda b, x: jnp.exp(-b[0] * x) / (b[1] + b[2] * x),
    "Chwirut2": lambda b, x: jnp.exp(-b[0] * x) / (b[1] + b[2] * x),
    "Lanczos1": _lanczos,
    "Lanczos2": _lanczos,
    "Lanczos3": _lanczos,
    "Gauss1": _gauss,
    "Gauss2": _gauss,
    "Gauss3": _gauss,
    "DanWood": lambda b, x: b[0] * x ** b[1],
    "Kirby2": lambda b, x: (b[0] + x * (b[1] + x * b[2])) / (1 + x * (b[3] + x * b[4])),
    "Hahn1": _cubic,
    "Nelson": lambda b, x: b[0] - b[1] * x[0] * jnp.exp(-b[2] * x[1]),
    "MGH09": lambda b, x: b[0] * (x**2 + x * b[1]) / (x**2 + x * b[2] + b[3]),
    "MGH10": lambda b, x: b[0] * jnp.exp(b[1] / (x + b[2])),
    "MGH17": lambda b, x: b[0] + b[1] * jnp.exp(-x * b[3]) + b[2] * jnp.exp(-x * b[4]),
    "Roszman1": lambda b, x: b[0] - b[1] * x - jnp.arctan(b[2] / (x - b[3])) / jnp.pi,
    "ENSO": _enso,
    "Thurber": _cubic,
    "Rat42": lambda b, x: b[0] / (1 + jnp.exp(b[1] - b[2] * x)),
    "Rat43": lambda b, x: b[0] / (1 + jnp.exp(b[1] - b[2] * x)) ** (1 / b[3]),
    "Eckerle4": lambda b, x: b[0] / b[1] * jnp.exp(-0.5 * ((x - b[2]) / b[1]) ** 2),
    "BoxBOD": lambda b, x: -b[0] * jnp.expm1(-b[1] * x),
    "Bennett5": lambda b, x: b[0] * (b[1] + x) ** (-1 / b[2]),
}


TERMS = {
    **dict.fromkeys(("Lanczos1", "Lanczos2", "Lanczos3"), ((0, 1), (2, 3), (4, 5))),
    **dict.fromkeys(("Gauss1", "Gauss2", "Gauss3"), ((2, 3, 4), (5, 6, 7))),
    "MGH17": ((1, 3), (2, 4)),
    "ENSO": ((3, 4, 5), (6, 7, 8)),
}
"""Terms of a sum that may come out in any order, by the places of their parameters."""


class Problem(NamedTuple):
    """One problem: starts (2, d), certified parameters (d,), residual deviation, y (n,), x (n,) or (2, n)."""

    name: str
    starts: np.ndarray
    certified: np.ndarray
    residual: float
    y: np.ndarray
    x: np.ndarray


class Outcome(NamedTuple):
    """Digits that agree, of the worst parameter and of the residual deviation, and whether the verdict is good."""

    parameters: float
    residual: float
    ok: bool


def read(name: str) -> Problem:
    """Read one of NIST's files."""
    lines = (FOLDER / f"{name}.dat").read_text(encoding="ascii").splitlines()
    numbers = [line.split("=")[1].split() for line in lines if re.match(r"\s*b\d+ =", line)]
    table = np.array(numbers, dtype=float)
    residual = next(line for line in lines if line.startswith("Residual Standard Deviation"))
    first = max(i for i, line in enumerate(lines) if line.startswith("Data:")) + 1
    rows = np.array([line.split() for line in lines[first:] if line.strip()], dtype=float)
    y, x = rows[:, 0], rows[:, 1:].T
    if name == "Nelson":
        y = np.log(y)
    return Problem(
        name,
        table[:, :2].T,
        table[:, 2],
        float(residual.split(":")[1]),
        y,
        x if len(x) > 1 else x[0],
    )


def study_of(problem: Problem, start: int, steps: int = 1000) -> Study:
    """Make a study whose likelihood has its maximum at the certified parameters, and whose first start is NIST's."""
    begin = problem.starts[start]
    width = np.abs(begin)
    rows = len(problem.y)

    class Model(Blank):
        def thermal_expansion(self, T: Any, glass: Any, *, time: Any = 10.0) -> Any:
            return UNIT * jnp.broadcast_to(MODELS[problem.name](self.x, problem.x), (rows,))

        def log_barrier(self, glass: Any) -> Any:
            return 0.5 * sum(((b - m) / w) ** 2 for b, m, w in zip(self.x, begin, width, strict=False))

    error = max(problem.residual, 1e-6 * float(np.max(np.abs(problem.y))))
    data = Measurement(
        name=problem.name,
        quantity="expansion",
        temperature=np.arange(1.0, rows + 1),
        value=UNIT * problem.y,
        error=np.full(rows, UNIT * error),
        sha256="0" * 64,
    )
    free = {
        f"x{i + 1}": {"distribution": "normal", "mean": float(m), "sd": float(w)}
        for i, (m, w) in enumerate(zip(begin, width, strict=True))
    }
    return Study(
        glass=GLASS,
        theory=Model(),
        data=[data],
        free=free,
        discrepancy=False,
        name=problem.name,
        sampler={"steps": steps},
    )


def digits(found: Any, certified: Any) -> float:
    """Digits in which the worst of some numbers agrees, −log₁₀ of the relative error; 11 at most, 0 at least."""
    error = np.max(np.abs(np.asarray(found) / np.asarray(certified) - 1))
    return float(np.clip(-np.log10(max(error, 1e-11)), 0, 11)) if np.isfinite(error) else 0.0


def agreement(found: np.ndarray, problem: Problem) -> float:
    """Digits of the parameters (d,), terms of a sum that the model does not order in whatever order they came out."""
    orders = TERMS.get(problem.name)
    if orders is None:
        return digits(found, problem.certified)
    arranged = []
    for order in permutations(range(len(orders))):
        exchanged = found.copy()
        for place, term in enumerate(order):
            exchanged[list(orders[place])] = found[list(orders[term])]
        arranged.append(digits(exchanged, problem.certified))
    return max(arranged)


def solve(problem: Problem, start: int, method: str = "bfgs", starts: int = 1) -> Outcome:
    """Maximise from one of NIST's starts, or from several spread around it, and compare with what is certified."""
    try:
        best = study_of(problem, start, STEPS[method]).maximise(method=method, starts=starts)
    except GlassjaxError:  # no start found anything finite
        return Outcome(0.0, 0.0, False)
    b = np.array(list(best.best.values()))
    misses = problem.y - np.asarray(MODELS[problem.name](list(b), problem.x))
    residual = np.sqrt(np.sum(misses**2) / (len(misses) - len(b)))
    return Outcome(agreement(b, problem), digits(residual, problem.residual), best.verdict.sampler.ok)


def kept(path: Path) -> dict[str, Outcome]:
    """Read what `run` keeps in ``path``."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {key: Outcome(*rest) for key, *rest in map(json.loads, lines)}


def run(path: Path) -> dict[str, Outcome]:
    """Solve all problems in every way, one line a run in ``path``, from which a run that was stopped goes on."""
    found = kept(path)
    alone = [(method, start, 1) for method in METHODS for start in (0, 1)]
    ways = [*alone[:4], ("bfgs", 0, 6), *alone[4:]]
    for method, start, starts in ways:
        for name in MODELS:
            key = f"{name} {method} start {start + 1} of {starts}"
            if key not in found:
                found[key] = solve(read(name), start, method, starts)
                with path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps([key, *found[key]]) + "\n")
    return found


if __name__ == "__main__":
    import jax

    jax.config.update("jax_enable_x64", True)
    run(Path(sys.argv[1]))
