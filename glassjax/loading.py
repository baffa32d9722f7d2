"""Results, studies and populations from their files, whichever a file holds."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import xarray as xr

from .errors import GlassjaxError
from .population.population import Population, population_of
from .population.results import PopulationMaximum, PopulationPosterior
from .problem.study_file import find_study_file, is_population, read_toml
from .results.maximum import Maximum
from .results.posterior import Posterior
from .results.result import Result
from .results.storage import find_result, intact
from .results.stored import check_stored, opened
from .results.trees import FORMAT, VERSION, plain_study
from .results.weighted import Laplace, Nested, Variational
from .study import Study, study_of

if TYPE_CHECKING:
    from .theory import Theory

_KINDS: "dict[str, type[Result]]" = {
    kind.kind: kind
    for kind in (Maximum, Posterior, Laplace, Variational, Nested, PopulationMaximum, PopulationPosterior)
}


def _check_format(tree: xr.DataTree, path: Path) -> "type[Result]":
    """Return the class of a stored result; refuse what is none, or one that only a newer glassjax can read."""
    ours = tree.attrs.get("format") == FORMAT
    version = tree.attrs.get("format_version")
    if ours and isinstance(version, (int, np.integer)) and version > VERSION:
        raise GlassjaxError(f"{path} was written by a newer glassjax; update glassjax to read it")
    kind = _KINDS.get(str(tree.attrs.get("kind", ""))) if ours else None
    if kind is None:
        raise GlassjaxError(
            f"{path} is a NetCDF file but no result of glassjax; give a file that .save() wrote"
        )
    return kind


class Stored(NamedTuple):
    """What a stored result is of: the study as plain values, data included, its kind, seed and settings."""

    study: dict[str, Any]
    kind: str
    seed: int
    settings: dict[str, Any]


def stored(path: Path) -> Stored | None:
    """Return what a file is a result of, without making it again; None where it is damaged, so that nothing is lost.

    Raises
    ------
    GlassjaxError
        If it is no result of glassjax, or of a newer one.
    """
    try:
        if intact(path) is False:
            return None
        tree = opened(path)
    except (OSError, GlassjaxError):
        return None
    _check_format(tree, path)
    try:
        attributes = tree.attrs
        plain, settings = json.loads(attributes["study"]), json.loads(attributes["settings"])
        if isinstance(plain.get("members"), list):
            plain["members"] = {name: plain_study(tree[f"members/{name}"]) for name in plain["members"]}
        else:
            plain = plain_study(tree)
        return Stored(plain, str(attributes["kind"]), int(attributes["seed"]), dict(settings))
    except (LookupError, ValueError, TypeError, AttributeError):
        return None


def load_result(path: str | Path, *, theory: "type[Theory] | None" = None) -> Result:
    """Read a result that `save` wrote; everything is restored, the study and its data included.

    Parameters
    ----------
    path : str or Path
        The NetCDF file, or the folder that `glassjax fit` wrote; ``~`` is the home folder.
    theory : type, optional
        The class of its theory, if it is your own and cannot be imported by its name.
    """
    path = find_result(path)
    whole = intact(path)
    if whole is False:
        raise GlassjaxError(f"{path} is damaged: it is not what was written; run the fit again")
    tree = opened(path, intact=bool(whole))
    kind = _check_format(tree, path)
    missing = [group for group in kind.groups_needed if group not in tree.children]
    if missing:
        raise GlassjaxError(f"{path} lacks the group '{missing[0]}'; run the fit again")
    if theory is not None and kind.population:
        raise GlassjaxError(
            f"{path} is of a population; import the module of its theories in place of theory="
        )
    try:
        if kind.population:
            result = kind(tree, population_of)
        else:
            result = kind(tree, study_of if theory is None else study_of(tree, theory))
    except GlassjaxError as error:
        raise GlassjaxError(f"{path}: {error}") from None
    check_stored(result, path, intact=bool(whole))
    return result


def load_problem(source: str | Path) -> Study | Population:
    """Read a study or a population, whichever the file (or the shipped one of that name) holds."""
    path = find_study_file(source)
    return Population.load(path) if is_population(read_toml(path)) else Study.load(path)
