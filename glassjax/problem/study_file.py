"""Study files: TOML in, the arguments of a `Study` out. Unknown keys are refused with the nearest known one."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ..disk import own_path
from ..errors import StudyError, suggest
from ..quantities import QUANTITIES
from ..toml import TomlProblem, read_toml_file
from .selection import DataSet

_KEYS = (
    "name",
    "title",
    "glass",
    "theory",
    "seed",
    "data",
    "parameters",
    "free",
    "discrepancy",
    "observation",
    "sampler",
)
_TABLES = (".csv", ".dat", ".tsv", ".txt", ".xls", ".xlsx")
_TEMPLATE = "template"  # explains the keys, to be copied
_DATA_KEYS = ("file", "quantity", "from", "to", "role", "molar_mass")


def list_studies() -> list[str]:
    """Names of the shipped studies of one glass."""
    shipped = {name: path for name, path in _shipped().items() if name != _TEMPLATE}
    return [name for name, path in shipped.items() if not is_population(read_toml(path))]


def list_populations() -> list[str]:
    """Names of the shipped populations of several glasses."""
    return [name for name, path in _shipped().items() if is_population(read_toml(path))]


def is_population(plain: Mapping[str, Any]) -> bool:
    """Whether the content of a file is a population of several glasses, not a study of one."""
    return "members" in plain or "shared" in plain


def _shipped() -> dict[str, Path]:
    from ..datasets import shipped

    return {path.stem: path for path in sorted(Path(shipped("fits")).glob("*.toml"))}


def read_study(source: "str | Path") -> dict[str, Any]:
    """Return the keyword arguments of a `Study` from a file, or from the shipped study of that name."""
    path = find_study_file(source)
    plain = read_toml(path)
    if is_population(plain):
        raise StudyError(
            f"{path} is a population of several glasses; give one of its members, "
            "or load it with Population.load"
        )
    strict(plain, _KEYS, str(path), "key")
    for table in ("parameters", "free", "observation", "sampler"):
        if not isinstance(plain.get(table, {}), Mapping):
            raise StudyError(f"{path}: [{table}] must be a table")
    observation = plain.get("observation", {})
    strict(observation, ("time",), f"{path}: [observation]", "key")
    if "glass" not in plain:
        raise StudyError(f"{path} names no glass; add glass = 'a-SiO2' or the folder of your own")
    if "free" not in plain:
        raise StudyError(f"{path} frees nothing; add a table [free] with a prior for each free parameter")
    try:
        glass = _glass(plain["glass"], path)
        data = _data(plain, glass, path)
    except OSError as error:  # a name longer than the system has
        raise StudyError(f"{path}: '{error.filename}' names no file ({error.strerror}); correct it") from None
    return {
        "name": str(plain.get("name", path.stem)),
        "title": str(plain.get("title", "")),
        "glass": glass,
        "theory": plain.get("theory", "lubchenko-wolynes"),
        "seed": plain.get("seed", 0),
        "data": data,
        "parameters": plain.get("parameters", {}),
        "free": plain["free"],
        "discrepancy": plain.get("discrepancy"),
        "time": observation.get("time", 10.0),
        "sampler": plain.get("sampler", {}),
    }


def read_toml(path: Path) -> dict[str, Any]:
    """Return what a TOML file holds."""
    try:
        return read_toml_file(path)
    except TomlProblem as problem:
        raise StudyError(f"{path} {problem}") from None


def find_study_file(source: "str | Path") -> Path:
    """Return the path of a study file, that of the shipped one of that name, or ``NAME.toml`` where it says NAME.

    ``~`` is the home folder.
    """
    path, there = own_path(source), _shipped()
    if path.suffix.lower() in _TABLES:
        raise StudyError(
            f"'{source}' is a table of data, and no study: 'glassjax new NAME' with --kappa, --cp or --alpha {source} "
            "makes a study of it"
        )
    try:
        if path.is_file():
            return path
        if is_name(source) and str(path) in there:
            return there[str(path)]
        beside = path.with_name(f"{path.name}.toml") if path.name else path
        if beside.is_file():
            return beside
        if path.is_dir():
            raise _of_folder(path)
        if path.exists():
            raise StudyError(f"'{source}' is no regular file; name a TOML file")
    except OSError as error:
        raise StudyError(f"'{source}' names no file ({error.strerror}); name a TOML file") from None
    raise StudyError(
        f"there is no study file '{source}' and no shipped study of that name"
        f"{_nearest(path, there)}; shipped are {', '.join(sorted({*there} - {_TEMPLATE})) or 'none'}"
    )


def _of_folder(path: Path) -> StudyError:
    """Say that a folder is no study, and what may be meant."""
    if any((path / name).is_file() for name in ("posterior.nc", "maximum.nc")):
        return StudyError(
            f"'{path}' is a folder with a finished fit, and no study; give the study file it was made from, or "
            f"'glassjax report {path}' to see the fit"
        )
    inside = sorted(path.glob("*.toml"))
    such = f", such as '{inside[0]}'" if inside else ""
    return StudyError(f"'{path}' is a folder, and no study; name a TOML file in it{such}")


def _nearest(path: Path, there: Mapping[str, Path]) -> str:
    """Suggest a study file beside the one that is missing, or a shipped study."""
    beside = [entry for entry in path.parent.glob("*.toml") if entry != path and entry.is_file()]
    same = [str(entry) for entry in beside if entry.stem.casefold() == path.stem.casefold()]
    return suggest(path.stem, same) or suggest(path.stem, there) or suggest(str(path), map(str, beside))


def is_name(source: "str | Path") -> bool:
    """Whether somebody gave a name, of what is shipped or of a fit, and no path such as ``./NAME``."""
    text = str(source).rstrip("/\\")
    return bool(text) and text not in (".", "..", "~") and not any(mark in text for mark in "/\\")


def _glass(glass: Any, path: Path) -> Any:
    """Return a name, an existing path, or a `Glass` from a table of constants."""
    from ..datasets import list_glasses

    if isinstance(glass, Mapping):
        from ..glass import GLASS_CONSTANTS, Glass

        strict(glass, ("name", *GLASS_CONSTANTS), f"{path}: [glass]", "constant")
        missing = [name for name in GLASS_CONSTANTS if name not in glass and name != "fragility"]
        if missing:
            raise StudyError(f"{path}: [glass] needs {', '.join(missing)}")
        return Glass(**glass)
    if not isinstance(glass, str):
        raise StudyError(f"{path}: glass must be a name, a folder or a table of constants, not {glass!r}")
    beside = path.parent / glass
    if beside.exists():
        return str(beside)
    if is_name(glass) and glass not in list_glasses() and not Path(glass).exists():
        raise StudyError(
            f"{path}: no glass '{glass}' is shipped{suggest(glass, list_glasses())}, and there is no folder "
            f"'{beside}'; move it with the study, or correct the name"
        )
    return glass


def _data(plain: Mapping[str, Any], glass: Any, path: Path) -> list[DataSet] | None:
    """Read ``[[data]]``; without it, or where it does not say which rows, the glass's record decides."""
    from ..datasets import load_record, read_measurement

    if "data" not in plain:
        return None
    entries = plain["data"]
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        raise StudyError(f"{path}: data must be written as [[data]] tables, one for each file")
    record = load_record(glass) if isinstance(glass, str) else None
    listed = () if record is None else record.data
    of_glass = {entry.file.name: entry.file for entry in listed}
    trusted = {entry.file.resolve(): (entry.low, entry.high) for entry in listed}
    found = []
    for entry in entries:
        strict(entry, _DATA_KEYS, f"{path}: [[data]]", "key")
        if not isinstance(entry.get("file"), str):
            raise StudyError(f"{path}: a [[data]] table names no file")
        file = path.parent / entry["file"]
        if not file.is_file():
            if entry["file"] not in of_glass:
                raise StudyError(
                    f"{path}: there is no data file '{entry['file']}' beside the study or with the glass"
                    f"{suggest(entry['file'], of_glass)}"
                )
            file = of_glass[entry["file"]]
        quantity = entry.get("quantity")
        if quantity is not None and not (isinstance(quantity, str) and quantity in QUANTITIES):
            raise StudyError(
                f"{path}: unknown quantity '{quantity}'{suggest(str(quantity), QUANTITIES)}; "
                f"there are {', '.join(QUANTITIES)}"
            )
        molar_mass = entry.get("molar_mass", None if record is None else record.molar_mass)
        if isinstance(molar_mass, bool) or not isinstance(molar_mass, int | float | None):
            raise StudyError(f"{path}: molar_mass must be a number in g/mol, not {molar_mass!r}")
        measurement = read_measurement(file, quantity=quantity, molar_mass=molar_mass)
        low, high = trusted.get(file.resolve(), (0.0, float("inf")))  # of the glass's record
        bounds = entry.get("from", low), entry.get("to", high)
        try:
            found.append(DataSet(measurement, entry.get("role", "fit"), *bounds))
        except StudyError as error:
            usual = (
                f"; the record of the glass has its rows from {low:g} to {high:g} K, unless the study says "
                "'from' and 'to'"
                if (low, high) != (0.0, float("inf")) and not {"from", "to"} <= entry.keys()
                else ""
            )
            raise StudyError(f"{path}: {error}{usual}") from None
    return found


