"""Whether an installation computes right: versions, devices and disk as facts, and checks with a remedy each."""

import os
import platform
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from .backend import require_backend
from .cores import cores
from .errors import GlassjaxError, show_traceback

TEMPERATURES = (0.1, 1.0, 10.0)  # K
REFERENCE = (0.0001983221118214208, 0.015996826594030372, 0.33645505849151414)
"""κ in W/(m K) at these temperatures of `LubchenkoWolynes` with its defaults and the glass of `_silica`."""
TOLERANCES = {"float64": 1e-8, "float32": 1e-4}
ROOM = 200_000_000  # bytes that a fit and its compiled programs should find
_SUMS = {"float64": 16_385, "float32": 32_769}
_USUAL = {"xla_backend_optimization_level": 3, "xla_cpu_use_fusion_emitters": True}


@dataclass(frozen=True)
class Check:
    """One question, whether all is well, what was found, and what to do where it is not."""

    name: str
    ok: bool
    found: str
    remedy: str = ""


@dataclass(frozen=True)
class Health:
    """What `examine` found.

    Attributes
    ----------
    facts : mapping
        By subject, each a mapping of names to values.
    checks : tuple of Check
    """

    facts: Mapping[str, Mapping[str, Any]]
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return all(check.ok for check in self.checks)

    def to_dict(self) -> dict[str, Any]:
        """Return facts and checks as plain values."""
        return {"ok": self.ok, **self.facts, "checks": [asdict(check) for check in self.checks]}

    def summary(self) -> str:
        """Return the facts, then the checks, then a line that sums them up."""
        lines = []
        for subject, facts in self.facts.items():
            lines.append(subject)
            lines += [f"  {name:<18} {_words(value)}" for name, value in facts.items()]
        lines.append("checks")
        for check in self.checks:
            lines.append(f"  {'ok ' if check.ok else 'BAD'} {check.name}: {check.found}")
            if not check.ok:
                lines.append(f"      {check.remedy}")
        bad = sum(not check.ok for check in self.checks)
        lines.append("all is well" if not bad else f"{bad} of {len(self.checks)} checks failed")
        return "\n".join(lines)


def examine(cache: Path) -> Health:
    """Look at versions, devices, ``cache`` and disk, and compute numbers that are known.

    Parameters
    ----------
    cache : Path
        Folder of compiled programs; it need not be there.

    Precision is switched for the checks and put back after them.
    """
    import jax

    config: Any = jax.config
    installed = _installed()
    backend = _backend()
    devices = {
        f"device {device.id}": f"{device.platform}, {device.device_kind}{_memory(device)}"
        for device in (jax.devices() if backend.ok else ())
    }
    facts = {
        "versions": {
            "glassjax": metadata.version("glassjax"),
            "python": platform.python_version(),
            **installed,
        },
        "machine": {
            "platform": platform.platform(),
            "cores": cores(),
            "memory": _total_memory(),
            **devices,
            "precision": "float64" if config.jax_enable_x64 else "float32 (commands use float64)",
        },
        "disk": {
            "cache": str(cache),
            "cache size": _size(cache),
            "free here": shutil.disk_usage(Path.cwd()).free,
        },
        "extras": _extras(),
    }
    checks = [_versions(installed), backend]
    before = config.jax_enable_x64
    try:
        for kind in TOLERANCES if backend.ok else ():
            config.update("jax_enable_x64", kind == "float64")
            checks += [_guarded("compiled sum", kind, _sums), _guarded("conductivity", kind, _conductivity)]
    finally:
        config.update("jax_enable_x64", before)
    return Health(facts, (*checks, _shipped(), _writable(cache), _room()))


def _requirements() -> "list[Any]":
    from packaging.requirements import Requirement

    found = [Requirement(line) for line in metadata.requires("glassjax") or ()]
    return [r for r in found if r.marker is None or r.marker.evaluate({"extra": ""})]


def _installed() -> dict[str, str | None]:
    """Versions of what glassjax depends on; None for what is missing."""
    return {requirement.name: _version(requirement.name) for requirement in _requirements()}


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _extras() -> dict[str, str]:
    """Whether what each extra adds is installed."""
    from packaging.requirements import Requirement

    lines = [Requirement(line) for line in metadata.requires("glassjax") or ()]
    found = {}
    for extra in metadata.metadata("glassjax").get_all("Provides-Extra") or ():
        adds = [r for r in lines if r.marker is not None and r.marker.evaluate({"extra": extra})]
        added = [r for r in adds if not r.marker.evaluate({"extra": ""})]  # type: ignore[union-attr]
        missing = [r.name for r in added if _version(r.name) is None]
        found[extra] = "installed" if not missing else f"no {', '.join(missing)}"
    return found


def _versions(installed: Mapping[str, str | None]) -> Check:
    """Whether every dependency is there in a version that glassjax allows: some of JAX compute wrong numbers."""
    wrong = []
    for requirement in _requirements():
        version = installed[requirement.name]
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            wrong.append(f"{requirement.name} {version or 'is missing'} (wanted: {requirement.specifier})")
    if not wrong:
        return Check("versions", True, "as glassjax wants them")
    return Check(
        "versions",
        False,
        "; ".join(wrong),
        "install glassjax again: python -m pip install --upgrade glassjax",
    )


