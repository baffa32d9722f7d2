"""Where a new study and its glass go: nothing is overwritten unasked, and both appear or neither."""

import shutil
from pathlib import Path

from ..datasets.measurement import QUANTITIES
from ..errors import GlassjaxError

__all__ = ["put_in_place", "refuse_existing"]

_MOST = 100  # files of a quantity


def refuse_existing(out: Path, name: str, force: bool) -> None:
    """Refuse a study or folder of this name that exists; with ``force`` only one that holds what is not ours."""
    study, folder = out / f"{name}.toml", out / name
    there = [path for path in (study, folder) if path.exists()]
    if there and not force:
        raise GlassjaxError(f"'{there[0]}' exists already; choose another name, or replace it with --force")
    for path, wrong in ((study, study.is_dir()), (folder, folder.exists() and not folder.is_dir())):
        if wrong:
            raise GlassjaxError(f"'{path}' is in the way; move it, or choose another name")
    if folder.exists():
        foreign = sorted(entry.name for entry in folder.iterdir() if entry.name not in _ours(name))
        if foreign:
            raise GlassjaxError(
                f"'{folder}' holds '{foreign[0]}', which glassjax new did not write and would be lost; "
                "move it, or choose another name"
            )


def _ours(name: str) -> set[str]:
    """Return the files that a folder of ours consists of."""
    endings = ("", *(f"-{k}" for k in range(2, _MOST)))
    return {
        "glass.toml",
        f"{name}.png",
        *(f"{quantity}{ending}.csv" for quantity in QUANTITIES for ending in endings),
    }


def put_in_place(work: Path, out: Path, name: str) -> None:
    """Move folder and study from ``work`` to ``out``; what they replace goes back if either move fails."""
    folder, earlier = out / name, work / "earlier"
    if folder.exists():
        folder.rename(earlier)
    try:
        (work / name).rename(folder)
        (work / f"{name}.toml").replace(out / f"{name}.toml")
    except BaseException:
        if folder.exists():
            folder.rename(work / "failed")
        if earlier.exists():
            earlier.rename(folder)
        raise
    shutil.rmtree(earlier, ignore_errors=True)
