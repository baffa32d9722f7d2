import json

import numpy as np
import pytest

from glassjax import DataError, GlassjaxError, LubchenkoWolynes, Study, StudyError
from glassjax.problem.selection import DataSet
from glassjax.problem.study_file import find_study_file, list_studies
from tests.inference.toys import GLASS, PowerLaw, measurement, normal

LOG_NORMAL = {"distribution": "log-normal", "median": 0.5, "spread": 0.3}
FREE = {"offset": normal(0, 1), "slope": normal(1, 0.5)}


def study(**changes):
    return Study(**{"glass": GLASS, "theory": PowerLaw(), "data": [measurement()], "free": FREE, **changes})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"free": {"ofset": normal(0, 1)}}, "no parameter 'ofset' to free, did you mean 'offset'"),
        ({"free": {"densty": normal(0, 1)}}, "did you mean 'density'"),
        ({"free": {}}, "needs at least one free parameter"),
        ({"free": {"offset": 1.0}}, "needs at least one free parameter"),
        ({"free": {"offset": "normal"}}, "needs a table such as"),
        ({"free": {"density": normal(2000, 10)}}, "must keep to positive values"),
        ({"free": {"density": {"distribution": "glass"}}}, "record says nothing about 'density'"),
        ({"free": {"offset": {"distribution": "glass"}}}, "'offset' is no constant of a glass"),
        ({"parameters": {"slop": 1.0}}, "no parameter 'slop' to fix, did you mean 'slope'"),
        ({"parameters": {"offset": 1.0}}, "both fixed and free"),
        ({"parameters": {"bend": float("nan")}}, "must be a finite number"),
        ({"parameters": {"bend": 10**400}}, "must be a finite number"),
        ({"parameters": {"bend": normal(0, 1)}}, "a distribution belongs in [free]"),
        ({"parameters": {"density": -1.0}}, "outside its range"),
        ({"data": []}, "needs data to fit"),
        ({"data": None}, "needs data=[...]"),
        ({"data": [DataSet(measurement(), role="check")]}, "give at least one data set the role 'fit'"),
        ({"discrepancy": {"kapa": {}}}, "did you mean 'kappa'"),
        ({"discrepancy": {"kappa": {"amplitud": 1}}}, "did you mean 'amplitude'"),
        ({"discrepancy": {"kappa": {"amplitude": -1}}}, "must be a positive number or a distribution"),
        ({"discrepancy": {"kappa": {"amplitude": normal(0, 1)}}}, "must keep to positive values"),
        ({"discrepancy": {"kappa": {"kernel": "matern"}}}, "did you mean 'matern-5/2'"),
        ({"discrepancy": {"kappa": 3}}, "must be false or a table"),
        ({"discrepancy": 3}, "must be false or a table"),
        ({"time": 0.0}, "the observation time (s) must be a positive number"),
        ({"discrepancy": {"kappa": {"amplitude": 10**400}}}, "must be a positive number or a distribution"),
        ({"seed": -1}, "seed must be a whole number"),
        ({"sampler": {"chain": 2}}, "did you mean 'chains'"),
        ({"sampler": {"chains": 0}}, "whole number of at least 1"),
        ({"sampler": {"target_accept": 1.5}}, "between 0.5 and 1"),
        ({"sampler": {"adapt_metric": 1}}, "must be true or false"),
        ({"theory": "lubchenko-wolyness"}, "did you mean 'lubchenko-wolynes'"),
        ({"theory": {"name": "lubchenko-wolynes", "smering": "box"}}, "did you mean 'smearing'"),
        ({"theory": 3}, "theory must be a name"),
    ],
)
def test_what_is_wrong_is_said(changes, words):
    with pytest.raises(GlassjaxError) as caught:
        study(**changes)
    assert words in str(caught.value)


