"""Files made from the sliders' values: the curves as CSV, the figure as SVG, and a study as TOML."""

import dataclasses
import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from .._version import __version__
from ..datasets import load_record
from ..datasets.measurement import QUANTITIES as COLUMNS
from ..glass import GLASS_CONSTANTS
from ..problem.selection import DataSet
from ..theory import QUANTITIES
from .curves import Curves
from .subject import Subject

__all__ = ["csv", "study", "svg"]

# Priors of a study: wide around the sliders' values. What data of each quantity determine is free.
_FREE = {
    "kappa": ("softening", "c", "B", "R"),
    "heat-capacity": ("softening", "c", "B", "A1", "vertical_weight"),
    "expansion": ("A1", "gamma0", "lattice_b"),
}
_SPREAD = {"B": 1.0, "R": 0.5, "A1": 0.5, "vertical_weight": 0.5}


def csv(subject: Subject, curves: Curves) -> str:
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
    names = [f"{symbol} [{unit}]" for symbol, unit in (COLUMNS[quantity] for quantity in QUANTITIES)]
    lines.append(", ".join(["T [K]", *names]))
    columns = [curves.T, *(curves.of(quantity) for quantity in QUANTITIES)]
    lines += [", ".join(repr(float(number)) for number in row) for row in zip(*columns, strict=True)]
    return "\n".join(lines) + "\n"


def svg(subject: Subject, curves: Curves, start: Curves) -> str:
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


def study(subject: Subject, curves: Curves) -> str:
    """Return a study file that starts from the sliders' values: ``glassjax validate`` accepts it as it is.

    What the data can determine is free, with a wide prior around its slider; the rest is fixed where its slider stands.
    """
    free = {name for entry in subject.data if entry.role == "fit" for name in _FREE[entry.quantity]}
    if subject.theory.vertical == "coupled":
        free.discard("vertical_weight")
    priors, fixed = dict(_priors(subject, curves, free)), dict(_fixed(subject, curves, free))
    lines = [
        f"# {subject.glass.name}, from the sliders of glassjax explore ({__version__}).",
        "#",
        "#   glassjax validate FILE",
        "#   glassjax fit FILE",
        "#",
        f"# The sliders stood at {_parameters(subject, curves)} (softening {curves.softening:.4g}).",
        *(f"# rms {text}" for text in _misfits(curves)),
        "",
        f"name = {_text(_stem(subject) + '-explored')}",
        f"title = {_text(f'{subject.title}, from the explorer')}",
        *_glass(subject),
        f"theory = {{ {', '.join(_theory(subject))} }}",
        *(() if subject.own_data else (line for entry in subject.data for line in _data(subject, entry))),
        "",
        "[observation]",
        f"time = {subject.time!r}",
        "",
        "# Fixed where the sliders stood.",
        "[parameters]",
        *(f"{name} = {value!r}" for name, value in fixed.items()),
        "",
        "# Free, with priors around the sliders' values or over the whole range. They are wide, because the sliders",
        "# were moved by looking at the same data; what is known beforehand is better. A number fixes a parameter.",
        "[free]",
        *(f"{name} = {text}" for name, text in priors.items()),
    ]
    return "\n".join(lines) + "\n"


def _parameters(subject: Subject, curves: Curves) -> str:
    held = [f"{name} = {value:.6g}" for name, value in curves.values.items()]
    return ", ".join([*held, f"lattice_b = {float(np.asarray(subject.theory.lattice_b)):g}"])


def _misfits(curves: Curves) -> Iterator[str]:
    for entry in curves.misfits:
        of = "(measured - theory)/error" if entry.quantity == "expansion" else "ln(measured/theory)"
        checked = ", not fitted" if entry.role == "check" else ""
        yield f"{entry.rms:.3g} of {of}: {_line(entry.name)}, {entry.rows} rows{checked}"


def _priors(subject: Subject, curves: Curves, free: set[str]) -> Iterator[tuple[str, str]]:
    values = curves.values
    if "softening" in free:
        yield "softening", '{ distribution = "uniform", low = 0.0, high = 0.9 }'
    if "c" in free:
        yield "c", f'{{ distribution = "half-normal", scale = {max(0.1, values["c"]):.4g} }}'
    for name, spread in _SPREAD.items():
        if name in free:
            median = max(values[name], 1e-3)
            yield name, f'{{ distribution = "log-normal", median = {median:.6g}, spread = {spread} }}'
    if "gamma0" in free:
        yield "gamma0", '{ distribution = "uniform", low = -8.4, high = 8.4 }'
    if "lattice_b" in free:
        mean = float(np.asarray(subject.theory.lattice_b))
        yield "lattice_b", f'{{ distribution = "normal", mean = {mean!r}, sd = 1e-10 }}'


def _fixed(subject: Subject, curves: Curves, free: set[str]) -> Iterator[tuple[str, float]]:
    for name, value in curves.values.items():
        tied = name == "tg" and subject.tied and value == subject.start["tg"]
        if not (tied or name in free or (name == "omega_c" and "softening" in free)):
            yield name, float(value)
    if "lattice_b" not in free:
        yield "lattice_b", float(np.asarray(subject.theory.lattice_b))
    for quantity, factor in subject.factors.items():
        yield f"scale.{quantity}", float(np.log(factor))


def _theory(subject: Subject) -> Iterator[str]:
    """Name and options of the theory; those at their defaults are left out, but for the counting."""
    yield 'name = "lubchenko-wolynes"'
    for field in dataclasses.fields(subject.theory):
        value = getattr(subject.theory, field.name)
        if isinstance(value, (str, bool)) and (field.name == "counting" or value != field.default):
            yield f"{field.name} = {json.dumps(value)}"


def _glass(subject: Subject) -> Iterator[str]:
    if subject.glass_name:
        yield f"glass = {_text(subject.glass_name)}"
        return
    constants: Mapping[str, Any] = {
        name: float(np.asarray(getattr(subject.glass, name))) for name in GLASS_CONSTANTS
    }
    inside = ", ".join(f"{name} = {value!r}" for name, value in constants.items())
    yield f"glass = {{ name = {_text(subject.glass.name)}, {inside} }}"


def _data(subject: Subject, entry: DataSet) -> Iterator[str]:
    """Write one table: the name of a file of the glass, the whole path of another, as the study may lie anywhere."""
    yield ""
    yield "[[data]]"
    yield f"file = {_text(_file(subject, entry))}"
    yield f"quantity = {_text(entry.quantity)}"
    yield f"role = {_text(entry.role)}"
    if entry.low > 0:
        yield f"from = {float(entry.low)!r}"
    if np.isfinite(entry.high):
        yield f"to = {float(entry.high)!r}"


def _file(subject: Subject, entry: DataSet) -> str:
    path = entry.measurement.path
    if path is None:
        return f"{entry.measurement.name}.csv"
    if subject.glass_name:
        for known in load_record(subject.glass_name).data:
            if known.file.name == path.name and (known.file == path or not path.is_file()):
                return path.name
    return str(path.resolve())


def _stem(subject: Subject) -> str:
    return re.sub(r"[^\w.+-]+", "-", subject.name).strip(".-") or "glass"


def _text(text: str) -> str:
    """Return a TOML string; JSON's escapes are TOML's too."""
    return json.dumps(_line(text), ensure_ascii=False)


def _line(text: str) -> str:
    return " ".join(str(text).replace("\x7f", " ").split())
