"""Derived quantities: against numbers obtained another way, and as rows of a result."""

import gzip
import json
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import constants as si

import glassjax as gj
from glassjax.lubchenko_wolynes import conductivity, laboratory, tunnelling
from glassjax.lubchenko_wolynes.counting import Counting
from glassjax.results.derived import derived_rows
from glassjax.results.report.contents import common_contents
from tests.inference.toys import measurement

PAPER = gj.Glass(
    name="silica of the paper",
    glass_temperature=1500.0,
    debye_temperature=342.0,
    density=2200.0,
    sound_speed=4100.0,
)


def of_the_paper(**fields):
    return {entry.name: entry for entry in gj.LubchenkoWolynes(**{"xi": 5.8, **fields}).derived(PAPER)}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("density_of_states", 6.04e45),  # the paper prints 6e45
        ("coupling", 1.13),  # of the order of eV
        ("ripplon_K", 51.0),
        ("ripplon_THz", 1.06),  # the paper prints 1 THz
    ],
)
def test_silica_has_the_numbers_of_the_paper(name, value):
    """The paper rounds: ξ = 20 Å in P̄ and a = 3.5 Å in γ, where a = c_s/ω_D (6π²)^{1/3} is 3.57 Å."""
    a = 4100.0 * si.hbar / (si.k * 342.0) * (6 * np.pi**2) ** (1 / 3)
    rounded = {"density_of_states": (5.8 * a / 20e-10) ** 3, "coupling": (3.5e-10 / a) ** 1.5}
    assert float(of_the_paper()[name].value) * rounded.get(name, 1.0) == pytest.approx(value, rel=4e-3)


def test_size_of_a_domain():
    assert float(of_the_paper()["domain_size"].value) == pytest.approx(
        2.07, abs=0.005
    )  # the paper rounds to 20 Å


def test_strength_of_the_papers_mean_free_path():
    """Eq. 20, l/λ = 64.2 at ξ/a = 5.8, is the average over orientations of P̄g²/ρc_s² = (a/ξ)³."""
    R = float(tunnelling.mean_free_path(5.8))
    assert pytest.approx(64.2, abs=0.05) == R
    assert laboratory.tunnelling_strength(R, saturation=True) == pytest.approx(5.8**-3 / 3, rel=1e-5)


@pytest.mark.parametrize("saturation", [False, True])
def test_strength_conducts_as_the_standard_tunnelling_model(saturation):
    """At low T, where relaxation and Rayleigh scattering are negligible, κ of both theories agree."""
    T = np.array([0.002])
    theory = gj.LubchenkoWolynes.as_printed(
        R=231.0, B=0.0, c=0.0, floor=0.1, omega_c=1.0, saturation=saturation
    )
    strength = float(laboratory.tunnelling_strength(231.0, saturation=saturation))
    rival = gj.get_theory("standard-tunnelling")(strength=strength, coupling=0.1, rayleigh=0.0, floor=0.1)
    expected = rival.thermal_conductivity(T, PAPER)
    np.testing.assert_allclose(theory.thermal_conductivity(T, PAPER), expected, rtol=3e-3)


@pytest.mark.parametrize("softening", [0.2, 0.73])
def test_mean_free_path_at_1_K_is_that_of_the_joint_model(softening):
    glass = gj.load_glass("a-SiO2")
    theory = gj.LubchenkoWolynes(B=117.0, R=231.0, c=0.05).at({"softening": softening}, glass)
    T = jnp.array([1 / glass.debye_temperature])
    spectrum = theory.spectrum(glass)
    scattering = conductivity.Scattering(
        theory.c, theory.B, theory.floor, fast_share=0.5, form_factor="sphere", form_spread=30**-0.5
    )
    ratio = conductivity.mean_free_path(
        T[:, None], T, Counting.of(spectrum, glass.tg, "uniform", "sharp"), theory.R, scattering
    )
    found = laboratory.thermal_path(1.0, glass, glass.tg, theory.R, theory.B, theory.c, theory.floor)
    wavelength = si.h * glass.sound_speed / (si.k * 1.0)
    assert found == pytest.approx(float(ratio[0, 0]) * wavelength, rel=0.01)


