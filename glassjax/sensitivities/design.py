"""Where to measure next: the gain of one more row anywhere, and the best set of several."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from ..errors import GlassjaxError, StudyError, choose, suggest
from ..quantities import QUANTITIES
from ..random_streams import generator
from ..scalars import whole_number
from .batch import Batch, Progress
from .elasticities import result_of, study_of
from .gains import Candidates, linear_gain, nested_gain, parse_errors
from .information import Fisher, fisher
from .propagation import chosen_draws
from .slopes import Conditional, meant_below, quantity_grids

if TYPE_CHECKING:
    from ..results.result import Result
    from ..study import Study

POINTS = 33


@dataclass(frozen=True, eq=False)
class Design:
    """Gains of one more row, and rows chosen one after the other.

    Attributes
    ----------
    information : what the data there are say
    about : parameters the gain is about
    errors : of a new row, by quantity: relative, or in 1/K for the expansion
    gain : (quantity, temperature) nats from one more row
    chosen : one mapping a row, in the order of choice: ``quantity``, ``temperature``, ``error``, ``gain`` (with all
        rows before it) and ``sd``, standard deviations of ``about`` after it, in units of the prior's
    before : standard deviations of ``about`` now
    nested : gains by nested Monte Carlo with their errors, or None
    """

    information: Fisher
    about: tuple[str, ...]
    errors: dict[str, float]
    gain: xr.DataArray
    chosen: list[dict[str, Any]]
    before: dict[str, float]
    nested: xr.Dataset | None = field(default=None)

    @property
    def best(self) -> dict[str, Any]:
        """The row to measure next: ``quantity``, ``temperature`` in K, ``error``, ``gain`` in nats."""
        return self.chosen[0]

    def to_dataset(self) -> xr.Dataset:
        """Return the gains, the rows chosen, and the nested gains if there are any, as arrays with coordinates."""
        found = xr.Dataset(
            {
                "gain": self.gain,
                "chosen_quantity": (
                    "order",
                    np.array([row["quantity"] for row in self.chosen], dtype=object),
                ),
                "chosen_temperature": (
                    "order",
                    np.array([row["temperature"] for row in self.chosen]),
                    {"units": "K"},
                ),
                "chosen_gain": ("order", np.array([row["gain"] for row in self.chosen]), {"units": "nats"}),
            },
            coords={"error": ("quantity", [self.errors[q] for q in self.gain["quantity"].values])},
            attrs={"study": self.information.study.name, "about": ", ".join(self.about)},
        )
        return found if self.nested is None else found.merge(self.nested)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        plain = {
            "study": self.information.study.name,
            "about": list(self.about),
            "errors": self.errors,
            "temperature": self.gain["temperature"].values.tolist(),
            "gain": {str(q): _plain(self.gain.sel(quantity=q).values) for q in self.gain["quantity"].values},
            "sd_before": self.before,
            "chosen": self.chosen,
        }
        if self.nested is not None:
            plain["nested"] = {
                "temperature": self.nested["nested_temperature"].values.tolist(),
                **{
                    str(q): {
                        "gain": _plain(self.nested["nested_gain"].sel(quantity=q).values),
                        "error": _plain(self.nested["nested_error"].sel(quantity=q).values),
                    }
                    for q in self.nested["quantity"].values
                },
            }
        return plain

    def to_json(self) -> str:
        """Return `to_dict` as JSON."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False, allow_nan=False)

    def summary(self) -> str:
        """Return what to measure, as text."""
        from .text import design_text

        return design_text(self)

    def __str__(self) -> str:
        return self.summary()


