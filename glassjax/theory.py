"""What a theory of glasses must answer, so that one fitting engine serves all of them."""

import abc
import dataclasses
import importlib
import math
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
from .errors import GlassjaxError, choose, suggest
from .glass import Glass, check_glass
from .quantities import QUANTITIES
from .scalars import number_array
from .validity import Validity

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


class Derived(NamedTuple):
    """A quantity that follows from a theory's parameters and its glass: ``value`` is a number, or an array of draws."""

    name: str
    symbol: str
    unit: str
    meaning: str
    value: Any


_ANY = Parameter("", "", "", -math.inf, math.inf, "")
# a parameter that a sampling coordinate replaces, which may take it beyond its own range
_COORDINATES = {"omega_c": "softening"}

Answer = TypeVar("Answer", bound=Callable[..., Any])


def compiled(answer: Answer) -> Answer:
    """Compile one of a theory's answers where it is called with numbers.

    Operation by operation the first conductivity takes 24 s and each further one 0.2 s; compiled, 8 s and 2 ms. Within
    `jax.jit`, `jax.vmap` or `jax.grad` it is traced as it is: let the outermost transformation be a `jax.jit`.

    Matrix products of float32 are done in float32; by default a GPU takes fewer digits, and κ errs by 7·10⁻⁴.
    """

    @wraps(answer)
    def precise(*arguments: Any, **options: Any) -> Any:
        with jax.default_matmul_precision("highest"):
            return answer(*arguments, **options)

    program = jax.jit(precise)

    @wraps(answer)
    def answering(self: Any, T: Any, glass: Glass, **options: Any) -> Any:
        check_glass(glass)
        T = check_temperatures(T)
        if T.ndim != 1:
            raise GlassjaxError(
                f"temperatures must be a list or a one-dimensional array, not of shape {T.shape}; write [1.0] for one"
            )
        if "time" in options:
            options["time"] = checked_time(options["time"])
        if any(isinstance(leaf, Tracer) for leaf in jax.tree.leaves((self, T, glass, options))):
            return precise(self, T, glass, **options)
        wrong = fault(self, glass)
        if wrong:
            raise GlassjaxError(f"{type(self).__name__}: {wrong}")
        self.check(glass)
        return program(self, T, glass, **options)

    return answering  # type: ignore[return-value]


class Theory(eqx.Module):
    """A theory is a pytree of parameters with three methods, κ(T), C(T) and α(T); a rival is another class.

    The three methods are `compiled`.
    """

    validity: ClassVar[Mapping[str, Validity]] = {}
    """Up to which temperature each quantity is meant to hold; a quantity that is not named has no limit."""
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    """Choices of options that have a name; study files take it as ``preset``."""
    added: ClassVar[Mapping[str, Any]] = {}
    """Options that an earlier version did not have, with what it computed: those of stored results that lack them."""

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
        check_glass(glass)
        if not isinstance(values, Mapping):
            raise GlassjaxError(f"give parameters by name, as in {{'{known[0]}': 1.0}}, not {values!r}")
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

    def derived(self, glass: Glass) -> tuple[Derived, ...]:
        """Return what follows from the parameters in units of the laboratory, for the table of a fit; nothing here.

        Leaves of the theory and constants of ``glass`` are numbers or NumPy arrays (n,) of draws; so are the values.
        """
        del glass
        return ()

    def idle(self) -> dict[str, str]:
        """Names of parameters on which nothing depends under the options of this theory, each with the reason."""
        return {}


def check_temperatures(T: Any) -> Array:
    """Return ``T`` as an array; refuse concrete temperatures that are not positive and finite."""
    require_backend()
    if any(isinstance(leaf, Tracer) for leaf in jax.tree.leaves(T)):
        traced = jnp.asarray(T)
        if jnp.issubdtype(traced.dtype, jnp.complexfloating):
            raise GlassjaxError("temperatures must be real numbers in K, not complex")
        return traced.astype(float)
    return jnp.asarray(temperature_array(T), dtype=float)


