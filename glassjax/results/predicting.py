"""Curves of a fit: with their bands, at the maximum, and what they leave over."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import GlassjaxError, choose
from ..problem.blocks import from_scale, to_scale
from ..problem.selection import ROLES
from ..quantities import QUANTITIES
from ..random_streams import generator
from ..scalars import as_finite, check_seed, whole_number
from ..theory import temperature_array
from ..validity import beyond_note
from .content import Content
from .limits import LEVEL
from .prediction import Curves, check_quantity

if TYPE_CHECKING:
    from ..datasets import Measurement


class Predicting(Content):
    """The observables at draws from the posterior and at the maximum."""

    @cached_property
    def _curves(self) -> Curves:
        return Curves(self.study.likelihood)

    def predict(
        self, quantity: str, T: Any, *, draws: int = 200, seed: int = 0, discrepancy: bool = False
    ) -> np.ndarray:
        """Curves of a quantity in SI units at random draws from the posterior.

        Parameters
        ----------
        quantity : {"kappa", "heat-capacity", "expansion"}
        T : (n,) in K
        draws : number of curves
        seed : which draws, and the discrepancy's
        discrepancy : whether to add the discrepancy that the data show
            The band then is where the glass is believed to lie, without it where the theory does.

        Returns
        -------
        (draws, n)
        """
        T, parameters = self._points(quantity, T, draws, seed)
        if discrepancy:
            rng = generator(seed, "discrepancy of predictions")
            curves = self._curves.with_discrepancy(quantity, T, parameters, rng)[1:]
        else:
            curves = self._curves(quantity, T, parameters)[1:, : len(T)]
        return self._curves.to_si(quantity, curves)

    def band(
        self,
        quantity: str,
        T: Any,
        *,
        level: float = LEVEL,
        draws: int = 200,
        seed: int = 0,
        discrepancy: bool = False,
    ) -> np.ndarray:
        """Lower end, median and upper end (3, n) of the curves of `predict`, ``level`` of them inside, at each T."""
        whole_number(draws, "draws")
        if not 0 < (as_finite(level) or 0) < 1:
            raise GlassjaxError(f"the level of a band must lie between 0 and 1, not at {level!r}")
        curves = self.predict(quantity, T, draws=draws, seed=seed, discrepancy=discrepancy)
        return np.quantile(curves, [(1 - level) / 2, 0.5, (1 + level) / 2], axis=0)

    def curve(self, quantity: str, T: Any, *, draws: int = 200, seed: int = 0) -> np.ndarray:
        """Return the curve (n,) of a quantity in SI units at the maximum; shares the work of `predict`."""
        T, parameters = self._points(quantity, T, draws, seed)
        return self._curves.to_si(quantity, self._curves(quantity, T, parameters)[0, : len(T)])

    @cached_property
    def debye_temperature(self) -> float:
        """Debye temperature of the beads in K: the median of its draws where it is free or tied, or the glass's own."""
        values = self.study.complete(self.draws, np)
        fixed = self.study.glass.debye_temperature
        return float(np.median(values.get("debye_temperature", np.asarray(fixed))))

    def validity_note(self, quantity: str, T: Any, what: str) -> str | None:
        """Say which of the temperatures ``T`` (n,) in K lie above the theory's limit at the fitted Debye temperature.

        ``what`` names them, as in "fitted rows". None if all lie below; see `glassjax.validity`.
        """
        validity = self.study.theory.validity
        return beyond_note(validity, quantity, np.atleast_1d(T).tolist(), self.debye_temperature, what)

    def validity_notes(self) -> list[str]:
        """Return a note for each quantity of which fitted rows lie where the theory is not meant to hold."""
        notes = (
            self.validity_note(block.quantity, block.row_temperature, "fitted rows")
            for block in self.study.likelihood.blocks
        )
        return [note for note in notes if note]

    def _points(self, quantity: str, T: Any, draws: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Temperatures, and parameters (1 + draws, d): the maximum first."""
        check_quantity(quantity)
        T = np.atleast_1d(temperature_array(T, "temperatures to predict at"))
        draws, seed = whole_number(draws, "draws", 0), check_seed(seed)
        if T.ndim != 1 or not T.size:
            raise GlassjaxError("temperatures to predict at must be a list of positive numbers in K")
        available = np.stack(list(self.draws.values()), axis=1)
        chosen = generator(seed, "draws to predict from").choice(
            len(available), size=draws, replace=draws > len(available)
        )
        best = np.array([list(self.best.values())])
        return T, np.concatenate([best, available[chosen]])

    def residuals(self, role: str = "fit") -> "list[tuple[Measurement, np.ndarray]]":
        """Return each measurement with its residuals (n,) at the maximum.

        They are ln(measured/theory), and (measured − theory)/error for the expansion.
        """
        choose(role, ROLES, "role")
        found = []
        for measurement, mean in self._means(role):
            residual = to_scale(measurement.quantity, measurement.value, np) - mean
            if not QUANTITIES[measurement.quantity].logarithmic:
                error = np.sqrt(np.diagonal(measurement.covariance()))
                residual = from_scale(measurement.quantity, residual) / error
            found.append((measurement, residual))
        return found

    def _means(self, role: str) -> "list[tuple[Measurement, np.ndarray]]":
        """Return each measurement with the theory's mean (n,) of its rows, on the likelihood's scale."""
        if role == "fit":
            stored, blocks = self.tree["maximum"], self.study.likelihood.blocks
            rows = {
                block.quantity: (np.asarray(stored[f"fitted_{block.quantity}"]), block.source)
                for block in blocks
            }
            means = [(entry, *rows[entry.quantity]) for entry in self.study.fitted]
            return [(entry.used, mean[source == i]) for i, (entry, mean, source) in enumerate(means)]
        return [
            (m, to_scale(m.quantity, self.curve(m.quantity, m.temperature, draws=0), np))
            for m in self.study.measurements(role)
        ]
