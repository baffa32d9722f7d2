"""How much each observable changes with each parameter, at each temperature: derivatives of the theory itself.

The elasticity of κ with respect to θ is ∂ln κ/∂ln θ = (θ/κ) ∂κ/∂θ: by how many per cent κ changes when θ grows by one.
For the expansion, which may change sign, it is ∂α/∂ln θ = θ ∂α/∂θ, in 1/K. A parameter that is zero has no logarithm:
its column holds ∂ln κ/∂θ, ∂ln C/∂θ and ∂α/∂θ per unit of θ, and its ``logarithmic`` is False.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from ..errors import GlassjaxError, StudyError, choose, suggest
from ..fitting.maximise import require_float64
from ..glass import GLASS_CONSTANTS, Glass, check_glass
from ..problem.compiling import quick_jit
from ..quantities import QUANTITIES
from ..results import Maximum
from ..results.result import Result
from ..scalars import as_finite
from ..theory import Theory, check_theory, checked_time, evaluate, temperature_array

if TYPE_CHECKING:
    from ..study import Study

MODES = ("auto", "forward", "reverse")
_FORWARD = 16  # parameters an output up to which forward mode is the quicker one


def sensitivity(
    theory: Theory,
    glass: Glass,
    T: Any,
    *,
    parameters: Sequence[str] | None = None,
    quantities: Sequence[str] = tuple(QUANTITIES),
    time: float = 10.0,
    mode: str = "auto",
) -> xr.Dataset:
    """Elasticities ∂ln κ/∂ln θ and ∂ln C/∂ln θ, and ∂α/∂ln θ, for every parameter θ of a theory and its glass.

    Each parameter is varied with all others of the list held fixed. A theory whose ``tg`` is None takes it from the
    glass: its glass_temperature and debye_temperature then act through the ripplons' coupling too.

    Parameters
    ----------
    theory : Theory
    glass : Glass
    T : (n,) in K
    parameters : names, optional
        Of the theory and the glass; all numbers the theory holds and the constants of the glass if not given. A
        sampling coordinate such as ``softening`` may take the place of what it stands for (``omega_c``).
    quantities : names, optional
        Of `glassjax.quantities.QUANTITIES`; all if not given.
    time : float
        Observation time of C and α in s.
    mode : {"auto", "forward", "reverse"}
        How all derivatives are found in one evaluation; see `choose_mode`.

    Returns
    -------
    xarray.Dataset
        ``elasticity`` (quantity, parameter, temperature), dimensionless for κ and C and in 1/K for α where
        ``logarithmic`` (parameter), else per unit of the parameter; ``derivative`` (quantity, parameter, temperature),
        ∂κ/∂θ and so on in SI units; ``value`` (quantity, temperature). Coordinates ``parameter_value``,
        ``parameter_unit`` and ``symbol`` (parameter), ``quantity_unit`` and ``elasticity_unit`` (quantity).

    Raises
    ------
    GlassjaxError
        If a name is not known, a parameter has no value, or something is not finite.
    UnstableSpectrumError
        If the theory describes no stable glass.
    """
    check_theory(theory)
    check_glass(glass)
    grid, time = np.atleast_1d(temperature_array(T)), checked_time(time)
    chosen = tuple(quantities)
    for quantity in chosen:
        choose(quantity, QUANTITIES, "quantity")
    names = own_parameters(theory) if parameters is None else tuple(parameters)
    if not names or not chosen:
        raise GlassjaxError("a sensitivity needs one parameter and one quantity at least; name them")
    values = np.array([_value(theory, glass, name) for name in names])
    theory.check(glass)
    mode = choose_mode(len(names), len(chosen) * len(grid), mode)
    program = _program(names, chosen, mode)
    y, change = (np.asarray(part, dtype=float) for part in program(theory, glass, values, grid, time))
    # change (quantity, temperature, parameter): θ ∂y/∂θ, or ∂y/∂θ where θ = 0
    change = np.moveaxis(change, 2, 1)
    logarithmic = values != 0
    relative = np.array([QUANTITIES[quantity].logarithmic for quantity in chosen])
    scale = np.where(relative[:, None], y, 1.0)[:, None, :]
    elasticity = change / scale
    if not np.all(np.isfinite(elasticity)):
        q, p, t = (int(i[0]) for i in np.nonzero(~np.isfinite(elasticity)))
        raise GlassjaxError(
            f"the derivative of {chosen[q]} by {names[p]} at {grid[t]:g} K is not finite; move {names[p]} away from "
            f"{values[p]:g} or choose other temperatures"
        )
    symbols, units = zip(*(_symbol_and_unit(theory, name) for name in names), strict=True)
    return xr.Dataset(
        {
            "elasticity": (
                ("quantity", "parameter", "temperature"),
                elasticity,
                {"units": "see elasticity_unit"},
            ),
            "derivative": (
                ("quantity", "parameter", "temperature"),
                change / np.where(logarithmic, values, 1.0)[:, None],
                {"units": "quantity_unit per parameter_unit"},
            ),
            "value": (("quantity", "temperature"), y, {"units": "see quantity_unit"}),
        },
        coords={
            "quantity": list(chosen),
            "parameter": list(names),
            "temperature": ("temperature", grid, {"units": "K"}),
            "parameter_value": ("parameter", values, {"units": "see parameter_unit"}),
            "parameter_unit": ("parameter", list(units)),
            "symbol": ("parameter", list(symbols)),
            "logarithmic": ("parameter", logarithmic, {"meaning": "whether the elasticity is by ln of it"}),
            "quantity_unit": ("quantity", [QUANTITIES[quantity].unit for quantity in chosen]),
            "elasticity_unit": (
                "quantity",
                ["1" if QUANTITIES[q].logarithmic else QUANTITIES[q].unit for q in chosen],
            ),
        },
        attrs={
            "theory": type(theory).__name__,
            "glass": glass.name,
            "observation_time": float(time),
            "observation_time_units": "s",
            "mode": mode,
        },
    )


def choose_mode(parameters: int, outputs: int, mode: str = "auto") -> str:
    """Choose how to differentiate: "forward" or "reverse".

    Forward mode carries a tangent for each of ``parameters``, reverse mode a cotangent for each of ``outputs``, but
    reverse mode also stores the whole evaluation. With the 14 numbers of `LubchenkoWolynes` and silica, one evaluation
    took 0.093 s forward and 3.6 s in reverse at 64 temperatures (192 outputs), 0.013 and 0.100 s at 4, and 0.014 and
    0.037 s even at 1 (3 outputs), best of five on two busy cores, and forward mode compiled in 0.35 to 0.8 of the time.
    So "auto" is forward up to 16 parameters an output, which is every theory shipped.
    """
    if mode not in MODES:
        raise GlassjaxError(f"no mode '{mode}'{suggest(mode, MODES)}; there are {', '.join(MODES)}")
    if mode != "auto":
        return mode
    return "forward" if parameters <= _FORWARD * outputs else "reverse"


def own_parameters(theory: Theory) -> tuple[str, ...]:
    """Names of the numbers that a theory holds, in its own order, and of the constants of a glass."""
    held = (p.name for p in theory.parameters() if _is_number(getattr(theory, p.name, None)))
    return (*held, *GLASS_CONSTANTS)


def _is_number(value: Any) -> bool:
    return value is not None and not callable(value) and np.ndim(value) == 0


def _value(theory: Theory, glass: Glass, name: str) -> float:
    """Value of a parameter of the theory, of a sampling coordinate, which is a method, or of a constant."""
    options = (*(p.name for p in theory.parameters()), *GLASS_CONSTANTS)
    choose(name, options, "parameter")
    held = getattr(glass, name) if name in GLASS_CONSTANTS else getattr(theory, name, None)
    held = held(glass) if callable(held) else held
    if held is None:
        raise GlassjaxError(
            f"{name} is tied to the glass: give the theory a number for it to differentiate by"
        )
    return float(np.asarray(held))


def _symbol_and_unit(theory: Theory, name: str) -> tuple[str, str]:
    if name in GLASS_CONSTANTS:
        return GLASS_CONSTANTS[name][:2]
    return next((p.symbol, p.unit) for p in theory.parameters() if p.name == name)


@cache
def _program(names: tuple[str, ...], quantities: tuple[str, ...], mode: str) -> Callable[..., Any]:
    """Compile values (q, n) and derivatives (q, n, p), by ln of each parameter that is not zero."""

    def answers(
        steps: jax.Array, theory: Theory, glass: Glass, values: jax.Array, T: jax.Array, time: jax.Array
    ) -> tuple[jax.Array, jax.Array]:
        moved = values + jnp.where(values == 0, 1.0, values) * steps
        at = dict(zip(names, moved, strict=True))
        material = glass.replace(**{name: value for name, value in at.items() if name in GLASS_CONSTANTS})
        model = theory.at({n: v for n, v in at.items() if n not in GLASS_CONSTANTS}, material)
        y = jnp.stack([evaluate(model, quantity, T, material, time) for quantity in quantities])
        return y, y

    transform = jax.jacfwd if mode == "forward" else jax.jacrev

    def run(theory: Theory, glass: Glass, values: jax.Array, T: jax.Array, time: jax.Array) -> Any:
        function = partial(answers, theory=theory, glass=glass, values=values, T=T, time=time)
        change, y = transform(function, has_aux=True)(jnp.zeros(len(names)))
        return y, change

    return quick_jit(run)


def study_of(target: "Study | Result") -> "Study":
    """Return the study itself, or that of a result."""
    from ..study import Study

    if isinstance(target, Result):
        return target.study
    if not isinstance(target, Study):
        raise StudyError(f"this takes a study or a result, not {type(target).__name__}")
    return target


def result_of(target: "Study | Result") -> Result:
    """Return the result itself, or the maximum of a study, which is looked for."""
    require_float64()
    study = study_of(target)
    return target if isinstance(target, Result) else study.maximise()


def coordinates(target: "Study | Result", at: Mapping[str, float] | None = None) -> np.ndarray:
    """Return the sampling coordinates (d,) of the free parameters ``at``, or of the maximum, which is looked for.

    Raises
    ------
    GlassjaxError
        If a free parameter has no value, a name is not free, or a value lies outside its prior.
    """
    require_float64()
    study = study_of(target)
    if at is None:
        found = result_of(target)
        if isinstance(found, Maximum) and not np.all(np.isfinite(found.coordinate)):
            raise GlassjaxError(f"study '{study.name}' has no maximum; give values to look at instead")
        return found.coordinate
    if not isinstance(at, Mapping):
        raise StudyError(f"give values by name, as in {{'{next(iter(study.free))}': 1.0}}, not {at!r}")
    for name in at:
        if name not in study.free:
            raise GlassjaxError(f"'{name}' is not free in study '{study.name}'{suggest(name, study.free)}")
    missing = [name for name in study.free if name not in at]
    if missing:
        raise GlassjaxError(f"give a value to every free parameter; {missing[0]} has none")
    for name, prior in study.free.items():
        low, high = prior.support
        if as_finite(at[name]) is None:
            raise StudyError(f"{name} must be a finite number, not {at[name]!r}")
        if not low < at[name] < high:
            raise GlassjaxError(f"{name} = {at[name]:g} lies outside its prior, {low:g} to {high:g}")
    values: dict[str, Any] = {name: float(at[name]) for name in study.free}
    return np.asarray(study.likelihood.compiled.unconstrain(values))