def test_a_prior_given_twice_is_refused():
    name = "discrepancy.kappa.amplitude"
    prior = {"distribution": "half-normal", "scale": 0.2}
    with pytest.raises(StudyError, match="keep one of them"):
        study(free={**FREE, name: prior}, discrepancy={"kappa": {"amplitude": prior}})


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"role": "fitt"}, "did you mean 'fit'"),
        ({"low": 30.0}, "no row between 30 and inf K"),
        ({"low": 3.0, "high": 2.0}, "'from' (3 K) must lie below 'to' (2 K)"),
        ({"low": "1"}, "must be a temperature in K"),
    ],
)
def test_masks_and_roles_are_checked(options, words):
    with pytest.raises(StudyError) as caught:
        DataSet(measurement(), **options)
    assert words in str(caught.value)


def test_a_mask_cuts_and_counts():
    entry = DataSet(measurement(), low=1.0, high=10.0)
    assert np.all((entry.used.temperature >= 1) & (entry.used.temperature <= 10))
    assert entry.left_out == 12 - len(entry.used)
    plan = study(data=[entry, DataSet(measurement("heat-capacity"), role="check")])
    assert plan.quantities == ("kappa",)
    assert [m.name for m in plan.measurements("fit")] == ["toy-kappa"]
    assert [m.name for m in plan.measurements("check")] == ["toy-heat-capacity"]


def test_glass_constants_can_be_free_and_fixed():
    free = {**FREE, "density": {"distribution": "log-normal", "median": 2000.0, "spread": 0.1}}
    plan = study(free=free, parameters={"sound_speed": 2500.0, "bend": 2.0})
    values = {"offset": 0.1, "slope": 0.2, "density": 2100.0}
    glass, theory = plan.glass_at(values), plan.theory_at(values)
    assert (float(glass.density), float(glass.sound_speed)) == (2100.0, 2500.0)
    assert (float(theory.offset), float(theory.bend)) == (0.1, 2.0)


def test_default_amplitude_of_the_expansion_follows_the_data():
    data = measurement("expansion")
    plan = study(data=[data], free={"bend": normal(0, 1)})
    assert plan.discrepancy["expansion"].amplitude == pytest.approx(0.25 * np.sqrt(np.mean(data.value**2)))


def test_description():
    plan = study(
        name="toy",
        title="a power law",
        data=[DataSet(measurement(), low=1.0), DataSet(measurement("heat-capacity", n=3), role="check")],
        parameters={"bend": 0.5},
        discrepancy={"kappa": {"amplitude": {"distribution": "half-normal", "scale": 0.2}}},
    )
    assert plan.describe().splitlines() == [
        "Study toy: a power law",
        "Theory PowerLaw of the glass toy (T_g = 1000 K, T_D = 300 K, rho = 2000 kg/m3, c_s = 3000 m/s, D = 30)",
        "",
        "Data",
        "  kappa: toy-kappa (points), 8 rows from 1.07 to 20 K, 4 rows outside left out; fitted",
        "  heat-capacity: toy-heat-capacity (points), 3 rows from 0.2 to 20 K; shown only",
        "  points fitted: kappa 8",
        "",
        "Free parameters and their priors",
        "  offset                       normal, 0 ± 1",
        "  slope                        normal, 1 ± 0.5",
        "  discrepancy.kappa.amplitude  half-normal of scale 0.2",
        "",
        "Fixed parameters",
        "  bend = 0.5",
        "",
        "Discrepancy (what the theory may miss, smooth in ln T)",
        "  kappa: matern-5/2, free amplitude, length 0.5 in ln T",
        "",
        "Observation time 10 s; seed 0; 6 starts; 4 chains of 150 + 700 steps",
    ]


def test_a_study_survives_its_plain_values():
    plan = study(
        data=[DataSet(measurement(scale=0.1), low=1.0), measurement("expansion")],
        free={**FREE, "bend": {"distribution": "beta", "a": 2, "b": 3}},
        discrepancy={"kappa": {"length": LOG_NORMAL}, "expansion": False},
        parameters={"density": 1800.0},
        sampler={"draws": 77},
        seed=9,
        time=3.0,
        name="there and back",
    )
    plain = json.loads(json.dumps(plan.to_dict()))
    again = Study.from_dict(plain)
    assert again.to_dict() == plan.to_dict()
    assert again.describe() == plan.describe()
    z = np.full(len(plan.free), 0.2)
    assert again.likelihood.evaluate(z)[0] == pytest.approx(plan.likelihood.evaluate(z)[0], rel=1e-12)