def strict(table: Mapping[str, Any], known: tuple[str, ...], where: str, what: str) -> None:
    """Refuse a key that is not ``known``, and suggest the nearest."""
    for key in table:
        if key not in known:
            raise StudyError(
                f"{where} has no {what} '{key}'{suggest(key, known)}; there are {', '.join(known)}"
            )


METHODS = ("bfgs", "levenberg-marquardt", "adam")
CHAIN_METHODS = ("automatic", "parallel", "vectorised")
_CHOICES = {"method": METHODS, "chain_method": CHAIN_METHODS}


@dataclass(frozen=True)
class Sampler:
    """Settings of a fit, and of its table ``[sampler]``.

    Parameters
    ----------
    starts : int
        Starts of the maximisation, spread over the central nine tenths of each prior.
    steps : int
        Most steps of one start.
    method : {"bfgs", "levenberg-marquardt", "adam"}
        How each start climbs; see `glassjax.fitting.maximise`.
    chains, warmup, draws : int
        Markov chains, steps of adaptation of each, draws kept of each.
    target_accept : float
        Acceptance rate the step size is tuned to. On silica 0.6 costs a third fewer gradients for as many effective
        draws, but now and then a trajectory runs up where α grows exponentially with c, and diverges.
    tree_depth : int
        Most doublings of a trajectory: at most 2^tree_depth − 1 gradients a draw.
    adapt_metric : bool
        Whether warmup re-estimates the mass matrix. Off by default: the Laplace covariance is the better one for a
        posterior near a Gaussian, and warmup then needs steps for the step size only. Allow 300 steps or more of warmup
        if on.
    chain_method : {"automatic", "parallel", "vectorised"}
        Whether chains run side by side in threads or as one batch. "automatic" is threads on the CPU, where a batch
        waits for its longest trajectory, and a batch on other devices.
    """

    starts: int = 6
    steps: int = 150
    method: str = "bfgs"
    chains: int = 4
    warmup: int = 150
    draws: int = 700
    target_accept: float = 0.85
    tree_depth: int = 8
    adapt_metric: bool = False
    chain_method: str = "automatic"

    @classmethod
    def parse(cls, spelling: "Mapping[str, Any] | Sampler | None") -> "Sampler":
        """Read the settings, refusing unknown ones."""
        if spelling is None:
            return cls()
        if not isinstance(spelling, (Sampler, Mapping)):
            raise StudyError(f"sampler must map settings to values, not be {spelling!r}")
        return spelling if isinstance(spelling, Sampler) else cls().replace(**spelling)

    def replace(self, **settings: Any) -> "Sampler":
        """Return these settings with some changed; None leaves one as it is."""
        known = asdict(self)
        changes = {name: value for name, value in settings.items() if value is not None}
        for name, value in changes.items():
            if name not in known:
                raise StudyError(
                    f"[sampler] has no key '{name}'{suggest(name, known)}; its keys are {', '.join(known)}"
                )
            if name == "target_accept":
                if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0.5 <= value < 1:
                    raise StudyError(f"sampler.target_accept must lie between 0.5 and 1, not {value!r}")
            elif name in _CHOICES:
                if value not in _CHOICES[name]:
                    raise StudyError(
                        f"sampler.{name} has no choice {value!r}{suggest(str(value), _CHOICES[name])}; "
                        f"there are {', '.join(_CHOICES[name])}"
                    )
            elif name == "adapt_metric":
                if not isinstance(value, bool):
                    raise StudyError(f"sampler.adapt_metric must be true or false, not {value!r}")
            elif isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise StudyError(f"sampler.{name} must be a whole number of at least 1, not {value!r}")
        return replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        return asdict(self)
