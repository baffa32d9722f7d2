"""Short form of the attacks of `tests.reliability.input`: every bad file in Python, a share of them by command."""

import os

import pytest

from glassjax.plain_text import control_in, one_line
from tests.reliability.corpus import FOLDER, cases, command_fault, reader_fault
from tests.reliability.fuzz import TARGETS, fuzz
from tests.reliability.input import with_commands

pytestmark = pytest.mark.skipif(os.name == "nt", reason="alarms and pipes of POSIX")

ALL = list(cases().values())
RESULTS = [case for case in ALL if case.room == "result"]  # half a second each
SOME = [*(case for case in ALL if case.room != "result"), *RESULTS[::4]]
TRIES = {"results": 3, "parquet tables": 12, "tables of materials": 12, "texts of a result": 25}


def test_the_table_names_every_file_and_no_other():
    files = {
        f"{room.name}/{entry.name}" for room in (FOLDER / "corpus").iterdir() for entry in room.iterdir()
    }
    from tests.bad_input.made import MADE

    assert files | set(MADE) == set(cases())
    assert len(cases()) >= 200


@pytest.mark.parametrize("room", ["data", "study", "glass", "spreadsheet", "table", "result"])
def test_bad_files_are_refused_with_their_sentence(room, tmp_path):
    wrong = {}
    for number, case in enumerate(entry for entry in SOME if entry.room == room):
        folder = tmp_path / str(number)
        folder.mkdir()
        fault = reader_fault(case, folder)
        if fault:
            wrong[case.name] = fault
    assert wrong == {}


@pytest.mark.parametrize("case", with_commands()[::12], ids=lambda case: case.name)
def test_commands_say_the_same_and_write_nothing(case, tmp_path):
    for name in ("given", "place"):
        (tmp_path / name).mkdir()
    assert command_fault(case, tmp_path / "given", tmp_path / "place") == ""


@pytest.mark.slow
def test_all_bad_files_by_all_commands(tmp_path):
    wrong = {}
    for number, case in enumerate([*with_commands(), *RESULTS]):
        given, place = tmp_path / f"{number}-given", tmp_path / f"{number}-place"
        given.mkdir()
        place.mkdir()
        fault = reader_fault(case, given) if case in RESULTS else command_fault(case, given, place)
        if fault:
            wrong[case.name] = fault
    assert wrong == {}


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.what)
def test_damaged_files_are_read_or_refused(target):
    tries = TRIES.get(target.what, 50)
    outcome = fuzz(target, 1, tries=tries)
    assert outcome.faults == {}
    assert outcome.tried == tries


def test_a_reader_that_raises_is_noticed():
    """The attack itself can fail: a reader with each of the faults is told."""

    def reader(path):
        content = path.read_bytes()
        if len(content) % 3 == 0:
            path.with_name("left.part").touch()
        if len(content) % 3 == 1:
            raise KeyError("x")

    outcome = fuzz(TARGETS[0]._replace(read=reader), 1, tries=30)
    assert {fault.partition(":")[0] for fault in outcome.faults} == {"KeyError", "left behind"}


def test_text_of_others_is_one_printable_line():
    assert one_line("a\x1b[31m\nb\u202ec") == r"a\x1b[31m\nb\u202ec"
    assert one_line("κ ≈ 10⁻³ W/(m K)\u00a0…") == "κ ≈ 10⁻³ W/(m K)\u00a0…"
    assert len(one_line("\x00" * 10**5)) < 2000
    assert control_in({"a": ["fine\nlines", {"b": "x\x07"}]}) == r"x\x07"
    assert control_in({"a": [1, None, "ω"]}) == ""
