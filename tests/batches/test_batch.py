"""`gj.batch`: the numbers of one material at a time, what is bad set aside, and one program for all."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import glassjax as gj
from glassjax.quantities import QUANTITIES
from tests.inference.toys import GLASS, PowerLaw

T = np.array([0.5, 2.0, 8.0])
rng = np.random.default_rng(1)
OFFSET, SLOPE = rng.normal(size=23), rng.uniform(0.5, 1.5, 23)


def known(offset, slope, T):
    """κ of the power law (k, n), by NumPy."""
    return np.exp(offset[:, None] + slope[:, None] * np.log(T))


class Counted(PowerLaw):
    """Counts how often its conductivity is traced, and uses a constant of the glass."""

    traces = 0

    def thermal_conductivity(self, T, glass):
        Counted.traces += 1
        return jnp.exp(self.offset + self.slope * jnp.log(jnp.asarray(T))) * glass.density


@pytest.mark.parametrize("chunk", [1, 7, 23, None])
@pytest.mark.parametrize("devices", [1, 2])
def test_numbers_are_those_of_the_closed_form(chunk, devices):
    told = []
    found = gj.batch(
        PowerLaw(offset=OFFSET, slope=SLOPE),
        GLASS,
        T,
        chunk=chunk,
        devices=jax.devices()[:devices],
        progress=lambda *counts: told.append(counts),
    )
    assert set(found.values) == set(QUANTITIES)
    assert found["kappa"].shape == (23, 3)
    assert found["kappa"].dtype == float
    np.testing.assert_allclose(found["kappa"], known(OFFSET, SLOPE, T), rtol=1e-6)
    np.testing.assert_allclose(found["heat-capacity"], known(OFFSET + 1, 2 * SLOPE, T), rtol=1e-6)
    np.testing.assert_allclose(found["expansion"], np.tile(T * 1e-9, (23, 1)), rtol=1e-12)
    assert found.bad == {}
    assert told[-1] == (23, 23)
    assert len(told) == -(-23 // (chunk or 1024))


def test_sequences_and_arrays_and_one_for_all_are_the_same():
    whole = gj.batch(PowerLaw(offset=OFFSET, slope=SLOPE), GLASS, T)
    single = gj.batch(
        [PowerLaw(offset=a, slope=b) for a, b in zip(OFFSET.tolist(), SLOPE, strict=True)],
        [GLASS.replace(name=f"glass {i}") for i in range(23)],
        T,
    )
    for quantity in QUANTITIES:
        np.testing.assert_array_equal(whole[quantity], single[quantity])
    density = np.linspace(1000.0, 3000.0, 5)
    for glasses in (GLASS.replace(density=density), [GLASS.replace(density=x) for x in density.tolist()]):
        found = gj.batch(Counted(), glasses, T, quantities=["kappa"])
        np.testing.assert_allclose(found["kappa"], density[:, None] * T, rtol=1e-6)
    one = gj.batch(PowerLaw(), GLASS, {"expansion": [1.0, 2.0]})
    assert list(one.values) == ["expansion"]
    np.testing.assert_allclose(one["expansion"], [[1e-9, 2e-9]])
    with pytest.raises(gj.GlassjaxError, match="no quantity here 'kapa', did you mean"):
        whole["kapa"]


def test_temperatures_of_each_quantity_and_each_material():
    own = np.geomspace(0.1, 1.0, 23)[:, None] * np.array([1.0, 2.0])
    found = gj.batch(
        PowerLaw(offset=OFFSET, slope=SLOPE), GLASS, {"kappa": own, "expansion": [3.0]}, chunk=10
    )
    np.testing.assert_allclose(
        found["kappa"], np.exp(OFFSET[:, None] + SLOPE[:, None] * np.log(own)), rtol=1e-6
    )
    np.testing.assert_allclose(found["expansion"], np.full((23, 1), 3e-9))
    own[4, 1] = -1.0
    found = gj.batch(PowerLaw(offset=OFFSET, slope=SLOPE), GLASS, {"kappa": own}, chunk=10)
    assert found.bad == {4: "material 4: temperature -1 K of kappa is not positive and finite"}
    assert np.isnan(found["kappa"]).any(axis=1).nonzero()[0].tolist() == [4]


def test_what_is_bad_is_told_and_does_not_stop_the_others():
    R = np.full(12, 100.0)
    R[[2, 5]] = 5000.0, np.nan
    density = np.full(12, 2000.0)
    density[[3, 7]] = -1.0, np.inf
    glass = GLASS.replace(density=density)
    found = gj.batch(gj.Debye(R=R, gruneisen=1.0), glass, {"expansion": T}, chunk=4)
    assert found.bad == {
        2: "material 2: R = 5000 lies outside its range, 0.1 to 1000",
        3: "material 3: glass 'toy': density must be a positive number in kg/m3, not -1.0",
        5: "material 5: R = nan is not a finite number",
        7: "material 7: glass 'toy': density must be a positive number in kg/m3, not inf",
    }
    good = [i for i in range(12) if i not in found.bad]
    assert np.isnan(found["expansion"][list(found.bad)]).all()
    one = gj.Debye(R=100.0, gruneisen=1.0).thermal_expansion(T, GLASS.replace(density=2000.0))
    np.testing.assert_allclose(found["expansion"][good], np.tile(one, (8, 1)), rtol=1e-6)
    nothing = gj.batch(gj.Debye(R=np.full(3, -1.0)), GLASS, {"kappa": T})
    assert np.isnan(nothing["kappa"]).all()
    assert len(nothing.bad) == 3


def test_numbers_that_are_not_finite_are_told():
    found = gj.batch(PowerLaw(offset=np.array([0.0, 1000.0])), GLASS, {"kappa": T, "expansion": T})
    assert found.bad == {1: "material 1: kappa is not finite at T = 0.5 K"}
    np.testing.assert_allclose(found["expansion"], np.tile(T * 1e-9, (2, 1)))


def test_one_program_whatever_the_number_of_materials():
    Counted.traces = 0
    for count in (1, 3, 8, 9, 17, 40):
        gj.batch(Counted(offset=np.arange(count) * 0.1), GLASS, T, chunk=8, quantities=["kappa"])
        gj.batch(
            [Counted(slope=2.0)] * count, GLASS.replace(density=3.0), T + 1, chunk=8, quantities=["kappa"]
        )
    assert Counted.traces == 1
    gj.batch(Counted(), GLASS, T, chunk=16, quantities=["kappa"])
    assert Counted.traces == 2


def test_chunks_are_made_when_asked_for():
    Counted.traces, told = 0, []
    chunks = gj.batch_chunks(
        PowerLaw(offset=OFFSET), GLASS, {"kappa": T}, chunk=10, progress=lambda *counts: told.append(counts)
    )
    assert chunks.count == 23
    first = next(chunks)
    assert first.begin == 0
    assert first.values["kappa"].shape == (10, 3)
    assert told == []
    rest = list(chunks)
    assert [chunk.begin for chunk in rest] == [10, 20]
    assert told == [(10, 23), (20, 23), (23, 23)]
    together = np.concatenate([chunk.values["kappa"] for chunk in (first, *rest)])
    np.testing.assert_allclose(together, known(OFFSET, np.ones(23), T), rtol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([], GLASS, T), {}, "theories is empty; give one"),
        ((PowerLaw(offset=np.zeros(3)), [GLASS] * 2, T), {}, "glasses has length 2 and offset 3; give"),
        ((PowerLaw(offset=np.zeros((3, 2))), GLASS, T), {}, r"offset has the shape \(3, 2\); give a number"),
        (([PowerLaw(), gj.Debye()], GLASS, T), {}, "theories 0 and 1 differ in class, options"),
        (([PowerLaw(offset=np.zeros(2))], GLASS, T), {}, "offset of theories in a sequence must be single"),
        ((PowerLaw(offset="x"), GLASS, T), {}, "offset must be numbers, not 'x'"),
        ((PowerLaw(), GLASS, [1.0, -2.0]), {}, "temperatures must be positive"),
        (
            (PowerLaw(), GLASS, [[1.0], [2.0]]),
            {},
            r"of kappa have the shape \(2, 1\); give \(n,\), or \(1, n",
        ),
        ((PowerLaw(), GLASS, "warm"), {}, "temperatures of kappa must be real numbers"),
        ((PowerLaw(), GLASS, {"kappa": T}), {"quantities": ["expansion"]}, "no temperatures for expansion"),
        ((PowerLaw(), GLASS, T), {"quantities": ["kapa"]}, "no quantity 'kapa', did you mean 'kappa'"),
        ((PowerLaw(), GLASS, T), {"quantities": []}, "quantities must be a list of some of kappa"),
        ((PowerLaw(), GLASS, T), {"time": -1.0}, "time must be a positive number of seconds, not -1.0"),
        ((PowerLaw(), GLASS, T), {"chunk": 0}, "chunk must be a whole number of at least 1, not 0"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(arguments, options, message):
    with pytest.raises(gj.GlassjaxError, match=message):
        gj.batch(*arguments, **options)


@pytest.mark.parametrize("quantity", ["heat-capacity", pytest.param("kappa", marks=pytest.mark.slow)])
def test_the_papers_theory_is_that_of_one_at_a_time(quantity):
    glass = gj.load_glass("a-SiO2")
    omega_c = np.array([0.5, 1.8, 2.6, 2.2, 1.2])
    theory = gj.LubchenkoWolynes(omega_c=omega_c, tg=np.array([4.0, 4.4, 1.5, 6.0, 2.0]))
    found = gj.batch(theory, glass, {quantity: [1.0, 10.0]}, chunk=8)
    # 2.6 is beyond the range of omega_c, as small softenings at a small tg are; the fourth is unstable
    assert list(found.bad) == [3]
    assert found.bad[3].startswith("material 3: the lowest ripplon is unstable: softening 1.")
    for i in (0, 1, 2, 4):
        one = gj.LubchenkoWolynes(omega_c=float(omega_c[i]), tg=float(theory.tg[i]))
        expected = gj.evaluate(one, quantity, np.array([1.0, 10.0]), glass)
        np.testing.assert_allclose(found[quantity][i], expected, rtol=1e-6)
