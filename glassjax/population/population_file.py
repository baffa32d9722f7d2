"""Population files: TOML in, the arguments of a `Population` out."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import StudyError
from ..inference.study import Study
from ..inference.study_file import find_study_file, is_population, read_toml, strict

if TYPE_CHECKING:
    from ..inference.plan import Plan

__all__ = ["load_plan", "read_population"]

_KEYS = ("name", "title", "seed", "members", "shared", "sampler")


def load_plan(source: str | Path) -> "Plan":
    """Read a study or a population, whichever the file (or the shipped one of that name) holds."""
    from .population import Population

    path = find_study_file(source)
    return Population.load(path) if is_population(read_toml(path)) else Study.load(path)


def read_population(source: str | Path) -> dict[str, Any]:
    """Return the keyword arguments of a `Population` from a file, or from the shipped population of that name."""
    path = find_study_file(source)
    plain = read_toml(path)
    if not is_population(plain):
        raise StudyError(f"{path} is the study of one glass, not a population; load it with Study.load")
    strict(plain, _KEYS, str(path), "key")
    members = plain.get("members")
    if not isinstance(members, list) or not all(isinstance(entry, str) for entry in members):
        raise StudyError(
            f"{path}: members must be a list of studies, names of shipped ones or files beside it"
        )
    sampler = plain.get("sampler", {})
    if not isinstance(sampler, Mapping):
        raise StudyError(f"{path}: [sampler] must be a table")
    return {
        "name": str(plain.get("name", path.stem)),
        "title": str(plain.get("title", "")),
        "seed": plain.get("seed", 0),
        "members": [_member(entry, path) for entry in members],
        "shared": plain.get("shared", {}),
        "sampler": sampler,
    }


def _member(entry: str, path: Path) -> Study:
    beside = path.parent / entry
    try:
        there = beside.is_file()
    except OSError as error:  # a name longer than the system has
        raise StudyError(
            f"{path}: the member '{entry}' names no file ({error.strerror}); correct it"
        ) from None
    return Study.load(beside if there else entry)
