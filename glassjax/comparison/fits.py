"""What is compared: shipped studies of a glass by several theories, studies, and fits already finished."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import FitError, GlassjaxError, StudyError, UnstableSpectrumError, suggest
from ..results import Draws, Maximum
from ..results.result import Result
from ..targets import COMPARED, load, resolve

if TYPE_CHECKING:
    from ..fitting.checkpoint import Checkpoint
    from ..study import Study

QUICK_DRAWS = 2000  # around a maximum
FIRST = "lubchenko-wolynes"  # the theory of a shipped study that bears the name of its glass alone


def shipped_studies(glass: str, theories: Sequence[str]) -> list[str]:
    """Names of the shipped studies of a ``glass`` by each of the ``theories``.

    Raises
    ------
    GlassjaxError
        If there is no such glass or theory, or no study of this glass by it.
    """
    from ..datasets import list_glasses
    from ..problem.study_file import list_studies
    from ..theory import list_theories

    glasses = list_glasses()
    if glass not in glasses:
        raise GlassjaxError(
            f"no glass '{glass}' is shipped{suggest(glass, glasses)}; there are {', '.join(glasses)}"
        )
    known, studies = list_theories(), list_studies()
    there = [theory for theory in known if _study_name(glass, theory) in studies]
    for theory in theories:
        if theory not in known:
            raise GlassjaxError(f"no theory '{theory}'{suggest(theory, known)}; there are {', '.join(known)}")
        if theory not in there:
            raise GlassjaxError(
                f"no study of {glass} by '{theory}' is shipped; there are those by {', '.join(there) or 'none'}: "
                "write one and give its file"
            )
    return [_study_name(glass, theory) for theory in theories]


def _study_name(glass: str, theory: str) -> str:
    return glass if theory == FIRST else f"{glass}-{theory}"


def by_theory(file: str | Path, theory: str) -> "Study":
    """Return the study of a file, fitted by another ``theory`` to the same data.

    Data, errors, discrepancy and all that is said of the data and of constants that the theory needs stay. Its own
    parameters have the priors, and those constants that the glass leaves open are free, as ``glassjax new`` writes it.
    Where the file is by this theory, its study comes as it is.

    Raises
    ------
    GlassjaxError
        If there is no such theory, or it is one of the user's own, whose priors nobody but the user knows.
    """
    from ..glass import GLASS_CONSTANTS
    from ..intake.unknowns import CONSTANTS_USED, FIXED, unknowns
    from ..problem.materials import find_record
    from ..problem.naming import flatten, is_physical
    from ..problem.study_file import read_study
    from ..study import Study
    from ..theory import get_theory

    own = Study.load(file)
    get_theory(theory)
    if type(own.theory) is get_theory(theory):
        return own
    if theory not in CONSTANTS_USED:
        raise GlassjaxError(
            f"no priors are known for '{theory}': write its study and give the file; known are "
            f"{', '.join(CONSTANTS_USED)}"
        )
    arguments = read_study(file)
    record = find_record(arguments["glass"])
    quantities = set(own.quantities)
    constants = {name for quantity in quantities for name in CONSTANTS_USED[theory][quantity]}
    kept = {
        table: {
            name: value
            for name, value in flatten(arguments[table]).items()
            if name in constants or not is_physical(name)
        }
        for table in ("free", "parameters")
    }
    said = {name for table in ("free", "parameters") for name in flatten(arguments[table])}
    left_open = {
        name: {"distribution": "glass"}
        for name in GLASS_CONSTANTS
        if name in constants - said and record and name in record.constants and record.constants[name].prior
    }
    parameters = {name: value for name, value, of, _ in FIXED[theory] if quantities & set(of)}
    priors = {
        entry.name: dict(entry.prior)
        for entry in unknowns(theory, own.glass.density, own.glass.sound_speed)
        if quantities & set(entry.quantities)
    }
    return Study(
        **arguments
        | {
            "name": f"{own.name}-{theory}",
            "title": f"{own.title or own.name}, {theory}",
            "theory": theory,
            "free": kept["free"] | left_open | priors,
            "parameters": kept["parameters"] | parameters,
        }
    )


def find_target(target: Any) -> "Study | Result":
    """Return a study or a result: the object itself, or what a name, a file or a result's folder holds."""
    from ..study import Study

    if isinstance(target, (Study, Result)):
        return target
    if not isinstance(target, (str, Path)):
        raise StudyError(
            f"a comparison takes studies, results, and names or files of them, not {type(target).__name__}"
        )
    return load(resolve(str(target), COMPARED))


def study_of_target(target: "Study | Result") -> "Study":
    """Return the study of a target."""
    return target.study if isinstance(target, Result) else target


def fit_target(
    target: "Study | Result",
    *,
    seed: int = 0,
    quick: bool = False,
    chains: int | None = None,
    warmup: int | None = None,
    draws: int | None = None,
    progress: bool | None = None,
    checkpoint: "Checkpoint | None" = None,
) -> Draws:
    """Return draws from the posterior of a target; what is already drawn is not drawn again.

    Parameters
    ----------
    target : Study or Result
        A maximum is where the chains begin.
    seed : int
    quick : bool
        Draw around the maximum and weigh the draws (`Study.laplace`), in place of running chains.
    chains, warmup, draws : int, optional
        Of the chains; the study's own if not given.
    progress : bool, optional
        Whether to show a bar.
    checkpoint : Checkpoint, optional
        Keeps maximum and chains while they are unfinished; not of ``quick``.
    """
    if isinstance(target, Draws):
        return target
    study = study_of_target(target)
    start = target if isinstance(target, Maximum) else None
    if quick:
        return study.laplace(draws=QUICK_DRAWS, seed=seed, start=start)
    return study.sample(
        seed=seed,
        chains=chains,
        warmup=warmup,
        draws=draws,
        progress=progress,
        start=start,
        checkpoint=checkpoint,
    )


@dataclass(frozen=True, eq=False)
class Failure:
    """A study that could not be fitted, and the reason."""

    study: "Study"
    reason: str


def attempt(study: "Study", work: Callable[[], Draws]) -> Draws | Failure:
    """Fit a study by ``work``; where theory and priors give nothing to fit, return that in place of an error."""
    try:
        return work()
    except (FitError, UnstableSpectrumError, np.linalg.LinAlgError, ArithmeticError) as error:
        return Failure(study, str(error) or type(error).__name__)
