"""What a study says: which theory is fitted to which measurements of which glass, with which priors."""

import abc
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import ModuleType
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from ..errors import StudyError
from ..glass import GLASS_CONSTANTS, Glass
from ..quantities import QUANTITIES
from ..scalars import as_finite, check_seed
from ..theory import Theory
from .compiling import Programs
from .discrepancy import Discrepancy, parse_discrepancies
from .naming import Named, check_names, check_ties, flatten, is_physical
from .problem import Problem
from .selection import DataSet
from .study_file import Sampler
from .tie import Tie, in_order

if TYPE_CHECKING:
    from typing import Self

    from ..datasets import Measurement
    from .priors import Prior


class Specification(Named, Problem):
    """A theory, a glass, measurements, and what is unknown about them; see `Study`, which adds the verbs."""

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
        self.parameters = {key: as_number(value, key) for key, value in flatten(parameters or {}).items()}
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
            self.parameters[name] = as_number(spelling, name)
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
        if QUANTITIES[quantity].logarithmic:
            return 0.25
        values = np.concatenate([entry.used.value for entry in self.fitted if entry.quantity == quantity])
        return 0.25 * float(np.sqrt(np.mean(values**2)))

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

    @abc.abstractmethod
    def simulate(self, values: Mapping[str, float], *, seed: int = 0) -> "Self":
        """Return the study of other data, drawn at the parameters ``values``."""

    def replace(self, **changes: Any) -> "Self":
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
    def from_dict(cls, plain: Mapping[str, Any], theory: type[Theory] | None = None) -> "Self":
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


def as_number(value: Any, name: str) -> float:
    """Return the fixed value of a parameter; refuse what is no finite number."""
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