def test_softened_ripplon_and_cutoff():
    theory = gj.LubchenkoWolynes().at({"softening": 0.73}, PAPER)
    found = {entry.name: float(entry.value) for entry in theory.derived(PAPER)}
    assert found["soft_ripplon_K"] == pytest.approx(0.27 * found["ripplon_K"], rel=1e-4)
    omega_c = found["cutoff_THz"] * 1e12 * si.h / si.k / 342.0 * 5.8  # in (a/ξ) ω_D
    assert omega_c == pytest.approx(float(theory.omega_c), rel=1e-6)


def test_standard_tunnelling_has_its_density():
    """P̄ = Cρv²/γ²: 3·10⁻⁴ · 2200 kg/m³ (4100 m/s)²/(1 eV)²."""
    [row] = gj.get_theory("standard-tunnelling")(strength=3e-4, coupling=1.0).derived(PAPER)
    assert float(row.value) == pytest.approx(3e-4 * 2200 * 4100**2 / (1.602176634e-19) ** 2)


@pytest.fixture(scope="module")
def study():
    free = {
        "R": {"distribution": "log-normal", "median": 230.0, "spread": 0.1},
        "softening": {"distribution": "uniform", "low": 0.0, "high": 0.9},
        "glass_temperature": {"distribution": "normal", "mean": 1500.0, "sd": 10.0, "low": 0.0},
        "density": 2200.0,
    }
    return gj.Study(glass=PAPER, data=[measurement("kappa")], free=free)


def test_rows_have_the_intervals_of_the_draws(study):
    rng = np.random.default_rng(0)
    draws = {
        "R": rng.lognormal(np.log(230.0), 0.1, 500),
        "softening": rng.uniform(0.2, 0.4, 500),
        "glass_temperature": rng.normal(1500.0, 10.0, 500),
    }
    rows = {row["name"]: row for row in derived_rows(study, None, draws)}
    strength = laboratory.tunnelling_strength(draws["R"])
    assert rows["strength"]["estimate"] == pytest.approx(np.median(strength))
    assert [rows["strength"][end] for end in ("low", "high")] == pytest.approx(
        np.quantile(strength, [0.055, 0.945])
    )
    density = PAPER.density_of_states(5.8) * 1500.0 / draws["glass_temperature"]
    assert rows["density_of_states"]["estimate"] == pytest.approx(np.median(density))
    assert rows["domain_size"]["low"] is None  # nothing that it depends on is free
    assert rows["domain_size"]["estimate"] == pytest.approx(2.07, rel=0.01)
    assert rows["soft_ripplon_K"]["low"] < rows["soft_ripplon_K"]["estimate"] < rows["soft_ripplon_K"]["high"]


def test_estimate_of_a_maximum_is_its_value_there(study):
    best = {"R": 231.0, "softening": 0.5, "glass_temperature": 1490.0}
    rows = {row["name"]: row for row in derived_rows(study, best, None)}
    assert rows["strength"]["estimate"] == pytest.approx(float(laboratory.tunnelling_strength(231.0)))
    assert rows["strength"]["low"] is rows["strength"]["high"] is rows["strength"]["sd"] is None
    json.dumps(list(rows.values()), allow_nan=False)


def test_theories_without_them_have_none():
    free = {"gruneisen": {"distribution": "normal", "mean": 0.0, "sd": 1.0}}
    study = gj.Study(glass=PAPER, theory="debye", data=[measurement("kappa")], free=free)
    assert derived_rows(study, {"gruneisen": 0.0}, None) == []


@pytest.mark.parametrize("kind", ["maximum", "posterior"])
def test_a_result_has_them_in_table_summary_json_and_report(kind, tmp_path):
    stored = Path(__file__).parents[1] / "reliability" / "stored" / "e5f4dc6" / f"{kind}.nc.gz"
    (tmp_path / f"{kind}.nc").write_bytes(gzip.decompress(stored.read_bytes()))
    result = gj.load_result(tmp_path / f"{kind}.nc")
    rows = {row["name"]: row for row in result.derived}
    R = result.draws["R"]
    assert rows["strength"]["low"] == pytest.approx(
        float(laboratory.tunnelling_strength(np.quantile(R, 0.945))), rel=0.1
    )
    assert rows["strength"]["low"] < rows["strength"]["estimate"] < rows["strength"]["high"]
    assert json.loads(result.to_json())["derived"] == result.derived
    section = result.summary().partition("\nDerived quantities\n")[2]
    assert section.split()[0] == "quantity"
    assert "density_of_states" in section
    shown = common_contents(result)
    assert [row["name"] for row in shown["derived"]] == list(rows)
    assert gj.__version__ in shown["citation"]
