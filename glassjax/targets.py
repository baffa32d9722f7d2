"""What is meant by a name or a path: a finished fit, a study or a glass, found by what people type.

A path means what is there. A bare name means, in this order where a caller takes them all: the fit in
``results/NAME``, the study ``NAME.toml``, and what is shipped under that name; where there are several, the choice is
said.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from .disk import folder_name, own_path
from .errors import GlassjaxError, suggest

if TYPE_CHECKING:
    from .results.result import Result
    from .study import Study

RESULTS = Path("results")
FITS = ("result",)
COMPARED = ("here", "study", "shipped", "result")
FITTED = ("result", "study", "shipped", "glass")
GLASSES = ("glass", "study", "shipped", "result")
_WORDS = {"result": "fit", "here": "fit", "study": "study", "shipped": "shipped study", "glass": "glass"}


class Meant(NamedTuple):
    """What is meant, and where it is.

    Attributes
    ----------
    kind : "result", "study" or "glass"
    source : path of a NetCDF file, a TOML file or a glass.toml's folder; or the name of what is shipped
    """

    kind: str
    source: str


def resolve(target: str, kinds: Sequence[str], say: Callable[[str], object] = lambda words: None) -> Meant:
    """Return what ``target`` means, the first of the ``kinds`` that there is; ``say`` so where it is not obvious.

    Kinds are "result" (also of the name of a folder in ``results``), "here" (a result at this path only), "study" (a
    file, also without its ending), "shipped" (a study by its name), and "glass".

    Raises
    ------
    GlassjaxError
        If there is none of them.
    """
    found = {
        kind: place for kind in dict.fromkeys((*kinds, "result", "study")) for place in places(target, kind)
    }
    path = own_path(target)
    try:
        is_file, is_folder = path.is_file(), path.is_dir()
    except OSError:  # a name longer than the system has
        is_file = is_folder = False
    taken = next((kind for kind in kinds if kind in found), None)
    if tuple(kinds) == FITS and is_file and path.suffix.lower() != ".toml":
        taken, found["result"] = "result", str(path)
    if taken is None:
        raise GlassjaxError(_missing(target, kinds, found, is_folder))
    source = found[taken]
    others = {
        f"the {_WORDS[kind]} '{place}'"
        for kind, place in found.items()
        if kind in kinds and kind not in (taken, "here") and place != source
    }
    if not is_file and (others or (taken == "result" and _only_named(target))):
        beside = f"; there is also {' and '.join(sorted(others))}" if others else ""
        say(f"'{target}' is taken as the {_WORDS[taken]} '{source}'{beside}")
    return Meant({"here": "result", "shipped": "study"}.get(taken, taken), source)


def load(meant: Meant) -> "Study | Result":
    """Read a study or a result that was found."""
    from .loading import load_result
    from .study import Study

    return load_result(meant.source) if meant.kind == "result" else Study.load(meant.source)


def _only_named(target: str) -> bool:
    from .results.storage import result_file

    return result_file(own_path(target)) is None


def places(target: str, kind: str) -> Iterator[str]:
    """Yield where there is something of a kind: one place or none."""
    from .datasets import list_glasses
    from .problem.study_file import is_name, list_populations, list_studies
    from .results.storage import result_file

    path, named = own_path(target), is_name(target)
    name = str(path)
    try:
        if kind in ("result", "here"):
            file = result_file(path)
            if file is not None and not path.is_dir() and path.suffix.lower() != ".nc":
                file = None
            if file is None and kind == "result" and named:
                file = result_file(RESULTS / path) if (RESULTS / path).is_dir() else None
            if file is not None:
                yield str(file)
        elif kind == "study":
            beside = path.with_name(f"{path.name}.toml") if path.name else path
            if path.is_file() and path.suffix.lower() != ".nc" and path.name != "glass.toml":
                yield name
            elif beside.is_file():
                yield str(beside)
        elif kind == "shipped":
            if named and name in (*list_studies(), *list_populations()):
                yield name
        elif (
            (named and name in list_glasses()) or (path / "glass.toml").is_file() or path.name == "glass.toml"
        ):
            yield name
    except OSError:  # a name longer than the system has
        return


def _missing(target: str, kinds: Sequence[str], found: dict[str, str], is_folder: bool) -> str:
    """Say what there is not, and what may be meant."""
    from .datasets import list_glasses
    from .problem.study_file import is_name, list_studies
    from .results.storage import FILES

    path = own_path(target)
    if path.suffix.lower() == ".nc":
        kinds = FITS
    what = {
        "result": "the folder that glassjax fit wrote, or a NetCDF file",
        "study": "a TOML file",
        "shipped": "the name of a shipped study",
        "glass": "the name of a shipped glass or a glass.toml",
    }
    give = ", ".join(words for kind, words in what.items() if kind in kinds)
    if "study" in found and "study" not in kinds:
        fit = _fit_of(found["study"])
        there = f"; its fit is in '{fit}'" if fit else f": fit it first, by 'glassjax fit {found['study']}'"
        return f"'{target}' is a study, and no result{there}"
    if is_folder:
        holds = " or ".join(FILES) if "result" in kinds else "study"
        return f"'{target}' holds no {holds}; give {give}"
    shipped = {
        name
        for kind, names in (("glass", list_glasses), ("shipped", list_studies))
        if kind in kinds
        for name in names()
    }
    fits = [entry.name for entry in RESULTS.glob("*") if entry.is_dir()] if "result" in kinds else []
    beside = [str(entry) for entry in path.parent.glob("*.toml")] if "study" in kinds else []
    known = [*shipped, *fits, *beside]
    words = " or ".join(
        dict.fromkeys(_WORDS[kind].replace("shipped ", "").replace("fit", "result") for kind in kinds)
    )
    names = f" ({', '.join(sorted(shipped, key=str.lower))})" if shipped else ""
    near = suggest(path.name if shipped or fits else str(path), known)
    lost = "result" in kinds and is_name(target) and not RESULTS.is_dir()
    folder = f" (and no folder '{RESULTS}' in '{Path.cwd()}')" if lost else ""
    return f"there is no {words} '{target}'{near}{folder}; give {give}{names}"


def _fit_of(study: str) -> Path | None:
    """Return the folder in ``results`` that the fit of a study file goes to, if there is one."""
    from .problem.study_file import read_toml
    from .results.storage import result_file

    name = str(read_toml(Path(study)).get("name", Path(study).stem))
    folder = RESULTS / folder_name(name, "study")
    return folder if result_file(folder) is not None else None
