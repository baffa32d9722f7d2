"""What a user states about a data file on the command line: its class, citation, scale error and worth."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..datasets.measurement import KINDS
from ..datasets.reader import share_half
from ..errors import GlassjaxError, suggest
from .reading import Reading
from .spelling import number

# option -> an example of its value
FILE_OPTIONS = {
    "class": "curve",
    "citation": "'Zeller & Pohl 1971'",
    "scale-error": "5%",
    "degrees-of-freedom": "4",
}
_WORTH = ("fit", "statement")  # classes whose rows are not independent
_ENDINGS = (".csv", ".tsv", ".txt", ".dat", ".xlsx", ".xls", ".ods")


def assign_options(
    files: Sequence[Path], options: Mapping[str, Sequence[str]]
) -> dict[Path, dict[str, str | float | int]]:
    """Return what is stated about each file.

    Parameters
    ----------
    files : sequence of Path
        As they were given.
    options : mapping of str to sequence of str
        For each of `FILE_OPTIONS` the values as typed: ``VALUE`` where there is one file, ``FILE=VALUE`` otherwise.
        FILE is the path as it was given, its name, or its name without ending.

    Raises
    ------
    GlassjaxError
        If it is not clear which file a value is for, if two are for one file, or if a value makes no sense.
    """
    files = list(dict.fromkeys(files))
    found: dict[Path, dict[str, str | float | int]] = {file: {} for file in files}
    for option, texts in options.items():
        for text in texts:
            file, value = _file_of(files, option, text)
            if option in found[file]:
                raise GlassjaxError(f"--{option} is given twice for {file}; give it once")
            found[file][option] = _value(option, value)
    for file, stated in found.items():
        worth, kind = "degrees-of-freedom" in stated, stated.get("class")
        if kind in _WORTH and not worth:
            numbers = "coefficients" if kind == "fit" else "published numbers"
            raise GlassjaxError(
                f"{file}: the rows of a {kind} are not independent; give the number of its {numbers}, as in "
                f"--degrees-of-freedom {file.name}=4"
            )
        if worth and kind in set(KINDS) - set(_WORTH):
            raise GlassjaxError(
                f"{file}: --degrees-of-freedom is for the classes fit and statement, not for {kind}; leave it out"
            )
    return found


def _file_of(files: Sequence[Path], option: str, text: str) -> tuple[Path, str]:
    """Return the file a value is for, and the value."""
    name, equals, value = text.partition("=")
    named = str(Path(name.strip()))  # without a leading ./
    names = [(file, {str(file), file.name, file.stem}) for file in files]
    fitting = [file for file, spellings in names if equals and named in spellings]
    listed = ", ".join(str(file) for file in files)
    if len(fitting) == 1:
        return fitting[0], value.strip()
    if len(fitting) > 1:
        raise GlassjaxError(
            f"--{option} {name}: this may be {' or '.join(map(str, fitting))}; write its path"
        )
    if equals and Path(name.strip()).suffix.lower() in _ENDINGS:
        near = suggest(name.strip(), [str(file) for file in files])
        raise GlassjaxError(f"--{option}: there is no data file '{name.strip()}'{near}; there are {listed}")
    if len(files) == 1:
        return files[0], text.strip()
    raise GlassjaxError(
        f"--{option} {text}: say which file it is for, as in --{option} {files[0].name}={FILE_OPTIONS[option]}; "
        f"there are {listed}"
    )


def _value(option: str, text: str) -> str | float | int:
    if option == "class":
        if text not in KINDS:
            raise GlassjaxError(
                f"--class: no class '{text}'{suggest(text, KINDS)}; there are {', '.join(KINDS)}"
            )
    elif option == "citation":
        if not text or not text.isprintable():
            raise GlassjaxError("--citation: write the source in one line, such as 'Zeller & Pohl 1971'")
    elif option == "scale-error":
        return _share(text)
    else:
        if not (text.isascii() and text.isdecimal() and 1 <= int(text) < 10**6):
            raise GlassjaxError(f"--degrees-of-freedom: '{text}' must be a whole number of at least 1")
        return int(text)
    return text


def _share(text: str) -> float:
    """Return a relative error from ``5%``, ``5 %`` or ``0.05``."""
    bare = text.removesuffix("%").strip()
    value = number(bare, ",") if "," in bare else number(bare, ".")
    if value is None or not 0 <= value <= (50 if text.endswith("%") else 0.5):
        hint = f"; did you mean {text}%?" if value is not None and 0.5 < value <= 50 else ""
        raise GlassjaxError(
            f"--scale-error: '{text}' is no share between 0 and 0.5; write for example 5% or 0.05{hint}"
        )
    return value / 100 if text.endswith("%") else value


def with_options(reading: Reading, stated: Mapping[str, Any]) -> Reading:
    """Return what was read with what a user states about its file, which wins over what the file says.

    The rows of a fit or a statement without a scale error share half of their variance, as in
    `glassjax.read_measurement`.
    """
    data, notes = reading.measurement, []
    if "citation" in stated:
        notes += _replaced("citation", data.citation, stated["citation"])
        data = replace(data, citation=stated["citation"])
    if "scale-error" in stated:
        before = f"{100 * data.scale_error:g} %" if data.scale_error else ""
        notes += _replaced("scale error", before, f"{100 * stated['scale-error']:g} %")
        data = replace(data, scale_error=stated["scale-error"])
    if "class" in stated:
        notes += _replaced("class", data.kind if data.kind != "points" else "", stated["class"])
        data = replace(data, kind=stated["class"], degrees_of_freedom=None)
    if "degrees-of-freedom" in stated:
        if data.kind not in _WORTH:
            raise GlassjaxError(
                f"{reading.path}: --degrees-of-freedom is for the classes fit and statement; give --class too"
            )
        if stated["degrees-of-freedom"] > len(data):
            raise GlassjaxError(
                f"{reading.path}: --degrees-of-freedom {stated['degrees-of-freedom']} exceeds its {len(data)} rows; "
                "correct it"
            )
        notes.append(f"its rows are worth {stated['degrees-of-freedom']} numbers, as stated")
        data = replace(data, degrees_of_freedom=stated["degrees-of-freedom"])
    if data.kind in _WORTH and not data.scale_error:
        error, shared = share_half(data.value, data.error)
        data = replace(data, error=error, scale_error=shared)
        notes.append(f"half of the variance is taken as shared by all rows: scale error {100 * shared:.2g} %")
    return replace(reading, measurement=data, notes=(*reading.notes, *notes))


def _replaced(what: str, before: str, now: str) -> list[str]:
    instead = f" in place of '{before}' of the file" if before and before != now else ""
    return [f"{what} '{now}', as stated{instead}"]
