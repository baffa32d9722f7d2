"""Whether a file holds all that a result has: it is refused where it is read, not in the middle of something."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from ..errors import GlassjaxError, memory_ran_out
from ..plain_text import control_in

if TYPE_CHECKING:
    from .result import Result

LARGEST = 1e100  # of a draw; squares of larger ones leave the range of numbers
_DAMAGE = (OSError, EOFError, ValueError, LookupError, ArithmeticError, RuntimeError)
"""What is raised where a file lacks something, or holds numbers, shapes and texts that it should not."""
_CHANGED = (TypeError, AttributeError)
"""What is also raised where somebody changed a file; of one that is as it was written, they are our own fault."""


def opened(path: Path, *, intact: bool = False) -> xr.DataTree:
    """Return the tree in a NetCDF file, of which ``intact`` says that it is as it was written.

    Raises
    ------
    GlassjaxError
        If it is no such file, or not a whole one.
    """
    import h5py

    try:
        with h5py.File(
            path, "r"
        ) as file:  # h5netcdf prints a traceback where it forgets a file it cannot open
            dict(file.attrs)
        with xr.open_datatree(path, engine="h5netcdf") as tree:
            return tree.load()
    except _damage(intact) as error:
        raise GlassjaxError(
            f"{path} is no complete NetCDF file ({_first_line(error)}); run the fit again"
        ) from error


def check_stored(result: "Result", path: Path, *, intact: bool = False) -> None:
    """Refuse a result that lacks something, holds numbers that are none, or text that no terminal should print.

    Parameters
    ----------
    result : Result
        As it was read, with nothing asked of it yet.
    path : Path
        Its file, for the message.
    intact : bool
        Whether the file is as it was written: an error of type or attribute is then a fault of glassjax, and raised.

    Raises
    ------
    GlassjaxError
    """
    with _damaged(path, "its texts are not those of a result", intact):
        control = control_in(list(_texts(result.tree)))
    if control:
        raise GlassjaxError(f"{path} holds a control character in '{control}'; run the fit again")
    with _damaged(path, "the study in it cannot be rebuilt", intact):
        free = list(result.study.free)
    with _damaged(path, "its numbers are not those of a result of its study", intact):
        _ask(result, len(free))


@contextmanager
def _damaged(path: Path, what: str, intact: bool) -> Iterator[None]:
    """Say in one sentence that ``what`` is wrong with a file."""
    try:
        yield
    except GlassjaxError as error:
        raise GlassjaxError(f"{path}: {error}") from error
    except _damage(intact) as error:
        if memory_ran_out(error):
            raise
        raise GlassjaxError(f"{path} is damaged: {what}; run the fit again") from error


def _damage(intact: bool) -> tuple[type[Exception], ...]:
    return _DAMAGE if intact else _DAMAGE + _CHANGED


def _ask(result: "Result", d: int) -> None:
    """Ask for all that is stored of ``d`` parameters; what is missing or of another shape raises something."""
    if result.coordinate.shape != (d,) or result.covariance.shape != (d, d):
        raise ValueError
    result.distances()  # of which some are no numbers where a start found nothing
    numbers = (result.log_posterior, *result.best.values(), *result.covariance.ravel())
    if not np.isfinite(numbers).all():
        raise ValueError
    if not all(column.size and (np.abs(column) < LARGEST).all() for column in result.draws.values()):
        raise ValueError
    origin, attributes = result.provenance, result.tree["maximum"].attrs
    asked = (
        *(result.seed, result.settings, result.starts, result.log_evidence, result.curved),
        *(json.loads(attributes["unseen"]), float(attributes["gain"])),
        *(str(origin["glassjax"]), str(origin["python"]), origin["versions"]["jax"], str(origin["date"])),
        float(origin["seconds"]),
    )
    del asked


def _texts(tree: xr.DataTree) -> Iterator[Any]:
    """Texts of a tree, those within JSON too."""
    for node in tree.subtree:
        for value in node.attrs.values():
            if isinstance(value, str):
                yield json.loads(value) if value.startswith("{") else value
        for variable in node.to_dataset(inherit=False).variables.values():
            if variable.dtype.kind not in "fiub":
                yield [str(entry) for entry in variable.values.ravel()]


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
