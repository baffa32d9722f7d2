"""Files made from the sliders' values: the curves as CSV, the figure as SVG, and a study as TOML."""

import dataclasses
import io
import re
from collections.abc import Iterator

import numpy as np

from .._version import __version__
from ..datasets import load_record
from ..glass import GLASS_CONSTANTS
from ..problem.selection import DataSet
from ..quantities import QUANTITIES
from ..toml import TomlWriter
from .curves import Curves
from .scene import Scene

# Priors of a study: wide around the sliders' values. What data of each quantity determine is free.
_FREE = {
    "kappa": ("softening", "c", "B", "R"),
    "heat-capacity": ("softening", "c", "B", "A1", "vertical_weight"),
    "expansion": ("A1", "gamma0", "lattice_b"),
}
_SPREAD = {"B": 1.0, "R": 0.5, "A1": 0.5, "vertical_weight": 0.5}


def csv(subject: Scene, curves: Curves) -> str:
    """Return the curves in SI units, a row a temperature; all that they were computed from stands in comments.

    Raises
    ------
    GlassjaxError
        Where the spectrum is unstable.
    """
    constants = (
        f"{name} = {float(np.asarray(getattr(subject.glass, name))):g}{f' {unit}' if unit else ''}"
        for name, (_, unit, _) in GLASS_CONSTANTS.items()
    )
    limits = ", ".join(f"{name} {limit.share:g}" for name, limit in subject.theory.validity.items())
    lines = [
        f"# glassjax {__version__}: explorer, {subject.glass.name}, theory lubchenko-wolynes",
        f"# glass: {', '.join(constants)}",
        f"# theory: {_parameters(subject, curves)}; counting {subject.theory.counting}",
        f"# softening {curves.softening:.4g}; observation time: {subject.time:g} s",
        f"# meant to hold below these shares of the Debye temperature: {limits}",
    ]
    lines += [
        f"# {quantity} is multiplied by the common factor {factor:.6g} of the fit"
        for quantity, factor in subject.factors.items()
    ]
    lines += [f"# rms {text}" for text in _misfits(curves)]
    names = [f"{entry.column} [{entry.unit}]" for entry in QUANTITIES.values()]
    lines.append(", ".join(["T [K]", *names]))
    columns = [curves.T, *(curves.of(quantity) for quantity in QUANTITIES)]
    lines += [", ".join(repr(float(number)) for number in row) for row in zip(*columns, strict=True)]
    return "\n".join(lines) + "\n"


def svg(subject: Scene, curves: Curves, start: Curves) -> str:
    """Return data, curves and, faint, the curves at the start, as a figure of vectors.

    Raises
    ------
    GlassjaxError
        Where the spectrum is unstable.
    """
    from ..plotting import prediction
    from ..plotting.house import new_panels, style
    from ..plotting.style import scaled

    measured, checks = ([d.used for d in subject.data if d.role == role] for role in ("fit", "check"))
    with style():
        panels = new_panels(len(QUANTITIES))
        for ax, quantity in zip(panels, QUANTITIES, strict=True):
            low, high = subject.temperatures(quantity)
            shown = np.flatnonzero((low <= curves.T) & (high >= curves.T))
            T = curves.T[shown]
            beginning = scaled(quantity, T, start.of(quantity)[shown])
            ax.plot(T, beginning, color="0.6", linestyle="--", label=subject.origin)
            prediction(T, curves.of(quantity)[shown], quantity, measured, ax, checks=checks)
        panels.figure.suptitle(f"{subject.glass.name}: {_parameters(subject, curves)}", fontsize="small")
    out = io.StringIO()
    panels.figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()


def study(subject: Scene, curves: Curves) -> str:
    """Return a study file that starts from the sliders' values: ``glassjax validate`` accepts it as it is.

    What the data can determine is free, with a wide prior around its slider; the rest is fixed where its slider stands.
    """
    free = {name for entry in subject.data if entry.role == "fit" for name in _FREE[entry.quantity]}
    if subject.theory.vertical == "coupled":
        free.discard("vertical_weight")
    priors, fixed = dict(_priors(subject, curves, free)), dict(_fixed(subject, curves, free))
    out = TomlWriter()
    out.line(f"# {subject.glass.name}, from the sliders of glassjax explore ({__version__}).")
    out.line("#")
    out.line("#   glassjax validate FILE")
    out.line("#   glassjax fit FILE")
    out.line("#")
    out.line(f"# The sliders stood at {_parameters(subject, curves)} (softening {curves.softening:.4g}).")
    for text in _misfits(curves):
        out.line(f"# rms {text}")
    out.line()
    out.entry("name", f"{_stem(subject)}-explored")
    out.entry("title", _line(f"{subject.title}, from the explorer"))
    out.entry("glass", _glass(subject))
    out.entry("theory", dict(_theory(subject)))
    for entry in () if subject.own_data else subject.data:
        _write_data(out, subject, entry)
    out.line()
    out.table("observation")
    out.entry("time", subject.time)
    out.line()
    out.comment("Fixed where the sliders stood.")
    out.table("parameters")
    for name, value in fixed.items():
        out.entry(name, value)
    out.line()
    out.comment(
        "Free, with priors around the sliders' values or over the whole range. They are wide, because the sliders were "
        "moved by looking at the same data; what is known beforehand is better. A number fixes a parameter."
    )
    out.table("free")
    for name, prior in priors.items():
        out.entry(name, prior)
    return out.text()


