"""Find what a study names: its glass, theory, data and priors; store a theory as plain values."""

import dataclasses
import importlib
import math
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import StudyError, suggest
from ..glass import GLASS_CONSTANTS, Glass
from ..theory import Theory, get_theory, theory_modules
from .priors import DISTRIBUTIONS, Prior
from .selection import DataSet

if TYPE_CHECKING:
    from ..datasets import GlassRecord


def find_record(glass: Any) -> "GlassRecord | None":
    """Return the record of a glass given by name or folder; a `Glass` object has none."""
    if isinstance(glass, Glass):
        return None
    from ..datasets import load_record

    return load_record(str(glass))


def find_glass(glass: Any) -> Glass:
    """Return a glass given as such, or by name or folder."""
    if isinstance(glass, Glass):
        return glass
    from ..datasets import load_glass

    return load_glass(str(glass))


def find_theory(theory: Any) -> Theory:
    """Return a theory given as such, as its class, by name, or as a table with ``name`` and options."""
    if isinstance(theory, Theory):
        return theory
    options: dict[str, Any] = {}
    if isinstance(theory, Mapping):
        options = dict(theory)
        theory = options.pop("name", "lubchenko-wolynes")
    kind = get_theory(theory) if isinstance(theory, str) else theory
    if not (isinstance(kind, type) and issubclass(kind, Theory)):
        raise StudyError(f"theory must be a name, a Theory or its class, not {theory!r}")
    known = {field.name: field for field in dataclasses.fields(kind)}
    preset = options.pop("preset", None)
    if preset is not None and preset not in kind.presets:
        raise StudyError(
            f"{kind.__name__} has no preset '{preset}'{suggest(str(preset), kind.presets)}; "
            f"there {'are ' + ', '.join(kind.presets) if kind.presets else 'is none'}"
        )
    for name, value in options.items():
        if name not in known:
            raise StudyError(
                f"{kind.__name__} has no option '{name}'{suggest(name, known)}; there are {', '.join(known)}"
            )
        _check_option(name, value, known[name].default)
    return kind(**{**(kind.presets[preset] if preset else {}), **options})


def _check_option(name: str, value: Any, default: Any) -> None:
    """Refuse an option of a theory that is written as something else than its default is."""
    for wanted, what in ((bool, "true or false"), (str, "a text")):
        if isinstance(default, wanted):
            if not isinstance(value, wanted):
                raise StudyError(f"the theory's option '{name}' must be {what}, not {value!r}")
            return
    if value is None and default is None:
        return
    try:
        good = not isinstance(value, str | bool) and math.isfinite(float(value))
    except (TypeError, ValueError, OverflowError):
        good = False
    if not good:
        raise StudyError(f"the theory's option '{name}' must be a finite number, not {value!r}")


def find_data(data: Sequence[Any] | None, record: "GlassRecord | None") -> tuple[DataSet, ...]:
    """Return the data sets of a study; without ``data``, those the glass's record lists."""
    from ..datasets import Measurement, read_measurement

    if data is None:
        if record is None:
            raise StudyError(
                "a study of a Glass object needs data=[...]; only a glass with a record has data of its own"
            )
        return tuple(_from_record(entry, record) for entry in record.data)
    if isinstance(data, (str, Path, Measurement, DataSet)):
        data = [data]
    found = []
    if isinstance(data, Mapping) or not isinstance(data, Iterable) or hasattr(data, "columns"):
        raise _no_data(data)
    for entry in data:
        if isinstance(entry, DataSet):
            found.append(entry)
        elif isinstance(entry, Measurement):
            found.append(DataSet(entry))
        elif not isinstance(entry, (str, os.PathLike)):
            raise _no_data(entry)
        else:
            molar_mass = None if record is None else record.molar_mass
            found.append(DataSet(read_measurement(entry, molar_mass=molar_mass)))
    return tuple(found)


def _no_data(entry: Any) -> StudyError:
    return StudyError(
        f"data takes paths of files, measurements and data sets, not the type {type(entry).__name__}; "
        "gj.Measurement(name=..., quantity=..., temperature=..., value=..., error=...) holds arrays"
    )


