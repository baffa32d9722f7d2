"""Curves at draws from a posterior, with or without the discrepancy that the data show."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from ..errors import GlassjaxError, choose
from ..problem.blocks import from_scale, to_scale, with_factor
from ..problem.compiling import Programs, quick_jit
from ..problem.selection import ROLES
from ..quantities import QUANTITIES
from ..random_streams import generator
from ..scalars import as_finite, check_seed, whole_number
from ..theory import evaluate, temperature_array
from ..validity import beyond_note
from .content import Content
from .limits import LEVEL

if TYPE_CHECKING:
    from ..datasets import Measurement
    from ..problem.likelihood import Likelihood

# One program for each quantity serves every figure and table: temperatures and draws are padded to these numbers.
TEMPERATURES = 96
DRAWS = 20


class Curves:
    """Evaluates a quantity at many parameter vectors, with one compilation for each quantity.

    The temperatures asked for and those of the fitted rows are evaluated together, so that the discrepancy
    at the former can be conditioned on the residuals at the latter.
    """

    def __init__(self, likelihood: "Likelihood") -> None:
        self.likelihood = likelihood
        self.made = Programs()
        self._kept: dict[Any, np.ndarray] = {}

    def __call__(self, quantity: str, T: np.ndarray, parameters: np.ndarray) -> np.ndarray:
        """Return curves (k, n + m) on the likelihood's scale at ``T`` and m fitted temperatures, for k parameters."""
        block = self.block(quantity)
        grid = T if block is None else np.concatenate([T, block.temperature])
        key = (quantity, grid.tobytes(), parameters.tobytes())
        found = self._kept.get(key)
        if found is None:
            run = self.made.once(quantity, lambda: quick_jit(self._run(quantity)))
            found = np.concatenate(
                [
                    np.concatenate([_padded_run(run, T, rows) for rows in _parts(parameters, DRAWS)])
                    for T in _parts(grid, TEMPERATURES)
                ],
                axis=1,
            )
            self._kept = {**dict(list(self._kept.items())[-5:]), key: found}
        return found

    def block(self, quantity: str) -> Any:
        """Fitted rows of a quantity, or None."""
        return next((block for block in self.likelihood.blocks if block.quantity == quantity), None)

    def _run(self, quantity: str) -> Any:
        study, names = self.likelihood.study, self.likelihood.names

        def run(T: jax.Array, parameters: jax.Array) -> jax.Array:
            def one(vector: jax.Array) -> jax.Array:
                values = {name: vector[i] for i, name in enumerate(names)}
                theory, glass = study.theory_at(values), study.glass_at(values)
                mean = to_scale(quantity, evaluate(theory, quantity, T, glass, study.time))
                return with_factor(quantity, mean, study.complete(values))

            return jax.lax.map(one, parameters)

        return run

    def with_discrepancy(
        self, quantity: str, T: np.ndarray, parameters: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        """Curves (k, n) with a draw of the discrepancy, given the residuals, added to each."""
        curves = self(quantity, T, parameters)
        block = self.block(quantity)
        if block is None or block.discrepancy is None:
            return curves[:, : len(T)]
        means = curves[:, len(T) :][:, block.row]
        names = self.likelihood.names
        added = []
        weights = root = np.empty(0)
        for i, (vector, mean) in enumerate(zip(parameters, means, strict=True)):
            if block.moving or i == 0:
                weights, covariance = block.gain(T, dict(zip(names, vector.tolist(), strict=True)))
                level, directions = np.linalg.eigh(covariance)
                root = directions * np.sqrt(np.maximum(level, 0))
            added.append(weights @ (block.observed - mean) + root @ rng.standard_normal(len(T)))
        return curves[:, : len(T)] + np.stack(added)

    def to_si(self, quantity: str, curves: np.ndarray) -> np.ndarray:
        """Curves in SI units."""
        return from_scale(quantity, curves)


def _parts(array: np.ndarray, size: int) -> list[np.ndarray]:
    """Cut an array into pieces of at most ``size`` along its first axis."""
    return [array[begin : begin + size] for begin in range(0, len(array), size)]


def _padded_run(run: Any, T: np.ndarray, parameters: np.ndarray) -> np.ndarray:
    """Curves (k, n) at ``T`` (n,) and ``parameters`` (k, d), by a program for `TEMPERATURES` and `DRAWS`."""
    padded_T = np.pad(T, (0, TEMPERATURES - len(T)), mode="edge")
    padded = np.pad(parameters, ((0, DRAWS - len(parameters)), (0, 0)), mode="edge")
    return np.asarray(run(jnp.asarray(padded_T), jnp.asarray(padded)))[: len(parameters), : len(T)]


def check_quantity(quantity: str) -> None:
    """Refuse a quantity no theory has."""
    choose(quantity, QUANTITIES, "quantity")


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
