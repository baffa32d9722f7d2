"""What a worker does: read one study, fit it, write the result whole, and return its row.

A worker that is killed loses the fit it was at: another one begins it anew, and continues the chains of a sampled one
from its checkpoint. A row that is on the disk already is returned as it is.
"""

import errno
import importlib
import os
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..disk import remove_parts, write_synced
from ..errors import GlassjaxError, show_traceback
from ..run_folder import sealed, unsealed
from .campaign import failed_row, row_of
from .cluster import dask
from .sources import Source

if TYPE_CHECKING:
    from ..problem.sharing import SharedPrograms
    from ..results.result import Result
    from ..study import Study

ROW = "row.json"
_CHECKPOINT = "checkpoint"
_ONE = threading.Lock()  # a worker of several threads fits one study at a time: JAX has the cores already


@dataclass(frozen=True)
class Orders:
    """What holds for every fit of a campaign.

    Attributes
    ----------
    campaign : digest that tells the campaign
    version : of glassjax that workers must have
    sample : whether to draw by NUTS, or to stop at the maximum with Laplace intervals
    seed : of every fit; that of each study if None
    settings : of the sampler, those that are not the study's own
    share : whether fits of one structure share their compiled programs
    table_only : whether rows are all that is kept, no results
    cache : folder of compiled programs that workers share, or ""
    """

    campaign: str
    version: str
    sample: bool
    seed: int | None
    settings: dict[str, Any]
    share: bool
    table_only: bool
    cache: str


@dataclass(frozen=True, slots=True)
class Task:
    """One study to fit: its number in the campaign, where it is, and the folder of its result."""

    index: int
    source: Source
    folder: str


def identified(task: Task) -> dict[str, Any]:
    """First columns of a row."""
    return {"index": task.index, "study": task.source.name, "source": task.source.file or "Python"}


def fit_study(task: Task, orders: Orders) -> dict[str, Any]:
    """Fit one study and return its row, which is then also in its folder, unless rows are all that is kept.

    Whatever is wrong with the study comes back as a row that says so. A disk that is full ends the campaign instead.
    """
    with _ONE:
        return _fit_study(task, orders)


def fit_studies(tasks: Sequence[Task], orders: Orders) -> list[dict[str, Any]]:
    """Fit some studies one after the other, and return their rows."""
    # xarray would ask the scheduler for a lock for every file, and fails where the file is in memory.
    with dask("dask.config").set(scheduler="synchronous"):
        return [fit_study(task, orders) for task in tasks]


def _fit_study(task: Task, orders: Orders) -> dict[str, Any]:
    from .._version import __version__

    if __version__ != orders.version:
        raise GlassjaxError(
            f"worker {_worker()} has glassjax {__version__}, the campaign {orders.version}; install the same on all"
        )
    folder = Path(task.folder)
    kept = _kept_row(folder, orders)
    if kept is not None:
        return kept
    clock = time.perf_counter()
    remove_parts(folder)
    row: dict[str, Any]
    try:
        _prepare(orders.cache)
        row = row_of(_result(task, orders, folder)) | {"folder": "" if orders.table_only else str(folder)}
    except Exception as error:  # one study that goes wrong, however, stops no other
        _raise_if_disk_is_full(error, folder)
        show_traceback(error)
        row = failed_row(_sentence(error))
    row = identified(task) | row
    row |= {"seconds": round(time.perf_counter() - clock, 3), "worker": _worker()}
    row = {name: _finite(value) for name, value in row.items()}
    if row["status"] == "done" and not orders.table_only:
        plain = {"campaign": orders.campaign, "row": row}
        write_synced(folder / ROW, sealed(plain).encode())
    else:
        _remove_empty(folder)
    return row


def _kept_row(folder: Path, orders: Orders) -> dict[str, Any] | None:
    """Return the row of a fit that is finished and kept, by a worker or a campaign that was killed afterwards."""
    try:
        plain = unsealed((folder / ROW).read_bytes())
        return plain["row"] if plain["campaign"] == orders.campaign else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


@cache
def _prepare(programs: str) -> None:
    """Set JAX up, once for a worker, with the folder of compiled ``programs`` if there is one."""
    import jax

    from ..precision import enable_x64

    enable_x64()
    if programs:
        Path(programs).mkdir(parents=True, exist_ok=True)
        jax.config.update("jax_compilation_cache_dir", programs)
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.5)


def _result(task: Task, orders: Orders, folder: Path) -> "Result":
    """Fit, and write the result."""
    from ..fitting.checkpoint import Checkpoint

    study = _study(task.source)
    if orders.share:
        _programs().share(study)
    study.sampler = study.sampler.replace(**orders.settings)
    seed = study.seed if orders.seed is None else orders.seed
    if not orders.sample:
        found = study.maximise(seed=seed)
        if not orders.table_only:
            _save(found, folder / "maximum.nc")
        return found
    checkpoint = Checkpoint(folder / _CHECKPOINT)
    posterior = study.sample(seed=seed, progress=False, checkpoint=checkpoint)
    if not orders.table_only:
        _save(posterior, folder / "posterior.nc")
    checkpoint.remove()
    _remove_empty(checkpoint.folder)
    return posterior


@cache
def _programs() -> "SharedPrograms":
    """Compiled programs of this worker."""
    from ..problem.sharing import SharedPrograms

    return SharedPrograms()


def _save(result: "Result", path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    result.save(path)


def _study(source: Source) -> "Study":
    from ..study import Study

    if source.plain is None:
        return Study.load(source.file)
    if source.module:
        importlib.import_module(source.module)
    return Study.from_dict(source.plain)


def _sentence(error: Exception) -> str:
    text = str(error) or "no reason given"
    if isinstance(error, GlassjaxError):
        return text
    return f"{type(error).__name__}: {text.splitlines()[0]}"


def _raise_if_disk_is_full(error: BaseException | None, folder: Path) -> None:
    full = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
    while error is not None:
        if isinstance(error, OSError) and error.errno in full:
            raise GlassjaxError(f"cannot write to '{folder}' ({error.strerror}); free some space") from None
        error = error.__cause__ or error.__context__


def _remove_empty(folder: Path) -> None:
    try:
        (folder / "lock").unlink(missing_ok=True)
        folder.rmdir()
    except OSError:
        pass


def _finite(value: Any) -> Any:
    """Return None for a number that is not finite, which JSON cannot hold."""
    return None if isinstance(value, float) and not abs(value) < float("inf") else value


def _worker() -> str:
    """Name of the process: that of its machine and its number there."""
    return f"{socket.gethostname()}:{os.getpid()}"
