"""What a user states about each data file: which file a value is for, what it changes, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

import glassjax as gj
from glassjax.errors import GlassjaxError
from glassjax.intake import Reading
from glassjax.intake.file_options import assign_options, with_options

ONE = [Path("lab/k1.csv")]
TWO = [Path("lab/k1.csv"), Path("k2.csv")]


def reading(**header):
    T = np.array([1.0, 2.0, 4.0, 8.0])
    value = 0.01 * T**1.8
    data = gj.Measurement(
        name="k1", quantity="kappa", temperature=T, value=value, error=0.04 * value, **header
    )
    return Reading(ONE[0], data, "W/(m K)", "K", 4, (), ())


@pytest.mark.parametrize(
    ("files", "text", "file"),
    [
        (ONE, "Zeller & Pohl 1971", 0),
        (ONE, "a = b", 0),
        (TWO, "lab/k1.csv=Zeller & Pohl 1971", 0),
        (TWO, "./lab/k1.csv=Zeller & Pohl 1971", 0),
        (TWO, "k1.csv=Zeller & Pohl 1971", 0),
        (TWO, "k2 = Zeller & Pohl 1971", 1),
    ],
)
def test_a_value_is_for_the_file_it_names(files, text, file):
    found = assign_options(files, {"citation": [text]})
    assert found[files[file]] == {"citation": text if text == "a = b" else "Zeller & Pohl 1971"}
    assert all(not stated for other, stated in found.items() if other != files[file])


@pytest.mark.parametrize(
    ("text", "share"), [("5%", 0.05), ("5 %", 0.05), ("0.05", 0.05), ("0,05", 0.05), ("0", 0.0)]
)
def test_scale_errors_are_shares(text, share):
    assert assign_options(ONE, {"scale-error": [text]})[ONE[0]] == {"scale-error": pytest.approx(share)}


@pytest.mark.parametrize(
    ("files", "options", "word"),
    [
        (TWO, {"class": ["curve"]}, "k1.csv=curve"),
        (ONE, {"citation": ["k7.csv=Zeller"]}, "k7.csv"),
        ([Path("a/k.csv"), Path("b/k.csv")], {"class": ["k.csv=curve"]}, "a/k.csv or b/k.csv"),
        (ONE, {"class": ["curve", "points"]}, "twice"),
        (ONE, {"class": ["curves"]}, "curve"),
        (ONE, {"class": ["fit"]}, "--degrees-of-freedom"),
        (ONE, {"class": ["points"], "degrees-of-freedom": ["3"]}, "points"),
        (ONE, {"class": ["fit"], "degrees-of-freedom": ["many"]}, "many"),
        (ONE, {"class": ["fit"], "degrees-of-freedom": ["0"]}, "0"),
        (ONE, {"scale-error": ["5"]}, "5%"),
        (ONE, {"scale-error": ["-0.1"]}, "-0.1"),
        (ONE, {"scale-error": ["500%"]}, "500%"),
        (ONE, {"scale-error": ["much"]}, "much"),
        (ONE, {"citation": [" "]}, "--citation"),
    ],
)
def test_what_is_not_clear_is_refused(files, options, word):
    with pytest.raises(GlassjaxError) as refused:
        assign_options(files, options)
    assert word in str(refused.value)


def test_what_is_stated_wins_and_is_said():
    found = with_options(
        reading(citation="Lab book 7", scale_error=0.02),
        {"class": "curve", "citation": "Zeller & Pohl 1971", "scale-error": 0.05},
    )
    data = found.measurement
    assert (data.kind, data.citation, data.scale_error) == ("curve", "Zeller & Pohl 1971", 0.05)
    assert data.error.tolist() == reading().measurement.error.tolist()
    assert "Lab book 7" in found.notes[0]
    assert "2 %" in found.notes[1]


def test_rows_of_a_fit_share_half_of_their_variance():
    """As `read_measurement` has it for a file that says `class: fit`."""
    data = with_options(reading(), {"class": "fit", "degrees-of-freedom": 3}).measurement
    assert (data.kind, data.degrees_of_freedom) == ("fit", 3)
    assert data.scale_error == pytest.approx(0.04 / np.sqrt(2))
    np.testing.assert_allclose(data.error / data.value, 0.04 / np.sqrt(2), rtol=1e-12)


def test_nothing_stated_changes_nothing():
    before = reading(citation="Lab book 7")
    assert with_options(before, {}) == before
