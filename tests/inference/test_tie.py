import json
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from glassjax import Study, StudyError
from glassjax.problem.tie import Tie, in_order
from tests.inference.toys import GLASS, PowerLaw, measurement, normal

AT = {"x": 1.3, "y": -0.7, "nuisance.k": 2.0, "noise.heat-capacity": 0.1}
AT |= {"glass_temperature": 1000.0, "debye_temperature": 300.0}


def tie(text):
    return Tie.parse({"tie": text}, "R")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x", 1.3),
        ("-x + 2*y - +1", -1.3 - 1.4 - 1),
        ("3 * x**3 / (4 * pi**2 * 0.05)", 3 * 1.3**3 / (4 * math.pi**2 * 0.05)),
        ("y**2 + y**-1", 0.49 - 1 / 0.7),
        ("x**y", 1.3**-0.7),
        ("x**0.5", math.sqrt(1.3)),
        ("2**x", 2**1.3),
        ("exp(x) + log(x) + sqrt(x)", math.exp(1.3) + math.log(1.3) + math.sqrt(1.3)),
        ("minimum(x, y) - maximum(x, 2)", -0.7 - 2),
        ("nuisance.k * noise.heat_capacity", 0.2),
        ("glass_tg * x", 1000 / 300 * 1.3),
        ("  x\n  + 1  ", 2.3),
        ("1e-3**0.5 * x", 1e-3**0.5 * 1.3),
        ("-x**2", -(1.3**2)),
        ("x - (y - 1)", 1.3 + 1.7),
        ("x / y / 2", 1.3 / -0.7 / 2),
    ],
)
def test_value_agrees_with_arithmetic(text, expected):
    assert float(tie(text)(AT, np)) == pytest.approx(expected, rel=1e-14)
    assert float(jax.jit(lambda at: tie(text)(at))(AT)) == pytest.approx(expected, rel=1e-12)
    arrays = {name: np.full(3, value) for name, value in AT.items()}
    np.testing.assert_allclose(tie(text)(arrays, np), np.full(3, expected))


@pytest.mark.parametrize("text", ["x**2 * y**3", "exp(-x*y) / sqrt(x)", "log(x + y**2)**3", "maximum(x, y)"])
def test_gradient_agrees_with_differences(text):
    link = tie(text)

    def at(x, y):
        return link({"x": x, "y": y})

    found = jax.grad(at, argnums=(0, 1))(1.3, -0.7)
    h = 1e-6
    expected = (
        (at(1.3 + h, -0.7) - at(1.3 - h, -0.7)) / (2 * h),
        (at(1.3, -0.7 + h) - at(1.3, -0.7 - h)) / (2 * h),
    )
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)


def test_a_value_that_does_not_exist_is_no_exception():
    assert np.isnan(tie("sqrt(y)")(AT, np))
    assert np.isinf(tie("1 / (x - x)")(AT, np))
    assert np.isinf(tie("exp(x * 1000)")(AT, np))