def temperature_array(T: Any, what: str = "temperatures") -> np.ndarray:
    """Return concrete temperatures in K, which may carry a unit, as float64; refuse those not positive and finite."""
    concrete = number_array(T, what, "K")
    if not np.all((concrete > 0) & np.isfinite(concrete)):
        raise GlassjaxError(f"{what} must be positive and finite, in kelvin; remove or convert the others")
    return concrete


def checked_time(time: Any) -> Any:
    """Return an observation time in s; times frequencies, a longer one than the last leaves float32."""
    if isinstance(time, Tracer):
        return time
    concrete = number_array(time, "time", "s")
    if not np.all((concrete > 0) & (concrete < _LONGEST)):
        raise GlassjaxError(
            f"time must be a positive number of seconds, below {_LONGEST:g}, not {time!r}; calorimetry takes about 10"
        )
    return time if isinstance(time, jax.Array) else concrete


def outside(name: str, value: float | int, known: Parameter) -> str:
    """Say that a parameter is not finite or outside its range; empty if it is neither."""
    if not math.isfinite(value):
        return f"{name} = {value:g} is not a finite number"
    if not known.low <= value <= known.high:
        return f"{name} = {value:g} lies outside its range, {known.low:g} to {known.high:g}"
    return ""


def fault(theory: Theory, glass: Glass) -> str:
    """Say what is wrong with the first parameter of a theory that is no number or outside its range; "" if none is.

    Parameters that are traced, or arrays of many materials, are let through.
    """
    known = {parameter.name: parameter for parameter in theory.parameters()}
    for path, leaf in jax.tree_util.tree_flatten_with_path(theory, is_leaf=lambda leaf: leaf is None)[0]:
        name = jax.tree_util.keystr(path).removeprefix(".")
        if isinstance(leaf, Tracer) or (leaf is None and _may_be_none(theory, name)):
            continue
        value = number_array(leaf, f"{type(theory).__name__}: {name}")
        if value.ndim:
            continue
        number = float(value)
        wrong = outside(name, number, known.get(name, _ANY))
        if wrong and not (math.isfinite(number) and _replaced(theory, name, glass, known)):
            return wrong
    return ""


def _may_be_none(theory: Theory, name: str) -> bool:
    """Whether a field is optional: None by default."""
    return any(field.name == name and field.default is None for field in dataclasses.fields(theory))


def _replaced(theory: Theory, name: str, glass: Glass, known: Mapping[str, Parameter]) -> bool:
    """Whether the coordinate in place of a parameter is within its own range."""
    coordinate = _COORDINATES.get(name, "")
    if coordinate not in known or not hasattr(theory, coordinate):
        return False
    return not outside(coordinate, float(getattr(theory, coordinate)(glass)), known[coordinate])


def check_theory(theory: Any) -> None:
    """Refuse what is no theory."""
    if not isinstance(theory, Theory):
        raise GlassjaxError(
            f"the theory must be a glassjax.Theory such as LubchenkoWolynes(), not {theory!r}; "
            "gj.get_theory(name) finds a class by its name"
        )


def evaluate(
    theory: Theory, quantity: str, T: Float[ArrayLike, " n"], glass: Glass, time: ArrayLike = 10.0
) -> Float[Array, " n"]:
    """Evaluate an observable by its name, one of `QUANTITIES`."""
    check_theory(theory)
    choose(quantity, QUANTITIES, "quantity")
    entry = QUANTITIES[quantity]
    return getattr(theory, entry.method)(T, glass, **({"time": time} if entry.timed else {}))


def list_theories() -> list[str]:
    """Names that `get_theory` accepts."""
    return sorted(_THEORIES)


def theory_modules() -> set[str]:
    """Modules of the theories that `get_theory` knows."""
    return {module for module, _ in _THEORIES.values()}


def get_theory(name: str) -> type[Theory]:
    """Return the class of a theory by its name in study files."""
    if not isinstance(name, str) or name not in _THEORIES:
        raise GlassjaxError(
            f"no theory '{name}'{suggest(name, _THEORIES)}; there are {', '.join(list_theories())}"
        )
    module, attribute = _THEORIES[name]
    return getattr(importlib.import_module(module), attribute)
