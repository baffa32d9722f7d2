"""An unfinished run on disk, from which it continues draw for draw after a crash.

A checkpoint is a folder. ``run.json`` says which run it is of: the study with its data, the settings, the seed,
the versions. ``maximum.npz`` holds the maximum (as NetCDF), and ``chain-<i>.npz`` the state of NUTS of chain i,
step-size and metric adaptation and random key included, with the draws it has kept. A comparison also keeps the
``posterior.nc`` of a run that is finished. Every file is replaced whole, so that a kill at any moment leaves an
earlier state of the same run; NPZ files carry checksums, and nothing is ever unpickled. One process works on a
checkpoint at a time.
"""

import hashlib
import importlib.metadata
import io
import json
import time
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from ..disk import held, remove_parts, require_room, write_synced
from ..errors import GlassjaxError
from ..scalars import as_path

if TYPE_CHECKING:
    from ..problem.problem import Problem
    from ..problem.study_file import Sampler
    from ..results.maximum import Maximum

FORMAT = "glassjax checkpoint 1"
SHARE = 0.02  # of a chain's time that saving it may take
_RUN, _MAXIMUM, POSTERIOR, _LOCK = "run.json", "maximum.npz", "posterior.nc", "lock"
_PACKAGES = ("jax", "jaxlib", "numpyro", "numpy", "scipy")
_BROKEN_ARCHIVE = (
    OSError,
    EOFError,
    ValueError,
    KeyError,
    NotImplementedError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)
_LABELS = {
    "free": "free parameters",
    "parameters": "fixed parameters",
    "time": "observation time",
    "target_accept": "target acceptance",
    "tree_depth": "tree depth",
    "adapt_metric": "adaptation of the metric",
}


@dataclass
class Chain:
    """How far a chain has come.

    Attributes
    ----------
    state : NumPyro's state of the kernel
    done : steps made, warmup included
    kept : fields of the draws so far, in pieces of some draws each
    """

    state: Any
    done: int = 0
    kept: list[dict[str, np.ndarray]] = field(default_factory=list)

    def merged(self) -> dict[str, np.ndarray]:
        """Put the pieces together: each field (draws so far, ...)."""
        if len(self.kept) > 1:
            self.kept = [
                {name: np.concatenate([piece[name] for piece in self.kept]) for name in self.kept[0]}
            ]
        return self.kept[0] if self.kept else {}