def _from_record(entry: Any, record: "GlassRecord") -> DataSet:
    from ..datasets import read_measurement

    measurement = read_measurement(entry.file, quantity=entry.quantity, molar_mass=record.molar_mass)
    low = 0.0 if entry.low is None else entry.low
    high = np.inf if entry.high is None else entry.high
    return DataSet(measurement, entry.role, low, high)


def find_prior(spelling: Any, name: str, record: "GlassRecord | None") -> Prior:
    """Return a prior; ``{distribution = "glass"}`` stands for the one of the constant in the glass's record."""
    if not (isinstance(spelling, Mapping) and spelling.get("distribution") == "glass"):
        if isinstance(spelling, (str, list, type(None))):
            raise StudyError(
                f"'{name}' needs a table such as {{ distribution = '{next(iter(DISTRIBUTIONS))}', … }} or "
                f'{{ tie = "expression" }}, or a number that fixes it, not {spelling!r}'
            )
        return Prior.parse(spelling, name)
    if name not in GLASS_CONSTANTS:
        raise StudyError(
            f"'{name}' is no constant of a glass: write its prior out{suggest(name, GLASS_CONSTANTS)}"
        )
    if record is None or name not in record.constants:
        raise StudyError(f"the glass's record says nothing about '{name}': write its prior out")
    constant = record.constants[name]
    if constant.prior is not None:
        return Prior.parse(constant.prior, name)
    if constant.value is None or not constant.uncertainty:
        raise StudyError(
            f"the glass's record gives '{name}' no uncertainty and no prior: write its prior out"
        )
    return Prior.parse(
        {"distribution": "normal", "mean": constant.value, "sd": constant.uncertainty, "low": 0.0}, name
    )


def theory_to_dict(theory: Theory) -> dict[str, Any]:
    """Return a theory's class and fields as plain values."""
    kind = type(theory)
    fields: dict[str, Any] = {}
    for field in dataclasses.fields(kind):  # pyright: ignore[reportArgumentType]
        value = getattr(theory, field.name)
        if value is None or isinstance(value, (bool, int, float, str)):
            fields[field.name] = value
        else:
            fields[field.name] = np.asarray(value, dtype=float).tolist()
    return {"class": f"{kind.__module__}:{kind.__qualname__}", "fields": fields}


def _where(module: str) -> str:
    """Say how to have the classes of a module that a file names."""
    return (
        "define it again, as the script or notebook did" if module == "__main__" else f"import {module} first"
    )


def theory_from_dict(plain: Mapping[str, Any], own: type[Theory] | None = None) -> Theory:
    """Rebuild a theory, of the class ``own`` if given.

    Its module is that of a named theory or already imported: a file makes us import no other.
    """
    if own is not None:
        try:
            return find_theory(own(**{**getattr(own, "added", {}), **plain["fields"]}))
        except TypeError as error:
            raise StudyError(
                f"the stored theory {plain['class']} has other fields than {own!r}: {error}"
            ) from None
    module_name, _, qualified = str(plain["class"]).partition(":")
    if module_name in theory_modules():
        module = importlib.import_module(module_name)
    elif module_name in sys.modules:
        module = sys.modules[module_name]
    elif module_name.split(".")[0] == "glassjax":
        raise StudyError(f"the stored study names {plain['class']}, which is no theory of glassjax")
    else:
        raise StudyError(
            f"the stored study uses the theory {plain['class']}, which is not part of glassjax; "
            f"{_where(module_name)}, or give its class, as in load_result(file, theory={qualified.split('.')[-1]})"
        )
    kind: Any = module
    for part in qualified.split("."):
        kind = getattr(kind, part, None)
    if not (isinstance(kind, type) and issubclass(kind, Theory)):
        raise StudyError(
            f"the stored study uses the theory {plain['class']}, which is not there now: {_where(module_name)}, or "
            f"give its class, as in load_result(file, theory={qualified.split('.')[-1]})"
        )
    return kind(**{**kind.added, **plain["fields"]})
