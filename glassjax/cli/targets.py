"""What a command is about: a finished fit, a study or a glass, found by what people type.

A path means what is there. A bare name means, in this order where a command takes them all: the fit in
``results/NAME``, the study ``NAME.toml``, and what is shipped under that name; where there are several, the choice is
said.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from ..disk import folder_name, own_path
from ..errors import GlassjaxError, suggest
from .files import Stake, digest
from .interrupt import interruptible
from .progress import working

if TYPE_CHECKING:
    from ..inference.study import Study
    from ..results.base import Result

__all__ = [
    "COMPARED",
    "FITS",
    "FITTED",
    "GLASSES",
    "Meant",
    "find",
    "find_fit",
    "is_glass",
    "load",
    "request_stake",
    "tell_shipped",
]

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


def find(target: str, kinds: Sequence[str]) -> Meant:
    """Return what ``target`` means, the first of the ``kinds`` that there is; say so where it is not obvious.

    Kinds are "result" (also of the name of a folder in ``results``), "here" (a result at this path only), "study" (a
    file, also without its ending), "shipped" (a study by its name), and "glass".
    """
    found = {
        kind: place for kind in dict.fromkeys((*kinds, "result", "study")) for place in _places(target, kind)
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
        click.echo(f"'{target}' is taken as the {_WORDS[taken]} '{source}'{beside}", err=True)
    return Meant({"here": "result", "shipped": "study"}.get(taken, taken), source)


def tell_shipped(study: str) -> None:
    """Say that a name means the shipped study where there is a file NAME.toml too."""
    shipped, own = list(_places(study, "shipped")), list(_places(study, "study"))
    if shipped and own and own != [study]:
        click.echo(f"'{study}' is taken as the shipped study; there is also the file '{own[0]}'", err=True)


def _only_named(target: str) -> bool:
    from ..results.storage import result_file

    return result_file(own_path(target)) is None


def _places(target: str, kind: str) -> Iterator[str]:
    """Yield where there is something of a kind: one place or none."""
    from ..datasets import list_glasses
    from ..inference.study_file import is_name, list_populations, list_studies
    from ..results.storage import result_file

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
    from ..datasets import list_glasses
    from ..inference.study_file import list_studies
    from ..results.storage import FILES

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
    return f"there is no {words} '{target}'{near}; give {give}{names}"


def _fit_of(study: str) -> Path | None:
    """Return the folder in ``results`` that the fit of a study file goes to, if there is one."""
    from ..inference.study_file import read_toml
    from ..results.storage import result_file

    name = str(read_toml(Path(study)).get("name", Path(study).stem))
    folder = RESULTS / folder_name(name, "study")
    return folder if result_file(folder) is not None else None


def load(meant: Meant) -> "Study | Result":
    """Read a study or a result that was found."""
    from ..comparison import find_target

    return find_target(meant.source)


def find_fit(target: str, bars: bool, names: Sequence[str] = ()) -> "Result":
    """Return a result as it is, and the maximum of a study, which is looked for once ``names`` are seen to be free."""
    from ..inference.study_file import find_study_file, is_population, read_toml
    from ..population import Population
    from ..results.base import Result

    meant = find(target, FITTED[:3])
    if meant.kind == "study" and is_population(read_toml(find_study_file(meant.source))):
        raise _of_one_glass(target)
    found = load(meant)
    study = found.study if isinstance(found, Result) else found
    if isinstance(study, Population):
        raise _of_one_glass(target)
    for name in names:
        if name not in study.free:
            raise GlassjaxError(
                f"'{name}' is not free in study '{study.name}'{suggest(name, study.free)}; "
                f"free are {', '.join(study.free)}"
            )
    if isinstance(found, Result):
        return found
    click.echo(f"fitting {study.name} by {type(study.theory).__name__} ...", err=True)
    with working(bars, "looking for the maximum"):
        return interruptible(study.maximise)


def is_glass(target: str) -> bool:
    """Whether a target is a glass, and neither a fit nor a study."""
    found = {kind for kind in FITTED if list(_places(target, kind))}
    return found == {"glass"}


def request_stake(target: str) -> Stake:
    """Return the stake of the command that is running: all that it was asked for, and what its target is now."""
    from ..campaigns.sources import Source, fingerprint_of

    context = click.get_current_context()
    left_out = ("out", "force", "as_json", "bars")
    asked = {name: value for name, value in context.params.items() if name not in left_out}
    files = [place for kind in FITTED for place in _places(target, kind) if Path(place).is_file()]
    return Stake(
        digest([context.command.name, asked, fingerprint_of([Source("", file) for file in files[:1]])])
    )


def _of_one_glass(target: str) -> GlassjaxError:
    return GlassjaxError(
        f"'{target}' is of a population of several glasses, and this is about one; give one of its members"
    )
