"""What a command analyses: a glass with a theory's own parameters, a study, or a finished result."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import GlassjaxError, suggest
from .fit import working
from .interrupt import interruptible

if TYPE_CHECKING:
    from ..inference.study import Study
    from ..results.base import Result

__all__ = ["find_fit", "is_glass"]


def is_glass(target: str) -> bool:
    """Whether a target is a glass and no study: a shipped one without a study of its name, or a glass.toml."""
    from ..datasets import list_glasses
    from ..inference.study_file import list_studies

    path = Path(target)
    if path.name == "glass.toml" or (path.is_dir() and (path / "glass.toml").is_file()):
        return True
    return target in list_glasses() and target not in list_studies()


def find_fit(target: str, bars: bool, names: Sequence[str] = ()) -> "Result":
    """Return a result as it is, and the maximum of a study, which is looked for once ``names`` are seen to be free."""
    from ..comparison import find_target
    from ..datasets import list_glasses
    from ..inference.study_file import is_population, list_populations, list_studies, read_toml
    from ..population import Population
    from ..results.base import Result

    known = (*list_studies(), *list_glasses())
    path = Path(target)
    if target in list_populations() or (
        path.suffix == ".toml" and path.is_file() and is_population(read_toml(path))
    ):
        raise _of_one_glass(target)
    if not path.exists() and target not in known:
        raise GlassjaxError(
            f"there is no glass, study or result '{target}'{suggest(target, known)}; give the name of a shipped study "
            f"or glass ({', '.join(dict.fromkeys(known))}), a TOML file, or the folder that glassjax fit wrote"
        )
    found: Study | Result = find_target(target)
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


def _of_one_glass(target: str) -> GlassjaxError:
    return GlassjaxError(
        f"'{target}' is of a population of several glasses, and this is about one; give one of its members"
    )
