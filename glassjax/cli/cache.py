"""Compiled programs kept from one command to the next, in a folder under the user's cache.

JAX writes and reads them (its persistent compilation cache); here it is told where. A program compiled for one
processor may not run on another, and home folders are shared by machines of several kinds: every kind, and every
version of JAX, has a folder of its own.
"""

import hashlib
import os
import platform
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
import jax
import jax.export
import jax.numpy as jnp

from ..backend import quiet_compiler
from ..disk import write_synced

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


MOST = 30  # traces; the oldest go first
_ENDING = ".trace"


def call_kept(function: Callable[..., Any], words: tuple[str, ...], *arguments: Any) -> Any:
    """Return ``function(*arguments)``, compiled, from its kept trace if there is one.

    Parameters
    ----------
    function : callable
        Of pytrees of numbers; returns an array.
    words : tuple of str
        What it depends on beside the arguments.
    """
    leaves, structure = jax.tree.flatten(arguments)
    leaves = [jnp.asarray(leaf, dtype=float) for leaf in leaves]

    def flat(*leaves: Any) -> Any:
        return function(*jax.tree.unflatten(structure, leaves))

    program = jax.jit(flat)
    folder = _folder()
    if folder is None:
        return program(*leaves)
    file = folder / (_name(function, words, leaves, structure) + _ENDING)
    exported = None
    # Only JAX's own reader runs here, which raises almost anything at a file of another version or a damaged one.
    with suppress(Exception):  # the trace is made anew
        exported = jax.export.deserialize(bytearray(file.read_bytes()))
    if exported is None:
        exported = jax.export.export(program)(*leaves)
        _keep(file, bytes(exported.serialize()))
    return jax.jit(exported.call)(*leaves)


def _folder() -> Path | None:
    """Return the folder of compiled programs, or None where there is none."""
    config: Any = jax.config
    name = config.jax_compilation_cache_dir if config.jax_enable_compilation_cache else None
    return Path(name) if name else None


def _name(function: Callable[..., Any], words: tuple[str, ...], leaves: list[Any], structure: Any) -> str:
    parts = [function.__module__, function.__qualname__, *words, str(structure), jax.default_backend()]
    parts += [str(leaf.aval) for leaf in leaves]
    parts += [version(name) for name in ("jax", "jaxlib", "glassjax")]
    package = Path(__file__).parents[1]
    for path in sorted(package.rglob("*.py")):
        stat = path.stat()
        parts.append(f"{path.relative_to(package)} {stat.st_size} {stat.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _keep(file: Path, content: bytes) -> None:
    """Keep a trace, and only so many of the others; a full or forbidden disk keeps none."""
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_synced(file, content)
        others = sorted(file.parent.glob(f"*{_ENDING}"), key=lambda path: path.stat().st_mtime)
        for old in others[:-MOST]:
            old.unlink(missing_ok=True)
