"""What a theory of glasses must answer, so that one fitting engine serves all of them."""

import abc
import importlib
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ClassVar, NamedTuple, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from .backend import require_backend
from .errors import GlassjaxError, suggest
from .glass import Glass
from .validity import Validity

__all__ = [
    "QUANTITIES",
    "Parameter",
    "Theory",
    "check_temperatures",
    "compiled",
    "evaluate",
    "get_theory",
    "list_theories",
    "theory_modules",
]

QUANTITIES: tuple[str, ...] = ("kappa", "heat-capacity", "expansion")

_LONGEST = 1e24  # s, a million times the age of the universe

_THEORIES = {
    "debye": ("glassjax.rivals.debye", "Debye"),
    "lubchenko-wolynes": ("glassjax.lubchenko_wolynes.model", "LubchenkoWolynes"),
    "soft-potential": ("glassjax.rivals.soft_potential", "SoftPotential"),
    "standard-tunnelling": ("glassjax.rivals.standard_tunnelling", "StandardTunnelling"),
}


class Parameter(NamedTuple):
    """One number of a theory: its name in code, its symbol (mathtext), unit, range and meaning."""

    name: str
    symbol: str
    unit: str
    low: float
    high: float
    meaning: str


Answer = TypeVar("Answer", bound=Callable[..., Any])


def compiled(answer: Answer) -> Answer:
    """Compile one of a theory's answers where it is called with numbers.

    Operation by operation the first conductivity takes 24 s and each further one 0.2 s; compiled, 8 s and 2 ms. Within
    `jax.jit`, `jax.vmap` or `jax.grad` it is traced as it is: what is outermost had better be a `jax.jit`.

    Matrix products of float32 are done in float32; by default a GPU takes fewer digits, and κ errs by 7·10⁻⁴.
    """

    @wraps(answer)
    def precise(*arguments: Any, **options: Any) -> Any:
        with jax.default_matmul_precision("highest"):
            return answer(*arguments, **options)

    program = jax.jit(precise)

    @wraps(answer)
    def answering(self: Any, T: Any, glass: Glass, **options: Any) -> Any:
        if any(isinstance(leaf, Tracer) for leaf in jax.tree.leaves((self, T, glass, options))):
            return precise(self, T, glass, **options)
        T = check_temperatures(T)
        if T.ndim != 1:
            raise GlassjaxError(
                f"temperatures must be a list or a one-dimensional array, not of shape {T.shape}; write [1.0] for one"
            )
        if "time" in options:
            _check_time(options["time"])
        self.check(glass)
        return program(self, T, glass, **options)

    return answering  # type: ignore[return-value]


class Theory(eqx.Module):
    """A theory is a pytree of parameters with three answers; rivals differ only in the class.

    Its answers are `compiled`.
    """

    validity: ClassVar[Mapping[str, Validity]] = {}
    """Up to which temperature each quantity is meant to hold; a quantity that is not named has no limit."""

    @abc.abstractmethod
    def thermal_conductivity(self, T: Float[ArrayLike, " n"], glass: Glass) -> Float[Array, " n"]:
        """Thermal conductivity κ in W/(m K) at temperatures ``T`` (n,) in K."""

    @abc.abstractmethod
    def heat_capacity(
        self, T: Float[ArrayLike, " n"], glass: Glass, *, time: ArrayLike = 10.0
    ) -> Float[Array, " n"]:
        """Specific heat in J/(kg K) at temperatures ``T`` (n,) in K, observed over ``time`` in s."""

    @abc.abstractmethod
    def thermal_expansion(
        self, T: Float[ArrayLike, " n"], glass: Glass, *, time: ArrayLike = 10.0
    ) -> Float[Array, " n"]:
        """Linear thermal expansion in 1/K at temperatures ``T`` (n,) in K, observed over ``time`` in s."""

    @classmethod
    @abc.abstractmethod
    def parameters(cls) -> tuple[Parameter, ...]:
        """Every parameter that `at` accepts, sampling coordinates included."""

    def at(self, values: Mapping[str, ArrayLike], glass: Glass) -> "Theory":
        """Return this theory with some parameters replaced by name; traceable in the values."""
        require_backend()
        known = [parameter.name for parameter in self.parameters()]
        for name in values:
            if name not in known:
                raise GlassjaxError(f"{type(self).__name__} has no parameter '{name}'{suggest(name, known)}")
        return self._replace(values, glass)

    def _replace(self, values: Mapping[str, ArrayLike], glass: Glass) -> "Theory":
        """Replace leaves; a theory with sampling coordinates overrides this."""
        del glass
        names = list(values)
        return eqx.tree_at(
            lambda theory: [getattr(theory, name) for name in names],
            self,
            [values[name] for name in names],
            is_leaf=lambda leaf: leaf is None,
        )

    def log_barrier(self, glass: Glass) -> Array:
        """Zero where the theory is stable, smoothly large and negative where it is not."""
        del glass
        return jnp.zeros(())

    def check(self, glass: Glass) -> None:
        """Raise `UnstableSpectrumError` if the parameters, where concrete, describe no stable glass."""
        del glass


def check_temperatures(T: Any) -> Array:
    """Return ``T`` as an array; refuse concrete temperatures that are not positive and finite."""
    require_backend()
    if not isinstance(T, Tracer):
        try:
            concrete = np.asarray(T, dtype=float)
        except (TypeError, ValueError):
            raise GlassjaxError("temperatures must be numbers in kelvin, in lists of one length") from None
        if not np.all((concrete > 0) & np.isfinite(concrete)):
            raise GlassjaxError(
                "temperatures must be positive and finite, in kelvin; remove or convert the others"
            )
    return jnp.asarray(T, dtype=float)


def _check_time(time: Any) -> None:
    """Refuse a concrete observation time that is none; times frequencies, a longer one than the last leaves float32."""
    try:
        concrete = np.asarray(time, dtype=float)
        good = bool(np.all((concrete > 0) & (concrete < _LONGEST)))
    except (TypeError, ValueError):
        good = False
    if not good:
        raise GlassjaxError(
            f"time must be a positive number of seconds, below {_LONGEST:g}, not {time!r}; calorimetry takes about 10"
        )


def evaluate(
    theory: Theory, quantity: str, T: Float[ArrayLike, " n"], glass: Glass, time: ArrayLike = 10.0
) -> Float[Array, " n"]:
    """Evaluate an observable by its name, one of `QUANTITIES`."""
    if quantity == "kappa":
        return theory.thermal_conductivity(T, glass)
    if quantity == "heat-capacity":
        return theory.heat_capacity(T, glass, time=time)
    if quantity == "expansion":
        return theory.thermal_expansion(T, glass, time=time)
    raise GlassjaxError(
        f"no quantity '{quantity}'{suggest(quantity, QUANTITIES)}; there are {', '.join(QUANTITIES)}"
    )


def list_theories() -> list[str]:
    """Names that `get_theory` accepts."""
    return sorted(_THEORIES)


def theory_modules() -> set[str]:
    """Modules of the theories that `get_theory` knows."""
    return {module for module, _ in _THEORIES.values()}


def get_theory(name: str) -> type[Theory]:
    """Return the class of a theory by its name in study files."""
    if name not in _THEORIES:
        raise GlassjaxError(
            f"no theory '{name}'{suggest(name, _THEORIES)}; there are {', '.join(list_theories())}"
        )
    module, attribute = _THEORIES[name]
    return getattr(importlib.import_module(module), attribute)
