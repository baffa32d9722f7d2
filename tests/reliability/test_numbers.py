"""Short forms of `numbers`: fewer draws, the same judge; and that the judge and the draws are what they say."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from . import numbers, widest

FEW = 300


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """A folder of its own for the chunks, which are small."""
    monkeypatch.setattr(numbers, "FOLDER", tmp_path / "kept")
    monkeypatch.setattr(numbers, "CHUNK", 10)
    return tmp_path / "kept"


def bad(found):
    return {kind: found[kind] for kind in numbers.PLACES}


NONE = {kind: [] for kind in numbers.PLACES}


@pytest.mark.parametrize(
    ("quantity", "counting"),
    [pytest.param(*job, marks=[] if job[0] == "expansion" else pytest.mark.slow) for job in numbers.JOBS],
)
def test_values_and_slopes_are_finite_at_the_widest_priors(quantity, counting):
    found = numbers.judge(widest.draws(FEW), 0, quantity, counting)
    assert (found["tried"], found["dtype"]) == (FEW, "float64")
    assert bad(found) == NONE


@pytest.mark.slow
@pytest.mark.parametrize(("quantity", "counting"), numbers.JOBS)
def test_values_and_slopes_are_finite_in_single_precision(quantity, counting):
    found = numbers.alone(quantity, counting, "float32", numbers.CHUNK)
    assert (found["tried"], found["dtype"]) == (numbers.CHUNK, "float32")
    assert bad(found) == NONE


def test_unstable_spectra_are_told_and_their_barrier_is_smooth():
    found = numbers.unstable(FEW)
    assert found["unstable"] > 5
    assert found["missed"] == found["invented"] == found["barrier"] == []


@pytest.mark.slow
@pytest.mark.parametrize(("quantity", "counting"), numbers.JOBS)
def test_unstable_spectra_are_finite_within_a_program(quantity, counting):
    values = widest.beyond(FEW)[2]
    assert np.sum(widest.softening(values) >= 1) > 5
    assert bad(numbers.judge(values, 0, quantity, counting)) == NONE


def test_draws_come_from_the_widest_shipped_priors():
    values = widest.draws(20_000)
    even, odd = ({name: drawn[i::2] for name, drawn in values.items()} for i in (0, 1))
    wanted = [  # read off fits/ and datasets/
        (even["R"], stats.lognorm(1.0, scale=150)),  # a-SiO2-debye
        (
            odd["R"],
            stats.lognorm(np.sqrt(0.5**2 + 0.5**2), scale=150),
        ),  # universality: ⟨τ²⟩ is the scale squared
        (even["c"], stats.halfnorm(scale=0.1)),
        (odd["c"], stats.lognorm(np.sqrt(0.7**2 + 0.3**2), scale=0.05)),
        (values["debye_temperature"], stats.lognorm(0.4, scale=130)),
        (values["softening"], stats.uniform(0, 0.9)),
        (values["fragility"], stats.uniform(5, 95)),
    ]
    for drawn, distribution in wanted:
        assert stats.kstest(drawn, distribution.cdf).pvalue > 1e-3
    ratio = values["glass_temperature"] / values["debye_temperature"]
    assert np.mean(values["tg"] == ratio) == 0.5


def poisoned(values, quantity, counting):
    """Infinite where c is odd, of infinite slope where R is 2, and not positive where B is."""
    T = jnp.ones(16)
    level = jnp.where(values["c"] % 2 == 1, jnp.inf, 1.0) + jnp.sqrt(values["R"] - 2)
    return jnp.where(values["B"] > 0, -level, level) * T


def test_the_judge_finds_what_is_bad(monkeypatch):
    monkeypatch.setattr(numbers, "observable", poisoned)
    numbers.program.cache_clear()
    values = {
        "c": np.array([0, 1.0, 0, 0, 0]),
        "R": np.array([3, 3, 2, 3, 3.0]),
        "B": np.array([0, 0, 0, 0, 1.0]),
    }
    found = numbers.judge(values, 100, "kappa", "")
    numbers.program.cache_clear()
    assert found["value"] == [101]
    assert {102, 101} <= {*found["slope"], 101}
    assert found["sign"] == [104]
    assert found["by"]["R"] >= 1


def test_a_run_continues_with_the_chunks_that_are_kept(kept, monkeypatch):
    asked = []

    def judge(values, first, quantity, counting):
        asked.append((first, len(values["c"])))
        return {
            "tried": len(values["c"]),
            "dtype": "float64",
            "value": [first],
            "slope": [],
            "sign": [],
            "by": {"c": 1},
        }

    monkeypatch.setattr(numbers, "judge", judge)
    assert numbers.run_job("kappa", "saddle", 20)["value"] == [0, 10]
    found = numbers.run_job("kappa", "saddle", 35)
    assert asked == [(0, 10), (10, 10), (20, 10), (30, 5)]
    assert (found["tried"], found["value"], found["by"]) == (35, [0, 10, 20, 30], {"c": 4})


def test_chunks_do_not_depend_on_how_many_follow(monkeypatch):
    monkeypatch.setattr(numbers, "CHUNK", 10)
    few, many = (dict(numbers.chunks(count)) for count in (20, 40))
    np.testing.assert_array_equal(few[10]["R"], many[10]["R"])
    assert not np.array_equal(many[10]["R"], many[20]["R"])
