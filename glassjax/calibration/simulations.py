"""Simulated data sets of a study, each fitted as real data would be, and the rank of the truth among its draws.

If parameters are drawn from the prior, data from the parameters, and then draws from the posterior of these data, the
rank of each true parameter among its draws is uniform (Talts, Betancourt, Simpson, Vehtari & Gelman,
arXiv:1804.06788); so is that of any function of parameters and data, such as the posterior density itself (Modrák et
al., Bayesian Anal. 20, 461 (2025)). A theory's barrier belongs to the prior: truths are stable glasses.

Every simulation goes the way of a fit: the maximum from several starts, the Laplace covariance, NUTS in its metric.
"""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import GlassjaxError
from ..fitting.maximise import climb, laplace, spread
from ..fitting.sample import Metric, begin_chains, run_chains
from ..random_streams import derived_seed
from ..run_folder import Lines, RunFolder

if TYPE_CHECKING:
    from ..problem.specification import Specification
    from ..problem.study_file import Sampler

DENSITY = "log posterior"
"""Name of the posterior density among the quantities that are ranked."""

_LINES = "simulations.jsonl"


@dataclass(frozen=True)
class Simulation:
    """What became of one simulated data set.

    Attributes
    ----------
    truth : by parameter
    rank : of the truth among ``among`` thinned draws, by parameter, and of the log posterior density at the truth
    pull : (posterior mean − truth)/posterior standard deviation, by parameter
    contraction : 1 − (posterior over prior variance) in sampling coordinates, by parameter
    divergences : divergent draws
    """

    truth: dict[str, float]
    rank: dict[str, int]
    among: int
    pull: dict[str, float]
    contraction: dict[str, float]
    divergences: int


def simulate_and_fit(
    study: "Specification", truth: dict[str, float], settings: "Sampler", seed: int, number: int
) -> Simulation:
    """Draw one data set at ``truth``, fit it and rank the truth."""
    own = derived_seed(seed, "seed of a simulation", number)
    simulated = study.simulate(truth, seed=own)
    likelihood = simulated.likelihood
    outcomes = climb(likelihood, spread(simulated, settings.starts, own), settings.steps, settings.method)
    best = max(outcomes, key=lambda outcome: outcome.log_posterior)
    if not np.isfinite(best.log_posterior):
        raise GlassjaxError(
            f"study '{study.name}': no start found a finite posterior of simulated data set {number}, at {truth}"
        )
    gaussian = laplace(likelihood, best.end)
    metric = Metric(gaussian.centre, np.linalg.cholesky(gaussian.covariance))
    begins = begin_chains(likelihood, metric, [gaussian.centre], settings.chains, own)
    fields = run_chains(likelihood, metric, begins, settings, own, False)
    z = fields["z"].reshape(-1, likelihood.dimension)
    values = {name: np.asarray(column) for name, column in likelihood.compiled.constrain(z).items()}
    at = np.asarray(likelihood.compiled.unconstrain(truth))
    pieces = values | {DENSITY: -fields["potential_energy"].ravel()}
    true = truth | {DENSITY: -likelihood.evaluate(at)[0]}
    thinned = {name: column[::2] for name, column in pieces.items()}
    return Simulation(
        truth=truth,
        rank={name: int(np.sum(column < true[name])) for name, column in thinned.items()},
        among=len(thinned[DENSITY]),
        pull={
            name: float((np.mean(z[:, i]) - at[i]) / np.std(z[:, i]))
            for i, name in enumerate(likelihood.names)
        },
        contraction={name: float(1 - np.var(z[:, i])) for i, name in enumerate(likelihood.names)},
        divergences=int(np.sum(fields["diverging"])),
    )


class KeptSimulations(RunFolder):
    """The simulations of an unfinished calibration on disk, a line each."""

    FORMAT = "glassjax calibration 2"
    RUN = "an unfinished calibration"
    DESCRIPTION = "simulations.json"
    PIECES = (_LINES,)

    @property
    def worthwhile(self) -> bool:
        """Whether simulations would be lost with it; an earlier version kept them in the description."""
        if super().worthwhile or not self.begun:
            return super().worthwhile
        try:
            self.description()
        except GlassjaxError:
            return True
        return False

    @property
    def _lines(self) -> Lines:
        return Lines(self.folder / _LINES, lambda number: self.damaged(_LINES))

    def describe(self) -> str:
        """Say how many simulations are kept."""
        self.description()  # which refuses those of another version
        return f"{len(self._read())} simulations"

    def load(self, run: dict[str, Any]) -> list[Simulation]:
        """Return the simulations that are kept of this very run; refuse another one."""
        self.enter(run)
        self._lines.mend()
        return self._read()

    def save(self, simulation: Simulation) -> None:
        """Keep one more simulation, whole or not at all."""
        with self.writing():
            self._lines.append([asdict(simulation)])

    def remove(self) -> None:
        """Forget the calibration, because it is finished or given up."""
        self.clear()
        self.remove_empty()

    def _read(self) -> list[Simulation]:
        try:
            return [Simulation(**entry) for entry in self._lines]
        except TypeError:
            raise self.damaged(_LINES) from None
