"""Constants as they are given, and what is expected of those that are not."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import glassjax as gj
from glassjax.datasets import load_record
from glassjax.errors import GlassjaxError
from glassjax.intake import KnownConstant, debye_mean, read_constant
from glassjax.intake.material import doubts, elastic_ratio, estimates, expansion_of_phonons

SILICA = {"glass_temperature": 1500.0, "debye_temperature": 342.0, "density": 2200.0, "sound_speed": 4100.0}


def known(**values):
    return {name: KnownConstant(value, 0.01 * value, True, "test") for name, value in values.items()}


@pytest.mark.parametrize(
    ("name", "text", "value", "uncertainty"),
    [
        ("glass_temperature", "1490±20", 1490.0, 20.0),
        ("glass_temperature", "1490 +/- 20 K", 1490.0, 20.0),
        ("glass_temperature", "1490 K ± 2 %", 1490.0, 29.8),
        ("glass_temperature", "378.2(15)", 378.2, 1.5),
        ("glass_temperature", "105 ± 2 °C", 378.15, 2.0),
        ("density", "2.2 g/cm3", 2200.0, None),
        ("density", "2,20(1) g/cm^3", 2200.0, 10.0),
        ("density", "2.2±0.01 g/cm³", 2200.0, 10.0),
        ("sound_speed", "5,97±0,01 km/s", 5970.0, 10.0),
        ("fragility", "30", 30.0, None),
    ],
)
def test_constants_are_read(name, text, value, uncertainty):
    found = read_constant(name, text, "a book")
    assert found.value == pytest.approx(value)
    assert found.stated == (uncertainty is not None)
    if uncertainty is not None:
        assert found.uncertainty == pytest.approx(uncertainty)
    assert 0 < found.uncertainty < found.value
    assert found.source == "a book"


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("glass_temperature", "hot", "--tg: 'hot' is not a positive number; write for example 1490±20"),
        ("glass_temperature", "1490±", "--tg: '1490±' is not understood; write for example 1490±20"),
        ("glass_temperature", "1,490", "--tg: '1,490' may be 1490 or 1.490; write it without thousands"),
        ("glass_temperature", "-3", "--tg: '-3' is not a positive number"),
        ("debye_temperature", "340±400", "--debye: the uncertainty 400 must be below the value 340"),
        (
            "density",
            "2.2",
            "--density: 2.2 kg/m3 lies outside what glasses have, 300 to 12000; did you mean 2.2 g/cm3?",
        ),
        ("density", "2200 K", "--density: 'K' is no unit of the density; write kg/m3, g/cm3"),
        ("sound_speed", "4100 m/s ± 0.1 km/s", "--sound: value and uncertainty are in different units"),
        ("fragility", "5000", "--fragility: 5000 lies outside what glasses have, 1 to 300; correct it"),
    ],
)
def test_what_no_glass_has_is_refused(name, text, words):
    with pytest.raises(GlassjaxError) as refused:
        read_constant(name, text, "")
    assert words in str(refused.value)


def test_debye_mean_of_silica():
    """5970 and 3760 m/s: 3/(5970⁻³ + 2·3760⁻³) = 4138.52³; its error by finite differences."""
    pair = KnownConstant(5970.0, 30.0, True, "a"), KnownConstant(3760.0, 20.0, True, "a")
    found = debye_mean(*pair)
    assert found.value == pytest.approx(4138.52, abs=0.01)

    def mean(cl, ct):
        return ((cl**-3 + 2 * ct**-3) / 3) ** (-1 / 3)

    slopes = (
        (mean(5971.0, 3760.0) - mean(5969.0, 3760.0)) / 2,
        (mean(5970.0, 3761.0) - mean(5970.0, 3759.0)) / 2,
    )
    assert found.uncertainty == pytest.approx(math.hypot(30 * slopes[0], 20 * slopes[1]), rel=1e-4)
    with pytest.raises(GlassjaxError, match="are they exchanged"):
        debye_mean(*pair[::-1])


@given(st.sets(st.sampled_from(sorted(SILICA))))
def test_silica_lies_within_what_is_expected_of_it(missing):
    """Whatever is missing, silica's own value lies within 2.8 spreads, the worst where nothing is known."""
    found = estimates(known(**{name: value for name, value in SILICA.items() if name not in missing}))
    assert found.keys() == missing
    for name, expected in found.items():
        assert abs(math.log(SILICA[name] / expected.median)) < 2.8 * expected.spread
        assert expected.reason.startswith("Not given. ")
        assert expected.reason.endswith(".")


def test_more_knowledge_narrows():
    nothing = estimates({})["debye_temperature"].spread
    some = estimates(known(glass_temperature=500.0))["debye_temperature"].spread
    law = estimates(known(glass_temperature=500.0, debye_temperature=130.0))["sound_speed"].spread
    assert nothing > some > law


def test_the_rule_is_that_of_the_glass():
    """k_B T_g/ρ c_s² a³ from the glass's own bead."""
    silica = gj.load_glass("a-SiO2")
    elastic = silica.density * silica.sound_speed**2 * silica.lattice_spacing**3
    wanted = math.sqrt(1.380649e-23 * silica.glass_temperature / elastic)
    assert elastic_ratio(*SILICA.values()) == pytest.approx(wanted, rel=1e-6)
    # a speed from the rule obeys it
    found = estimates(known(**{k: v for k, v in SILICA.items() if k != "sound_speed"}))["sound_speed"]
    assert elastic_ratio(*list(SILICA.values())[:3], found.median) == pytest.approx(0.1, rel=0.03)


def test_expansion_of_phonons_is_that_of_the_study_of_silica():
    assert expansion_of_phonons(2200.0, 4100.0) == pytest.approx(5e-11, rel=0.05)


def test_the_elastic_debye_temperature_is_noticed():
    assert doubts(known(**SILICA)) == []
    [doubt] = doubts(known(**{**SILICA, "debye_temperature": 494.0}))
    assert "1/5.2, where glasses have about 1/10: the Debye temperature is perhaps the elastic one" in doubt
    assert "T_g/T_D is 8.8" in doubts(known(glass_temperature=3000.0, debye_temperature=342.0))[0]
    for name in ("Pyrex", "Torlon"):
        record = load_record(name)
        assert doubts(known(**{key: c.best for key, c in record.constants.items()})) == []
