"""Commands whose machine fails them: signals, a second command, a folder that goes, a full disk, no memory.

Each must do its work or say in one sentence why not, and do it when it is called again.
"""

import os
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from .killing import begin, finish, processor_time, running
from .record import Attack

SEED = 6
TRIES = 8
ROWS = 6000
FIT = ["fit", "study.toml", "--chains", "1", "--warmup", "60", "--draws", "100", "--no-progress"]
BATCH = [
    "batch",
    "rows.csv",
    "--theory",
    "standard-tunnelling",
    "--glass",
    "a-SiO2",
    "--chunk",
    "64",
    "--no-progress",
]
TEMPERATURES = ["--points", "12", "--quantity", "kappa"]
RESULT = "tunnelling-0"


class Shop:
    """A folder with a table and a study; commands in it, and what they answered."""

    def __init__(self, folder: Path) -> None:
        from .faults import STUDY

        self.folder = folder
        rng = np.random.default_rng(SEED)
        columns = np.column_stack([10 ** rng.uniform(-4, -3, ROWS), rng.uniform(100, 5000, ROWS)])
        head = "strength,rayleigh"
        np.savetxt(folder / "rows.csv", columns, delimiter=",", header=head, comments="", fmt="%.8f")
        (folder / "study.toml").write_text(STUDY.format(number=0, amplitude=0.25))
        self.faults: list[str] = []
        self.tried = 0
        self.life: dict[str, float] = {}
        for what in dict(_moments(TRIES)):
            self.run(what, "alone")
            child = self.start(what, "alone")
            self.life[what] = 0.0
            while running(child):
                self.life[what] = processor_time(child)
                time.sleep(0.05)
            finish(child)

    @property
    def log(self) -> Path:
        """What the commands print."""
        return self.folder.parent / f"{self.folder.name}.log"

    def start(self, what: str, place: str, *options: str) -> int:
        """Begin a command that writes into the folder ``place``."""
        (self.folder / place).mkdir(exist_ok=True, parents=True)
        if what == "fit":
            return begin([*FIT, "--out", place, *options], self.folder)
        return begin([*BATCH, *TEMPERATURES, "--out", f"{place}/r.parquet", *options], self.folder)

    def run(self, what: str, place: str, *options: str) -> int:
        """Run a command to its end."""
        return finish(self.start(what, place, *options))

    def told(self, since: int) -> list[str]:
        """Sentences that glassjax printed since the log had that size, and tracebacks."""
        text = self.log.read_bytes()[since:].decode(errors="replace")
        return [line for line in text.splitlines() if line.startswith(("glassjax:", "Traceback"))]

    def size(self) -> int:
        """Size of the log."""
        return self.log.stat().st_size

    def expect(self, what: str, code: int, allowed: tuple[int, ...], since: int, name: str) -> None:
        """Note what is wrong with how a command ended: another code, a traceback, no sentence or more than one."""
        self.tried += 1
        said = self.told(since)
        if code not in allowed:
            self.faults.append(f"{name}, {what}: exit code {code} ({' '.join(said)[:160]})")
        elif code not in (0, 1) and (len(said) != 1 or not said[0].startswith("glassjax:")):
            self.faults.append(f"{name}, {what}: said {said}")

    def complete(self, what: str, place: str, name: str) -> None:
        """Call the command again, with --resume where it can, and compare with the one that was left alone."""
        if self.run(what, place, "--resume") not in (0, 1) and self.run(what, place) not in (0, 1):
            self.faults.append(f"{name}, {what}: cannot be continued")
            return
        if not self.same(what, place):
            self.faults.append(f"{name}, {what}: another result")
        left = [path.name for path in (self.folder / place).iterdir() if path.name.startswith(".")]
        if left:
            self.faults.append(f"{name}, {what}: leaves {left}")
        shutil.rmtree(self.folder / place)

    def same(self, what: str, place: str) -> bool:
        """Whether a result is that of the command that was left alone."""
        import pyarrow.parquet as pq

        from glassjax.loading import load_result

        one, other = self.folder / "alone", self.folder / place
        if what == "batch":
            return pq.read_table(one / "r.parquet").equals(pq.read_table(other / "r.parquet"))
        trees = [load_result(path / RESULT / "posterior.nc").tree for path in (one, other)]
        groups = ("posterior", "sample_stats", "maximum")
        return all(trees[0][group].to_dataset().equals(trees[1][group].to_dataset()) for group in groups)

    def until(self, child: int, what: str, share: float) -> bool:
        """Wait for that share of a command's life; whether it still runs."""
        moment = processor_time(child) + share * self.life[what]
        while running(child) and processor_time(child) < moment:
            time.sleep(0.01)
        return running(child)

    def attack(self, what: str, unit: str, seen: str) -> Attack:
        """Return what was found since the last one."""
        tried, faults = self.tried, self.faults
        self.tried, self.faults = 0, []
        finding = seen + (f"; failed: {'; '.join(faults[:4])}" if faults else "")
        return Attack(what, tried, unit, len(faults), finding)


