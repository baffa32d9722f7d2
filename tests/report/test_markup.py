import pytest
from markupsafe import Markup

from glassjax.glass import GLASS_CONSTANTS
from glassjax.results.report.markup import linked, number, symbol, unit
from glassjax.theory import get_theory, list_theories


@pytest.mark.parametrize(
    ("mathtext", "html"),
    [
        ("c", "<i>c</i>"),
        (r"\omega_c", "<i>ω</i><sub><i>c</i></sub>"),
        ("T_g/T_D", "<i>T</i><sub><i>g</i></sub>/<i>T</i><sub><i>D</i></sub>"),
        (r"a_{\kappa}", "<i>a</i><sub><i>κ</i></sub>"),
        (r"\varsigma", "<i>ς</i>"),
        ("A_1", "<i>A</i><sub>1</sub>"),
        (r"\ell_{C}^{2}", "ℓ<sub><i>C</i></sub><sup>2</sup>"),
        (r"\Lambda_{\mathrm{max}}", "<i>Λ</i><sub>max</sub>"),
        (r"\bar{P}", "<i>P\u0304</i>"),
        ("a < b", "<i>a</i> &lt; <i>b</i>"),
    ],
)
def test_symbols(mathtext, html):
    assert symbol(mathtext) == html


@pytest.mark.parametrize("mathtext", [r"\frac{a}{b}", "a_", "a}", "{a", "a^", r"\nonsense"])
def test_a_symbol_that_is_not_understood_gives_way_to_the_name(mathtext):
    assert symbol(mathtext, "gamma<0>") == "gamma&lt;0&gt;"
    assert symbol(mathtext) == Markup.escape(mathtext)


@pytest.mark.parametrize("theory", list_theories())
def test_every_symbol_of_the_package_is_understood(theory):
    symbols = [parameter.symbol for parameter in get_theory(theory).parameters()]
    for mathtext in symbols + [entry[0] for entry in GLASS_CONSTANTS.values()]:
        assert symbol(mathtext, "unknown") != "unknown"


def test_units_raise_their_exponents():
    assert unit("kg/m3") == "kg/m<sup>3</sup>"
    assert unit("1/K4") == "1/K<sup>4</sup>"
    assert unit("<b>") == "&lt;b&gt;"


def test_numbers_have_true_signs_and_powers():
    assert number("-2.40e-11") == "−2.40\u202f×\u202f10<sup>−11</sup>"
    assert number("1.5e+07 … 2e7").count("10<sup>7</sup>") == 2
    assert number("0.28 … 0.49") == "0.28 … 0.49"
    assert number("heat-capacity <1>") == "heat-capacity &lt;1&gt;"
    assert number("at -8.4, 0.25-0.5") == "at −8.4, 0.25-0.5"


def test_citations_link_addresses_and_dois_only():
    html = linked("Cryogenics 46, doi:10.1016/j.cryogenics.2006.05.006, see https://example.org/a?b=1&c=2.")
    assert '<a href="https://doi.org/10.1016/j.cryogenics.2006.05.006" rel' in html
    assert '<a href="https://example.org/a?b=1&amp;c=2" rel' in html
    assert html.endswith("</a>.")
    assert linked("Annu. Rev. 39, 93 (1988)") == "Annu. Rev. 39, 93 (1988)"


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", 'https://a.b/"onclick="x', "javascript:alert(1)", "doi:10.1234/<b>"]
)
def test_no_citation_becomes_markup(text):
    html = linked(text)
    assert "<script" not in html
    assert "<b>" not in html
    assert '"onclick' not in html
    assert 'href="javascript' not in html
