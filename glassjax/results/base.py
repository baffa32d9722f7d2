"""What maximum and posterior have in common: one tree, and the properties and methods computed from it."""

import abc
import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from . import table as tables
from .derived import derived_rows, prior_notes
from .limits import LEVEL
from .misfit import Misfit, misfit, scales
from .prediction import Predicting
from .shape import Shape
from .text import misfit_lines, summary
from .verdict import Check, Part, Verdict, check_bounds, check_modes, judge, judge_theory
from .whitened import Predictive, predictive

if TYPE_CHECKING:
    import pandas as pd


class BaseResult(Predicting, Shape, abc.ABC):
    """A fit. All data are in ``tree``; tables, verdict and figures are computed from it on demand.

    Attributes
    ----------
    tree : xarray.DataTree
        Draws, diagnostics, data, and the provenance as attributes; see `glassjax.results.trees`.
    """

    groups_needed = ("posterior", "maximum", "starts", "measurements")
    figures = ("observables", "residuals", "predictive", "corner", "trace")
    """What the command line draws."""
    population = False
    """Whether it is of several glasses, which are results of their own."""

    @cached_property
    def table(self) -> list[dict[str, Any]]:
        """One row a free parameter: name, symbol, unit, estimate, low, high, sd, limit, level, prior, diagnostics."""
        return self._table()

    @cached_property
    def tied(self) -> list[dict[str, Any]]:
        """One row a tied parameter: name, symbol, unit, estimate, low, high, sd, tie."""
        best = self.best if self.kind == "maximum" else None
        return tables.tied_rows(self.study, best, self.draws if self.curved or best is None else None)

    @cached_property
    def derived(self) -> list[dict[str, Any]]:
        """One row a quantity that follows from the parameters (`glassjax.Theory.derived`).

        Each has name, symbol, unit, estimate, low, high, sd, meaning; empty if the theory has none.
        """
        best = self.best if self.kind == "maximum" else None
        return derived_rows(self.study, best, self.draws if self.curved or best is None else None)

    @cached_property
    def verdict(self) -> Verdict:
        """Whether to trust it, and why: ``sampler`` and ``theory``, and ``ok`` if both are good.

        `glassjax.results.verdict` and `glassjax.results.whitened` state the thresholds.
        """
        piled, notes = self.bound_checks()
        checks = [*self._checks(), *check_modes(self.modes), *check_bounds(piled)]
        return judge(checks, [*self.shape_notes(), *notes, *self.validity_notes()], self._theory_verdict())

    @cached_property
    def whitened(self) -> Predictive:
        """Whitened residuals, and the posterior predictive checks that the verdict on the theory rests on."""
        return predictive(self)

    def _theory_verdict(self) -> Part:
        """Judge whether theory, discrepancy and stated errors describe the data."""
        return judge_theory(self.whitened, self.misfits)

    @abc.abstractmethod
    def _table(self) -> list[dict[str, Any]]:
        """Make the table."""

    @abc.abstractmethod
    def _checks(self) -> list[Check]:
        """Judge the search or the chains; bounds and misfits are judged for both alike."""

    @property
    @abc.abstractmethod
    def heading(self) -> str:
        """First line of the summary."""

    estimate: str
    """What the table's estimates are."""

    @cached_property
    def misfits(self) -> tuple[Misfit, ...]:
        """How each quantity fits at the maximum, and where the data lie off the theory."""
        found = []
        for block in self.study.likelihood.blocks:
            own = scales(block, self.study.fitted, self.fitted_means(block))
            mean = np.asarray(self.tree["maximum"][f"fitted_{block.quantity}"])
            found.append(misfit(block, mean, self.best, own))
        return tuple(found)

    def bound_checks(self) -> tuple[list[tuple[str, float, bool]], list[str]]:
        """Return parameters piled up at a bound (name, bound, whether it ends their own range), and notes."""
        piled, notes, said = [], [], []
        for name, span in tables.intervals(self.study, self.draws, gaussian=self.kind == "maximum").items():
            if span.bound is not None:
                natural = span.bound in tables.natural_range(self.study, name)
                piled.append((name, span.bound, natural))
                if natural:
                    side = "an upper" if span.limit == "upper" else "a lower"
                    notes.append(
                        f"{name} piles up at the end {span.bound:g} of its range: read its row as {side} limit"
                    )
            if span.fills:
                said.append(name)
                notes.append(f"{name} fills the range of its prior: the data do not determine it")
        for name in json.loads(self.tree["maximum"].attrs["unseen"]):
            said.append(name)
            notes.append(
                f"{name} never moved: no measurement of this study depends on it, its interval is its prior's"
            )
        if self.curved or self.kind != "maximum":
            notes += prior_notes(self.study, self.draws, tuple(said))
        if self.whitened.too_good:
            notes.append(
                f"χ² of the whitened residuals is only {self.whitened.chi2:.2g} where {self.whitened.freedom:.2g} are "
                "expected: the stated errors, or the discrepancy's amplitude, are larger than the data need"
            )
        return piled, notes + tables.tied_notes(self.study, self.draws)

    def summary(self) -> str:
        """Return verdict, parameters, quality of the fit and provenance as text."""
        tied = [*tables.text(self.tied), *(f"  {row['name']} = {row['tie']}" for row in self.tied)]
        sections = {
            f"Parameters ({self.estimate}, {tables.levels(self.table)})": tables.text(self.table),
            "Tied parameters": tied if self.tied else [],
            "Derived quantities": tables.text(self.derived, "quantity") if self.derived else [],
            "Maxima found by the starts": tables.maxima_lines(self.maxima) if len(self.maxima) > 1 else [],
            "Fit at the maximum": [line for entry in self.misfits for line in misfit_lines(entry)],
        }
        return summary(self.heading, self.verdict, sections, self.closing())

    def closing(self) -> str:
        """Last lines of the summary: the evidence, and where the result comes from."""
        origin = self.provenance
        line = (
            f"glassjax {origin['glassjax']}, jax {origin['versions']['jax']}, seed {self.seed}, {origin['date']}, "
            f"{origin['seconds']:.0f} s"
        )
        return line if self.log_evidence is None else f"{self.log_evidence}\n{line}"

    def to_dict(self) -> dict[str, Any]:
        """Return the summary as plain values."""
        return {
            "study": self.study.name,
            "kind": self.kind,
            "verdict": self.verdict.to_dict(),
            "parameters": self.table,
            "tied": self.tied,
            "derived": self.derived,
            "level": LEVEL,
            "maximum": self.best,
            "log_posterior": self.log_posterior,
            "log_evidence": None if self.log_evidence is None else self.log_evidence._asdict(),
            "fit": [entry.to_dict() for entry in self.misfits],
            "starts": self.starts,
            "maxima": self.maxima,
            "modes": [modes.to_dict() for modes in self.modes],
            "ridges": [ridge.to_dict() for ridge in self.ridges],
            "seed": self.seed,
            "settings": self.settings,
            "provenance": self.provenance,
        }

    def to_json(self) -> str:
        """Return the summary as JSON; a missing number is null."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False, allow_nan=False)

    def to_dataframe(self) -> "pd.DataFrame":
        """Return the table as a pandas DataFrame: one row a free parameter, its name the index; no number is NaN."""
        return tables.dataframe(self.table)

    def to_latex(self, *, caption: str | None = None, label: str = "") -> str:
        r"""Return the table in LaTeX for a paper (package booktabs): name, symbol, value with its interval, unit.

        Parameters
        ----------
        caption : str, optional
            The caption, itself LaTeX. None writes one; "" returns the bare ``tabular``, without ``table``.
        label : str
            Key for ``\ref``.
        """
        from .table import latex_caption, latex_table

        if caption is None:
            caption = latex_caption(self.study, self.estimate, self.table)
        return latex_table(self.table, caption=caption, label=label)

    def __repr__(self) -> str:
        state = ", ".join(f"{name} {part.words}" for name, part in self.verdict.parts.items())
        return f"<{type(self).__name__} of {self.study.name}: {state}>"
