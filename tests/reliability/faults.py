"""Kills, full disks, damaged files, lost workers: `python -m tests.reliability.faults [AREA...]` writes the record.

Areas are those of `AREAS`; what an earlier run found of the others stays in the record. If none is given all are
attacked, for a new record.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from . import damage, disks
from .killing import Killed, begin, finish, killed_until_done, preload, processor_time, running
from .record import FOLDER, Attack, keep, load

SEED = 9
KILLS = 50
LIMIT = 1200.0  # s after which a command is killed no more

STUDY = """name = "tunnelling-{number}"
glass = "a-SiO2"
theory = "standard-tunnelling"
discrepancy = {{ kappa = {{ amplitude = {amplitude} }} }}

[[data]]
file = "kappa-cahill-pohl-1988.csv"
to = 2.0

[free]
strength = {{ distribution = "log-normal", median = 3e-4, spread = 0.7 }}
rayleigh = {{ distribution = "log-normal", median = 1000.0, spread = 2.0 }}

[sampler]
starts = 2
"""
FIT = ["fit", "study.toml", "--chains", "2", "--warmup", "100", "--draws", "300", "--no-progress"]
ROWS, FITS = 10_000, 24
BATCH = ["batch", "rows.csv", "--glass", "a-SiO2", "--quantity", "kappa", "--points", "12", "--no-progress"]
CAMPAIGN = ["campaign", "studies", "--workers", "1", "--no-progress"]


def alone(arguments: list[str], folder: Path) -> float:
    """Run a command that nothing happens to; return how many seconds of the processor it took, without its workers."""
    child = begin(arguments, folder)
    taken = 0.0
    while running(child):
        taken = processor_time(child)
        time.sleep(0.05)
    code = finish(child)
    if code not in (0, 1):
        raise RuntimeError(
            f"{arguments} left with {code}: {(folder.parent / f'{folder.name}.log').read_text()}"
        )
    return taken


def fit(folder: Path) -> list[Attack]:
    """`glassjax fit`, killed: draws bit for bit those of a fit that was not."""
    import glassjax as gj
    from tests.test_cli_resume import assert_same

    (folder / "study.toml").write_text(STUDY.format(number=0, amplitude=0.25))
    alone([*FIT, "--out", "alone"], folder)  # which compiles
    life = alone([*FIT, "--out", "alone"], folder)
    place = folder / "killed"
    place.mkdir()
    reference = gj.load_result(folder / "alone" / "tunnelling-0" / "posterior.nc")
    names = sorted(path.name for path in (folder / "alone" / "tunnelling-0").iterdir())

    def left() -> list[str]:
        ours = {"tunnelling-0", *names}
        return [path.name for path in place.rglob("*") if path.name not in ours]

    found = killed_until_done(
        [*FIT, "--out", "killed"],
        folder,
        place,
        lambda: assert_same(place / "tunnelling-0", reference),
        kills=KILLS,
        life=life,
        seed=SEED,
        left=left,
        until=time.monotonic() + LIMIT,
    )
    return [_killed("glassjax fit", found, "draws, maximum and predictive densities equal bit for bit")]


def batch(folder: Path) -> list[Attack]:
    """`glassjax batch` of 10⁴ rows, killed: the table equal row for row."""
    import pyarrow.parquet as pq

    rng = np.random.default_rng(SEED)
    columns = np.column_stack([rng.uniform(60, 400, ROWS), rng.uniform(20, 400, ROWS)])
    np.savetxt(folder / "rows.csv", columns, delimiter=",", header="R,B", comments="", fmt="%.6f")
    alone([*BATCH, "--out", "alone.parquet"], folder)
    life = alone([*BATCH, "--out", "alone.parquet"], folder)
    place = folder / "killed"
    place.mkdir()
    reference = pq.read_table(folder / "alone.parquet")
    assert reference.num_rows == ROWS

    def check() -> None:
        assert pq.read_table(place / "r.parquet").equals(reference), "the tables differ"

    found = killed_until_done(
        [*BATCH, "--out", "killed/r.parquet"],
        folder,
        place,
        check,
        kills=KILLS,
        life=life,
        seed=SEED + 1,
        left=lambda: [path.name for path in place.rglob("*") if path.name != "r.parquet"],
        until=time.monotonic() + LIMIT,
    )
    seen = (
        f"{ROWS:,} rows of κ, equal bit for bit; chunks that a kill left behind while a finished batch was being "
        "cleared away went into the next batch of that name as if they were its own, which is mended, and so is a "
        "temporary file that stayed"
    )
    return [_killed("glassjax batch", found, seen)]


def campaign(folder: Path) -> list[Attack]:
    """`glassjax campaign`, killed whole, or one of its workers: the table that of one that was not."""
    import pandas as pd

    from tests.campaigns.test_campaign import same

    (folder / "studies").mkdir()
    for number in range(FITS):
        path = folder / "studies" / f"tunnelling-{number}.toml"
        path.write_text(STUDY.format(number=number, amplitude=0.2 + 0.01 * number))
    alone([*CAMPAIGN, "--out", "alone"], folder)
    life = alone([*CAMPAIGN, "--out", "alone", "--fresh"], folder)
    place = folder / "killed"
    place.mkdir()
    reference = pd.read_parquet(folder / "alone" / "results.parquet")
    names = {path.name for path in (folder / "alone").rglob("*") if ".programs" not in path.parts}

    def left() -> list[str]:
        there = [path for path in place.rglob("*") if ".programs" not in path.parts]
        return [path.name for path in there if path.name not in names]

    found = killed_until_done(
        [*CAMPAIGN, "--out", "killed"],
        folder,
        place,
        lambda: same(pd.read_parquet(place / "results.parquet"), reference),
        kills=KILLS,
        life=life,
        seed=SEED + 2,
        left=left,
        anew=("--fresh",),
        worker_share=0.5,
        until=time.monotonic() + LIMIT,
    )
    seen = (
        f"{FITS} fits, each kill with even chance of a single worker or of all; rows equal to 10⁻⁹; files that a "
        "killed worker was writing stayed beside the results, and `--fresh` and a kill in the first moments left a "
        "folder that was refused as not a campaign's: mended"
    )
    return [_killed("glassjax campaign", found, seen)]


def _killed(command: str, found: Killed, seen: str) -> Attack:
    finding = (
        f"{found.writing} of them within 50 ms of a change on the disk; {found.runs} runs finished, {found.files} "
        f"files read between kills; {seen}"
    )
    if found.faults:
        finding += f"; failed: {'; '.join(found.faults[:5])}"
    return Attack(
        f"`{command}` killed by SIGKILL, then `--resume`", found.kills, "kills", len(found.faults), finding
    )


AREAS: dict[str, Callable[[Path], list[Attack]]] = {
    "fit": fit,
    "batch": batch,
    "campaign": campaign,
    "disks": disks.attacks,
    "files": damage.attacks,  # the last, for nothing can be forked after it
}


def main(areas: Sequence[str]) -> None:
    """Run the attacks of some areas, and put what they find into the record."""
    preload()
    if not areas:
        (FOLDER / "faults.json").unlink(missing_ok=True)
    begun = time.monotonic()
    for area in areas or AREAS:
        with tempfile.TemporaryDirectory(prefix="glassjax-faults-") as name:
            folder = Path(name) / area
            folder.mkdir()
            add(AREAS[area](folder), time.monotonic() - begun)
        begun = time.monotonic()


def add(attacks: Sequence[Attack], seconds: float) -> None:
    """Put attacks into the record, in place of earlier ones of the same name."""
    known: list[Attack] = []
    if (FOLDER / "faults.json").is_file():
        before = load("faults")
        seconds += before["seconds"]
        known = [Attack(**row) for row in before["attacks"]]
    names = [attack.what for attack in attacks]
    keep(
        "faults",
        "Faults",
        [*(attack for attack in known if attack.what not in names), *attacks],
        command="python -m tests.reliability.faults",
        seconds=seconds,
        seed=SEED,
        summary=SUMMARY,
    )


SUMMARY = (
    "What a machine does to a run: it kills it, fills the disk, takes the memory, damages files. A run that is killed "
    "and continued must end as one that was left alone, nothing half-written may be read, nothing may stay behind, and "
    "whatever cannot go on says so in one sentence and keeps what was finished."
)

if __name__ == "__main__":
    main(sys.argv[1:])
