"""Programs that are traced once: what JAX makes of the theory's Python, kept beside its compiled programs.

Tracing a theory takes longer than loading its compiled program, and as long as importing JAX. The trace is kept as
`jax.export` writes it, under a name made of everything that it depends on: structure and shapes of the arguments,
versions, the package's own files. Numbers are arguments, so that other parameters use the same program.
"""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax
import jax.export
import jax.numpy as jnp

from ..disk import write_synced

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
