"""Compiled programs kept from one command to the next, in a folder under the user's cache.

JAX writes and reads them (its persistent compilation cache); here it is told where. A program compiled for one
processor may not run on another, and home folders are shared by machines of several kinds: every kind, and every
version of JAX, has a folder of its own.
"""

import hashlib
import os
import platform
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import click

from ..backend import quiet_compiler

SIZE = 1_000_000_000  # bytes, of each kind of machine; the programs not used for longest go first
_SHORTEST = 0.02  # s that compiling took; what takes less is not kept
_FOLDER = "JAX_COMPILATION_CACHE_DIR"


def cache_folder() -> Path:
    """Return the folder of the programs compiled for this kind of machine and this version of JAX; not made here."""
    from platformdirs import user_cache_path

    kind = hashlib.sha256("\n".join([platform.machine(), *_features()]).encode()).hexdigest()[:12]
    return user_cache_path("glassjax", appauthor=False) / f"jax-{version('jax')}-{kind}"


def _features() -> list[str]:
    """Return what the processor can do, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return [platform.processor()]
    return sorted({line for line in lines if line.startswith(("model name", "flags", "Features"))})


def keep_programs() -> None:
    """Let JAX keep what it compiles, unless the environment names a folder already or none can be written."""
    if os.environ.get(_FOLDER):
        return
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return
    if os.access(folder, os.W_OK):
        _configure(
            {
                _FOLDER: str(folder),
                "JAX_COMPILATION_CACHE_MAX_SIZE": SIZE,
                "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": _SHORTEST,
            }
        )


def _configure(options: Mapping[str, object]) -> None:
    """Set options of JAX for this process and those it starts, whether JAX is loaded or not."""
    for name, value in options.items():
        os.environ.setdefault(name, str(value))
        if "jax" in sys.modules:
            sys.modules["jax"].config.update(name.lower(), value)


def _off(context: click.Context, parameter: click.Parameter, off: bool) -> None:
    del parameter
    if context.resilient_parsing:
        return
    os.environ.update(quiet_compiler())
    if off:
        _configure({"JAX_ENABLE_COMPILATION_CACHE": False})
    else:
        keep_programs()


def cached(command: click.Command) -> click.Command:
    """Give a command that compiles the option ``--no-cache``, and the cache without it."""
    option = click.Option(
        ["--no-cache"],
        is_flag=True,
        expose_value=False,
        callback=_off,
        help="Compile everything anew; otherwise compiled programs are kept in the user's cache.",
    )
    command.params.append(option)
    return command
