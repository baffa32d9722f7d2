"""Simulated data sets of a study, each fitted as real data would be, and the rank of the truth among its draws.

If parameters are drawn from the prior, data from the parameters, and then draws from the posterior of these data, the
rank of each true parameter among its draws is uniform (Talts, Betancourt, Simpson, Vehtari & Gelman,
arXiv:1804.06788); so is that of any function of parameters and data, such as the posterior density itself (Modrák et
al., Bayesian Anal. 20, 461 (2025)). A theory's barrier belongs to the prior: truths are stable glasses.

Every simulation goes the way of a fit: the maximum from several starts, the Laplace covariance, NUTS in its metric.
"""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..disk import write_synced
from ..errors import GlassjaxError
from ..fitting.maximise import climb, laplace, spread
from ..fitting.nuts import Metric
from ..fitting.sample import begin_chains, run_chains
from ..random_streams import derived_seed

if TYPE_CHECKING:
    from ..problem.settings import Sampler
    from ..problem.specification import Specification

__all__ = ["DENSITY", "KeptSimulations", "Simulation", "simulate_and_fit"]

DENSITY = "log posterior"
"""Name of the posterior density among the quantities that are ranked."""

_FILE, LOCK = "simulations.json", "lock"


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


class KeptSimulations:
    """The simulations of an unfinished calibration on disk.

    Parameters
    ----------
    folder : Path
        Made when a calibration begins, and gone after `remove`.
    discard : str
        How errors tell the user to give up what is kept.
    """

    def __init__(self, folder: Path, *, discard: str) -> None:
        self.folder, self.discard = folder, discard

    @property
    def begun(self) -> bool:
        """Whether a calibration was begun here and not finished."""
        return (self.folder / _FILE).is_file()

    worthwhile = begun

    def describe(self) -> str:
        """Say what is kept."""
        return f"{len(self._read()[1])} simulations"

    def load(self, run: dict[str, Any]) -> list[Simulation]:
        """Return the simulations that are kept of this very run; refuse another one."""
        if not self.begun:
            return []
        found, kept = self._read()
        if found != run:
            raise GlassjaxError(
                f"'{self.folder}' keeps simulations of another study, seed or settings; {self.discard}"
            )
        return kept

    def save(self, run: dict[str, Any], done: list[Simulation]) -> None:
        """Keep what is done of a run, whole or not at all."""
        plain = {"run": run, "simulations": [asdict(entry) for entry in done]}
        write_synced(self.folder / _FILE, json.dumps(plain).encode())

    def remove(self) -> None:
        """Forget the calibration, because it is finished or given up."""
        for name in (_FILE, LOCK):
            (self.folder / name).unlink(missing_ok=True)
        with suppress(OSError):  # what is not ours stays
            self.folder.rmdir()

    def _read(self) -> tuple[dict[str, Any], list[Simulation]]:
        path = self.folder / _FILE
        try:
            plain = json.loads(path.read_text(encoding="utf-8"))
            return plain["run"], [Simulation(**entry) for entry in plain["simulations"]]
        except (OSError, ValueError, KeyError, TypeError):
            raise GlassjaxError(f"'{path}' is damaged; {self.discard}") from None
