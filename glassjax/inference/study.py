"""A study: which theory is fitted to which measurements of which glass, with which priors."""

import copy
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import StudyError, suggest
from ..glass import GLASS_CONSTANTS, Glass
from ..theory import QUANTITIES, Theory
from .blocks import from_scale
from .discrepancy import Discrepancy, parse_discrepancies
from .selection import DataSet, simulated
from .settings import Sampler

if TYPE_CHECKING:
    from ..datasets import Measurement
    from ..results import Laplace, Maximum, Nested, Posterior, Variational
    from .likelihood import Likelihood

__all__ = ["Study"]


class Study:
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
        Prior of each free parameter by name: a parameter of the theory, a constant of the glass, or
        ``discrepancy.<quantity>.amplitude`` or ``.length``. See `Prior` for the spellings;
        ``{"distribution": "glass"}`` takes a constant's prior from the glass's record.
    parameters : mapping
        Fixed values of parameters of the theory or constants of the glass.
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

        self.name, self.title = name, title
        self._likelihood: Likelihood | None = None
        record = materials.find_record(glass)
        self.glass = materials.find_glass(glass)
        self.theory = materials.find_theory(theory)
        self.data = materials.find_data(data, record)
        self.quantities = tuple(q for q in QUANTITIES if any(d.quantity == q for d in self.fitted))
        amplitudes = {quantity: self._default_amplitude(quantity) for quantity in self.quantities}
        self.discrepancy, free_discrepancy = parse_discrepancies(discrepancy, amplitudes)
        self.time = _positive(time, "the observation time (s)")
        self.sampler = Sampler.parse(sampler)
        self.seed = _seed(seed)
        self.parameters = {key: _number(value, key) for key, value in (parameters or {}).items()}
        self.free = {
            key: materials.find_prior(value, key, record) for key, value in free.items()
        } | free_discrepancy
        for name in set(free) & set(free_discrepancy):
            raise StudyError(f"'{name}' has a prior in [free] and in [discrepancy]; keep one of them")
        self._check_names()

    def _default_amplitude(self, quantity: str) -> float:
        """Return a quarter: in ln κ and ln C, and of the rms of the fitted expansion data."""
        if quantity != "expansion":
            return 0.25
        values = np.concatenate([entry.used.value for entry in self.fitted if entry.quantity == quantity])
        return 0.25 * float(np.sqrt(np.mean(values**2)))

    def _check_names(self) -> None:
        of_theory = {parameter.name: parameter for parameter in self.theory.parameters()}
        of_discrepancy = [name for entry in self.discrepancy.values() for name in entry.names]
        allowed = (*of_theory, *GLASS_CONSTANTS)
        for name in self.parameters:
            if name not in allowed:
                raise StudyError(
                    f"no parameter '{name}' to fix{suggest(name, allowed)}; there are {', '.join(allowed)}"
                )
            low, high = (of_theory[name].low, of_theory[name].high) if name in of_theory else (0.0, math.inf)
            if not low <= self.parameters[name] <= high:
                raise StudyError(
                    f"'{name}' is fixed at {self.parameters[name]:g}, outside its range {low:g} … {high:g}"
                )
        for name in self.free:
            if name not in (*allowed, *of_discrepancy):
                known = (*allowed, *of_discrepancy)
                raise StudyError(
                    f"no parameter '{name}' to free{suggest(name, known)}; there are {', '.join(known)}"
                )
            if name in self.parameters:
                raise StudyError(f"'{name}' is both fixed and free; keep it in [parameters] or in [free]")
            if name in GLASS_CONSTANTS and self.free[name].support[0] < 0:
                raise StudyError(f"the prior of '{name}' must keep to positive values; add low = 0")
        if not self.fitted:
            raise StudyError("a study needs data to fit; give at least one data set the role 'fit'")
        if not self.free:
            raise StudyError("a study needs at least one free parameter; add it to [free] with its prior")

    @classmethod
    def load(cls, source: "str | Path") -> "Study":
        """Read a study from a TOML file, or the shipped study of that name."""
        from .study_file import read_study

        return cls(**read_study(source))

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
        """Sort values by name into those of the theory and those of the glass; fixed ones are added."""
        merged = {**self.parameters, **values}
        constants = {name: merged.pop(name) for name in GLASS_CONSTANTS if name in merged}
        return {
            name: value for name, value in merged.items() if not name.startswith("discrepancy.")
        }, constants

    def glass_at(self, values: Mapping[str, Any]) -> Glass:
        """Return the glass with the constants among ``values`` put in."""
        return self.glass.replace(**self.split(values)[1])

    def theory_at(self, values: Mapping[str, Any]) -> Theory:
        """Return the theory with the parameters among ``values`` put in."""
        return self.theory.at(self.split(values)[0], self.glass_at(values))

    @property
    def likelihood(self) -> "Likelihood":
        """The likelihood of this study, built once."""
        if self._likelihood is None:
            from .likelihood import Likelihood

            self._likelihood = Likelihood(self)
        return self._likelihood

    def maximise(
        self, *, method: str | None = None, starts: int | None = None, seed: int | None = None
    ) -> "Maximum":
        """Find the maximum a posteriori from several starts, and its Laplace covariance.

        ``method`` is "bfgs", "levenberg-marquardt" or "adam"; the default is that of ``sampler``.
        """
        from .maximise import maximise

        return maximise(self, method=method, starts=starts, seed=seed)

    def sample(
        self,
        *,
        seed: int | None = None,
        chains: int | None = None,
        warmup: int | None = None,
        draws: int | None = None,
        progress: bool | None = None,
        start: "Maximum | None" = None,
    ) -> "Posterior":
        """Draw from the posterior with NUTS, begun at the maximum (``start``, found first if not given)."""
        from .sample import sample

        return sample(
            self, seed=seed, chains=chains, warmup=warmup, draws=draws, progress=progress, start=start
        )

    def laplace(
        self, *, draws: int = 2000, seed: int | None = None, start: "Maximum | None" = None
    ) -> "Laplace":
        """Draw from the Gaussian at the maximum and weigh the draws by the posterior (PSIS)."""
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
        """Fit a Gaussian ``guide``, "normal" or "multivariate-normal", to the posterior (SVI); weigh draws from it."""
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
        missing = [name for name in self.free if name not in values]
        if missing:
            raise StudyError(f"to simulate data, give a value to every free parameter; {missing[0]} has none")
        observed = self.likelihood.simulate(
            {name: values[name] for name in self.free}, np.random.default_rng(seed)
        )
        other = copy.copy(self)
        other.name = f"{self.name}-simulated"
        other.data = tuple(other._simulated(observed))
        other._likelihood = self.likelihood.observing(other, observed)
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

    def describe(self) -> str:
        """Say what is about to be fitted: data, free parameters with priors, fixed ones."""
        from .description import describe

        return describe(self)

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
            "free": {name: prior.to_dict() for name, prior in self.free.items()},
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
    def from_dict(cls, plain: Mapping[str, Any]) -> "Study":
        """Rebuild a study from `to_dict`."""
        from .materials import theory_from_dict

        discrepancy = {
            quantity: Discrepancy(**entry) if entry else False
            for quantity, entry in plain["discrepancy"].items()
        }
        return cls(
            **{
                **plain,
                "glass": Glass(**plain["glass"]),
                "theory": theory_from_dict(plain["theory"]),
                "data": [DataSet.from_dict(entry) for entry in plain["data"]],
                "discrepancy": discrepancy,
            }
        )


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        hint = "; a distribution belongs in [free]" if isinstance(value, Mapping) else ""
        raise StudyError(f"the fixed parameter '{name}' must be a finite number, not {value!r}{hint}")
    return float(value)


def _positive(value: Any, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf:
        raise StudyError(f"{what} must be a positive number, not {value!r}")
    return float(value)


def _seed(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**32:
        raise StudyError(f"seed must be a whole number from 0 to 2^32 - 1, not {value!r}")
    return value
