"""Everything asked about one theory or fit, kept together: as text, as plain values, and as files."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from .information import Fisher
from .profile import Profile
from .text import elasticity_text, index_text, profile_text, share_text

NUMBERS = ("sensitivity.nc", "sensitivity.txt", "sensitivity.json", "elasticities.csv", "information.csv")


@dataclass
class Analysis:
    """Sensitivities of one theory or fit; what was not asked for is None or empty.

    Attributes
    ----------
    title : str
    elasticities : from `sensitivity`
    information : from `fisher`
    hessian : from `curvature`
    profiles : from `profile`
    sobol, morris : from the functions of these names
    predictions : from `propagate`
    """

    title: str
    elasticities: xr.Dataset
    information: Fisher | None = None
    hessian: xr.DataArray | None = None
    profiles: list[Profile] = field(default_factory=list)
    sobol: xr.Dataset | None = None
    morris: xr.Dataset | None = None
    predictions: list[xr.Dataset] = field(default_factory=list)

    def summary(self) -> str:
        """Return all of it as text."""
        parts = [f"{self.title}\n\n{elasticity_text(self.elasticities)}"]
        if self.information is not None:
            parts.append(self.information.summary())
        if self.hessian is not None:
            parts.append("Hessian of the log posterior, by sampling coordinates\n" + _matrix(self.hessian))
        if self.profiles:
            parts.append(profile_text(self.profiles))
        if self.sobol is not None:
            central = f"over the priors' central {self.sobol.attrs['central']:.0%}, mean over T"
            parts.append(
                index_text(self.sobol, "first", "total", f"Sobol's indices {central}: first-order (total)")
            )
        if self.morris is not None:
            central = f"over the priors' central {self.morris.attrs['central']:.0%}, mean over T"
            parts.append(index_text(self.morris, "sigma", "mu_star", f"Morris's σ (μ*) {central}"))
        parts += [share_text(found) for found in self.predictions]
        return "\n\n".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values; what is not finite is None."""
        plain: dict[str, Any] = {
            "title": self.title,
            "elasticities": plain_dataset(self.elasticities),
            "information": None if self.information is None else self.information.to_dict(),
            "hessian": None if self.hessian is None else self.hessian.values.tolist(),
            "profiles": [one.to_dict() for one in self.profiles],
            "sobol": None if self.sobol is None else plain_dataset(self.sobol),
            "morris": None if self.morris is None else plain_dataset(self.morris),
            "predictions": [plain_dataset(one) for one in self.predictions],
        }
        return plain

    def to_json(self) -> str:
        """Return `to_dict` as JSON."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False, allow_nan=False)

    def to_tree(self) -> xr.DataTree:
        """Return everything as one tree, a group for each kind."""
        groups: dict[str, xr.Dataset] = {
            "/": xr.Dataset(attrs={"title": self.title}),
            "/elasticities": self.elasticities,
        }
        if self.information is not None:
            groups["/information"] = self.information.to_dataset()
        if self.hessian is not None:
            groups["/hessian"] = self.hessian.to_dataset()
        if self.sobol is not None:
            groups["/sobol"] = self.sobol
        if self.morris is not None:
            groups["/morris"] = self.morris
        groups |= {f"/profiles/{i}": one.to_dataset() for i, one in enumerate(self.profiles)}
        groups |= {f"/predictions/{i}": one for i, one in enumerate(self.predictions)}
        return xr.DataTree.from_dict(groups)

    def save(self, folder: Path) -> None:
        """Write the numbers into a folder: `NUMBERS`."""
        self.to_tree().to_netcdf(folder / NUMBERS[0], engine="h5netcdf")
        (folder / NUMBERS[1]).write_text(self.summary() + "\n", encoding="utf-8")
        (folder / NUMBERS[2]).write_text(self.to_json() + "\n", encoding="utf-8")
        (folder / NUMBERS[3]).write_text(_elasticity_csv(self.elasticities), encoding="utf-8")
        if self.information is not None:
            (folder / NUMBERS[4]).write_text(_information_csv(self.information), encoding="utf-8")


def plain_dataset(found: xr.Dataset) -> dict[str, Any]:
    """Return variables, coordinates and attributes of a dataset as plain values; what is not finite is None."""
    arrays = {str(name): _plain(array.values) for name, array in (*found.coords.items(), *found.items())}
    return {**arrays, "attributes": {key: _plain(np.asarray(value)) for key, value in found.attrs.items()}}


def _plain(array: np.ndarray) -> Any:
    if array.dtype.kind == "f":
        plain = array.astype(object)
        plain[~np.isfinite(array)] = None
        return plain.tolist()
    return array.tolist()


def _elasticity_csv(found: xr.Dataset) -> str:
    """One line a quantity, parameter and temperature."""
    lines = [
        "quantity, parameter, value, unit, logarithmic, T [K], elasticity, unit of elasticity, value of quantity [SI]"
    ]
    logarithmic = found["logarithmic"].values
    for q, quantity in enumerate(found["quantity"].values):
        for p, name in enumerate(found["parameter"].values):
            unit = str(found["parameter_unit"].values[p])
            own = str(found["elasticity_unit"].values[q])
            own = own if logarithmic[p] else f"{own} per {unit or '1'}"
            for t, T in enumerate(found["temperature"].values):
                lines.append(
                    f"{quantity}, {name}, {float(found['parameter_value'][p])!r}, {unit}, {bool(logarithmic[p])}, "
                    f"{float(T)!r}, {float(found['elasticity'][q, p, t])!r}, {own}, {float(found['value'][q, t])!r}"
                )
    return "\n".join(lines) + "\n"


def _information_csv(found: Fisher) -> str:
    """One line a parameter: deviations with and without the priors after each stage."""
    stages = ["+".join(stage) for stage in found.stages]
    head = ["parameter", "value", "sd", "pinned by"]
    lines = [", ".join([*head, *stages, *(f"{stage} without priors" for stage in stages)])]
    for row in found.table:
        bare = ("inf" if sd is None else repr(sd) for sd in row["without_priors"].values())
        cells = [row["name"], repr(row["value"]), repr(row["sd"]), row["pinned_by"] or "the prior"]
        lines.append(", ".join([*cells, *map(repr, row["with_priors"].values()), *bare]))
    return "\n".join(lines) + "\n"


def _matrix(found: xr.DataArray) -> str:
    from ..results.text import aligned

    names: Sequence[str] = [str(name) for name in found["parameter"].values]
    rows = [[name, *(f"{x:.3g}" for x in row)] for name, row in zip(names, found.values, strict=True)]
    return "\n".join(aligned([["", *names], *rows]))