def design(
    target: "Study | Result | Fisher",
    *,
    about: Sequence[str] | None = None,
    T: Any = None,
    quantities: Sequence[str] = tuple(QUANTITIES),
    error: "Mapping[str, float] | float | None" = None,
    scale_error: float = 0.0,
    n: int = 1,
    everywhere: bool = False,
    nested: bool = False,
    draws: int = 1000,
    nested_points: int = 7,
    seed: int = 0,
    progress: Progress | None = None,
) -> Design:
    """Find the expected information gain of measuring κ, C or α once more, and the best ``n`` rows by greedy choice.

    Linear around the maximum (`glassjax.sensitivities.gains`), discrepancy included. Each of the ``n`` rows is the
    best given those chosen before, which reaches at least 1 − 1/e of the best set's gain where gains diminish
    (Nemhauser, Wolsey & Fisher, Math. Program. 14, 265 (1978)). A quantity the study does not fit has the discrepancy
    it would have by default, and none if the study has none at all. Free amplitudes and lengths of the discrepancy are
    held fixed: what a new row says about them is left out.

    Parameters
    ----------
    target : Study, Result or Fisher
        The maximum of a study is found first.
    about : names, optional
        Free parameters the gain is about; all if not given.
    T : (m,) in K, optional
        33 temperatures over the range of the fitted data if not given.
    quantities : names
        What could be measured.
    error : mapping or float, optional
        Standard error of one new row: relative for κ and C, in 1/K for the expansion; 0.05, 0.05 and 1e-10 if not
        given. A number alone is that of κ and C.
    scale_error : float
        Relative error that all new rows of a quantity share.
    n : int
        Rows to choose.
    everywhere : bool
        Whether to include temperatures at which the theory is not valid: κ above 0.4 T_D, C above 0.15 T_D, α above
        0.01 T_D. Otherwise their gain is NaN.
    nested : bool
        Whether to find the gains by nested Monte Carlo too, at ``nested_points`` of the temperatures, from ``draws``
        of the posterior (the Gaussian of a maximum), with the seed ``seed``. They are NaN where the draws are too few
        for so great a gain.

    Raises
    ------
    GlassjaxError
        If a name is not known, a number is out of range or the theory is not finite somewhere.
    """
    if not quantities:
        raise GlassjaxError("name one quantity at least that could be measured")
    errors = parse_errors(error, quantities)
    n = whole_number(n, "n")
    for quantity in quantities:
        choose(quantity, QUANTITIES, "quantity")
    if isinstance(scale_error, bool) or not 0 <= scale_error < 1:
        raise GlassjaxError(f"scale_error must be relative, from 0 to 1, not {scale_error!r}")
    study = target.study if isinstance(target, Fisher) else study_of(target)
    grid, chosen_quantities = quantity_grids(study, T, quantities)
    if T is None:
        grid = np.geomspace(grid[0], grid[-1], POINTS)
    names = _names(study, about)
    if nested and isinstance(target, Fisher):
        raise StudyError(
            "nested Monte Carlo needs draws: give the study or a result in place of its information"
        )
    fit = result_of(target) if nested and not isinstance(target, Fisher) else target
    known = fit if isinstance(fit, Fisher) else fisher(fit)
    index = np.array([known.names.index(name) for name in names])
    lines = known.slopes(known.z, dict.fromkeys(chosen_quantities, grid))
    candidates = Candidates.build(known, lines, grid, errors, scale_error)
    limits = np.repeat(meant_below(study, chosen_quantities), len(grid))
    allowed = np.flatnonzero((candidates.temperature <= limits) | everywhere).tolist()
    if not allowed:
        raise GlassjaxError(
            "the theory is meant for none of these temperatures (κ below 0.4, C below 0.15, α below 0.03 of the Debye "
            "temperature); choose lower ones, or everywhere"
        )
    P = known.covariance()
    alone = np.full(len(candidates.error), np.nan)
    alone[allowed] = [linear_gain(P, *candidates.rows([i]), index)[0] for i in allowed]
    gain = xr.DataArray(
        np.reshape(alone, (len(chosen_quantities), len(grid))),
        dims=("quantity", "temperature"),
        coords={"quantity": list(chosen_quantities), "temperature": ("temperature", grid, {"units": "K"})},
        attrs={"units": "nats", "about": ", ".join(names)},
    )
    deviations = np.sqrt(np.diagonal(P))
    return Design(
        information=known,
        about=names,
        errors=errors,
        gain=gain,
        chosen=_greedy(P, candidates, allowed, index, names, errors, n),
        before={name: float(deviations[i]) for name, i in zip(names, index, strict=True)},
        nested=None
        if isinstance(fit, Fisher) or not nested
        else _nested(
            result_of(fit),
            chosen_quantities,
            grid[np.unique(np.linspace(0, len(grid) - 1, nested_points).round().astype(int))],
            errors,
            None if len(names) == len(study.free) else index,
            draws,
            seed,
            everywhere,
            progress,
        ),
    )


