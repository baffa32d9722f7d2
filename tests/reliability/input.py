"""Bad input: the corpus through readers and commands, and damaged files without end.

``python -m tests.reliability.input --minutes N`` runs all of the corpus, then damages files for N minutes, and keeps
the record.
"""

import argparse
import itertools
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

os.environ.setdefault("JAX_PLATFORMS", "cpu")  # before jax starts

from .corpus import ELSEWISE, Case, cases, command_fault, reader_fault
from .explorer import requests_fuzzed
from .fuzz import TARGETS, Outcome, fuzz
from .readers import ROOMS
from .record import Attack, keep

__all__ = ["with_commands"]

SEED = 9
FOUND = {
    "data files": "refusals quoted control characters and 10⁵ letters; they are one printable line now (errors)",
    "spreadsheets": "control characters of a file reached the terminal; they are read as spaces now (intake.file_text)",
    "studies": "whole numbers of hundreds of digits, brackets nested 3,000 deep and names of 5,000 letters ended in a "
    "traceback; TOML is read in one place now, which refuses them (toml)",
    "values of a study": "a theory's option as a text, a list or a date was taken, and a molar mass as a text raised "
    "TypeError; both are refused (problem.materials, problem.study_file)",
    "glasses": "as studies; a data file's name of 400 letters raised OSError (datasets.shelf)",
    "values of a glass": "as studies",
    "ties": "a null byte was quoted as it is",
    "results": "a draw of 10³⁰⁰ overflowed in the summary, and is refused since; h5netcdf printed a traceback of its "
    "own behind the sentence; a file is opened by h5py first (results.stored)",
    "texts of a result": "whatever was changed in the stored study came out in the middle of something; a result is "
    "asked for all it holds when it is read (results.stored)",
    "requests to the explorer": "websockets without a page's token made Bokeh print a traceback; they are refused "
    "before (explorer.visitors)",
}
"""What gave way, and how it was mended."""


def with_commands() -> list[Case]:
    """Return the cases that a command of their room reads first of all."""
    return [case for case in cases().values() if ROOMS[case.room].command and case.name not in ELSEWISE]


def _faults(chosen: Sequence[Case], fault: Callable[[Case, Path], str]) -> list[str]:
    found = []
    for case in chosen:
        with tempfile.TemporaryDirectory() as folder:
            wrong = fault(case, Path(folder))
        if wrong:
            found.append(f"{case.name}: {wrong}")
            print(found[-1], flush=True)
    return found


def _in_place(case: Case, folder: Path) -> str:
    with tempfile.TemporaryDirectory() as place:
        return command_fault(case, folder, Path(place))


def _corpus() -> Iterator[Attack]:
    labels = {
        "data": ("data files", "tables of a million columns took minutes; more than 1,000 are refused"),
        "study": ("studies", "a pipe, a device and a name of 5,000 letters get a sentence now"),
        "glass": ("glass.toml", "as studies"),
        "spreadsheet": ("spreadsheets for glassjax new", "lines of more than 10⁵ letters are refused"),
        "table": (
            "tables of materials",
            "a pipe or an endless device named .csv was read without end; a million columns took minutes to compare",
        ),
        "result": (
            "results",
            (
                "a stored theory 'glassjax.__main__:main' ran the command line, as any module of the package was "
                "imported; only those of the named theories are now"
            ),
        ),
    }
    for room, (what, finding) in labels.items():
        chosen = [case for case in cases().values() if case.room == room]
        wrong = _faults(chosen, reader_fault)
        yield Attack(f"corpus: {what}, read in Python", len(chosen), "kinds", len(wrong), finding)
    chosen = with_commands()
    wrong = _faults(chosen, _in_place)
    finding = "exit code 2, the same sentence on one line, nothing written"
    yield Attack("corpus: read by a command", len(chosen), "kinds", len(wrong), finding)


def _damaged(minutes: float, seed: int) -> Iterator[Attack]:
    share = 60 * minutes / (len(TARGETS) + 1)
    runs: list[tuple[str, Callable[[], Outcome]]] = [
        (target.what, lambda target=target: fuzz(target, seed, seconds=share)) for target in TARGETS
    ]
    runs.append(("requests to the explorer", lambda: requests_fuzzed(seed, seconds=share)))
    for what, run in runs:
        outcome = run()
        failed = sum(outcome.faults.values())
        for fault, count in outcome.faults.items():
            print(f"{what}: {count} × {fault}", flush=True)
        read = f"{outcome.accepted:,} were read, the others refused"
        finding = f"{read}; {FOUND[what]}" if what in FOUND else read
        yield Attack(f"damaged at random: {what}", outcome.tried, "tries", failed, finding)


def main() -> None:
    """Run all of it and keep the record."""
    import jax

    import tests.inference.toys  # noqa: F401  whose theory the sound result is of

    jax.config.update("jax_enable_x64", True)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    clock = time.monotonic()
    attacks = []
    for attack in itertools.chain(_corpus(), _damaged(options.minutes, options.seed)):
        print(attack, flush=True)
        attacks.append(attack)
    keep(
        "input",
        "Bad input",
        attacks,
        command=f"python -m tests.reliability.input --minutes {options.minutes:g}",
        seconds=time.monotonic() - clock,
        seed=options.seed,
        summary="A reader fails if it raises anything but a sentence, takes more than 30 s of processor (20 s for a "
        "damaged file), leaves a file behind, or says something else than `tests/bad_input/sentences.tsv` has. Damaged "
        "files are valid ones with bits flipped, parts cut, repeated and spliced in from others, numbers, words and "
        "values put for others, and encodings changed.",
    )


if __name__ == "__main__":
    main()
