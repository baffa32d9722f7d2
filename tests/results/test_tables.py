"""The table as pandas and LaTeX have it."""

import math
from pathlib import Path

import pytest

from glassjax.results.table import dataframe, escape, latex_table, latex_value
from tests.inference.test_maximise import linear_study
from tests.results.test_results import CHAINS, ROWS

HERE = Path(__file__).parent
SYMBOLS = (r"\varsigma", "c", r"\gamma_0", "B", "b", r"\rho")
TABLE = [
    {**row, "symbol": symbol, "level": 0.89, "prior": "uniform"}
    for row, symbol in zip(ROWS, SYMBOLS, strict=True)
]


@pytest.fixture(scope="module")
def best():
    return linear_study(name="50%_toy").maximise(starts=1)


def test_latex_reads_as_pinned():
    text = latex_table(TABLE, caption="All kinds of rows.", label="tab:toy")
    assert text == (HERE / "table.tex").read_text(encoding="utf-8")


def row(estimate, low, high, sd, limit=None):
    return {"estimate": estimate, "low": low, "high": high, "sd": sd, "limit": limit}


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        (row(155.2, 49.1, 352.4, 104.0), "$155^{+197}_{-106}$"),
        (row(0.4, 0.3, 0.5, 0.05), "$0.400^{+0.100}_{-0.100}$"),
        (row(-2.4e-11, -1.7e-10, 1.3e-10, 9.8e-11), r"$(-0.24^{+1.54}_{-1.46})\times 10^{-10}$"),
        (row(3.25e7, 3.05e7, 3.45e7, 1.3e6), r"$(3.25^{+0.20}_{-0.20})\times 10^{7}$"),
        (row(0.03, None, 0.0942, 0.026, "upper"), r"$< 0.094$ (95\,\%)"),
        (row(6e-12, None, 2.1e-11, 7e-12, "upper"), r"$< 2.10\times 10^{-11}$ (95\,\%)"),
        (row(1.0, 1.5, 2.5, 0.5), "$1.00$ ($1.50$ to $2.50$)"),
        (row(2200.0, None, None, None), "$2200$"),
        (row(1.5e-9, None, None, None), r"$1.5 \times 10^{-9}$"),
        (row(1.0, 1.0, 1.0, 0.0), "$1$"),
    ],
)
def test_values_in_latex(entry, text):
    assert latex_value(entry) == text


def test_latex_of_a_result_has_a_caption_that_names_it(best):
    text = best.to_latex(label="tab:toy")
    assert r"\caption{Parameters of PowerLaw fitted to 50\%\_toy: the maximum" in text
    assert r"89\,\% equal-tailed intervals" in text
    assert r"\label{tab:toy}" in text
    assert best.to_latex(caption="$E = mc^2$").count(r"\caption{$E = mc^2$}") == 1
    bare = best.to_latex(caption="")
    assert r"\begin{table}" not in bare
    assert bare.count(r"\\") == 1 + 3


def test_everything_special_is_escaped():
    assert escape(r"a_b^2 & 5% $x$ {y} #1 ~ \n <z>") == (
        r"a\_b\textasciicircum{}2 \& 5\% \$x\$ \{y\} \#1 \textasciitilde{} \textbackslash{}n \textless{}z\textgreater{}"
    )


def test_letters_that_latex_does_not_know_become_commands():
    assert escape("ξ/a of Λ-SiO₂, m²") == (
        r"\ensuremath{\xi}/a of \ensuremath{\Lambda}-SiO\textsubscript{2}, m\textsuperscript{2}"
    )
    assert escape("⁻¹") == r"\textsuperscript{\ensuremath{-}}\textsuperscript{1}"
    assert escape("Αο é µ") == "Ao é µ"  # Greek capital alpha and omicron look Latin


def test_data_frame_has_one_row_a_parameter(best):
    frame = best.to_dataframe()
    assert list(frame.index) == list(best.study.free)
    assert frame.loc["slope", "estimate"] == best.best["slope"]
    assert frame["low"].dtype == float
    assert frame.loc["slope", "prior"] == "normal, 0.5 ± 0.3"


def test_missing_numbers_of_a_data_frame_are_nan():
    frame = dataframe([entry | CHAINS for entry in TABLE])
    assert math.isnan(frame.loc["c", "low"])
    assert frame.loc["c", "limit"] == "upper"
    assert frame.loc["density", ["low", "high", "sd"]].isna().all()
    assert frame.loc["B", "rhat"] == 1.0031
