"""Run a campaign: hand out its studies a few at a time, keep each row as it comes, and make the table."""

import hashlib
import importlib.metadata
import json
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count, islice, takewhile
from pathlib import Path
from typing import Any

from ..cores import cores as own_cores
from ..errors import GlassjaxError
from ..scalars import as_path, check_seed, whole_number
from .campaign import Campaign, failed_row
from .cluster import DEATHS, connected, dask, require_dask, require_guard
from .folder import CampaignFolder, folder_of, programs
from .sources import Source, Spelling, find_sources, fingerprint_of
from .task import Orders, Task, fit_studies, identified

AHEAD = 4  # tasks handed out for every core, running ones included, once half of them are done
LEAST = 64
MANY = 32  # cores, beyond which as many studies go into one task as are this many times more
LARGEST = 64  # studies of a task
COUNTED = 5.0  # seconds between two countings of the cores
SAVED = 1.0  # seconds between two savings of rows
ROOM = 250_000  # bytes of a maximum on the disk
_PACKAGES = ("jax", "jaxlib", "numpy", "scipy", "numpyro")

Tell = Callable[[int, int], None]


def campaign(
    studies: "Spelling | Iterable[Spelling]",
    folder: str | Path,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    sample: bool = False,
    method: str | None = None,
    starts: int | None = None,
    chains: int | None = None,
    warmup: int | None = None,
    draws: int | None = None,
    seed: int | None = None,
    share: bool = True,
    table_only: bool = False,
    cache: str | Path | None = None,
    resume: bool = False,
    fresh: bool = False,
    progress: Tell | None = None,
    again: str = "give resume=True to continue it",
    discard: str = "give fresh=True to discard it",
    elsewhere: str = "give another folder",
) -> Campaign:
    """Fit many studies on many processes, and collect the fits in one table.

    ``folder`` gets ``fits/<study>/maximum.nc`` (or ``posterior.nc``) for each study, and ``results.csv`` and
    ``results.parquet`` with a row for each. A study that cannot be fitted has a row that says why. If a
    worker is killed, another repeats its fit, from the checkpoint if it is sampled. After an interruption ``resume``
    continues with what is missing or failed.

    Parameters
    ----------
    studies : sequence
        Names of shipped studies, TOML files, folders of TOML files, or studies whose theory is in a module.
    folder : str or Path
        Where everything is written; workers on other machines need access to it.
    workers : int
        Processes on this machine; as many as it has cores if not given.
    scheduler : str
        Address of a running dask scheduler to use instead, such as "tcp://host:8786".
    sample : bool
        Whether to draw from each posterior by NUTS. If not, each fit is a maximum with Laplace intervals.
    method, starts, chains, warmup, draws : optional
        As in `Study.maximise` and `Study.sample`; those of each study if not given.
    seed : int
        Of every fit; that of each study if not given.
    share : bool
        Whether fits of one structure share their compiled programs; see `glassjax.problem.sharing`.
    table_only : bool
        Whether to keep the rows only, and no result of any fit.
    cache : str or Path
        Folder in which workers share compiled programs; ``<folder>/.programs`` if not given. Unused unless ``share``.
    resume, fresh : bool
        Whether to continue this campaign, or to discard what is kept of any.
    progress : callable
        Called with how many studies are done, and of how many.
    again, discard, elsewhere : str
        How errors tell the user to continue, to give up what is kept, and to keep it in another place.

    Raises
    ------
    GlassjaxError
        If the folder has another campaign, the scheduler does not answer, or a worker fails.
    """
    from .._version import __version__
    from ..problem.study_file import Sampler

    if resume and fresh:
        raise GlassjaxError("to resume a campaign and to begin it afresh exclude each other; give one")
    if workers is not None and scheduler is not None:
        raise GlassjaxError("a scheduler has workers of its own: give a number of workers or its address")
    require_dask()
    if scheduler is None:
        require_guard()
    if workers is not None:
        workers = whole_number(workers, "workers")
    if seed is not None:
        seed = check_seed(seed)
    given = {"method": method, "starts": starts, "chains": chains, "warmup": warmup, "draws": draws}
    settings = {name: value for name, value in given.items() if value is not None}
    Sampler().replace(**settings)  # refuses what is none
    sources = find_sources(_listed(studies))
    folder = as_path(folder, "the folder of a campaign").resolve()
    run = {
        "studies": fingerprint_of(sources),
        "count": len(sources),
        "sample": sample,
        "table_only": table_only,
        "seed": seed,
        "settings": settings,
        "glassjax": __version__,
        **{package: importlib.metadata.version(package) for package in _PACKAGES},
    }
    kept = CampaignFolder(folder, again=again, discard=discard, elsewhere=elsewhere)
    orders = Orders(
        campaign=hashlib.sha256(json.dumps(run, sort_keys=True).encode()).hexdigest(),
        version=__version__,
        sample=sample,
        seed=seed,
        settings=settings,
        share=share,
        table_only=table_only,
        cache=str(programs(folder) if cache is None else Path(cache).resolve()) if share else "",
    )
    size = 0 if table_only else ROOM * len(sources)
    with kept.running(run, size, resume=resume, fresh=fresh):
        done = kept.done()
        missing = [i for i in range(len(sources)) if i not in done]
        if progress is not None:
            progress(len(done), len(sources))
        if missing:
            number = min(workers or own_cores(), len(missing))
            with connected(number, scheduler, folder) as client:
                tasks = (_task(folder, sources, i) for i in missing)
                rows = _rows(client, tasks, orders)
                _collect(rows, kept, progress, len(done), len(sources))
        table = kept.table()
        lost = len(sources) - len(table)
        if lost:
            raise GlassjaxError(
                f"rows of {lost} of {len(sources)} fits are gone from '{folder}', which was changed while the campaign "
                f"ran; {again}, or {discard}"
            )
        kept.write_tables(table)
    return Campaign(folder, table)