def test_names_and_spelling():
    link = tie("3*x / glass_tg + x*noise.heat_capacity")
    assert link.names == ("x", "glass_temperature", "debye_temperature", "noise.heat-capacity")
    assert Tie.parse(link.to_dict(), "R") == link
    assert Tie.parse(link, "R") is link


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("2 *", "is no expression"),
        ("x +* y", "is no expression"),
        ("x = 3", "is no expression"),
        ("x; y", "is no expression"),
        ("import os", "is no expression"),
        ("x\0", "is no expression"),
        ("(" * 250 + "x" + ")" * 240, "is no expression"),
        ("x ^ 2", "a power is written **"),
        ("x // 2", "uses an operation"),
        ("x % 2", "uses an operation"),
        ("x @ y", "uses an operation"),
        ("~x", "holds '~x'"),
        ("not x", "holds 'not x'"),
        ("x < y", "holds 'x < y'"),
        ("x if x else y", "which ties do not know"),
        ("x and y", "which ties do not know"),
        ("[x]", "which ties do not know"),
        ("x[0]", "which ties do not know"),
        ("lambda: x", "which ties do not know"),
        ("(x := 3)", "which ties do not know"),
        ("[i for i in x]", "which ties do not know"),
        ("f'{x}'", "which ties do not know"),
        ("'x'", "no real number"),
        ("1j * x", "no real number"),
        ("True * x", "no real number"),
        ("None", "no real number"),
        ("...", "no real number"),
        ("__import__('os')", "calls '__import__'"),
        ("ln(x)", "write log"),
        ("sqrtt(x)", "did you mean 'sqrt'"),
        ("x.real(2)", "is no function of ties"),
        ("exp(x)(y)", "is no function of ties"),
        ("exp", "without its argument"),
        ("exp()", "must give exp 1 argument"),
        ("exp(x, y)", "must give exp 1 argument"),
        ("minimum(x)", "must give minimum 2 arguments"),
        ("exp(x=1)", "must give exp 1 argument"),
        ("exp(*x)", "which ties do not know"),
        ("(1).real", "belongs to no name"),
        ("exp(x).real", "belongs to no name"),
        ("a.b.c.d.e", "belongs to no name"),
        ("x**1000", "has the exponent 1000; 64 is the largest"),
        ("9**9**9 * x", "has the exponent"),
        ("x / 0 * 1e400", "not finite"),
        ("1/0 + x", "not finite"),
        ("log(-1) * x", "not finite"),
        ("9" * 400 + "*x", "not finite"),
        ("3 + 4", "names no parameter: write R = 7 to fix it"),
        ("pi", "names no parameter"),
        ("x" + "+x" * 100, "nested more than 60 deep"),
        ("-" * 300 + "x", "nested more than 60 deep"),
        ("x" * 501, "has 501 characters; 500 is the most"),
    ],
)
def test_what_is_no_tie_is_refused(text, words):
    with pytest.raises(StudyError) as caught:
        tie(text)
    message = str(caught.value)
    assert words in message
    assert "'R'" in message
    assert "\n" not in message


def test_a_bushy_expression_is_refused():
    text = "+".join(["(x+x+x+x)"] * 30)
    with pytest.raises(StudyError, match="more than 200 parts"):
        tie(text)


@pytest.mark.parametrize(
    ("spelling", "words"),
    [
        ({"tie": 3}, "must be an expression in quotes, not 3"),
        ({"tie": None}, "must be an expression in quotes"),
        ({"tie": "x", "low": 0}, "takes no 'low'"),
        ({"tie": "x", "distribution": "normal"}, "takes no 'distribution'"),
    ],
)
def test_what_is_no_spelling_is_refused(spelling, words):
    with pytest.raises(StudyError) as caught:
        Tie.parse(spelling, "R")
    assert words in str(caught.value)


def test_ties_are_sorted_and_circles_refused():
    found = in_order({"a": tie("b + 1"), "b": tie("c * 2"), "c": tie("x")})
    assert list(found) == ["c", "b", "a"]
    with pytest.raises(StudyError, match=r"circle, \w -> \w -> \w -> \w: free or fix"):
        in_order({"a": tie("b"), "b": tie("c"), "c": tie("a")})
    with pytest.raises(StudyError, match="a -> a"):
        in_order({"a": tie("2*a")})
    long = {f"n{i}": tie(f"n{i + 1} + 1") for i in range(3000)}
    assert next(iter(in_order(long))) == "n2999"


# --- in a study ----------------------------------------------------------------------------------------------------

FREE = {"offset": normal(0, 1)}


def study(free, **changes):
    return Study(
        **{"glass": GLASS, "theory": PowerLaw(), "data": [measurement()], "free": FREE | free, **changes}
    )


