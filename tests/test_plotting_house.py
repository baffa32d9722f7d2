"""The house style: text stays text, widths of print, sources in a few words, limits that only data set."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from glassjax import plotting
from glassjax.datasets import Measurement
from glassjax.errors import GlassjaxError
from glassjax.plotting.fits import draw_data, source_labels

T = np.geomspace(0.1, 100.0, 12)


def measured(name="kappa-run-3", **kwargs):
    return Measurement(name=name, quantity="kappa", temperature=T, value=0.02 * T, error=0.001 * T, **kwargs)


@pytest.mark.parametrize(("ending", "mark"), [("svg", b"<text"), ("pdf", b"/FontFile2")])
def test_text_stays_text(tmp_path, ending, mark):
    ax = plotting.prediction(T, 0.02 * T, "kappa")
    own = tmp_path / f"own.{ending}"
    ax.figure.savefig(own)
    assert mark in own.read_bytes()
    assert mark in plotting.save(ax, tmp_path / f"saved.{ending}").read_bytes()


def test_save_refuses_what_it_cannot_write(tmp_path):
    ax = plotting.prediction(T, 0.02 * T, "kappa")
    with pytest.raises(GlassjaxError, match=r"kappa.xyz'; end its name in \.pdf"):
        plotting.save(ax, tmp_path / "kappa.xyz")
    with pytest.raises(GlassjaxError, match=r"No such file or directory.; choose another file"):
        plotting.save(ax, tmp_path / "missing" / "kappa.pdf")


@pytest.mark.parametrize(("width", "inches"), [("single", 3.4), ("double", 7.0), (5, 5.0), (None, 4.6)])
def test_figures_are_as_wide_as_asked(width, inches):
    with plotting.style(width):
        ax = plotting.prediction(T, 0.02 * T, "kappa")
    assert ax.figure.get_figwidth() == inches
    least = 6 if width else 7  # points
    ax.figure.canvas.draw()
    texts = [*ax.get_xticklabels(), *ax.get_legend().get_texts(), ax.xaxis.label, ax.title]
    assert all(text.get_fontsize() >= least for text in texts)


def test_a_width_that_is_none_is_refused():
    with (
        pytest.raises(GlassjaxError, match="no width 'singel', did you mean 'single'"),
        plotting.style("singel"),
    ):
        pass
    with pytest.raises(GlassjaxError, match="1 to 50 inches wide, not 340"), plotting.style(340):
        pass


def test_the_style_leaves_no_trace():
    import matplotlib

    before = dict(matplotlib.rcParams)
    with plotting.style("single"):
        assert matplotlib.rcParams["svg.fonttype"] == "none"
    assert dict(matplotlib.rcParams) == before


def test_the_style_is_found_by_its_name():
    import matplotlib.style

    with matplotlib.style.context("glassjax.plotting.house"):
        import matplotlib

        assert matplotlib.rcParams["pdf.fonttype"] == 42


@pytest.mark.parametrize(
    ("citation", "label"),
    [
        ("Cahill & Pohl, Annu. Rev. Phys. Chem. 39, 93 (1988) (compilation)", "Cahill & Pohl 1988"),
        ("Cahill, Rev. Sci. Instrum. 61, 802 (1990), Fig. 8", "Cahill 1990"),
        ("Anderson, Reese & Wheatley, Rev. Sci. Instrum. 34, 1386 (1963)", "Anderson et al. 1963"),
        ("Ackerman et al. (1984), Fig. 2, as quoted by others, Sec. VI", "Ackerman et al. 1984"),
        ("NIST Properties (Marquardt, Le & Radebaugh 2000/2002)", "NIST Properties"),
        ("this work", "this work"),
        ("", "kappa-run-3"),
    ],
)
def test_a_source_is_authors_and_year(citation, label):
    assert source_labels([measured(citation=citation)]) == [f"{label} (points)"]


def test_sources_that_look_alike_are_told_apart():
    both = [measured(name, citation="Cahill (1990)") for name in ("up", "down")]
    assert source_labels(both) == ["up (points)", "down (points)"]


def test_error_bars_do_not_widen_the_axes():
    """Limits of matplotlib's own lines through the ends of the bars."""
    one, other = Figure().subplots(), Figure().subplots()
    for ax in (one, other):
        ax.set(xscale="log", yscale="log")
    data = measured()
    draw_data(one, [data])
    for end in (-1, 1):
        other.plot(data.temperature, data.value + end * data.error)
    assert one.get_xlim() == pytest.approx(other.get_xlim())
    assert one.get_ylim() == pytest.approx(other.get_ylim())