def _listed(studies: "Spelling | Iterable[Spelling]") -> "Iterable[Spelling]":
    alone = isinstance(studies, (str, Path)) or not isinstance(studies, Iterable)
    return [studies] if alone else studies


def _task(folder: Path, sources: Sequence[Source], index: int) -> Task:
    source = sources[index]
    return Task(index, source, str(folder_of(folder, index, source.name, len(sources))))


def _collect(
    rows: Iterator[dict[str, Any]], kept: CampaignFolder, progress: Tell | None, done: int, total: int
) -> None:
    """Keep rows as they come, in batches; those at hand are kept whatever ends the campaign."""
    batch: list[dict[str, Any]] = []
    due = time.monotonic() + SAVED
    try:
        for row in rows:
            batch.append(row)
            done += 1
            if progress is not None:
                progress(done, total)
            if time.monotonic() >= due:
                kept.append(batch)
                batch.clear()
                due = time.monotonic() + SAVED
    finally:
        kept.append(batch)


def _rows(client: Any, tasks: Iterator[Task], orders: Orders) -> Iterator[dict[str, Any]]:
    """Have the tasks done, a window of them at a time, and yield rows in the order in which they are done.

    All that a worker holds is suspected when it dies, so suspects are tried again at the end, with nothing beside them.
    """
    run = secrets.token_hex(4)  # campaigns may follow one another on one scheduler
    running: dict[str, list[Task]] = {}
    suspects: list[Task] = []
    tried: set[int] = set()
    numbers = count()
    queue = dask("distributed").as_completed(with_results=True, raise_errors=False)
    cores, due = 0, 0.0

    def hand_out() -> None:
        nonlocal cores, due
        if time.monotonic() >= due:  # workers come and go
            cores, due = sum(client.ncores().values()), time.monotonic() + COUNTED
        window = max(LEAST, AHEAD * cores)
        if len(running) > window // 2:
            return
        size = min(max(1, int(cores / MANY)), LARGEST)
        bundles = (list(islice(tasks, size)) for _ in range(window - len(running)))
        new = list(takewhile(len, bundles))
        if suspects and not new and not running:
            new = [[suspects.pop()]]
        keys = [f"fit-{run}-{next(numbers)}" for _ in new]
        queue.update(client.map(fit_studies, new, orders=orders, key=keys, pure=False))
        running.update(zip(keys, new, strict=True))

    hand_out()
    try:
        for batch in queue.batches():
            for future, answer in batch:
                bundle = running.pop(future.key)
                if future.status == "finished":
                    yield from answer
                elif future.status == "error" and not tried.issuperset(task.index for task in bundle):
                    suspects += bundle
                    tried.update(task.index for task in bundle)
                else:
                    yield _failure(future, bundle[0])
            hand_out()
    finally:
        queue.clear()


def _failure(future: Any, task: Task) -> dict[str, Any]:
    """Row of a task that ended without one."""
    if future.status != "error":
        raise GlassjaxError(
            "the scheduler is gone; what is done is kept, so start it again and resume the campaign"
        )
    error = future.exception()
    if isinstance(error, dask("distributed").KilledWorker):
        worker = getattr(error.last_worker, "name", "")
        deaths = 1 + getattr(error, "allowed_failures", DEATHS)
        why = f"{deaths} workers died while they fitted it (of memory, or a crash); fit it alone to see why"
        return identified(task) | failed_row(why) | {"worker": str(worker), "seconds": None}
    if isinstance(error, GlassjaxError):
        raise error
    raise GlassjaxError(
        f"study '{task.source.name}' could not be handed to a worker ({type(error).__name__}: {error}); install the "
        "same versions of everything on all"
    ) from error
