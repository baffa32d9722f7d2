"""What is compared: shipped studies of a glass by several theories, studies, and fits already finished."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..disk import distinct, folder_name
from ..errors import FitError, GlassjaxError, StudyError, UnstableSpectrumError, suggest
from ..fitting.checkpoint import POSTERIOR, Checkpoint
from ..loading import load_result
from ..results import Draws, Maximum
from ..results.result import Result
from ..targets import COMPARED, load, resolve

if TYPE_CHECKING:
    from ..fitting.checkpoint import Checkpoint
    from ..results.result import Result
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


class FinishedCheckpoint(Checkpoint):
    """A checkpoint that keeps the result once the run is finished."""

    def finish(self, result: Draws) -> None:
        """Keep the result of the run in place of its maximum and chains."""
        if not self.complete:
            result.save(self.folder / POSTERIOR)
        self.remove_files()

    def finished(self) -> Draws | None:
        """Return the result that `finish` kept, if it did."""
        if not self.complete:
            return None
        try:
            result = load_result(self.folder / POSTERIOR)
        except GlassjaxError:
            raise self.damaged(POSTERIOR) from None
        if not isinstance(result, Draws):
            raise self.damaged(POSTERIOR)
        return result


class KeptFits:
    """A folder with a sub-folder for every target that is fitted.

    A sub-folder holds the `Checkpoint` of a fit while it is sampled, and its ``posterior.nc`` afterwards; ``run.json``
    beside it tells of which study, settings, seed and versions it is.

    Parameters
    ----------
    folder : Path
        Made when a fit begins, and gone after `remove`.
    targets : sequence of Study or Result
        Those with draws are finished and not kept.
    quick, seed, chains, warmup, draws : optional
        Of the fits, as in `fit_target`.
    discard, elsewhere : str
        How errors tell the user to give up what is kept, and to keep it in another place.
    """

    def __init__(
        self,
        folder: Path,
        targets: "Sequence[Study | Result]",
        *,
        seed: int,
        quick: bool = False,
        chains: int | None = None,
        warmup: int | None = None,
        draws: int | None = None,
        discard: str,
        elsewhere: str,
    ) -> None:
        self.folder, self.targets, self.seed, self.quick = folder, tuple(targets), seed, quick
        self.settings: Mapping[str, int | None] = (
            {"chains": 1, "draws": QUICK_DRAWS}
            if quick
            else {"chains": chains, "warmup": warmup, "draws": draws}
        )
        self.discard = discard
        names = distinct([folder_name(study_of_target(target).name, "study") for target in targets])
        self.checkpoints = {
            index: FinishedCheckpoint(folder / name, discard=discard, elsewhere=elsewhere)
            for index, (name, target) in enumerate(zip(names, targets, strict=True))
            if not isinstance(target, Draws)
        }

    @property
    def begun(self) -> bool:
        """Whether a comparison was begun here and not finished."""
        return any(FinishedCheckpoint(path).begun for path in self._folders())

    @property
    def worthwhile(self) -> bool:
        """Whether anything would be lost with it."""
        return bool(self._filled())

    def _folders(self) -> list[Path]:
        return sorted(path for path in self.folder.glob("*") if path.is_dir())

    def _filled(self) -> list[FinishedCheckpoint]:
        """Everything of worth, by whichever comparison."""
        kept = map(FinishedCheckpoint, self._folders())
        return [entry for entry in kept if entry.complete or entry.worthwhile]

    def has(self, index: int) -> bool:
        """Whether the fit of a target is finished and kept."""
        return index in self.checkpoints and self.checkpoints[index].complete

    def describe(self) -> str:
        """Say what is kept."""
        parts = [
            f"{'' if kept.complete else 'part of '}the fit '{kept.folder.name}'" for kept in self._filled()
        ]
        return " and ".join(parts)

    def check(self) -> None:
        """Refuse what is kept of another comparison, before any work is done."""
        ours = {entry.folder for entry in self.checkpoints.values()}
        kept = [entry.folder for entry in self._filled()]
        others = [path.name for path in kept if path not in ours]
        if others:
            raise GlassjaxError(
                f"'{self.folder}' keeps an unfinished comparison with other targets, '{others[0]}' among them; "
                f"{self.discard}"
            )
        for index, checkpoint in self.checkpoints.items():
            if checkpoint.folder in kept:
                study = study_of_target(self.targets[index])
                checkpoint.check(study, study.sampler.replace(**self.settings), self.seed)
                found = checkpoint.finished()
                if found is not None and (found.kind == "laplace") != self.quick:
                    how = "with chains" if self.quick else "by --quick"
                    raise GlassjaxError(
                        f"'{checkpoint.folder}' keeps a fit that was made {how}; {self.discard}"
                    )

    def fit(self, index: int, *, progress: bool | None = None) -> Draws:
        """Return the draws of a target: finished before, or continued from what is kept, or new, and keep them."""
        target, checkpoint = self.targets[index], self.checkpoints.get(index)
        if checkpoint is None:
            return fit_target(target)
        found = checkpoint.finished()
        if found is None:
            study = study_of_target(target)
            try:
                with checkpoint.running(study, study.sampler.replace(**self.settings), self.seed):
                    found = fit_target(
                        target,
                        seed=self.seed,
                        quick=self.quick,
                        progress=progress,
                        checkpoint=checkpoint,
                        **self.settings,
                    )
                    checkpoint.finish(found)
            finally:
                with suppress(OSError):  # unless something is kept
                    self.folder.rmdir()
        return found

    def remove(self) -> None:
        """Forget the comparison, because it is finished or given up."""
        for path in self._folders():
            FinishedCheckpoint(path).remove()
            with suppress(OSError):  # what is not ours stays
                (path / "lock").unlink(missing_ok=True)
                path.rmdir()
        with suppress(OSError):
            self.folder.rmdir()
