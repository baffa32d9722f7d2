"""What a calibration found: uniform ranks or not, coverage of intervals, and its verdict."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from ..disk import require_room
from ..drawing import write_figures
from ..errors import GlassjaxError
from ..fitting.checkpoint import fingerprint
from ..fitting.maximise import require_float64
from ..fitting.predictive import stable_draws
from ..random_streams import generator
from ..results.outcome import provenance
from ..results.text import aligned, summary
from ..results.verdict import Check, Verdict, judge
from ..scalars import as_path, check_seed, whole_number
from .simulations import DENSITY, KeptSimulations, Simulation, simulate_and_fit

if TYPE_CHECKING:
    from ..plotting import Panels
    from ..problem.specification import Specification
    from ..problem.study_file import Sampler

BINS = 20
LEVELS = (0.5, 0.8, 0.95)
SIGNIFICANCE = 0.01
FORMAT = "glassjax calibration 2"
FIGURE, TEXT, NUMBERS = "calibration", "calibration.txt", "calibration.json"


class Calibration:
    """Ranks and coverage of the truth over simulated data sets.

    Attributes
    ----------
    study : name of the study
    simulations : tuple of Simulation
    settings : chains, warmup, draws and starts of each fit
    seed, provenance : as of any result
    """

    def __init__(
        self,
        study: str,
        simulations: Sequence[Simulation],
        settings: dict[str, Any],
        seed: int,
        origin: dict[str, Any],
    ) -> None:
        self.study, self.simulations = study, tuple(simulations)
        self.settings, self.seed, self.provenance = settings, seed, origin

    @classmethod
    def build(
        cls, study: "Specification", simulations: Sequence[Simulation], settings: "Sampler", seed: int
    ) -> "Calibration":
        """Put simulations and their origin together."""
        return cls(study.name, simulations, settings.to_dict(), seed, provenance(study, 0.0))

    @property
    def names(self) -> tuple[str, ...]:
        """What was ranked: the free parameters and the log posterior density."""
        return (*self.simulations[0].truth, DENSITY)

    def ranks(self, name: str) -> np.ndarray:
        """Rank of the truth in each simulation as a fraction between 0 and 1: (rank + ½)/(draws + 1)."""
        return np.array([(entry.rank[name] + 0.5) / (entry.among + 1) for entry in self.simulations])

    def coverage(self, name: str, level: float) -> float:
        """Share of the simulations whose rank lies in the central ``level``; few draws do not bias it."""
        return float(np.mean(np.abs(self.ranks(name) - 0.5) <= level / 2))

    def histogram(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Count the simulations in each of `BINS` bins of the rank; and return what uniform ranks would give."""
        counts = np.zeros(BINS, dtype=int)
        expected = np.zeros(BINS)
        for entry in self.simulations:
            place = np.arange(entry.among + 1) * BINS // (entry.among + 1)
            counts[place[entry.rank[name]]] += 1
            expected += np.bincount(place, minlength=BINS) / (entry.among + 1)
        return counts, expected

    @cached_property
    def table(self) -> list[dict[str, Any]]:
        """One row a quantity: p of uniform ranks (χ²), coverage by level, mean and spread of pulls, contraction."""
        rows = []
        for name in self.names:
            counts, expected = self.histogram(name)
            row: dict[str, Any] = {"name": name}
            row["p"] = float(stats.chisquare(counts, expected * counts.sum() / expected.sum()).pvalue)
            row |= {f"coverage_{level:g}": self.coverage(name, level) for level in LEVELS}
            pulls = [entry.pull[name] for entry in self.simulations if name in entry.pull]
            row["pull"] = float(np.mean(pulls)) if pulls else None
            row["spread"] = float(np.std(pulls)) if pulls else None
            contraction = [entry.contraction[name] for entry in self.simulations if name in entry.contraction]
            row["contraction"] = float(np.mean(contraction)) if contraction else None
            rows.append(row)
        return rows

    def error(self, level: float) -> float:
        """Return the standard error of a coverage ``level`` with this number of simulations."""
        return float(np.sqrt(level * (1 - level) / len(self.simulations)))

    @cached_property
    def verdict(self) -> Verdict:
        """Whether every rank is uniform and every coverage as stated, within the scatter of so many simulations.

        A calibration is accepted when no χ² p-value falls below 0.01 over the number of quantities, no coverage lies
        more than four standard errors off, and at most one simulation in fifty has divergent draws.
        """
        worst = min(self.table, key=lambda row: row["p"])
        limit = SIGNIFICANCE / len(self.names)
        text = f"uniform ranks: p at least {worst['p']:.2g}, of {worst['name']} (limit {limit:.2g})"
        checks = [Check(worst["p"] >= limit, text)]
        off = [
            (abs(row[f"coverage_{level:g}"] - level) / self.error(level), row, level)
            for row in self.table
            for level in LEVELS
        ]
        distance, row, level = max(off, key=lambda entry: entry[0])
        share = row[f"coverage_{level:g}"]
        checks.append(
            Check(
                distance <= 4,
                f"coverage at most {distance:.1f} standard errors off: {share:.1%} of the {level:.0%} intervals of "
                f"{row['name']} hold the truth",
            )
        )
        divergent = sum(entry.divergences > 0 for entry in self.simulations)
        count = len(self.simulations)
        checks.append(
            Check(divergent <= count / 50, f"{divergent} of {count} simulations with divergent draws")
        )
        return judge(checks)

    def summary(self) -> str:
        """Return verdict and table as text."""
        chains, warmup, draws = (self.settings[key] for key in ("chains", "warmup", "draws"))
        of_each = f"each fitted with {chains} chains of {warmup} + {draws} steps"
        heading = f"{self.study}: {len(self.simulations)} simulated data sets, {of_each}"
        cells = [["", "p", *(f"{level:.0%}" for level in LEVELS), "pull", "spread", "contraction"]]
        for row in self.table:
            numbers = [row["p"], *(row[f"coverage_{level:g}"] for level in LEVELS)]
            numbers += [row["pull"], row["spread"], row["contraction"]]
            formats = [".2g", *([".3f"] * len(LEVELS)), "+.2f", ".2f", ".2f"]
            cells.append(
                [row["name"]]
                + ["-" if x is None else format(x, f) for x, f in zip(numbers, formats, strict=True)]
            )
        levels, errors = (
            ", ".join(texts)
            for texts in zip(*((f"{x:.0%}", f"{self.error(x):.3f}") for x in LEVELS), strict=True)
        )
        legend = [
            f"p: uniform ranks ({BINS} bins)",
            f"{levels}: share of the central intervals that hold the truth (standard errors {errors})",
            "pull, spread: mean and standard deviation of (posterior mean - truth)/posterior standard deviation",
            "contraction: 1 - posterior over prior variance, in sampling coordinates",
        ]
        versions = f"glassjax {self.provenance['glassjax']}, jax {self.provenance['versions']['jax']}"
        closing = "\n".join([*legend, f"seed {self.seed}, {versions}, {self.provenance['date']}"])
        words = ("calibrated", "NOT CALIBRATED")
        return summary(heading, self.verdict, {"Ranks of the truth": aligned(cells)}, closing, words)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "format": FORMAT,
            "study": self.study,
            "verdict": self.verdict.to_dict(),
            "table": self.table,
            "settings": self.settings,
            "seed": self.seed,
            "provenance": self.provenance,
            "simulations": [asdict(entry) for entry in self.simulations],
        }

    def to_json(self) -> str:
        """Return everything, each simulation included, as JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False)

    def plot(self) -> "Panels":
        """Draw the rank histograms with the scatter expected of uniform ranks, and return the axes.

        See `glassjax.plotting.calibration`.
        """
        from ..plotting import calibration

        return calibration(self)

    def save(self, folder: str | Path) -> None:
        """Write text, numbers and figure to an existing folder."""
        folder = as_path(folder, "the folder of a calibration")
        (folder / TEXT).write_text(self.summary() + "\n", encoding="utf-8")
        (folder / NUMBERS).write_text(self.to_json() + "\n", encoding="utf-8")
        write_figures(folder, {FIGURE: self.plot})


def load_calibration(path: str | Path) -> Calibration:
    """Read ``calibration.json`` back, or that file in a folder."""
    path = as_path(path, "the file of a calibration")
    path = path / NUMBERS if path.is_dir() else path
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        if plain["format"] != FORMAT:
            raise ValueError
        simulations = [Simulation(**entry) for entry in plain["simulations"]]
        return Calibration(plain["study"], simulations, plain["settings"], plain["seed"], plain["provenance"])
    except OSError as error:
        raise GlassjaxError(f"cannot read '{path}': {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise GlassjaxError(
            f"'{path}' holds no calibration; give a file that glassjax calibrate wrote"
        ) from None


def calibrate(
    study: "Specification",
    *,
    simulations: int = 200,
    chains: int = 2,
    warmup: int = 150,
    draws: int = 80,
    starts: int = 2,
    seed: int | None = None,
    folder: str | Path | None = None,
    progress: Callable[[int], Any] | None = None,
    discard: str = "to begin anew, delete that folder or give another",
) -> "Calibration":
    """Fit simulated data sets of a study, with truths from its priors; see `glassjax.calibration.simulations`.

    Parameters
    ----------
    study : Study
        Its own measured values are not used, only temperatures, errors and priors.
    simulations : int
        Data sets.
    chains, warmup, draws, starts : int
        Of each fit. Every second draw counts. Chains begin at the maximum in the metric of the Laplace covariance,
        so that warmup has only a step size to find.
    seed : int
        The study's if not given.
    folder : str or Path, optional
        Keeps every simulation that is done, and continues from there when called again with the same arguments.
    progress : callable, optional
        Called with how many simulations are done.
    discard : str
        How errors tell the user to give up what ``folder`` keeps.
    """
    require_float64()
    seed = study.seed if seed is None else check_seed(seed)
    settings = study.sampler.replace(
        chains=whole_number(chains, "chains"), warmup=warmup, draws=draws, starts=starts
    )
    whole_number(simulations, "simulations")
    truths = stable_draws(study, simulations, generator(seed, "truths of a calibration"))
    done: list[Simulation] = []

    def run(keep: Callable[[Simulation], None]) -> None:
        while len(done) < simulations:
            number = len(done)
            truth = {name: float(column[number]) for name, column in truths.items()}
            done.append(simulate_and_fit(study, truth, settings, seed, number))
            keep(done[-1])
            if progress is not None:
                progress(len(done))

    if folder is None:
        run(lambda simulation: None)
    else:
        kept = KeptSimulations(as_path(folder, "the folder of a calibration"), discard=discard)
        with kept.held():
            require_room(kept.folder, 2000 * simulations * len(study.free), "give another folder")
            of = fingerprint(study, settings, seed) | {"simulations": simulations}
            done += kept.load(of)
            if progress is not None:
                progress(len(done))
            run(kept.save)
    return Calibration.build(study, done, settings, seed)