def test_a_stored_theory_never_makes_us_import_a_stranger():
    plain = study().to_dict()
    plain["theory"] = {"class": "antigravity:Theory", "fields": {}}
    with pytest.raises(StudyError, match="import antigravity first"):
        Study.from_dict(plain)
    plain["theory"] = {"class": "json:JSONDecoder", "fields": {}}
    with pytest.raises(StudyError, match="json"):
        Study.from_dict(plain)


def test_simulated_data_scatter_as_the_study_says():
    plan = study(data=[DataSet(measurement(), low=0.5), measurement("expansion")])
    truth = {"offset": 0.3, "slope": 0.8}
    drawn = [plan.simulate(truth, seed=seed) for seed in range(200)]
    block = plan.likelihood.blocks[0]
    sample = np.stack([other.likelihood.blocks[0].observed for other in drawn])
    sigma = block.noise + block.misfit_covariance(block.row_temperature, block.row_temperature, {}, np)
    np.testing.assert_allclose(sample.mean(axis=0), 0.3 + 0.8 * np.log(block.row_temperature), atol=0.08)
    np.testing.assert_allclose(np.cov(sample.T), sigma, atol=0.03)
    np.testing.assert_allclose(np.log(drawn[0].fitted[0].used.value), sample[0], rtol=1e-12)
    assert not np.array_equal(sample[0], sample[1])
    fresh = Study.from_dict(drawn[0].to_dict())
    z = np.array([0.1, 0.3])
    assert fresh.likelihood.evaluate(z)[0] == pytest.approx(drawn[0].likelihood.evaluate(z)[0], rel=1e-6)
    with pytest.raises(StudyError, match="slope has none"):
        plan.simulate({"offset": 1.0})


# --- files ---------------------------------------------------------------------------------------------------------