@pytest.mark.parametrize(
    ("free", "changes", "words"),
    [
        ({"slope": {"tie": "2*ofset"}}, {}, "uses 'ofset', which nothing has, did you mean 'offset'"),
        ({"slope": {"tie": "density2"}}, {}, "did you mean 'density'"),
        (
            {"slope": {"tie": "bend"}},
            {},
            "uses 'bend', which this study neither frees, fixes nor ties; write bend = 0",
        ),
        ({"slop": {"tie": "offset"}}, {}, "no parameter 'slop' to tie, did you mean 'slope'"),
        ({"slope": {"tie": "bend"}, "bend": {"tie": "slope"}}, {}, "circle"),
        ({"slope": {"tie": "k"}, "nuisance.k": normal(1, 1)}, {}, "uses 'k'"),
        ({"nuisance.k": normal(1, 1)}, {}, "no tie uses 'nuisance.k'"),
        ({"nuisance.k-1": normal(1, 1)}, {}, "no parameter 'nuisance.k-1' to free"),
        ({"scale.kapa": normal(0, 1)}, {}, "did you mean 'scale.kappa'"),
        ({"scale.expansion": normal(0, 1)}, {}, "no parameter 'scale.expansion' to free"),
        ({"noise.kappa": normal(0, 1)}, {}, "must keep to positive values"),
        ({"noise.kappa": -0.1}, {}, "outside its range 0 … inf"),
        ({"discrepancy.kappa.length": normal(1, 1)}, {}, "must keep to positive values"),
        ({"discrepancy.kappa.length": 0.0}, {}, "must be a positive number"),
        ({"slope": {"tie": "offset"}}, {"parameters": {"slope": 1.0}}, "both fixed and tied"),
        ({"slope": 1.0}, {"parameters": {"slope": 1.0}}, "fixed in [parameters] and in [free]"),
        ({"slope": True}, {}, "must be a finite number"),
        ({"slope": float("inf")}, {}, "must be a finite number"),
        ({"slope": None}, {}, "needs a table such as"),
        ({"slope": "offset"}, {}, "needs a table such as"),
        ({"noise": {"kappa": {"low": 0}}}, {}, "no parameter 'noise.kappa.low' to fix"),
        (
            {"discrepancy.kappa.amplitude": 0.1},
            {"discrepancy": {"kappa": {"amplitude": {"distribution": "half-normal", "scale": 0.1}}}},
            "keep one of them",
        ),
    ],
)
def test_what_is_wrong_with_names_is_said(free, changes, words):
    with pytest.raises(StudyError) as caught:
        study(free, **changes)
    assert words in str(caught.value)


def test_values_are_completed_in_order():
    plan = study(
        {
            "slope": {"tie": "nuisance.k * offset + bend"},
            "nuisance.k": {"tie": "glass_tg / 10"},
            "bend": 2,
            "density": {"tie": "2 * glass_temperature"},
            "glass_temperature": {"tie": "100 + debye_temperature"},
        },
        parameters={"debye_temperature": 400.0},
    )
    at = plan.complete({"offset": 3.0})
    assert float(at["slope"]) == pytest.approx(500 / 400 / 10 * 3 + 2)
    theory, glass = plan.theory_at({"offset": 3.0}), plan.glass_at({"offset": 3.0})
    assert float(theory.slope) == pytest.approx(2.375)
    assert (float(glass.density), float(glass.debye_temperature)) == (1000.0, 400.0)
    gradient = jax.grad(lambda offset: plan.theory_at({"offset": offset}).slope)(jnp.asarray(3.0))
    assert float(gradient) == pytest.approx(0.125)
    text = plan.describe()
    assert "  slope              = nuisance.k * offset + bend = 2" in text
    again = Study.from_dict(json.loads(json.dumps(plan.to_dict())))
    assert again.to_dict() == plan.to_dict()
    assert again.describe() == text


def test_dotted_names_of_toml_arrive():
    plan = study(
        {
            "noise": {"kappa": 0.05},
            "scale": {"kappa": normal(0, 0.05)},
            "nuisance": {"k": normal(1, 0.1)},
            "slope": {"tie": "nuisance.k"},
            "discrepancy": {"kappa": {"amplitude": 0.1, "length": {"tie": "nuisance.k"}}},
        }
    )
    assert list(plan.free) == ["offset", "scale.kappa", "nuisance.k"]
    assert plan.parameters == {"noise.kappa": 0.05}
    assert plan.discrepancy["kappa"].amplitude == 0.1
    assert "amplitude 0.1, tied length in ln T" in plan.describe()
