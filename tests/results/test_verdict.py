import numpy as np
import pytest

from glassjax.results.verdict import Part, check_bounds, check_chains, check_starts, join_theories, judge

GOOD = {
    "rhat": {"B": 1.001, "R": 1.009},
    "bulk": {"B": 900.0, "R": 1200.0},
    "tail": {"B": 450.0, "R": 800.0},
    "divergences": 0,
    "bfmi": [0.9, 0.8],
    "saturated": 0.0,
}


def test_good_chains():
    verdict = judge(check_chains(**GOOD))
    assert verdict.ok
    assert verdict.reasons[0] == "R-hat at most 1.009, of R (limit 1.01)"
    assert verdict.reasons[2] == "at least 450 effective draws in the tails, of B (limit 400)"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rhat": {"B": 1.02, "R": 1.0}}, "R-hat at most 1.020, of B"),
        ({"rhat": {"B": float("nan"), "R": 1.0}}, "of B"),
        ({"bulk": {"B": 399.0, "R": 800.0}}, "399 effective draws in the bulk"),
        ({"bulk": {"B": float("nan"), "R": 800.0}}, "not enough effective draws in the bulk, of B"),
        ({"tail": {"B": 10.0, "R": 800.0}}, "10 effective draws in the tails"),
        ({"divergences": 1}, "1 divergent draw"),
        ({"bfmi": [0.9, 0.2]}, "E-BFMI at least 0.20"),
        ({"saturated": 0.02}, "2.0 % of the draws at the greatest tree depth"),
    ],
)
def test_each_threshold_is_kept(change, words):
    verdict = judge(check_chains(**{**GOOD, **change}))
    assert not verdict.ok
    assert len(verdict.reasons) == 1
    assert words in verdict.reasons[0]


def test_starts():
    found = np.array([10.0, 9.99, 4.0])
    verdict = judge(check_starts(found, np.array([0.0, 0.1, 9.0]), 1e-9, ""))
    assert verdict.ok
    assert "2 of 3 starts ended at the best maximum" in verdict.reasons
    alone = judge(check_starts(found, np.array([0.0, 2.0, 9.0]), 1e-9, ""))
    assert alone.reasons == ("1 of 3 starts ended at the best maximum: use more starts",)
    rival = judge(check_starts(np.array([10.0, 10.0, 8.5]), np.array([0.0, 0.0, 9.0]), 1e-9, ""))
    assert "another maximum lies only 1.5 below the best" in rival.reasons[0]
    moving = judge(check_starts(found, np.zeros(3), 0.1, ""))
    assert "another Newton step would gain 1.0e-01" in moving.reasons[0]
    saddle = judge(check_starts(found, np.zeros(3), 0.0, "B and R"))
    assert "not curved downwards along B and R" in saddle.reasons[0]
    failed = judge(check_starts(np.array([10.0, -np.inf, 10.0]), np.array([0.0, 50.0, 0.0]), 0.0, ""))
    assert failed.ok


def test_bounds():
    assert judge(check_bounds([("c", 0.0, True)])).ok
    assert "R piles up at the bound 200 of its prior" in judge(check_bounds([("R", 200.0, False)])).reasons[0]


def test_both_verdicts_must_be_good():
    sampler = check_chains(**GOOD)
    good, bad, none = (Part(ok, str(ok), ("why",)) for ok in (True, False, None))
    assert judge(sampler, (), good).ok
    assert not judge(sampler, (), none).ok
    both = judge(sampler, ("worth knowing",), bad)
    assert (both.ok, both.reasons, both.sampler.ok) == (False, ("why",), True)
    plain = both.to_dict()
    assert list(plain) == ["ok", "reasons", "notes", "sampler", "theory"]
    assert plain["theory"] == {"ok": False, "words": "False", "reasons": ["why"]}
    assert judge(check_starts(np.array([1.0]), np.zeros(1), 1.0, ""), (), good).ok is False


def test_theories_of_several_glasses_are_as_good_as_the_worst_that_can_be_judged():
    good, bad, none = (Part(ok, str(ok), ("why",)) for ok in (True, False, None))
    assert join_theories({"a": good, "b": good}).ok is True
    assert join_theories({"a": good, "b": none}).ok is True  # few rows share their parameters with others
    assert join_theories({"a": none, "b": none}).ok is None
    joined = join_theories({"a": good, "b": none, "c": bad})
    assert (joined.ok, joined.reasons) == (False, ("c: why",))