class Checkpoint:
    """A folder that keeps an unfinished run.

    Parameters
    ----------
    folder : str or Path
        Made when a run begins, and gone after `remove`.
    every : float
        Seconds between two savings of a chain; more where saving takes more than 2 % of the time.
    discard, elsewhere : str
        How errors tell the user to give up what is kept, and to keep it in another place.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        every: float | int = 2.0,
        discard: str = "to begin anew, delete that folder or give another",
        elsewhere: str = "give another folder",
    ) -> None:
        self.folder, self.every = as_path(folder, "the folder of a checkpoint"), every
        self.discard, self.elsewhere = discard, elsewhere
        self.seconds = 0.0  # that the run took before this process
        self._open = False
        self._run: dict[str, Any] = {}
        self._clock = time.monotonic()
        self._due: dict[int, float] = {}
        self._warned = False

    @property
    def begun(self) -> bool:
        """Whether a run was begun here and not finished."""
        return (self.folder / _RUN).is_file() or self.worthwhile or self.complete

    @property
    def worthwhile(self) -> bool:
        """Whether anything would be lost with it."""
        return bool(self._files())

    @property
    def complete(self) -> bool:
        """Whether the run is finished, and its result kept."""
        return (self.folder / POSTERIOR).is_file()

    def _files(self) -> list[Path]:
        """Everything of worth: the chains and the maximum."""
        return sorted(self.folder.glob("chain-*.npz")) + sorted(self.folder.glob(_MAXIMUM))

    @contextmanager
    def running(
        self, study: "Problem", settings: "Sampler", seed: int, *, fresh: bool = False
    ) -> Iterator[None]:
        """Hold the checkpoint for a run while the block lasts; refuse one that is damaged or of another run.

        ``fresh`` empties it first. A folder in which nothing is kept at the end is removed. May be nested.
        """
        run = fingerprint(study, settings, seed)
        if self._open:
            self._verify(run)
            yield
            return
        busy = f"another process is working on '{self.folder}'; wait for it to end or {self.elsewhere}"
        with ExitStack() as stack:
            stack.callback(self._remove_empty)
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                stack.enter_context(held(self.folder / _LOCK, busy))
                self._begin(run, len(study.free), fresh)
            except OSError as error:
                raise GlassjaxError(
                    f"cannot write to '{self.folder}' ({error.strerror}); {self.elsewhere}"
                ) from None
            stack.callback(self._forget_unless_worthwhile)
            self._open = True
            yield

    def _begin(self, run: dict[str, Any], d: int, fresh: bool) -> None:
        if fresh:
            self.remove()
        remove_parts(self.folder)
        self.seconds = 0.0
        if self.worthwhile:
            self._verify(run)
            self._run = run
            kept = [self._load(path) for path in self._files()]
            self.seconds = max(float(arrays["seconds"]) for arrays in kept)
        settings = run["settings"]
        size = 2 * 8 * settings["chains"] * settings["draws"] * (d + 7)
        require_room(self.folder, size, self.elsewhere)
        self._note(run)
        self._run, self._due, self._warned = run, {}, False
        self._clock = time.monotonic()

    def _note(self, run: Mapping[str, Any]) -> None:
        """Write down which run is kept here."""
        plain = {"format": FORMAT, "run": run}
        write_synced(self.folder / _RUN, json.dumps(plain, indent=1).encode())

    def _verify(self, run: Mapping[str, Any]) -> None:
        """Refuse to go on with what is kept of another run, naming all that differs."""
        try:
            plain = json.loads((self.folder / _RUN).read_text(encoding="utf-8"))
            known = plain["format"] == FORMAT
            kept = {part: dict(plain["run"][part]) for part in run}
        except (OSError, ValueError, KeyError, TypeError):
            raise self.damaged(_RUN) from None
        if not known:
            raise GlassjaxError(f"'{self.folder}' was written by another version of glassjax; {self.discard}")
        different = []
        for part, now in run.items():
            for name in sorted({*kept[part], *now}):
                before, after = kept[part].get(name), now.get(name)
                if before != after:
                    values = "" if part == "study" else f" ({before}, now {after})"
                    different.append(f"{_LABELS.get(name, name)}{values}")
        if different:
            raise GlassjaxError(
                f"'{self.folder}' keeps an unfinished run that differs in {', '.join(different)}; "
                f"{self.discard}"
            )

    def damaged(self, name: str) -> GlassjaxError:
        """Return the error that a file of this folder is damaged."""
        return GlassjaxError(f"'{self.folder / name}' is damaged or incomplete; {self.discard}")

    def remove(self) -> None:
        """Forget the run, because it is finished or given up; ``run.json`` last, so that a kill leaves a valid rest."""
        self.remove_files()
        for name in (POSTERIOR, _RUN):
            (self.folder / name).unlink(missing_ok=True)

    def remove_files(self) -> None:
        """Remove the chains and the maximum."""
        for path in (*self._files(), *self.folder.glob(".*.part")):
            path.unlink(missing_ok=True)

    def check(self, study: "Problem", settings: "Sampler", seed: int) -> None:
        """Refuse what is kept of another run, naming all that differs."""
        self._verify(fingerprint(study, settings, seed))

    def _forget_unless_worthwhile(self) -> None:
        self._open = False
        if not (self.worthwhile or self.complete):
            self.remove()

    def _remove_empty(self) -> None:
        with suppress(OSError):
            self.folder.rmdir()

    def describe(self) -> str:
        """Say what is kept."""
        done = [int(self._load(path)["done"]) for path in sorted(self.folder.glob("chain-*.npz"))]
        if not done:
            return "the maximum"
        settings = self._run["settings"]
        total = settings["chains"] * (settings["warmup"] + settings["draws"])
        return f"the maximum and {sum(done)} of {total} steps of the chains"

    def maximum(self, study: "Problem") -> "Maximum | None":
        """Return the maximum that is kept, if one is."""
        if not (self.folder / _MAXIMUM).is_file():
            return None
        content = self._load(self.folder / _MAXIMUM)["netcdf"].tobytes()
        with xr.open_datatree(io.BytesIO(content), engine="h5netcdf") as opened:
            return study.result_types[0](opened.load(), study)

    def keep_maximum(self, maximum: "Maximum") -> None:
        """Keep a maximum; refuse another one than the chains began at."""
        kept = self.maximum(maximum.study)
        if kept is None:
            content = maximum.tree.to_netcdf(engine="h5netcdf")
            self._store(_MAXIMUM, {"netcdf": np.frombuffer(bytes(content), np.uint8)})
        elif not (
            np.array_equal(kept.coordinate, maximum.coordinate)
            and np.array_equal(kept.covariance, maximum.covariance)
        ):
            raise GlassjaxError(
                f"'{self.folder}' keeps an unfinished run from another maximum than the one given as start; "
                f"{self.discard}"
            )

    def restore(self, number: int, chain: Chain) -> Chain:
        """Return chain ``number`` as it was kept, or ``chain``, at its beginning, if it was not."""
        path = self.folder / f"chain-{number}.npz"
        if not path.is_file():
            return chain
        arrays = self._load(path)
        leaves, structure = jax.tree.flatten(chain.state)
        try:
            state = structure.unflatten(
                [_as_leaf(arrays[f"state_{i}"], leaf) for i, leaf in enumerate(leaves)]
            )
            kept = {name[5:]: array for name, array in arrays.items() if name.startswith("kept_")}
            return Chain(state, int(arrays["done"]), [kept] if kept else [])
        except (KeyError, ValueError, TypeError) as error:
            raise self.damaged(path.name) from error

    def offer(self, number: int, chain: Chain, *, now: bool = False) -> None:
        """Keep chain ``number`` as it is, if that is due or wanted ``now``.

        A disk that has filled up meanwhile does not end the run: it is warned of once, and the state kept before stays.
        """
        clock = time.monotonic()
        if not now and clock < self._due.get(number, self._clock + self.every):
            return
        leaves = [_as_array(leaf) for leaf in jax.tree.leaves(chain.state)]
        arrays = {f"state_{i}": leaf for i, leaf in enumerate(leaves)}
        arrays |= {f"kept_{name}": array for name, array in chain.merged().items()}
        try:
            self._store(f"chain-{number}.npz", arrays | {"done": np.asarray(chain.done)})
        except GlassjaxError as error:
            if not self._warned:
                self._warned = True
                warnings.warn(f"{error}; the run goes on, but its progress is not kept", stacklevel=2)
        end = time.monotonic()
        self._due[number] = end + max(self.every, (end - clock) / SHARE)

    def _store(self, name: str, arrays: Mapping[str, np.ndarray]) -> None:
        content = io.BytesIO()
        seconds = self.seconds + time.monotonic() - self._clock
        np.savez(content, **arrays, run=np.asarray(_digest(self._run)), seconds=np.asarray(seconds))
        try:
            if not (self.folder / _RUN).is_file():  # someone has deleted the folder since
                self.folder.mkdir(parents=True, exist_ok=True)
                self._note(self._run)
            write_synced(self.folder / name, content.getvalue())
        except OSError as error:
            raise GlassjaxError(
                f"cannot write '{self.folder / name}' ({error.strerror}); free some space or {self.elsewhere}"
            ) from None

    def _load(self, path: Path) -> dict[str, np.ndarray]:
        """Read a file of this run, and check that it is whole."""
        try:
            with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            of = str(arrays["run"])
        except _BROKEN_ARCHIVE as error:
            raise self.damaged(path.name) from error
        if of != _digest(self._run):
            raise GlassjaxError(f"'{path}' is of another run than '{self.folder / _RUN}'; {self.discard}")
        return arrays


def fingerprint(study: "Problem", settings: "Sampler", seed: int) -> dict[str, Any]:
    """Everything the draws depend on: digests of the study's parts; settings, seed and versions in full."""
    from .._version import __version__

    plain = study.to_dict()
    for name in ("name", "title", "sampler", "seed"):
        plain.pop(name, None)
    versions = {package: importlib.metadata.version(package) for package in _PACKAGES}
    return {
        "study": {name: _digest(part) for name, part in plain.items()},
        "settings": {**settings.to_dict(), "seed": seed},
        "machinery": {
            "glassjax": __version__,
            **versions,
            "precision": str(jnp.result_type(float)),
            "device": jax.default_backend(),
        },
    }


def _digest(plain: Any) -> str:
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def _is_key(leaf: Any) -> bool:
    return jnp.issubdtype(jnp.result_type(leaf), jax.dtypes.prng_key)


def _as_array(leaf: Any) -> np.ndarray:
    """Return a leaf of the state as plain numbers, a typed random key as its words."""
    return np.asarray(jax.random.key_data(leaf) if _is_key(leaf) else leaf)


def _as_leaf(array: np.ndarray, like: Any) -> Any:
    """Undo `_as_array` for a leaf ``like`` the one stored."""
    words = _as_array(like)
    if array.shape != words.shape or array.dtype != words.dtype:
        raise ValueError("not the state of this kernel")
    plain = jnp.asarray(array)
    return jax.random.wrap_key_data(plain, impl=jax.random.key_impl(like)) if _is_key(like) else plain
