"""What ``glassjax predict`` answers with: numbers at temperatures, where they come from, and the data beside them."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import GlassjaxError, suggest
from ..glass import GLASS_CONSTANTS
from ..quantities import QUANTITIES
from ..validity import beyond_note

if TYPE_CHECKING:
    from ..datasets import Measurement
    from ..glass import Glass
    from ..theory import Theory

DRAWS = 1000
THEORY, DISCREPANCY = "of the theory", "with discrepancy"


@dataclasses.dataclass(frozen=True, eq=False)
class Answer:
    """One quantity of a glass in SI units.

    Attributes
    ----------
    quantity : str
    T : (n,) in K
    value : (n,) the theory at its parameters, or the median of its posterior
    header : what it was computed from, a line for each kind of input
    bands : by name, (3, n): lower end, median and upper end; empty without a posterior
    level : probability inside the bands
    subject : the study that was fitted, or the name of the glass
    data, checks : measurements to draw beside it, and those that a fit was only compared with
    """

    quantity: str
    T: np.ndarray
    value: np.ndarray
    header: list[str]
    bands: Mapping[str, np.ndarray] = dataclasses.field(default_factory=dict)
    level: float = 0.0
    data: "Sequence[Measurement]" = ()
    checks: "Sequence[Measurement]" = ()
    subject: Any = ""

    @property
    def unit(self) -> str:
        """Unit of the values."""
        return QUANTITIES[self.quantity].unit

    def table(self) -> str:
        """Return a row a temperature: the value, or median and ends of each band."""
        if not self.bands:
            rows = [f"{'T [K]':>12}  {f'{self.quantity} [{self.unit}]':>24}"]
            rows += [f"{t:12.6g}  {y:24.6g}" for t, y in zip(self.T, self.value, strict=True)]
            return "\n".join(rows)
        low, high = (f"{50 * (1 + sign * self.level):.3g} %" for sign in (-1, 1))
        titles = [f"{name} [{self.unit}]" for name in self.bands]
        rows = [" " * 12 + "".join(f"  {title:^40}".rstrip().ljust(42) for title in titles).rstrip()]
        rows.append(f"{'T [K]':>12}" + f"{'median':>14}{low:>14}{high:>14}" * len(self.bands))
        for i, t in enumerate(self.T):
            ends = (band[[1, 0, 2], i] for band in self.bands.values())
            rows.append(f"{t:12.6g}" + "".join(f"{y:14.6g}" for triple in ends for y in triple))
        return "\n".join(rows)

    def to_dict(self) -> dict[str, Any]:
        """Return numbers, units and what they were computed from as plain values; ``value`` is None with bands."""
        parts = ("low", "median", "high")
        return {
            "quantity": self.quantity,
            "unit": self.unit,
            "T": self.T,
            "value": None if self.bands else self.value,
            "level": self.level if self.bands else None,
            "bands": {name: dict(zip(parts, band, strict=True)) for name, band in self.bands.items()},
            "computed_from": self.header,
        }

    def csv(self) -> str:
        """Return the header as comments, the names of the columns, and the numbers in full."""
        columns = {self.quantity: self.value}
        if self.bands:
            columns = {
                f"{what} of {self.quantity} {name}": band[i]
                for name, band in self.bands.items()
                for i, what in ((1, "median"), (0, f"low {self.level:.0%}"), (2, f"high {self.level:.0%}"))
            }
        lines = [f"# {line}" for line in self.header]
        lines.append(", ".join(["T [K]", *(f"{name} [{self.unit}]" for name in columns)]))
        for row in zip(self.T, *columns.values(), strict=True):
            lines.append(", ".join(repr(float(number)) for number in row))
        return "\n".join(lines) + "\n"


def of_theory(
    source: str,
    quantity: str,
    T: np.ndarray,
    *,
    name: str,
    settings: Mapping[str, float],
    counting: str | None,
    time: float,
) -> Answer:
    """Evaluate the theory ``name`` for the glass ``source``, defaults and constants replaced by ``settings``."""
    from ..datasets import load_glass, load_measurements
    from .traced import call_kept

    glass, theory = set_parameters(load_glass(source), choose_theory(name, counting), name, settings)
    value = np.asarray(call_kept(_evaluated(quantity), (quantity,), theory, T, glass, time))
    header = _provenance(theory, name, glass, quantity, time)
    debye = float(np.asarray(glass.debye_temperature))
    note = beyond_note(theory.validity, quantity, T.tolist(), debye, "predicted temperatures")
    header += [note] if note else []
    if quantity == "kappa" and counting == "exact":
        from ..lubchenko_wolynes.model import LubchenkoWolynes

        error = float(np.max(call_kept(LubchenkoWolynes.counting_error, (), theory, T, glass)))
        header.append(f"scattering states counted exactly; relative error of kappa at most {error:.1e}")
    return Answer(quantity, T, value, header, data=load_measurements(source), subject=glass.name)


def _evaluated(quantity: str) -> "Callable[..., Any]":
    """Return the function of theory, temperatures, glass and time that evaluates a quantity."""
    from ..theory import evaluate

    def value(theory: "Theory", T: Any, glass: "Glass", time: Any) -> Any:
        return evaluate(theory, quantity, T, glass, time)

    return value


def fitted(file: Path, quantity: str, T: np.ndarray) -> Answer:
    """Evaluate a quantity over the posterior of a finished fit, without and with the discrepancy that its data show."""
    from .._version import __version__
    from ..loading import load_result
    from ..results.limits import LEVEL

    result = load_result(file)
    study = result.study
    if not result.curved and result.kind == "maximum":
        raise GlassjaxError(f"'{file}' has no posterior, as its maximum is flat; fit it without --quick")
    bands = {THEORY: result.band(quantity, T, draws=DRAWS)}
    if quantity in study.discrepancy:
        bands[DISCREPANCY] = result.band(quantity, T, draws=DRAWS, discrepancy=True)
    header = [
        f"glassjax {__version__}: {quantity} in {QUANTITIES[quantity].unit} of {study.glass.name}, from {file}",
        f"{result.heading}; seed {result.seed}, glassjax {result.provenance['glassjax']}",
        f"median and {LEVEL:.0%} band of {DRAWS} draws; observation time: {study.time:g} s",
    ]
    if quantity not in study.quantities:
        header.append(f"{quantity} was not fitted: parameters that only it depends on have their defaults")
    note = result.validity_note(quantity, T, "predicted temperatures")
    header += [note] if note else []
    if not result.verdict.ok:
        header.append(f"this fit is not to be trusted: {'; '.join(result.verdict.reasons)}")
    return Answer(
        quantity,
        T,
        bands[THEORY][1],
        header,
        bands,
        LEVEL,
        study.measurements(),
        study.measurements("check"),
        study,
    )


def of_study(source: Path, quantity: str, T: np.ndarray) -> Answer:
    """Evaluate the theory of a study that is not fitted, its free parameters at the medians of their priors."""
    from .._version import __version__
    from ..study import Study
    from .traced import call_kept

    study = Study.load(source)
    medians = {name: float(prior.quantile(np.array(0.5))) for name, prior in study.free.items()}
    glass = study.glass_at(medians)
    theory = study.theory_at(medians)
    theory.check(glass)
    value = np.asarray(call_kept(_evaluated(quantity), (quantity,), theory, T, glass, study.time))
    fixed = [f"{name} = {value:g}" for name, value in study.parameters.items()]
    unit = QUANTITIES[quantity].unit
    header = [
        f"glassjax {__version__}: {quantity} in {unit} of {glass.name}, theory {study.theory_name}",
        f"study {source}, NOT fitted: nothing here comes from its data",
        f"at the medians of its priors: {', '.join(f'{name} = {value:g}' for name, value in medians.items())}",
        f"fixed by the study: {', '.join(fixed) or 'nothing'}",
        f"observation time: {study.time:g} s",
    ]
    return Answer(quantity, T, value, header, data=study.measurements(), checks=study.measurements("check"))


def choose_theory(name: str, counting: str | None) -> "Theory":
    """Return the theory with its defaults; refuse a way of counting where nothing is counted."""
    from ..theory import get_theory

    kind = get_theory(name)
    if counting is None:
        return kind()
    if "counting" not in {field.name for field in dataclasses.fields(kind)}:
        raise GlassjaxError(
            f"the theory '{name}' counts no scattering states; leave out --counting, or choose lubchenko-wolynes"
        )
    option: dict[str, Any] = {"counting": counting}
    return kind(**option)


def set_parameters(
    glass: "Glass", theory: "Theory", name: str, settings: Mapping[str, float]
) -> "tuple[Glass, Theory]":
    """Return glass and theory with the settings put in; refuse unknown names and unstable parameters."""
    constants = {key: value for key, value in settings.items() if key in GLASS_CONSTANTS}
    parameters = {key: value for key, value in settings.items() if key not in GLASS_CONSTANTS}
    known = {parameter.name: parameter for parameter in theory.parameters()}
    for key, value in parameters.items():
        if key not in known:
            options = (*known, *GLASS_CONSTANTS)
            raise GlassjaxError(
                f"{name} has no parameter '{key}'{suggest(key, options)}; --set takes {', '.join(options)}"
            )
        if not known[key].low <= value <= known[key].high:
            raise GlassjaxError(
                f"{key} = {value:g} lies outside its range, {known[key].low:g} to {known[key].high:g}"
            )
    changed = glass.replace(**constants)
    theory = theory.at(parameters, changed)
    theory.check(changed)
    return changed, theory


def _provenance(theory: "Theory", name: str, glass: "Glass", quantity: str, time: float) -> list[str]:
    """Say what a prediction was computed from, a line for each kind of input."""
    from .._version import __version__

    constants = (
        f"{key} = {float(getattr(glass, key)):g}{' ' + unit if unit else ''}"
        for key, (_, unit, _) in GLASS_CONSTANTS.items()
    )
    held = {field.name for field in dataclasses.fields(theory)}
    leaves = [(p.name, getattr(theory, p.name)) for p in theory.parameters() if p.name in held]
    parameters = [
        f"{key} tied to the glass" if leaf is None else f"{key} = {float(leaf):g}" for key, leaf in leaves
    ]
    counting = f"; counting {vars(theory)['counting']}" if "counting" in held else ""
    return [
        f"glassjax {__version__}: {quantity} in {QUANTITIES[quantity].unit} of {glass.name}, theory {name}",
        f"glass: {', '.join(constants)}",
        f"theory: {', '.join(parameters)}{counting}",
        f"observation time: {time:g} s",
    ]