def _backend() -> Check:
    """Whether JAX can compute, and on a GPU that the system knows."""
    import jax

    try:
        require_backend()
    except GlassjaxError as error:
        found, _, remedy = str(error).partition("; ")
        return Check("devices", False, found, remedy)
    backend = jax.default_backend()
    if backend == "cpu" and shutil.which("nvidia-smi"):
        return Check(
            "devices",
            True,
            "there may be an NVIDIA GPU which this JAX does not use (pip install 'jax[cuda12]')",
        )
    return Check("devices", True, f"computing on {backend}")


def _guarded(name: str, kind: str, check: Callable[[str], tuple[float, float]]) -> Check:
    """Compare an error with what is allowed; a crash is a finding too."""
    name = f"{name} in {kind}"
    remedy = (
        "do not trust numbers of this JAX; install another that glassjax allows: "
        "python -m pip install --force-reinstall jax jaxlib"
    )
    try:
        error, allowed = check(kind)
    except Exception as failure:  # whatever the compiler or the driver raises
        show_traceback(failure)
        return Check(name, False, f"{type(failure).__name__}: {str(failure).splitlines()[0]}", remedy)
    found = f"relative error {error:.1e}, {allowed:.0e} allowed"
    return Check(name, bool(error <= allowed), found, remedy)  # not true of NaN


def _sums(kind: str) -> tuple[float, float]:
    """Compare sums that jax 0.10.2 gets wrong by a per cent on a CPU (jax-ml/jax#39103) with NumPy's."""
    import jax
    import jax.numpy as jnp

    from .problem.compiling import compiler_options

    dtype, rows = np.dtype(kind), _SUMS[kind]
    x = np.zeros((rows, 3), dtype)
    x[:, 0] = np.arange(rows)
    expected = np.sum(x**2, axis=1)
    matrix = jnp.eye(3, dtype=dtype)
    options = {name: _USUAL[name] for name in compiler_options()}
    sums = jax.jit(jax.vmap(lambda row: jnp.sum((matrix @ row) ** 2)), compiler_options=options)
    with jax.default_matmul_precision("highest"):
        found = np.asarray(sums(jnp.asarray(x)))
    error = np.abs(found - expected) / np.maximum(expected, 1.0)
    return float(np.max(error)), 4 * float(np.finfo(dtype).eps)


def _silica() -> Any:
    from .glass import Glass

    return Glass(
        name="reference",
        glass_temperature=1500.0,
        debye_temperature=342.0,
        density=2200.0,
        sound_speed=4100.0,
    )


def _conductivity(kind: str) -> tuple[float, float]:
    """Return the largest relative error of κ against the stored numbers."""
    import jax

    from .lubchenko_wolynes.model import LubchenkoWolynes
    from .problem.compiling import quick_jit

    with jax.default_matmul_precision("highest"):
        kappa = quick_jit(LubchenkoWolynes().thermal_conductivity)(np.asarray(TEMPERATURES), _silica())
    error = np.max(np.abs(np.asarray(kappa, dtype=float) / np.asarray(REFERENCE) - 1))
    return float(error), TOLERANCES[kind]


def _shipped() -> Check:
    """Whether the shipped glasses are there and can be read."""
    from .datasets import list_glasses, load_record

    try:
        names = list_glasses()
        for name in names:
            load_record(name).measurements()
    except GlassjaxError as error:
        return Check("shipped data", False, str(error), "install glassjax again")
    return Check("shipped data", bool(names), f"{len(names)} glasses", "install glassjax again")


def _writable(cache: Path) -> Check:
    """Whether compiled programs can be kept."""
    folder = cache
    while not folder.exists():
        folder = folder.parent
    ok = os.access(folder, os.W_OK)
    found = (
        "compiled programs can be kept"
        if ok
        else f"'{folder}' cannot be written, every command compiles anew"
    )
    return Check("cache", ok, found, "make it writable, or name a folder in JAX_COMPILATION_CACHE_DIR")


def _room() -> Check:
    """Whether there is room for a result where the command runs."""
    here = Path.cwd()
    free = shutil.disk_usage(here).free
    ok = free >= ROOM and os.access(here, os.W_OK)
    found = (
        f"{free / 1e9:.1f} GB free in '{here}'" if os.access(here, os.W_OK) else f"'{here}' cannot be written"
    )
    return Check("room", ok, found, f"work in a folder that can be written, with {ROOM / 1e6:.0f} MB free")


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*") if path.is_file())


def _total_memory() -> int | None:
    """Bytes of memory of the machine, where the system tells."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None


def _memory(device: Any) -> str:
    """Memory of a device, where it tells."""
    stats = device.memory_stats() if device.platform != "cpu" else None
    return f", {stats['bytes_limit'] / 1e9:.0f} GB" if stats and "bytes_limit" in stats else ""


def _words(value: Any) -> str:
    if value is None:
        return "not there"
    return f"{value / 1e9:.2f} GB" if isinstance(value, int) and value > 1000 else str(value)
