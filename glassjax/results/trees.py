"""The parts of a result as an xarray DataTree, in ArviZ's groups plus those of the maximum.

Groups: ``posterior`` (draws by parameter), ``sample_stats``, ``log_likelihood`` (leave-one-out densities of
the rows, see `glassjax.problem.blocks.leave_one_out`), ``joint_log_likelihood`` (one number a
quantity), ``fitted`` (the theory's mean of each row), ``posterior_predictive`` (data drawn anew at every draw, with
errors and discrepancy, on the scale of ``observed_data``; files of earlier versions lack it), ``observed_data``,
``constant_data``, ``maximum``, ``starts``, ``measurements``.
"""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from ..quantities import QUANTITIES

if TYPE_CHECKING:
    from ..problem.likelihood import Likelihood
    from ..problem.specification import Specification
    from .outcome import Peak, Start

FORMAT = "glassjax result"
VERSION = 2  # 1 knew maxima and Markov chains only, and settings without a method
_ARRAYS = ("temperature", "value", "error")


def root_attributes(
    study: "Specification", kind: str, seed: int, settings: Mapping[str, Any], origin: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the attributes of the whole tree: provenance, and the study without its numbers (``measurements``)."""
    plain = study.to_dict()
    for entry in plain["data"]:
        for name in _ARRAYS:
            del entry["measurement"][name]
    return attributes(plain, kind, seed, settings, origin)


def attributes(
    plain: Mapping[str, Any], kind: str, seed: int, settings: Mapping[str, Any], origin: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the attributes of a tree whose study is ``plain``."""
    return {
        "format": FORMAT,
        "format_version": VERSION,
        "kind": kind,
        "study": json.dumps(dict(plain)),
        "seed": seed,
        "settings": json.dumps(dict(settings)),
        "provenance": json.dumps(dict(origin)),
    }


def plain_study(tree: xr.DataTree) -> dict[str, Any]:
    """Return the study a tree came from as plain values, as `Study.to_dict` does."""
    plain = json.loads(tree.attrs["study"])
    for i, entry in enumerate(plain["data"]):
        stored = tree[f"measurements/{i}"]
        entry["measurement"] |= {name: np.asarray(stored[name]).tolist() for name in _ARRAYS}
    return plain


def data_groups(likelihood: "Likelihood") -> dict[str, xr.Dataset]:
    """Measurements as they were read, the fitted rows on the likelihood's scale, and what is constant about them."""
    groups = {
        f"/measurements/{i}": xr.Dataset(
            {name: ("row", np.asarray(getattr(entry.measurement, name))) for name in _ARRAYS},
            attrs={"name": entry.measurement.name, "quantity": entry.quantity, "role": entry.role},
        )
        for i, entry in enumerate(likelihood.study.data)
    }
    observed, constant = {}, {}
    for block in likelihood.blocks:
        scale = (
            "ln of the value in SI units" if QUANTITIES[block.quantity].logarithmic else f"{block.unit:g}/K"
        )
        row = f"{block.quantity}_row"
        observed[block.quantity] = ((row,), block.observed, {"units": scale})
        constant[f"{block.quantity}_temperature"] = ((row,), block.row_temperature, {"units": "K"})
        constant[f"{block.quantity}_source"] = (
            (row,),
            block.source,
            {"meaning": "index among the fitted data sets"},
        )
        constant[f"{block.quantity}_noise"] = (
            (row, f"{row}_"),
            block.noise,
            {"meaning": "covariance of the measurement"},
        )
    return groups | {"/observed_data": xr.Dataset(observed), "/constant_data": xr.Dataset(constant)}


def posterior_group(values: Mapping[str, np.ndarray], method: str) -> xr.Dataset:
    """Draws (chains, draws) by parameter."""
    return xr.Dataset(
        {name: (("chain", "draw"), np.asarray(draws)) for name, draws in values.items()},
        coords=_draw_coordinates(next(iter(values.values()))),
        attrs={"inference": method},
    )


def per_row(arrays: Mapping[str, np.ndarray]) -> xr.Dataset:
    """Numbers of every draw and fitted row, (chains, draws, rows) by quantity; or of every draw, (chains, draws)."""
    return xr.Dataset(
        {
            quantity: (("chain", "draw", f"{quantity}_row")[: np.ndim(array)], np.asarray(array))
            for quantity, array in arrays.items()
        },
        coords=_draw_coordinates(next(iter(arrays.values()))),
    )


def _draw_coordinates(array: np.ndarray) -> dict[str, np.ndarray]:
    chains, draws = np.shape(array)[:2]
    return {"chain": np.arange(chains), "draw": np.arange(draws)}


def maximum_groups(
    likelihood: "Likelihood",
    outcomes: Sequence["Start"],
    gaussian: "Peak",
    best: Mapping[str, float],
    means: Mapping[str, np.ndarray],
) -> dict[str, xr.Dataset]:
    """Store the maximum with its Laplace covariance in sampling coordinates, and what became of every start."""
    names = list(likelihood.names)
    maximum = xr.Dataset(
        {
            "value": ("parameter", np.array([best[name] for name in names])),
            "coordinate": ("parameter", gaussian.centre),
            "covariance": (("parameter", "parameter_"), gaussian.covariance),
            **{f"fitted_{q}": (f"{q}_row", mean) for q, mean in means.items()},
        },
        coords={"parameter": names, "parameter_": names},
        attrs={
            "log_posterior": gaussian.log_posterior,
            "flat": gaussian.flat,
            "gain": gaussian.gain,
            "unseen": json.dumps(list(gaussian.unseen)),
        },
    )
    starts = xr.Dataset(
        {
            "begin": (("start", "parameter"), np.stack([outcome.begin for outcome in outcomes])),
            "end": (("start", "parameter"), np.stack([outcome.end for outcome in outcomes])),
            "log_posterior": ("start", np.array([outcome.log_posterior for outcome in outcomes])),
            "steps": ("start", np.array([outcome.steps for outcome in outcomes])),
            "reason": ("start", np.array([outcome.reason for outcome in outcomes], dtype=object)),
        },
        coords={"parameter": names},
    )
    return {"/maximum": maximum, "/starts": starts}
