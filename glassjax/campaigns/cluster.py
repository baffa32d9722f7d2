"""Where a campaign runs: a cluster on this machine, or one whose scheduler is told (dask distributed).

Workers are processes of one thread each. On this machine they are started anew, not forked, keep to one core each and
are restarted when they die; those of a scheduler elsewhere are its own business.
"""

import ast
import importlib.metadata
import importlib.util
import logging
import multiprocessing
import os
import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..backend import quiet_compiler
from ..errors import GlassjaxError

DEATHS = 3  # of workers, that a fit may have seen before it is given up
_EXTRA = "python -m pip install 'glassjax[campaign]'"
_CONNECT = 5.0  # seconds to wait for a scheduler to answer
_JOIN = 600.0  # seconds to wait for its first worker, which a job system may start later
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC")  # NPROC: XLA's own pool


def require_dask() -> None:
    """Refuse to go on without the packages that campaigns need beyond the others."""
    for package in ("distributed", "pyarrow"):
        if importlib.util.find_spec(package) is None:
            raise GlassjaxError(f"a campaign needs {package}, which is not installed: {_EXTRA}")


def dask(module: str) -> Any:
    """Return a module of dask, which is there only where campaigns run."""
    return importlib.import_module(module)


@contextmanager
def connected(workers: int, scheduler: str | None, folder: Path) -> Iterator[Any]:
    """Yield a client of ``workers`` processes on this machine, or of the ``scheduler`` at an address such as tcp://host:8786.

    Workers that cannot see ``folder`` or have another version of glassjax or JAX are refused.
    """
    dask("distributed")  # whose defaults go into the configuration that is changed here
    quiet = logging.getLogger("distributed")
    before = quiet.level
    settings: dict[str, Any] = {
        "distributed.scheduler.allowed-failures": DEATHS,
        "distributed.comm.timeouts.connect": f"{_CONNECT:g}s",
        "distributed.nanny.pre-spawn-environ": _environment(),
        "distributed.worker.multiprocessing-method": "spawn",
        "distributed.logging": {"distributed": "critical"},
    }
    quiet.setLevel(logging.CRITICAL)
    try:
        with dask("dask.config").set(settings):
            if scheduler is None:
                with _local(workers) as client:
                    yield client
            else:
                with _remote(scheduler, folder) as client:
                    yield client
    finally:
        quiet.setLevel(before)


def _environment() -> dict[str, str]:
    """Environment of a worker on this machine: one core, one device."""
    flags = os.environ.get("XLA_FLAGS", "").split()
    ours = [flag for flag in flags if "host_platform_device_count" not in flag]
    ours.append("--xla_cpu_multi_thread_eigen=false")
    platform = os.environ.get("JAX_PLATFORMS", "cpu")  # processes cannot share a GPU by themselves
    settings = {"XLA_FLAGS": " ".join(ours), "JAX_PLATFORMS": platform}
    return dict.fromkeys(_THREADS, "1") | settings | quiet_compiler()


def dask_setup(worker: Any) -> None:
    """Let Ctrl-C, which a terminal sends to all processes, be answered by the campaign alone; called by dask."""
    del worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def require_guard() -> None:
    """Refuse to start processes from the top of a script, which every one of them would run again."""
    main: Any = sys.modules["__main__"]
    again = getattr(multiprocessing.current_process(), "_inheriting", False)
    if again or _unguarded(main, getattr(main, "__file__", None)):
        raise GlassjaxError(
            "workers import the script that starts a campaign: put the call under if __name__ == '__main__':"
        )


def _unguarded(main: Any, source: str | None) -> bool:
    """Whether processes will run ``main`` again, and come to the call that is being run now.

    They do not in a notebook, after ``python -c`` and from standard input, where there is no file, nor in a package
    that is run as a program.
    """
    frame = sys._getframe()
    while frame is not None and (frame.f_code.co_name != "<module>" or frame.f_globals is not vars(main)):
        frame = frame.f_back
    spec = getattr(main, "__spec__", None)
    if source is None or frame is None or (spec is not None and spec.name.endswith("__main__")):
        return False
    try:
        body = ast.parse(Path(source).read_bytes()).body
    except (OSError, SyntaxError, ValueError):
        return False
    asked = [node for node in body if isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)]
    inside = any(node.lineno <= frame.f_lineno <= (node.end_lineno or 0) for node in asked)
    left = any("!=" in ast.unparse(node.test) and node.lineno < frame.f_lineno for node in asked)
    return not (inside or left)


@contextmanager
def _local(workers: int) -> Iterator[Any]:
    distributed = dask("distributed")
    try:
        cluster = distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            memory_limit=0,
            silence_logs=logging.CRITICAL,
            env=_environment(),
            preload=[__name__],
        )
    except (RuntimeError, OSError) as error:
        raise GlassjaxError(
            f"no workers can be started on this machine ({str(error).splitlines()[0]}); see that there is memory and "
            "room in the folder of temporary files, or take fewer workers"
        ) from error
    with cluster, distributed.Client(cluster) as client:
        yield client


@contextmanager
def _remote(scheduler: str, folder: Path) -> Iterator[Any]:
    try:
        client = dask("distributed").Client(scheduler, timeout=_CONNECT)
    except (OSError, ValueError, TimeoutError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise GlassjaxError(
            f"no scheduler answers at '{scheduler}' ({reason}); start one with 'dask scheduler' and give the "
            "address it shows"
        ) from None
    with client:
        _inspect(client, scheduler, folder)
        yield client


def _inspect(client: Any, scheduler: str, folder: Path) -> None:
    """Refuse workers that cannot do their part."""
    try:
        client.wait_for_workers(1, timeout=_JOIN)
    except TimeoutError:
        raise GlassjaxError(
            f"the scheduler at '{scheduler}' has no worker; start some with 'dask worker {scheduler} --nthreads 1'"
        ) from None
    version = installed()
    mark = folder / f".{secrets.token_hex(4)}.seen"
    mark.touch()
    try:
        answers = client.run(_look, str(mark), on_error="return")
    finally:
        mark.unlink(missing_ok=True)
    for worker, answer in answers.items():
        if isinstance(answer, BaseException):
            raise GlassjaxError(
                f"worker {worker} has no glassjax with campaigns ({answer}); install glassjax {version} there"
            )
        found, seen = answer
        if found != version:
            raise GlassjaxError(
                f"worker {worker} has glassjax {found}, not {version}; install the same on all"
            )
        if not seen:
            raise GlassjaxError(
                f"worker {worker} does not see '{folder}'; give a folder on a file system that all workers share"
            )


def _look(mark: str) -> tuple[str, bool]:
    """Tell what is installed on a worker, and whether it sees a file."""
    return installed(), Path(mark).is_file()


def installed() -> str:
    """Versions that must be the same on all."""
    from .._version import __version__

    return f"{__version__} with jax {importlib.metadata.version('jax')}"