def _plain(values: np.ndarray) -> list[float | None]:
    return [float(x) if np.isfinite(x) else None for x in values]


def _names(study: "Study", about: Sequence[str] | None) -> tuple[str, ...]:
    names = tuple(study.free) if about is None else tuple(dict.fromkeys(about))
    if not names:
        raise GlassjaxError("name one free parameter at least that the gain is about")
    for name in names:
        if name not in study.free:
            raise StudyError(
                f"'{name}' is not free in study '{study.name}'{suggest(name, study.free)}; there are "
                f"{', '.join(study.free)}"
            )
    return names


def _greedy(
    P: np.ndarray,
    candidates: Candidates,
    allowed: list[int],
    index: np.ndarray,
    names: tuple[str, ...],
    errors: Mapping[str, float],
    n: int,
) -> list[dict[str, Any]]:
    """Choose ``n`` rows one after the other."""
    chosen: list[int] = []
    found = []
    for _ in range(n):
        gains = [linear_gain(P, *candidates.rows([*chosen, i]), index)[0] for i in allowed]
        best = allowed[int(np.argmax(gains))]
        chosen.append(best)
        total, after = linear_gain(P, *candidates.rows(chosen), index)
        quantity = str(candidates.quantity[best])
        found.append(
            {
                "quantity": quantity,
                "temperature": float(candidates.temperature[best]),
                "error": errors[quantity],
                "gain": total,
                "sd": {name: float(np.sqrt(after[i, i])) for name, i in zip(names, index, strict=True)},
            }
        )
    return found


def _nested(
    result: "Result",
    quantities: tuple[str, ...],
    grid: np.ndarray,
    errors: Mapping[str, float],
    about: np.ndarray | None,
    draws: int,
    seed: int,
    everywhere: bool,
    progress: Progress | None,
) -> xr.Dataset:
    """Gains by nested Monte Carlo (quantity, nested_temperature), with their standard errors."""
    study = result.study
    z = chosen_draws(result, whole_number(draws, "draws"), seed)
    rows = {block.quantity: block.temperature for block in study.likelihood.blocks}
    grids = {q: np.concatenate([grid, rows.get(q, np.empty(0))]) for q in quantities}
    means = Batch(study.likelihood, grids)(z, progress)
    rng = generator(seed, "nested Monte Carlo of a design")
    gain, error = np.full((2, len(quantities), len(grid)), np.nan)
    limits = meant_below(study, quantities)
    for q, quantity in enumerate(quantities):
        conditional = Conditional(study, quantity, grid)
        y, covariance = conditional(means[quantity][:, : len(grid)], means[quantity][:, len(grid) :], z)
        unit = conditional.unit
        for t in np.flatnonzero((grid <= limits[q]) | everywhere):
            variance = covariance[:, t, t] + (errors[quantity] / unit) ** 2
            gain[q, t], error[q, t] = nested_gain(y[:, t], variance, z, about, rng)
    return xr.Dataset(
        {
            "nested_gain": (("quantity", "nested_temperature"), gain, {"units": "nats"}),
            "nested_error": (("quantity", "nested_temperature"), error, {"units": "nats"}),
        },
        coords={
            "quantity": list(quantities),
            "nested_temperature": ("nested_temperature", grid, {"units": "K"}),
        },
        attrs={"draws": len(z), "seed": seed, "posterior": result.kind},
    )