def _moments(number: int) -> list[tuple[str, float]]:
    """Commands and shares of their life: batches, and a fit for every four."""
    rng = np.random.default_rng(SEED)
    return [("fit" if i % 4 == 3 else "batch", float(rng.uniform(0.1, 0.95))) for i in range(number)]


def signals(shop: Shop) -> Attack:
    """SIGTERM and SIGHUP."""
    for i, (what, share) in enumerate(_moments(TRIES)):
        number = (signal.SIGTERM, signal.SIGHUP)[i // 4 % 2 if i % 4 == 3 else i % 2]
        since, child = shop.size(), shop.start(what, "signal")
        if shop.until(child, what, share):
            os.kill(child, number)
        shop.expect(what, finish(child), (0, 1, 128 + number), since, number.name)
        shop.complete(what, "signal", number.name)
    seen = (
        "exit code 143 or 129 with a sentence on what is kept, where the process was ended without a word; continued, "
        "the result is the same"
    )
    return shop.attack("SIGTERM and SIGHUP at random moments", "signals", seen)


def together(shop: Shop) -> Attack:
    """Two commands write to one place at once."""
    for what, _ in _moments(TRIES):
        since = shop.size()
        pair = [shop.start(what, "both") for _ in range(2)]
        codes = sorted(finish(child) for child in pair)
        said = [line for line in shop.told(since) if "another process is working on" in line]
        shop.tried += 1
        waited = codes[0] in (0, 1) and codes[1] in (0, 1) and not said  # one began when the other had ended
        if not waited and (codes[0] not in (0, 1) or codes[1] != 2 or len(said) != 1):
            shop.faults.append(f"{what}: exit codes {codes}, {shop.told(since)}")
        if not shop.same(what, "both"):
            shop.faults.append(f"{what}: another result")
        shutil.rmtree(shop.folder / "both")
    seen = "the second is refused with exit code 2 and a sentence, the first ends as if alone"
    return shop.attack("two commands write to the same place at once", "pairs", seen)


def deleted(shop: Shop) -> Attack:
    """The output folder goes while the command runs."""
    for what, share in _moments(TRIES):
        since, child = shop.size(), shop.start(what, "gone")
        if shop.until(child, what, share):
            shutil.rmtree(shop.folder / "gone", ignore_errors=True)
        shop.expect(what, finish(child), (0, 1, 2), since, "deleted")
        shop.complete(what, "gone", "deleted")
    seen = "a batch, whose chunks are gone, says so with exit code 2; a fit makes it anew and ends"
    return shop.attack("output folder deleted while it is written to", "commands", seen)


def memory(shop: Shop) -> Attack:
    """RLIMIT_AS: no more memory than a part of what the command needs."""
    died = 0
    for share in np.linspace(0.3, 0.98, TRIES):
        since, child = shop.size(), shop.start("batch", "small")
        shop.until(child, "batch", float(share) / 4)
        used = int(Path(f"/proc/{child}/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.prlimit(child, resource.RLIMIT_AS, (int(used * (1 + 0.02 * share)),) * 2)
        code = finish(child)
        shop.tried += 1
        said = shop.told(since)
        if code not in (0, 1, 2):
            died += 1
            shop.faults.append(f"exit code {code}: {said}")
        if code in (0, 1, 2) and len(said) > 1:
            shop.faults.append(f"said {said}")
        shop.complete("batch", "small", "memory")
    ended = (
        f"{died} of them were ended by libraries without a word (abort, or exit code 127 of the dynamic linker), which "
        "Python cannot answer"
        if died
        else "a sentence, or an end as usual where the memory was enough"
    )
    seen = f"{ended}; continued with memory again, the result is the same"
    return shop.attack("address space cut (RLIMIT_AS) while a batch runs", "commands", seen)


def full(shop: Shop) -> Attack | None:
    """A small tmpfs that fills up at a random moment, or is made read-only."""
    place = shop.folder / "disk"
    for i, (what, share) in enumerate(_moments(TRIES)):
        place.mkdir(exist_ok=True)
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(place)], check=False, capture_output=True
        )
        if mounted.returncode:
            return None
        try:
            since, child = shop.size(), shop.start(what, "disk/out")
            if shop.until(child, what, share):
                _fill(place / "filler") if i % 2 else _remount(place, "ro")
            shop.expect(what, finish(child), (0, 1, 2), since, "full")
            _remount(place, "rw")
            (place / "filler").unlink(missing_ok=True)
            shop.complete(what, "disk/out", "full")
        finally:
            subprocess.run(["umount", "-l", str(place)], check=False)
    seen = "a sentence with exit code 2, or an end as usual where the room was reserved; with room again it goes on"
    return shop.attack("disk (tmpfs) full or read-only from a random moment on", "commands", seen)


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        try:
            for size in (1 << 20, 1 << 12):
                while file.write(b"\0" * size):
                    pass
        except OSError:
            return


def _remount(place: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(place)], check=False, capture_output=True)


ALL: tuple[Callable[[Shop], Attack | None], ...] = (signals, full, together, deleted, memory)


def attacks(folder: Path) -> list[Attack]:
    """Everything above, in full."""
    shop = Shop(folder)
    found = [attack(shop) for attack in ALL]
    return [attack for attack in found if attack is not None]
