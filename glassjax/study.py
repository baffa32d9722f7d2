"""A study: which theory is fitted to which measurements of which glass, and all that can be asked of it."""

import copy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from .errors import DataError, GlassjaxError, StudyError, suggest
from .problem.blocks import from_scale
from .problem.compiling import Programs, made_once
from .problem.problem import Problem
from .problem.selection import DataSet, simulated
from .problem.specification import Specification, as_number
from .random_streams import generator
from .results.trees import plain_study

if TYPE_CHECKING:
    from typing import Self

    from .calibration import Calibration
    from .fitting.checkpoint import Checkpoint
    from .fitting.predictive import PriorCurves
    from .fitting.validate import Validation
    from .problem.likelihood import Likelihood
    from .results import Laplace, Maximum, Nested, Posterior, Variational
    from .theory import Theory


class Fittable(Problem):
    """What a study of one glass and a population of glasses can both be asked to do."""

    def maximise(
        self, *, method: str | None = None, starts: int | None = None, seed: int | None = None
    ) -> "Maximum":
        """Find the maximum a posteriori from several starts, and its Laplace covariance.

        ``method`` is "bfgs", "levenberg-marquardt" or "adam"; the default is that of ``sampler``.
        """
        from .fitting.maximise import maximise

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
        checkpoint: "Checkpoint | str | Path | None" = None,
    ) -> "Posterior":
        """Draw from the posterior with NUTS, begun at the maximum (``start``, found first if not given).

        ``checkpoint`` names a folder that keeps the run while it is unfinished. If it holds this very run, that is
        continued, and the draws come out as if it had never stopped (on the same machine); a run of another study,
        seed, settings or versions is refused. The folder is removed when the draws are complete; a `Checkpoint`
        given in its place is not.
        """
        from .fitting.sample import sample

        return sample(
            self,
            seed=seed,
            chains=chains,
            warmup=warmup,
            draws=draws,
            progress=progress,
            start=start,
            checkpoint=checkpoint,
        )


class Study(Fittable, Specification):
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
        `glassjax.problem.naming`; spellings are those of `Prior` and of `glassjax.problem.tie`.
        ``{"distribution": "glass"}`` takes a constant's prior from the glass's record.
    parameters : mapping
        Fixed values, as numbers in ``free`` are.
    discrepancy : bool or mapping
        What the theory misses: see `glassjax.problem.discrepancy`. On by default.
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

    @classmethod
    def load(cls, source: "str | Path", *, theory: Any = None) -> "Self":
        """Read a study from a TOML file, or the shipped study of that name; fit another ``theory`` if given."""
        from .problem.study_file import read_study

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
    @made_once
    def likelihood(self) -> "Likelihood":
        """The likelihood of this study, built once."""
        from .problem.likelihood import Likelihood

        return Likelihood(self)

    @property
    def theory_name(self) -> str:
        """Name of the theory's class."""
        return type(self.theory).__name__

    @property
    def result_types(self) -> "tuple[type[Maximum], type[Posterior]]":
        """Classes of its maximum and its posterior."""
        from .results import Maximum, Posterior

        return Maximum, Posterior

    def laplace(
        self, *, draws: int = 2000, seed: int | None = None, start: "Maximum | None" = None
    ) -> "Laplace":
        """Draw around the maxima and weight the draws by the posterior; see `glassjax.fitting.importance`.

        Seconds where `sample` takes a minute, and as good where ``pareto_k`` is below 0.7. All maxima that the starts
        found are drawn from, and the ridges that run from them along any parameter (`glassjax.fitting.pieces`). A
        part of the posterior that neither reaches is missed without a warning; more ``starts`` may find it.
        """
        from .fitting.importance import laplace

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
        from .fitting.variational import variational

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
        """Sample the whole prior by nested sampling (dynesty), with the evidence; see `glassjax.fitting.nested`."""
        from .fitting.nested import nested

        return nested(self, live=live, dlogz=dlogz, calls=calls, seed=seed, start=start)

    def simulate(self, values: Mapping[str, float], *, seed: int = 0) -> "Self":
        """Return the study of other data, drawn at the parameters ``values``.

        They scatter by the errors and the discrepancy that this study states. Nothing is compiled again.
        """
        if not isinstance(values, Mapping):
            raise StudyError(f"give values by name, not {values!r}")
        for name, value in values.items():
            if name not in self.free:
                raise StudyError(f"'{name}' is not free in study '{self.name}'{suggest(name, self.free)}")
            as_number(value, name)
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

    def describe(self) -> str:
        """Say what is about to be fitted: data, free parameters with priors, tied and fixed ones."""
        from .problem.description import describe

        return describe(self)

    def validate(self, *, draws: int = 100, seed: int | None = None) -> "Validation":
        """Evaluate posterior density and gradient at draws from the prior, and say what is wrong and where."""
        from .fitting.validate import validate

        return validate(self, draws=draws, seed=seed)

    def calibrate(self, **options: Any) -> "Calibration":
        """Fit simulated data sets with truths from the priors; see `glassjax.calibration.calibrate` for its options."""
        from .calibration import calibrate

        return calibrate(self, **options)

    def prior_predictive(
        self, *, draws: int = 200, seed: int | None = None, T: Any = None
    ) -> "dict[str, PriorCurves]":
        """Curves of every fitted quantity at draws from the prior, over the range of the data or at ``T`` in K."""
        from .fitting.predictive import prior_predictive

        return prior_predictive(self, draws=draws, seed=seed, T=T)

    def plot_prior(self, **options: Any) -> Any:
        """Draw what the priors allow, over the data; see `glassjax.plotting.prior` for options and axes."""
        from .plotting import prior

        return prior(self, **options)


def study_of(tree: xr.DataTree, theory: "type[Theory] | None" = None) -> Study:
    """Rebuild the study a tree came from; ``theory`` is the class of its theory, found by its name if not given."""
    return Study.from_dict(plain_study(tree), theory)