def _parameters(subject: Scene, curves: Curves) -> str:
    held = [f"{name} = {value:.6g}" for name, value in curves.values.items()]
    return ", ".join([*held, f"lattice_b = {float(np.asarray(subject.theory.lattice_b)):g}"])


def _misfits(curves: Curves) -> Iterator[str]:
    for entry in curves.misfits:
        of = "ln(measured/theory)" if QUANTITIES[entry.quantity].logarithmic else "(measured - theory)/error"
        checked = ", not fitted" if entry.role == "check" else ""
        yield f"{entry.rms:.3g} of {of}: {_line(entry.name)}, {entry.rows} rows{checked}"


def _priors(subject: Scene, curves: Curves, free: set[str]) -> Iterator[tuple[str, dict[str, str | float]]]:
    values = curves.values
    if "softening" in free:
        yield "softening", {"distribution": "uniform", "low": 0.0, "high": 0.9}
    if "c" in free:
        yield "c", {"distribution": "half-normal", "scale": float(f"{max(0.1, values['c']):.4g}")}
    for name, spread in _SPREAD.items():
        if name in free:
            median = float(f"{max(values[name], 1e-3):.6g}")
            yield name, {"distribution": "log-normal", "median": median, "spread": spread}
    if "gamma0" in free:
        yield "gamma0", {"distribution": "uniform", "low": -8.4, "high": 8.4}
    if "lattice_b" in free:
        mean = float(np.asarray(subject.theory.lattice_b))
        yield "lattice_b", {"distribution": "normal", "mean": mean, "sd": 1e-10}


def _fixed(subject: Scene, curves: Curves, free: set[str]) -> Iterator[tuple[str, float]]:
    for name, value in curves.values.items():
        tied = name == "tg" and subject.tied and value == subject.start["tg"]
        if not (tied or name in free or (name == "omega_c" and "softening" in free)):
            yield name, float(value)
    if "lattice_b" not in free:
        yield "lattice_b", float(np.asarray(subject.theory.lattice_b))
    for quantity, factor in subject.factors.items():
        yield f"scale.{quantity}", float(np.log(factor))


def _theory(subject: Scene) -> Iterator[tuple[str, str | bool]]:
    """Name and options of the theory; those at their defaults are left out, but for the counting."""
    yield "name", "lubchenko-wolynes"
    for field in dataclasses.fields(subject.theory):
        value = getattr(subject.theory, field.name)
        if isinstance(value, (str, bool)) and (field.name == "counting" or value != field.default):
            yield field.name, value


def _glass(subject: Scene) -> str | dict[str, str | float]:
    """Return the name of a shipped glass, or name and constants of another."""
    if subject.glass_name:
        return _line(subject.glass_name)
    constants = {name: float(np.asarray(getattr(subject.glass, name))) for name in GLASS_CONSTANTS}
    return {"name": _line(subject.glass.name), **constants}


def _write_data(out: TomlWriter, subject: Scene, entry: DataSet) -> None:
    """Write one table: the name of a file of the glass, the whole path of another, as the study may lie anywhere."""
    out.line()
    out.table("data", array=True)
    out.entry("file", _line(_file(subject, entry)))
    out.entry("quantity", entry.quantity)
    out.entry("role", entry.role)
    if entry.low > 0:
        out.entry("from", float(entry.low))
    if np.isfinite(entry.high):
        out.entry("to", float(entry.high))


def _file(subject: Scene, entry: DataSet) -> str:
    path = entry.measurement.path
    if path is None:
        return f"{entry.measurement.name}.csv"
    if subject.glass_name:
        for known in load_record(subject.glass_name).data:
            if known.file.name == path.name and (known.file == path or not path.is_file()):
                return path.name
    return str(path.resolve())


def _stem(subject: Scene) -> str:
    return re.sub(r"[^\w.+-]+", "-", subject.name).strip(".-") or "glass"


def _line(text: str) -> str:
    return " ".join(str(text).replace("\x7f", " ").split())
