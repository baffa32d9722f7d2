"""Files that a disk or a transfer has damaged: each is refused in a sentence, or read as it was written."""

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from glassjax import GlassjaxError

from .record import Attack

SEED = 5
PLACES, FLIPS = 20, 200

Outcome = tuple[int, list[str]]
"""How many damaged files were tried, and what went wrong, in words."""


def cuts(content: bytes, places: int = PLACES) -> Iterator[bytes]:
    """Yield the content cut short: nothing, ``places`` lengths evenly, all but a byte."""
    yield b""
    for place in range(1, places):
        yield content[: len(content) * place // places]
    yield content[:-1]


def flips(content: bytes, number: int = FLIPS, seed: int = SEED) -> Iterator[bytes]:
    """Yield the content with one byte changed, at random places."""
    rng = np.random.default_rng(seed)
    for place in rng.integers(0, len(content), number).tolist():
        yield content[:place] + bytes([content[place] ^ int(rng.integers(1, 256))]) + content[place + 1 :]


def boundaries(path: Path) -> Iterator[bytes]:
    """Yield an NPZ file cut at the beginning of each of its members, and of its directory."""
    content = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        ends = [info.header_offset for info in archive.infolist()] + [archive.start_dir]
    for end in ends:
        yield content[:end]


def refused_or_same(
    path: Path, damaged: Sequence[bytes], read: Callable[[], Any], *, always: bool = False
) -> Outcome:
    """Write each damaged content to ``path`` and ``read`` it; the file is restored in the end.

    ``read`` returns what compares equal to its answer for the sound file, or raises a `GlassjaxError` of one line;
    with ``always`` it must raise.
    """
    original = path.read_bytes()
    sound, faults = read(), []
    try:
        for number, content in enumerate(damaged):
            path.write_bytes(content)
            try:
                if read() != sound:
                    faults.append(f"damage {number} of {path.name} is not noticed")
                elif always:
                    faults.append(f"damage {number} of {path.name} is read")
            except GlassjaxError as error:
                if "\n" in str(error):
                    faults.append(f"damage {number} of {path.name} takes more than a sentence")
            except Exception as error:
                faults.append(f"damage {number} of {path.name}: {type(error).__name__}: {error}")
    finally:
        path.write_bytes(original)
    return len(damaged), faults


def checkpoint(folder: Path, number: int = FLIPS, places: int = PLACES) -> Outcome:
    """Damage each file of a checkpoint: cut it, change bytes, put other files in its place."""
    import jax

    from glassjax.fitting.checkpoint import Checkpoint

    study, settings, chains = kept_run(folder)

    def read() -> list[Any]:
        kept = Checkpoint(folder)
        with kept.running(study, settings, 1):
            found = kept.maximum(study)
            answer: list[Any] = [None if found is None else found.coordinate.tolist()]
            for number, chain in chains.items():
                restored = kept.restore(number, chain)
                leaves = jax.tree.leaves((restored.state[0], restored.kept))
                answer.append([restored.done, [np.asarray(leaf).tolist() for leaf in leaves]])
            return answer

    others = [b"\x89PNG\r\n", b"PK\x03\x04", (folder / "maximum.npz").read_bytes()]
    tried, faults = 0, []
    for path in sorted(folder.glob("*.*")):
        content = path.read_bytes()
        damaged = [*cuts(content, places), *flips(content, number)]
        damaged += [other for other in others if other != content]
        if path.suffix == ".npz":
            damaged += list(boundaries(path))[:: max(1, PLACES // places)]
        found = refused_or_same(path, damaged, read)
        tried, faults = tried + found[0], faults + found[1]
    plain = json.loads((folder / "run.json").read_text())
    versions = [json.dumps(plain | {"format": "glassjax checkpoint 9"}).encode()]
    for package in ("glassjax", "jax", "numpy"):
        machinery = plain["run"]["machinery"] | {package: "0.0.1"}
        versions.append(json.dumps(plain | {"run": plain["run"] | {"machinery": machinery}}).encode())
    found = refused_or_same(folder / "run.json", versions, read, always=True)
    return tried + found[0], faults + found[1]


def kept_run(folder: Path) -> Any:
    """Begin a run of a toy, interrupt it when both chains are kept; return its study, settings and chains."""
    from glassjax.fitting.checkpoint import Checkpoint
    from tests.inference.test_checkpoint import study_of_two

    study = study_of_two()
    settings = study.sampler.replace(chains=2, warmup=30, draws=40)
    kept, offers = Checkpoint(folder, every=0.0), {}
    offer = kept.offer

    def offer_and_stop(number: int, chain: Any, *, now: bool = False) -> None:
        offer(number, chain, now=True)
        offers[number] = chain
        if set(offers) == {0, 1}:
            raise InterruptedError

    kept.offer = offer_and_stop  # type: ignore[method-assign]
    try:
        study.sample(seed=1, chains=2, warmup=30, draws=40, progress=False, checkpoint=kept)
    except InterruptedError:
        return study, settings, offers
    raise AssertionError("the run was not interrupted")


def result(path: Path, number: int = FLIPS, places: int = PLACES) -> Outcome:
    """Damage a result: whatever byte it is, it is noticed."""
    from glassjax.loading import load_result

    damaged = [*cuts(path.read_bytes(), places), *flips(path.read_bytes(), number)]
    seal = len(b"\nglassjax sha256 ") + 65

    def read() -> Any:
        return [
            (
                group.path,
                name,
                entry.values.tobytes() if entry.dtype.kind in "fiub" else entry.values.tolist(),
            )
            for group in load_result(path).tree.subtree
            for name, entry in group.variables.items()
        ]

    found = refused_or_same(path, damaged, read)
    # a byte of the seal itself may change: then the file counts as one without, and its content is as it was
    inside = [content for content in damaged if content[-seal:] == path.read_bytes()[-seal:]]
    strict = refused_or_same(path, inside, read, always=True)
    return found[0], [*found[1], *strict[1]]


LOADER = """
import sys
from pathlib import Path
import tests.inference.toys
from glassjax import GlassjaxError
from glassjax.results import load_result
for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        load_result(path)
        print(path.name, "read", flush=True)
    except GlassjaxError as error:
        print(path.name, "refused" if "\\n" not in str(error) else "lines", flush=True)
"""


def unsealed(path: Path, folder: Path, number: int = FLIPS) -> tuple[Outcome, int]:
    """Damage a result of an earlier version, which has no seal; also return how many damaged files are read."""
    content = path.read_bytes()
    content = content[: content.rindex(b"\nglassjax sha256 ")]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    damaged = [*cuts(content), *flips(content, number)]
    for index, one in enumerate(damaged):
        (folder / f"{index:04d}.nc").write_bytes(one)
    done = subprocess.run(
        [sys.executable, "-c", LOADER, str(folder)], capture_output=True, text=True, check=False, timeout=500
    )
    answers = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    faults = [f"unsealed {name}: {answer}" for name, answer in answers.items() if answer == "lines"]
    if len(answers) < len(damaged):
        faults.append(f"the reader died at file {len(answers)}: {done.stderr.strip().splitlines()[-1:]}")
    read = [name for name, answer in answers.items() if answer == "read"]
    faults += [f"unsealed {name}, cut short, is read" for name in read if int(name[:4]) < PLACES + 1]
    return (len(damaged), faults), len(read)


def parts(folder: Path, number: int = FLIPS) -> Outcome:
    """Damage a chunk of a batch and a table of materials."""
    import pandas as pd

    from glassjax.batches import output
    from glassjax.batches.table import open_table

    rng = np.random.default_rng(SEED)
    frame = pd.DataFrame({"R": rng.uniform(50, 300, 500), "name": [f"glass {i}" for i in range(500)]})
    import pyarrow as pa
    import pyarrow.parquet as pq

    chunk, table = folder / "part-000000.parquet", folder / "t.parquet"
    pq.write_table(pa.Table.from_pandas(frame), chunk, write_page_checksum=True)
    pq.write_table(pa.Table.from_pandas(frame), table, write_page_checksum=True)
    tried, faults = 0, []
    for path, read in (
        (chunk, lambda: output._read(chunk, names=list(frame)).to_pydict()),
        (table, lambda: [row.cells for row in open_table(table).rows()]),
    ):
        content = path.read_bytes()
        found = refused_or_same(path, [*cuts(content), *flips(content, number)], read)
        tried, faults = tried + found[0], faults + found[1]
    return tried, faults


def rows(folder: Path, number: int = FLIPS) -> Outcome:
    """Damage what a campaign keeps: its rows, which campaign it is, and the row beside a result."""
    from glassjax.campaigns import task
    from glassjax.campaigns.folder import CampaignFolder
    from glassjax.run_folder import sealed

    run = {"count": 30, "studies": "ab" * 32, "seed": None}
    kept = CampaignFolder(folder, again="continue", discard="discard", elsewhere="elsewhere")
    rng = np.random.default_rng(SEED)
    made = [
        {"index": i, "study": f"toy-{i}", "status": "done", "slope": float(rng.normal()), "error": ""}
        for i in range(30)
    ]
    with kept.running(run, 0):
        kept.append(made)
    orders = task.Orders("digest", "0", False, None, {}, False, False, "")
    (folder / "fits").mkdir()
    (folder / "fits" / task.ROW).write_text(sealed({"campaign": "digest", "row": made[3]}))

    def read() -> Any:
        with kept.running(run, 0, resume=True):
            return list(kept.rows())

    def beside() -> Any:
        found = task._kept_row(folder / "fits", orders)
        if found is None:  # it is fitted again
            raise GlassjaxError("fitted again")
        return found

    tried, faults = 0, []
    for path, reader in (
        (folder / "campaign.json", read),
        (folder / "rows.jsonl", read),
        (folder / "fits" / task.ROW, beside),
    ):
        content = path.read_bytes()
        short = [] if path.suffix == ".jsonl" else list(cuts(content))  # cut lines are fitted again
        found = refused_or_same(path, [*short, *flips(content, number)], reader)
        tried, faults = tried + found[0], faults + found[1]
    return tried, faults


def attacks(folder: Path) -> list[Attack]:
    """Everything above, in full."""
    import jax

    from tests.inference.test_checkpoint import study_of_two

    jax.config.update("jax_enable_x64", True)
    found = checkpoint(folder / "checkpoint", 100)
    path = study_of_two().sample(seed=1, chains=2, warmup=30, draws=40, progress=False).save(folder / "p.nc")
    sealed = result(path, 1000)
    old, read = unsealed(path, folder / "old")
    tables, kept = parts(folder), rows(folder / "campaign")
    return [
        _told(
            "checkpoint cut, changed, of another version or another file", found, "refused, with the remedy"
        ),
        _told(
            "result (NetCDF) cut at 20 places, or one byte changed",
            sealed,
            "refused; changed numbers were read as if nothing had happened, until files got a seal (SHA-256) at "
            "their end",
        ),
        _told(
            "the same, of an earlier version without a seal",
            old,
            f"cut ones are refused; {read} of {FLIPS} with a changed byte are read, as HDF5 sees no difference",
        ),
        _told(
            "parquet: chunk of a batch, table of materials",
            tables,
            "refused or read as it was; pages of chunks and results have checksums since a changed number went by",
        ),
        _told(
            "rows of a campaign, its description, the row beside a result",
            kept,
            "refused with the line, or fitted again; rows have a checksum since a changed digit went by",
        ),
    ]


def _told(what: str, found: Outcome, seen: str) -> Attack:
    tried, faults = found
    return Attack(
        what, tried, "files", len(faults), seen + (f"; failed: {'; '.join(faults[:4])}" if faults else "")
    )
