"""A study: which theory is fitted to which measurements of which glass, with which priors."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from ..errors import DataError, GlassjaxError, StudyError, suggest
from ..glass import GLASS_CONSTANTS, Glass
from ..random_streams import generator
from ..scalars import as_finite, check_seed
from ..theory import QUANTITIES, Theory
from .blocks import from_scale
from .compiling import Programs, made_once
from .discrepancy import Discrepancy, parse_discrepancies
from .naming import check_names, check_ties, flatten, is_physical
from .plan import Plan
from .selection import DataSet, simulated
from .settings import Sampler
from .tie import Tie, in_order

if TYPE_CHECKING:
    from ..calibration import Calibration
    from ..datasets import Measurement
    from ..results import Laplace, Maximum, Nested, Posterior, Variational
    from .likelihood import Likelihood
    from .predictive import PriorCurves
    from .priors import Prior
    from .validate import Validation

__all__ = ["Study"]


class Study(Plan):
    """A theory, a glass, measurements, and what is unknown about them.

    Parameters
    ----------
    glass : Glass or str
        The material, or the name or folder of a shipped or own glass.
    theory : Theory, type, str or mapping
        A theory, its class, its name in study files, or a mapping of ``name`` and options.
    data : sequence
        `Measurement`, `DataSet`, or paths of files; None takes what the glass's own record lists.
    free : mapping
        What is unknown, by name: a distribution makes a parameter free, ``{"tie": "expression"}`` links it to others
        and a number fixes it. Names are those of the theory, the glass and the data, see
        `glassjax.inference.naming`; spellings are those of `Prior` and of `glassjax.inference.tie`.
        ``{"distribution": "glass"}`` takes a constant's prior from the glass's record.
    parameters : mapping
        Fixed values, as numbers in ``free`` are.
    discrepancy : bool or mapping
        What the theory misses: see `glassjax.inference.discrepancy`. On by default.
    time : float
        Observation time of the heat capacity and the expansion, in s.
    sampler : mapping or Sampler
        Starts of the maximisation, chains, warmup, draws and so on.
    seed : int
        Seed of everything random.

    Examples
    --------
    >>> study = Study.load("a-SiO2")                                             # doctest: +SKIP
    >>> best = study.maximise(); post = study.sample(seed=0)                     # doctest: +SKIP
    """

    def __init__(
        self,
        *,
        glass: "Glass | str",
        data: Sequence[Any] | None = None,
        free: Mapping[str, Any],
        theory: Any = "lubchenko-wolynes",
        parameters: Mapping[str, Any] | None = None,
        discrepancy: Any = None,
        time: float = 10.0,
        sampler: "Mapping[str, Any] | Sampler | None" = None,
        seed: int = 0,
        name: str = "study",
        title: str = "",
    ) -> None:
        from . import materials

        if not isinstance(name, str) or not isinstance(title, str):
            raise StudyError(f"name and title of a study must be texts, not {name!r} and {title!r}")
        for what, given in (("free", free), ("parameters", parameters or {})):
            if not isinstance(given, Mapping):
                raise StudyError(
                    f"{what} must map names to values, not be of the type {type(given).__name__}"
                )
        self.name, self.title = name, title
        self.made = Programs()
        record = materials.find_record(glass)
        self.glass = materials.find_glass(glass)
        self.theory = materials.find_theory(theory)
        self.data = materials.find_data(data, record)
        self.quantities = tuple(q for q in QUANTITIES if any(d.quantity == q for d in self.fitted))
        amplitudes = {quantity: self._default_amplitude(quantity) for quantity in self.quantities}
        self.discrepancy, free_discrepancy = parse_discrepancies(discrepancy, amplitudes)
        self.time = _positive(time, "the observation time (s)")
        self.sampler = Sampler.parse(sampler)
        self.seed = check_seed(seed)
        self.parameters = {key: _number(value, key) for key, value in flatten(parameters or {}).items()}
        self.free: dict[str, Prior] = {}
        self.ties: dict[str, Tie] = {}
        for key, value in flatten(free).items():
            if key in free_discrepancy:
                raise StudyError(f"'{key}' is given in [free] and in [discrepancy]; keep one of them")
            self._sort(key, value, record)
        self.free |= free_discrepancy
        check_names(self)
        self.in_order = in_order(self.ties)
        check_ties(self)
        self._fix_discrepancy()
        if not self.fitted:
            raise StudyError("a study needs data to fit; give at least one data set the role 'fit'")
        if not self.free:
            raise StudyError("a study needs at least one free parameter; add it to [free] with its prior")

    def _sort(self, name: str, spelling: Any, record: Any) -> None:
        """Put an entry of ``free`` among the free, the tied or the fixed parameters."""
        from .materials import find_prior

        if isinstance(spelling, Tie) or (isinstance(spelling, Mapping) and "tie" in spelling):
            self.ties[name] = Tie.parse(spelling, name)
        elif isinstance(spelling, (int, float)):
            if name in self.parameters:
                raise StudyError(f"'{name}' is fixed in [parameters] and in [free]; keep one of them")
            self.parameters[name] = _number(spelling, name)
        else:
            self.free[name] = find_prior(spelling, name, record)

    def _fix_discrepancy(self) -> None:
        """Move fixed numbers of the discrepancy to where the others are."""
        for quantity, entry in self.discrepancy.items():
            for key, name in zip(("amplitude", "length"), entry.names, strict=True):
                if name in self.parameters:
                    value = _positive(self.parameters.pop(name), name)
                    entry = self.discrepancy[quantity] = replace(entry, **{key: value})

    def _default_amplitude(self, quantity: str) -> float:
        """Return a quarter: in ln κ and ln C, and of the rms of the fitted expansion data."""
        if quantity != "expansion":
            return 0.25
        values = np.concatenate([entry.used.value for entry in self.fitted if entry.quantity == quantity])
        return 0.25 * float(np.sqrt(np.mean(values**2)))

    @classmethod
    def load(cls, source: "str | Path", *, theory: Any = None) -> "Study":
        """Read a study from a TOML file, or the shipped study of that name; fit another ``theory`` if given."""
        from .study_file import read_study

        arguments = read_study(source)
        if theory is not None:
            arguments["theory"] = theory
        try:
            return cls(**arguments)
        except DataError:  # which names its own file
            raise
        except GlassjaxError as error:
            raise StudyError(f"study '{source}': {error}") from error

    @property
    def fitted(self) -> "tuple[DataSet, ...]":
        """Data sets that are fitted."""
        return tuple(entry for entry in self.data if entry.role == "fit")

    @property
    def checks(self) -> "tuple[DataSet, ...]":
        """Data sets that are only compared with."""
        return tuple(entry for entry in self.data if entry.role == "check")

    def measurements(self, role: str = "fit") -> "list[Measurement]":
        """Measurements in one role, cut to the temperatures the study uses."""
        return [entry.used for entry in self.data if entry.role == role]

    def split(self, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Sort values by name into those of the theory and those of the glass; fixed and tied ones are added."""
        merged = self.complete(values)
        constants = {name: merged.pop(name) for name in GLASS_CONSTANTS if name in merged}
        return {name: value for name, value in merged.items() if is_physical(name)}, constants

    def complete(self, values: Mapping[str, Any], xp: ModuleType = jnp) -> dict[str, Any]:
        """Add the fixed and the tied parameters to ``values`` of the free ones; traceable if ``xp`` is jax.numpy."""
        merged = {**self.parameters, **values}
        constants = {name: getattr(self.glass, name) for name in GLASS_CONSTANTS} if self.ties else {}
        for name, tie in self.in_order.items():
            merged[name] = tie({**constants, **merged}, xp)
        return merged

    def glass_at(self, values: Mapping[str, Any]) -> Glass:
        """Return the glass with the constants among ``values`` put in."""
        return self.glass.replace(**self.split(values)[1])

    def theory_at(self, values: Mapping[str, Any]) -> Theory:
        """Return the theory with the parameters among ``values`` put in."""
        return self.theory.at(self.split(values)[0], self.glass_at(values))

    @property
    @made_once
    def likelihood(self) -> "Likelihood":
        """The likelihood of this study, built once."""
        from .likelihood import Likelihood

        return Likelihood(self)

    @property
    def theory_name(self) -> str:
        """Name of the theory's class."""
        return type(self.theory).__name__

    @property
    def result_types(self) -> "tuple[type[Maximum], type[Posterior]]":
        """Classes of its maximum and its posterior."""
        from ..results import Maximum, Posterior

        return Maximum, Posterior

    def laplace(
        self, *, draws: int = 2000, seed: int | None = None, start: "Maximum | None" = None
    ) -> "Laplace":
        """Draw around the maxima and weight the draws by the posterior; see `glassjax.inference.importance`.

        Seconds where `sample` takes a minute, and as good where ``pareto_k`` is below 0.7. All maxima that the starts
        found are drawn from, and the ridges that run from them along any parameter (`glassjax.inference.pieces`). A
        part of the posterior that neither reaches is missed without a warning; more ``starts`` may find it.
        """
        from .importance import laplace

        return laplace(self, draws=draws, seed=seed, start=start)

    def variational(
        self,
        *,
        guide: str = "multivariate-normal",
        steps: int = 1000,
        draws: int = 2000,
        seed: int | None = None,
        start: "Maximum | None" = None,
    ) -> "Variational":
        """Fit a Gaussian ``guide``, "normal" or "multivariate-normal", to the posterior (SVI); weight its draws."""
        from .variational import variational

        return variational(self, guide=guide, steps=steps, draws=draws, seed=seed, start=start)

    def nested(
        self,
        *,
        live: int = 250,
        dlogz: float = 0.1,
        calls: int = 1_000_000,
        seed: int | None = None,
        start: "Maximum | None" = None,
    ) -> "Nested":
        """Sample the whole prior by nested sampling (dynesty), with the evidence; see `glassjax.inference.nested`."""
        from .nested import nested

        return nested(self, live=live, dlogz=dlogz, calls=calls, seed=seed, start=start)

    def simulate(self, values: Mapping[str, float], *, seed: int = 0) -> "Study":
        """Return the study of other data, drawn at the parameters ``values``.

        They scatter by the errors and the discrepancy that this study states. Nothing is compiled again.
        """
        if not isinstance(values, Mapping):
            raise StudyError(f"give values by name, not {values!r}")
        for name, value in values.items():
            if name not in self.free:
                raise StudyError(f"'{name}' is not free in study '{self.name}'{suggest(name, self.free)}")
            _number(value, name)
        missing = [name for name in self.free if name not in values]
        if missing:
            raise StudyError(f"to simulate data, give a value to every free parameter; {missing[0]} has none")
        observed = self.likelihood.simulate(
            {name: values[name] for name in self.free}, generator(seed, "simulated data")
        )
        other = copy.copy(self)
        other.name = f"{self.name}-simulated"
        other.data = tuple(other._simulated(observed))
        other.made = Programs()
        other.made["likelihood"] = self.likelihood.observing(other, observed)
        return other

    def _simulated(self, observed: "Mapping[str, np.ndarray]") -> "Iterator[DataSet]":
        taken = dict.fromkeys(observed, 0)
        for entry in self.data:
            if entry.role != "fit":
                yield entry
                continue
            begin = taken[entry.quantity]
            end = taken[entry.quantity] = begin + len(entry.used)
            value = from_scale(entry.quantity, observed[entry.quantity][begin:end])
            yield DataSet(simulated(entry.used, value))

    def replace(self, **changes: Any) -> "Study":
        """Return the study with other arguments; ``free`` are the free and the tied parameters."""
        arguments = {
            "name": self.name,
            "title": self.title,
            "glass": self.glass,
            "theory": self.theory,
            "data": self.data,
            "free": self.free | self.ties,
            "parameters": self.parameters,
            "discrepancy": {quantity: self.discrepancy.get(quantity, False) for quantity in self.quantities},
            "time": self.time,
            "sampler": self.sampler,
            "seed": self.seed,
        }
        return type(self)(**{**arguments, **changes})

    def describe(self) -> str:
        """Say what is about to be fitted: data, free parameters with priors, tied and fixed ones."""
        from .description import describe

        return describe(self)

    def validate(self, *, draws: int = 100, seed: int | None = None) -> "Validation":
        """Evaluate posterior density and gradient at draws from the prior, and say what is wrong and where."""
        from .validate import validate

        return validate(self, draws=draws, seed=seed)

    def calibrate(self, **options: Any) -> "Calibration":
        """Fit simulated data sets with truths from the priors; see `glassjax.calibration.calibrate` for its options."""
        from ..calibration import calibrate

        return calibrate(self, **options)

    def prior_predictive(
        self, *, draws: int = 200, seed: int | None = None, T: Any = None
    ) -> "dict[str, PriorCurves]":
        """Curves of every fitted quantity at draws from the prior, over the range of the data or at ``T`` in K."""
        from .predictive import prior_predictive

        return prior_predictive(self, draws=draws, seed=seed, T=T)

    def plot_prior(self, **options: Any) -> Any:
        """Draw what the priors allow, over the data; see `glassjax.plotting.prior` for options and axes."""
        from ..plotting import prior

        return prior(self, **options)

    def to_dict(self) -> dict[str, Any]:
        """Return the study as plain values, data included, such that `from_dict` rebuilds it without any file."""
        from .materials import theory_to_dict

        return {
            "name": self.name,
            "title": self.title,
            "glass": {key: float(getattr(self.glass, key)) for key in GLASS_CONSTANTS}
            | {"name": self.glass.name},
            "theory": theory_to_dict(self.theory),
            "data": [entry.to_dict() for entry in self.data],
            "free": {name: entry.to_dict() for name, entry in (self.free | self.ties).items()},
            "parameters": dict(self.parameters),
            "discrepancy": {
                quantity: vars(self.discrepancy[quantity]) if quantity in self.discrepancy else False
                for quantity in self.quantities
            },
            "time": self.time,
            "sampler": self.sampler.to_dict(),
            "seed": self.seed,
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any], theory: type[Theory] | None = None) -> "Study":
        """Rebuild a study from `to_dict`; ``theory`` is its class, where that cannot be found by its name."""
        from .materials import theory_from_dict

        discrepancy = {
            quantity: Discrepancy(**entry) if entry else False
            for quantity, entry in plain["discrepancy"].items()
        }
        return cls(
            **{
                **plain,
                "glass": Glass(**plain["glass"]),
                "theory": theory_from_dict(plain["theory"], theory),
                "data": [DataSet.from_dict(entry) for entry in plain["data"]],
                "discrepancy": discrepancy,
            }
        )


def _number(value: Any, name: str) -> float:
    number = as_finite(value)
    if number is None:
        hint = "; a distribution belongs in [free]" if isinstance(value, Mapping) else ""
        raise StudyError(f"the fixed parameter '{name}' must be a finite number, not {value!r}{hint}")
    return number


def _positive(value: Any, what: str) -> float:
    number = as_finite(value)
    if number is None or number <= 0:
        raise StudyError(f"{what} must be a positive number, not {value!r}")
    return number
