"""A population: one study a glass, joined by parameters whose values in all glasses come from one distribution."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from scipy import stats

from ..errors import StudyError
from ..problem.compiling import Programs, made_once
from ..problem.priors import Prior
from ..problem.problem import ChainSpace
from ..problem.selection import DataSet
from ..problem.study_file import Sampler, find_study_file, is_population, read_toml, strict
from ..results.limits import LEVEL
from ..scalars import check_seed
from ..study import Fittable, Study, study_of
from .shared import PARTS, Shared, join, parse_shared

if TYPE_CHECKING:
    from .likelihood import PopulationLikelihood
    from .results import PopulationMaximum, PopulationPosterior

_KEYS = ("name", "title", "seed", "members", "shared", "sampler")


class Population(Fittable):
    """Studies of several glasses with shared parameters (a hierarchical model).

    Parameters
    ----------
    members : mapping or sequence
        Studies by name, or a list of studies, names of shipped ones or files, which keep their own names. The
        population replaces what they say about a shared parameter.
    shared : mapping
        ``{name: {"median": prior, "spread": prior}}`` of the theory's parameters that are shared; see
        `glassjax.population.shared`.
    sampler, seed, name, title
        As of a `Study`.

    Attributes
    ----------
    members : dict of Study
        With the shared parameters free, under the prior of a glass alone.
    free : dict of Prior
        ``R.median``, ``R.spread`` and so on, then ``<member>.<name>`` for what each member frees. Shared parameters of
        the members have the prior of a glass alone here, which the population's replaces.
    common : tuple of str
        Names of the medians and spreads.
    """

    def __init__(
        self,
        *,
        members: Any,
        shared: Mapping[str, Any],
        sampler: "Mapping[str, Any] | Sampler | None" = None,
        seed: int = 0,
        name: str = "population",
        title: str = "",
    ) -> None:
        self.name, self.title = name, title
        self.sampler = Sampler.parse(sampler)
        self.seed = check_seed(seed)
        self.shared: dict[str, Shared] = parse_shared(shared)
        self.members: dict[str, Study] = {}
        for member, study in _named(members):
            if member in self.members:
                raise StudyError(f"the population names '{member}' twice; give its members different names")
            self.members[member] = join(study, self.shared, member)
        if len(self.members) < 2:
            raise StudyError("a population needs two members at least; name more studies under 'members'")
        self.common = tuple(f"{name}.{part}" for name in self.shared for part in PARTS)
        priors = [getattr(entry, part) for entry in self.shared.values() for part in PARTS]
        self.free: dict[str, Prior] = dict(zip(self.common, priors, strict=True))
        for member, study in self.members.items():
            self.free |= {f"{member}.{own}": prior for own, prior in study.free.items()}
        self.made = Programs()

    @classmethod
    def load(cls, source: str | Path) -> "Population":
        """Read a population from a TOML file, or the shipped one of that name."""
        return cls(**read_population(source))

    @property
    @made_once
    def likelihood(self) -> "PopulationLikelihood":
        """The log posterior in sampling coordinates, built once."""
        from .likelihood import PopulationLikelihood

        return PopulationLikelihood(self)

    @property
    def data(self) -> tuple[DataSet, ...]:
        """Data sets of all members."""
        return tuple(entry for study in self.members.values() for entry in study.data)

    @property
    def fitted(self) -> tuple[DataSet, ...]:
        """Data sets that are fitted, of all members."""
        return tuple(entry for study in self.members.values() for entry in study.fitted)

    @property
    def theory_name(self) -> str:
        """Names of the members' theories."""
        return ", ".join(sorted({study.theory_name for study in self.members.values()}))

    @property
    def result_types(self) -> "tuple[type[PopulationMaximum], type[PopulationPosterior]]":
        """Classes of its maximum and its posterior."""
        from .results import PopulationMaximum, PopulationPosterior

        return PopulationMaximum, PopulationPosterior

    def determined(
        self, alone: "xr.Dataset", centre: np.ndarray, covariance: np.ndarray
    ) -> dict[str, np.ndarray]:
        """Say of each member which shared parameters (shared,) its own data determine better than the population does.

        A glass that ``alone`` (member, quantile) knows ln θ to σ, its prior taken out, does where σ is below any
        spread τ that the Gaussian over the scores, ``centre`` (d,) and ``covariance`` (d, d), still allows: its lower
        5 %. A value would not move where τ is far below σ.
        """
        likelihood = self.likelihood
        least = {}
        for name in self.shared:
            place = likelihood.names.index(f"{name}.spread")
            low = centre[place] - stats.norm.ppf(0.95) * np.sqrt(covariance[place, place])
            least[name] = float(likelihood.transforms[f"{name}.spread"](low))
        found = {}
        for member in self.members:
            flags = []
            for name, entry in self.shared.items():
                low, high = np.log(np.asarray(alone[name].sel(member=member))[[0, -1]])
                sd = (high - low) / (2 * stats.norm.ppf((1 + LEVEL) / 2))
                prior = dict(entry.alone.numbers)["spread"]
                sigma = sd / np.sqrt(max(1 - (sd / prior) ** 2, 1e-3))
                flags.append(bool(sigma < least[name]))
            found[member] = np.array(flags)
        return found

    def chain_space(self, start: Any) -> ChainSpace:
        """Return where chains move: in the values of what a glass determines better than the population, else scores.

        The score is (ln θ - ln m)/τ; see `PopulationLikelihood`.
        """
        by_value = self.determined(start.tree["alone"].to_dataset(), start.coordinate, start.covariance)
        likelihood, centre, covariance = self.likelihood.recentred(
            by_value, start.coordinate, start.covariance
        )
        return ChainSpace(
            likelihood,
            centre,
            covariance,
            lambda z: np.asarray(likelihood.values(z)),
            likelihood.scores,
        )

    def describe(self) -> str:
        """Say what is about to be fitted: members with their data, shared parameters with their priors."""
        lines = [f"Population {self.name}" + (f": {self.title}" if self.title else "")]
        lines += ["", "Shared parameters: each glass has its own, median * exp(spread * normal)"]
        width = max(len(name) for name in self.common)
        lines += [f"  {name:<{width}}  {self.free[name].describe()}" for name in self.common]
        lines += ["", "Members"]
        width = max(len(name) for name in self.members)
        for member, study in self.members.items():
            rows = ", ".join(
                f"{quantity} {sum(len(entry.used) for entry in study.fitted if entry.quantity == quantity)}"
                for quantity in study.quantities
            )
            own = ", ".join(study.free)
            lines.append(f"  {member:<{width}}  {type(study.theory).__name__}; rows: {rows}; frees {own}")
        sampler = self.sampler
        chains = f"{sampler.chains} chains of {sampler.warmup} + {sampler.draws} steps"
        lines += [
            "",
            f"{len(self.free)} free parameters; seed {self.seed}; {sampler.starts} starts; {chains}",
        ]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the population as plain values, data included, such that `from_dict` rebuilds it without any file."""
        return {
            "name": self.name,
            "title": self.title,
            "members": {member: study.to_dict() for member, study in self.members.items()},
            "shared": {name: entry.to_dict() for name, entry in self.shared.items()},
            "sampler": self.sampler.to_dict(),
            "seed": self.seed,
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Population":
        """Rebuild a population from `to_dict`."""
        members = {member: Study.from_dict(study) for member, study in plain["members"].items()}
        return cls(**{**plain, "members": members})


def _named(members: Any) -> "list[tuple[str, Study]]":
    if isinstance(members, (str, Path, Study)):
        raise StudyError("a population takes a list of studies, two or more")
    if isinstance(members, Mapping):
        entries = [(str(name), study) for name, study in members.items()]
    else:
        entries = [("", study) for study in members]
    found = []
    for name, study in entries:
        loaded = study if isinstance(study, Study) else Study.load(study)
        name = name or loaded.name
        if "/" in name or not name.strip(" ."):
            raise StudyError(f"the member '{name}' of a population needs a name without '/'")
        found.append((name, loaded))
    return found


def read_population(source: str | Path) -> dict[str, Any]:
    """Return the keyword arguments of a `Population` from a file, or from the shipped population of that name."""
    path = find_study_file(source)
    plain = read_toml(path)
    if not is_population(plain):
        raise StudyError(f"{path} is the study of one glass, not a population; load it with Study.load")
    strict(plain, _KEYS, str(path), "key")
    members = plain.get("members")
    if not isinstance(members, list) or not all(isinstance(entry, str) for entry in members):
        raise StudyError(
            f"{path}: members must be a list of studies, names of shipped ones or files beside it"
        )
    sampler = plain.get("sampler", {})
    if not isinstance(sampler, Mapping):
        raise StudyError(f"{path}: [sampler] must be a table")
    return {
        "name": str(plain.get("name", path.stem)),
        "title": str(plain.get("title", "")),
        "seed": plain.get("seed", 0),
        "members": [_member(entry, path) for entry in members],
        "shared": plain.get("shared", {}),
        "sampler": sampler,
    }


def _member(entry: str, path: Path) -> Study:
    beside = path.parent / entry
    try:
        there = beside.is_file()
    except OSError as error:  # a name longer than the system has
        raise StudyError(
            f"{path}: the member '{entry}' names no file ({error.strerror}); correct it"
        ) from None
    return Study.load(beside if there else entry)


def population_of(tree: xr.DataTree) -> Population:
    """Make the population again that the tree of a result describes."""
    plain = json.loads(tree.attrs["study"])
    members = {name: study_of(tree[f"members/{name}"]) for name in plain["members"]}
    return Population(**{**plain, "members": members})
