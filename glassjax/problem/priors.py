"""Prior distributions: their spelling in TOML, in words, and as NumPyro distributions."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from ..errors import StudyError, suggest
from ..scalars import as_finite

# distribution -> (required keys, optional keys)
DISTRIBUTIONS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "uniform": (("low", "high"), ()),
    "normal": (("mean", "sd"), ("low", "high")),
    "half-normal": (("scale",), ()),
    "log-normal": (("median", "spread"), ()),
    "beta": (("a", "b"), ("low", "high")),
}
_POSITIVE = ("sd", "scale", "median", "spread", "a", "b")
_SIZES = 1e-100, 1e100  # of numbers other than 0, whose squares and quantiles are numbers too
_WIDEST = 50.0  # spread of a logarithm


@dataclass(frozen=True)
class Prior:
    """One prior: the name of a distribution and its numbers.

    The spellings (a mapping in Python, an inline table in TOML) are

    - ``{distribution = "uniform", low = , high = }``
    - ``{distribution = "normal", mean = , sd = }``, truncated where ``low`` or ``high`` is given
    - ``{distribution = "half-normal", scale = }``: a normal of mean zero, on the positive side only
    - ``{distribution = "log-normal", median = , spread = }``, ``spread`` the standard deviation of the
      logarithm
    - ``{distribution = "beta", a = , b = , low = 0, high = 1}``, stretched from ``low`` to ``high``

    Numbers other than 0 are of a size between 10⁻¹⁰⁰ and 10¹⁰⁰, spreads at most 50: quantiles overflow beyond.
    """

    distribution: str
    numbers: tuple[tuple[str, Any], ...]  # arrays in their place inside programs that studies share

    @classmethod
    def parse(cls, spelling: Any, name: str) -> "Prior":
        """Read a prior for the parameter ``name`` from a mapping, a `Prior` or a NumPyro distribution."""
        if isinstance(spelling, Prior):
            return spelling
        if not isinstance(spelling, Mapping):
            spelling = _from_numpyro(spelling, name)
        numbers = dict(spelling)
        kind = numbers.pop("distribution", None)
        if not isinstance(kind, str):
            raise StudyError(
                f"the prior of '{name}' names no distribution; add distribution = "
                f"{' or '.join(repr(known) for known in DISTRIBUTIONS)}"
            )
        if kind not in DISTRIBUTIONS:
            raise StudyError(
                f"the prior of '{name}' has the unknown distribution '{kind}'{suggest(kind, DISTRIBUTIONS)}; "
                f"there are {', '.join(DISTRIBUTIONS)}"
            )
        required, optional = DISTRIBUTIONS[kind]
        for key in numbers:
            if key not in (*required, *optional):
                raise StudyError(
                    f"the {kind} prior of '{name}' has no '{key}'{suggest(key, (*required, *optional))}; "
                    f"its keys are {', '.join((*required, *optional))}"
                )
        for key in required:
            if key not in numbers:
                raise StudyError(f"the {kind} prior of '{name}' needs '{key}'")
        return cls(kind, tuple((key, _number(numbers[key], key, name)) for key in numbers))._checked(name)

    def _checked(self, name: str) -> "Prior":
        values = dict(self.numbers)
        for key in _POSITIVE:
            if key in values and values[key] <= 0:
                raise StudyError(f"the prior of '{name}': {key} must be positive, not {values[key]:g}")
        if values.get("spread", 0) > _WIDEST:
            raise StudyError(
                f"the prior of '{name}': spread, the standard deviation of the logarithm, must be at most {_WIDEST:g}, "
                f"not {values['spread']:g}"
            )
        low, high = self.support
        if not low < high:
            raise StudyError(f"the prior of '{name}': low ({low:g}) must lie below high ({high:g})")
        return self

    @property
    def support(self) -> tuple[Any, Any]:
        """Lowest and highest possible value, infinite where there is no bound."""
        values = dict(self.numbers)
        if self.distribution in ("half-normal", "log-normal"):
            return 0.0, math.inf
        if self.distribution == "beta":
            return values.get("low", 0.0), values.get("high", 1.0)
        return values.get("low", -math.inf), values.get("high", math.inf)

    @property
    def frozen(self) -> Any:
        """The same distribution in `scipy.stats`, for quantiles and independent checks."""
        values = dict(self.numbers)
        low, high = self.support
        if self.distribution == "uniform":
            return stats.uniform(low, high - low)
        if self.distribution == "normal":
            mean, sd = values["mean"], values["sd"]
            return stats.truncnorm((low - mean) / sd, (high - mean) / sd, loc=mean, scale=sd)
        if self.distribution == "half-normal":
            return stats.halfnorm(scale=values["scale"])
        if self.distribution == "log-normal":
            return stats.lognorm(values["spread"], scale=values["median"])
        return stats.beta(values["a"], values["b"], loc=low, scale=high - low)

    @property
    def median(self) -> float:
        """Middle of the distribution."""
        return float(self.frozen.ppf(0.5))

    def quantile(self, p: Any) -> np.ndarray:
        """Values below which the fractions ``p`` of the probability lie."""
        return np.asarray(self.frozen.ppf(p))

    def to_numpyro(self) -> Any:
        """Return the NumPyro distribution."""
        import numpyro.distributions as dist

        values = dict(self.numbers)
        low, high = self.support
        if self.distribution == "uniform":
            return dist.Uniform(low, high)
        if self.distribution == "half-normal":
            return dist.HalfNormal(values["scale"])
        if self.distribution == "log-normal":
            return dist.LogNormal(log_of(values["median"]), values["spread"])
        if self.distribution == "beta":
            unit = dist.Beta(values["a"], values["b"])
            if not values.keys() & {"low", "high"}:
                return unit
            stretch = dist.transforms.AffineTransform(low, high - low, domain=dist.constraints.unit_interval)
            return dist.TransformedDistribution(unit, stretch)
        bounds = {key: values[key] for key in ("low", "high") if key in values}
        if bounds:
            return dist.TruncatedNormal(values["mean"], values["sd"], **bounds)
        return dist.Normal(values["mean"], values["sd"])

    def to_dict(self) -> dict[str, Any]:
        """Return the spelling that `parse` reads."""
        return {"distribution": self.distribution, **dict(self.numbers)}

    def describe(self) -> str:
        """Return the prior in words."""
        values = {key: f"{value:.6g}" for key, value in self.numbers}
        low, high = (f"{bound:.6g}" for bound in self.support)
        if self.distribution == "uniform":
            return f"uniform from {low} to {high}"
        if self.distribution == "half-normal":
            return f"half-normal of scale {values['scale']}"
        if self.distribution == "log-normal":
            return f"log-normal, median {values['median']}, spread {values['spread']} in the logarithm"
        if self.distribution == "beta":
            return f"beta({values['a']}, {values['b']}) from {low} to {high}"
        cut = ""
        if "low" in values or "high" in values:
            cut = f", cut to {low} … {high}"
        return f"normal, {values['mean']} ± {values['sd']}{cut}"


def log_of(value: Any) -> Any:
    """Logarithm of a number, or of an array that stands for one inside a program."""
    if isinstance(value, float | int):
        return math.log(value)
    import jax.numpy as jnp

    return jnp.log(value)


def _number(value: Any, key: str, name: str) -> float:
    number = as_finite(value)
    if number is None:
        raise StudyError(f"the prior of '{name}': {key} must be a finite number, not {value!r}")
    least, most = _SIZES
    if number and not least <= abs(number) <= most:
        raise StudyError(
            f"the prior of '{name}': {key} must be of a size between {least:g} and {most:g}, not {number:g}"
        )
    return number


def _from_numpyro(distribution: Any, name: str) -> dict[str, Any]:
    """Spell a scalar NumPyro distribution, so that a study made in Python can be stored."""
    import numpyro.distributions as dist

    if isinstance(distribution, dist.Uniform):
        return {"distribution": "uniform", "low": float(distribution.low), "high": float(distribution.high)}
    if isinstance(distribution, dist.HalfNormal):
        return {"distribution": "half-normal", "scale": float(distribution.scale)}
    if isinstance(distribution, dist.LogNormal):
        return {
            "distribution": "log-normal",
            "median": math.exp(float(distribution.loc)),
            "spread": float(distribution.scale),
        }
    if isinstance(distribution, dist.Normal):
        return {"distribution": "normal", "mean": float(distribution.loc), "sd": float(distribution.scale)}
    if isinstance(distribution, dist.Beta):
        return {
            "distribution": "beta",
            "a": float(distribution.concentration1),
            "b": float(distribution.concentration0),
        }
    raise StudyError(
        f"the prior of '{name}' is {type(distribution).__name__}, which a study cannot store; write a mapping such as "
        "{'distribution': 'uniform', 'low': 0, 'high': 1}"
    )
