"""Short forms of the attacks of `damage`: files that were cut, changed or exchanged."""

import json
import os

import pytest

from glassjax.run_folder import sealed, unsealed
from tests.inference.test_checkpoint import study_of_two

from . import damage

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and disks of POSIX")


def test_line_with_a_changed_digit_is_noticed():
    row = {"index": 3, "study": "Kieselgläser", "slope": 0.1 + 0.2, "error": None}
    line = sealed(row)
    assert unsealed(line) == row
    for wrong in (
        json.dumps(row),
        line.replace("crc32", "crc33"),
        line.replace("0.3", "0.4"),
        line.replace("3,", "4,", 1),
        line[:-1],
        "[]",
        "7",
    ):
        with pytest.raises(ValueError, match=r"."):
            unsealed(wrong)


def test_damaged_checkpoint(tmp_path):
    tried, faults = damage.checkpoint(tmp_path / "run", 4, 3)
    assert tried > 30
    assert not faults


def test_damaged_result(tmp_path):
    path = study_of_two().maximise().save(tmp_path / "p.nc")
    tried, faults = damage.result(path, 20, 5)
    assert tried > 20
    assert not faults


def test_result_without_a_seal_is_read_as_it_is(tmp_path):
    from glassjax import load_result

    best = study_of_two().maximise()
    path = best.save(tmp_path / "p.nc")
    content = path.read_bytes()
    path.write_bytes(content[: content.rindex(b"\nglassjax sha256 ")])
    assert load_result(path).tree["maximum"].to_dataset().equals(best.tree["maximum"].to_dataset())


@pytest.mark.parametrize("what", [damage.parts, damage.rows])
def test_damaged_tables(what, tmp_path):
    tried, faults = what(tmp_path, 40)
    assert tried > 100
    assert not faults
