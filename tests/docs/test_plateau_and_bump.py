"""docs/plateau-and-bump.md shows what was measured; its two χ² are what the theory computes at the stored points."""

import importlib.util
import json
import math

import numpy as np
import pytest

from glassjax import LubchenkoWolynes, load_glass, load_measurements

from .blocks import ROOT

DOCS = ROOT / "docs"
NUMBERS = json.loads((DOCS / "plateau-and-bump.json").read_text(encoding="utf-8"))


def script(name):
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_tables_are_made_of_the_measured_numbers():
    text = (DOCS / "plateau-and-bump.md").read_text(encoding="utf-8")
    made = script("plateau_and_bump_page")
    assert set(made.TABLES) == {name for name in made.TABLES if f"<!-- {name} -->" in text}
    assert made.page(text, NUMBERS) == text


@pytest.mark.parametrize(
    ("name", "chi2", "preset"),
    [("best", 34.4, LubchenkoWolynes), ("as printed", 1156.4, LubchenkoWolynes.as_printed)],
)
def test_chi2_is_what_the_theory_computes(name, chi2, preset):
    """Eq. 1 of the page, written out once more: no code of the script is used."""
    stored = NUMBERS["limits"][name]
    assert stored["chi2"] == pytest.approx(chi2, abs=1)
    glass = load_glass("a-SiO2")
    names = ("softening", "B", "R", "A1", "vertical_weight", "c")
    theory = preset().at({name: stored["values"][name] for name in names}, glass)
    data = {measurement.name: measurement for measurement in load_measurements("a-SiO2")}
    kappa, bulk, film = (
        data[found]
        for found in (
            "kappa-cahill-pohl-1988",
            "heat-capacity-fagaly-bohn-1978",
            "heat-capacity-dauer-2020-film",
        )
    )
    kept = (kappa.temperature > 0.08) & (kappa.temperature <= 100)
    T = kappa.temperature[kept]
    of_kappa = np.log(np.asarray(theory.thermal_conductivity(T, glass)) / kappa.value[kept]) / 0.05
    scale = stored["values"]["scale"]
    T = np.concatenate([bulk.temperature, film.temperature])
    made = np.log(np.asarray(theory.heat_capacity(T, glass)))
    of_bulk = (made[: len(bulk.temperature)] - np.log(bulk.value)) / (0.30 * math.sqrt(2))
    of_film = (made[len(bulk.temperature) :] - np.log(film.value) - scale) / (film.error / film.value)
    of_film = of_film[(film.temperature > 4) & (film.temperature < 25.5)]
    assert (len(of_kappa), len(of_bulk), len(of_film)) == (30, 4, 13)
    parts = (of_kappa, of_bulk, of_film, np.array([scale / 0.15]))
    assert sum(float(np.sum(part**2)) for part in parts) == pytest.approx(chi2, abs=1)
