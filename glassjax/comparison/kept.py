"""The fits of an unfinished comparison on disk, so that one that was killed goes on where it was."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..disk import distinct, folder_name
from ..errors import GlassjaxError
from ..fitting.checkpoint import POSTERIOR, Checkpoint
from ..loading import load_result
from ..results import Draws
from .fits import QUICK_DRAWS, fit_target, study_of_target

if TYPE_CHECKING:
    from ..results.result import Result
    from ..study import Study


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