CSV = """# quantity: kappa
# relative_error: 0.05
T [K], kappa [W/(m K)]
0.5, 0.01
1.0, 0.02
2.0, 0.05
"""
TOML = """
name = "mine"
[glass]
name = "my glass"
glass_temperature = 1000.0
debye_temperature = 300.0
density = 2000.0
sound_speed = 3000.0
[[data]]
file = "kappa.csv"
from = 0.6
[free]
R = { distribution = "log-normal", median = 150.0, spread = 0.5 }
[parameters]
omega_c = 1.5
[observation]
time = 2.0
[sampler]
draws = 50
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "kappa.csv").write_text(CSV)
    return tmp_path


def test_a_file_becomes_a_study(folder):
    (folder / "mine.toml").write_text(TOML)
    plan = Study.load(folder / "mine.toml")
    assert plan.name == "mine"
    assert plan.glass.name == "my glass"
    assert plan.time == 2.0
    assert plan.sampler.draws == 50
    assert plan.parameters == {"omega_c": 1.5}
    assert len(plan.fitted[0].used) == 2


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('name = "mine"', 'nam = "mine"', "did you mean 'name'"),
        ("[[data]]", "[data]", "must be written as [[data]] tables"),
        ('file = "kappa.csv"', 'file = "kapa.csv"', "there is no data file 'kapa.csv'"),
        ('file = "kappa.csv"', "", "names no file"),
        ("from = 0.6", "form = 0.6", "did you mean 'from'"),
        ("from = 0.6", 'quantity = "kapa"', "did you mean 'kappa'"),
        ("density = 2000.0", "densty = 2000.0", "did you mean 'density'"),
        ("density = 2000.0", "", "needs density"),
        ("time = 2.0", "tim = 2.0", "did you mean 'time'"),
        ("[free]", "[fre]", "did you mean 'free'"),
        ("[parameters]", "[free.x]", "the prior of 'x' names no distribution"),
        ('name = "mine"', "name = mine", "is no valid TOML"),
        ("[observation]", "[parameters.x]", "must be a finite number"),
    ],
)
def test_what_is_wrong_in_a_file_is_said(folder, old, new, words):
    (folder / "mine.toml").write_text(TOML.replace(old, new))
    with pytest.raises(GlassjaxError) as caught:
        Study.load(folder / "mine.toml")
    assert words in str(caught.value)


def test_a_study_that_is_not_there():
    with pytest.raises(StudyError, match=r"no study file 'a-SiO'.*did you mean 'a-SiO2'"):
        Study.load("a-SiO")


@pytest.mark.parametrize("name", list_studies())
def test_shipped_studies_load(name):
    plan = Study.load(name)
    assert plan.name == name
    assert name in plan.describe()
    assert plan.fitted


def test_a_glass_by_name_brings_its_data_and_priors():
    plan = Study(
        glass="Vespel-SP1",
        free={"R": LOG_NORMAL, "density": {"distribution": "glass"}},
    )
    assert plan.quantities == ("kappa",)
    assert plan.free["density"].support[0] >= 0
    # A normal prior of Pyrex's record, and a value with its uncertainty of silica's, are cut at zero.
    for glass, mean, sd in (("Pyrex", 798.0, 40.0), ("a-SiO2", 1500.0, 50.0)):
        prior = Study(glass=glass, free={"glass_temperature": {"distribution": "glass"}}).free[
            "glass_temperature"
        ]
        assert prior.to_dict() == {"distribution": "normal", "mean": mean, "sd": sd, "low": 0.0}
    with pytest.raises(DataError, match="Vespel"):
        Study(glass="Vespel-SP2", free=FREE)


def film(tmp_path, lines=""):
    path = tmp_path / "film.toml"
    file = 'file = "heat-capacity-dauer-2020-film.csv"'
    bulk = '[[data]]\nfile = "heat-capacity-fagaly-bohn-1978.csv"'
    free = "[free]\nA1 = { distribution = 'log-normal', median = 0.05, spread = 0.5 }"
    path.write_text(f'glass = "a-SiO2"\n{bulk}\n[[data]]\n{file}\n{lines}\n{free}\n', encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("lines", "ends", "rows"),
    [
        ("", (4.3304, 25.1114), 13),
        ("to = 20.0", (4.3304, 18.5907), 11),
        ("from = 3.5", (3.6889, 25.1114), 14),
        ("from = 0.0\nto = inf", (3.2168, 25.1114), 15),
    ],
)
def test_a_file_of_the_glass_is_cut_as_its_record_says(tmp_path, lines, ends, rows):
    """Two data sets of one quantity, one of them cut, each with its own scale."""
    plan = Study.load(film(tmp_path, lines))
    bulk, used = plan.measurements()
    assert (used.temperature[0], used.temperature[-1], len(used)) == (*ends, rows)
    block = plan.likelihood.blocks[0]
    of_film = block.source == 1
    np.testing.assert_allclose(
        block.noise[np.ix_(of_film, of_film)], np.diag((used.error / used.value) ** 2) + 0.15**2
    )
    assert not block.noise[np.ix_(of_film, ~of_film)].any()
    assert len(bulk) == 4


def test_a_cut_that_the_record_makes_empty_is_explained(tmp_path):
    with pytest.raises(StudyError, match=r"'from' \(26 K\).*record of the glass.* from 4 to 25.5 K"):
        Study.load(film(tmp_path, "from = 26.0"))


@pytest.mark.parametrize("name", [name for name in list_studies() if name.startswith("a-SiO2")])
def test_shipped_studies_of_bulk_silica_fit_no_film_unless_they_name_it(name):
    named = "film.csv" in find_study_file(name).read_text(encoding="utf-8")
    assert any("film" in m.name for m in Study.load(name).measurements()) == named


def test_a_preset_of_the_theory(folder):
    def written(theory):
        (folder / "mine.toml").write_text(f"theory = {theory}\n{TOML}")
        return Study.load(folder / "mine.toml")

    printed = written('{ name = "lubchenko-wolynes", preset = "as-printed", fast = "both" }').theory
    assert printed == LubchenkoWolynes.as_printed(fast="both")
    back = Study.from_dict(written('{ preset = "as-printed" }').to_dict()).theory
    assert (back.excited, back.fast) == ("thermal", "lower")
    with pytest.raises(StudyError, match=r"no preset 'printed'.*there are as-printed"):
        written('{ preset = "printed" }')
    with pytest.raises(StudyError, match="Debye has no preset 'as-printed'; there is none"):
        written('{ name = "debye", preset = "as-printed" }')
