"""Which studies a campaign fits: shipped names, TOML files, folders of them, and studies made in Python.

A study is not read here, only found and fingerprinted: reading is left to the workers, as 10⁶ studies take hours to
read, and one that cannot be read stops no other.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

from ..disk import folder_name, own_path
from ..errors import GlassjaxError
from ..toml import read_toml_file

if TYPE_CHECKING:
    from ..study import Study

Spelling = Union[str, Path, "Study"]


@dataclass(frozen=True, slots=True)
class Source:
    """One study of a campaign.

    Attributes
    ----------
    name : of its folder and its row, distinct within the campaign
    file : path of its TOML file, or ""
    plain : a study made in Python as plain values, or None
    module : where the class of its theory is, if it was made in Python
    """

    name: str
    file: str
    plain: dict[str, Any] | None = None
    module: str = ""


def find_sources(studies: Iterable[Spelling]) -> list[Source]:
    """Return every study meant, folders opened; names that occur twice get a number.

    Raises
    ------
    GlassjaxError
        If a name or a path is of nothing, a folder holds no study, or none is given.
    """
    found: list[Source] = []
    taken: dict[str, int] = {}
    for study in studies:
        for source in _meant(study):
            name, count = source.name, taken.get(source.name, 0)
            while count and f"{name}-{count + 1}" in taken:
                count += 1
            taken[name] = count + 1
            if count:
                name = f"{name}-{count + 1}"
                taken[name] = 1
            found.append(Source(name, source.file, source.plain, source.module))
    if not found:
        raise GlassjaxError("a campaign needs at least one study")
    return found


def _meant(study: Spelling) -> Iterable[Source]:
    if not isinstance(study, (str, Path)):
        yield _made(study)
        return
    path = own_path(study)
    if path.is_dir() and not path.with_name(f"{path.name}.toml").is_file():
        files = sorted(path.glob("*.toml"))
        if not files:
            raise GlassjaxError(f"the folder '{path}' holds no study; give one with TOML files in it")
    else:
        from ..problem.study_file import find_study_file

        files = [find_study_file(study)]
    folder = {file.parent: file.parent.resolve() for file in files[:1]}
    for file in files:
        yield Source(folder_name(file.stem, "study"), str(folder[file.parent] / file.name))


def _made(study: "Study") -> Source:
    from ..study import Study

    if not isinstance(study, Study):
        raise GlassjaxError(
            f"a campaign fits studies, their names, files and folders of them, not {type(study).__name__}"
        )
    module = type(study.theory).__module__
    if module == "__main__":
        raise GlassjaxError(
            f"the theory {study.theory_name} is defined in the script that runs, where workers cannot import it; "
            "put it into a module"
        )
    return Source(folder_name(study.name, "study"), "", study.to_dict(), module)


def fingerprint_of(sources: Iterable[Source]) -> str:
    """Digest of everything the studies say, the data files and glasses that lie beside them included."""
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source.name.encode())
        if source.plain is not None:
            digest.update(json.dumps(source.plain, sort_keys=True).encode())
        else:
            for part in _files(Path(source.file)):
                digest.update(hashlib.sha256(_content(part)).digest())
    return digest.hexdigest()


def _files(path: Path) -> list[Path]:
    """Return a study file and what it names beside it; what cannot be read is left for the worker to report."""
    found = [path]
    try:
        plain = read_toml_file(path)
        entries = plain.get("data", [])
        found += [path.parent / entry["file"] for entry in entries if (path.parent / entry["file"]).is_file()]
        glass = plain.get("glass")
        if isinstance(glass, str):
            found += _of_folder(path.parent / glass)
    except (ValueError, KeyError, TypeError, AttributeError, OSError):
        pass
    return found


@cache
def _of_folder(folder: Path) -> tuple[Path, ...]:
    """Files of a glass of one's own."""
    return tuple(sorted(part for part in folder.glob("*") if part.suffix in (".toml", ".csv")))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
