"""Every object that glassjax hands out goes to another process, and is copied, after it was used."""

import copy
import inspect
import multiprocessing
import pickle
import re
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cloudpickle
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
import xarray as xr

import glassjax as gj
from glassjax.datasets import load_record
from glassjax.problem.compiling import Programs
from glassjax.problem.coordinates import Coordinates
from glassjax.problem.problem import Problem
from glassjax.problem.sharing import SharedPrograms
from glassjax.results import Result
from tests.inference.toys import GLASS, PowerLaw, measurement, normal

T = np.array([0.5, 1.0, 3.0])
FREE = {"offset": normal(0.0, 1.0), "slope": normal(1.0, 1.0)}


def make_study(seed=1, name="toy", **options):
    """A study of two parameters, that fits in a moment."""
    data = [measurement(noise=0.05, seed=seed)]
    return gj.Study(glass=GLASS, theory=PowerLaw(), data=data, free=FREE, name=name, **options)


def used(result):
    """Ask a result for all that it keeps once it was asked."""
    result.summary()
    result.predict("kappa", T, draws=20, discrepancy=True)
    result.residuals()
    return result


@pytest.fixture(scope="module")
def objects(tmp_path_factory):
    """One object of each class, after use."""
    study = make_study()
    study.likelihood.log_posterior(jnp.zeros(2))
    study.likelihood.information(np.zeros(2))
    best = used(study.maximise(starts=2))
    post = used(study.sample(seed=0, start=best, chains=2, warmup=30, draws=40, progress=False))
    post.bridge()
    laplace = used(study.laplace(draws=200, start=best))
    members = {name: make_study(seed, name, discrepancy=False) for seed, name in enumerate("ab")}
    shared = {
        "slope": {
            "median": {"distribution": "log-normal", "median": 1.0, "spread": 0.5},
            "spread": {"distribution": "half-normal", "scale": 0.3},
        }
    }
    population = gj.Population(members=members, shared=shared)
    top = population.maximise(starts=1)
    top.summary()
    sharing = make_study(3)
    programs = SharedPrograms()
    programs.share(sharing)
    used(sharing.maximise(starts=1))
    steeper = gj.compare({"one": laplace, "other": study.laplace(draws=200, seed=1, start=best)})
    steeper.summary()
    profile = gj.profile(best, "slope", points=5)
    found = {
        "study": study,
        "simulated": study.simulate({"offset": 0.3, "slope": 0.8}),
        "sharing": sharing,
        "likelihood": study.likelihood,
        "shared likelihood": sharing.likelihood,
        "shared programs": programs,
        "maximum": best,
        "posterior": post,
        "laplace": laplace,
        "variational": used(study.variational(steps=100, draws=200, start=best)),
        "nested": used(study.nested(live=40, dlogz=1.0, start=best)),
        "loaded": used(gj.load_result(post.save(tmp_path_factory.mktemp("kept") / "posterior.nc"))),
        "verdict": post.verdict,
        "population": population,
        "population maximum": top,
        "population member": top.members["a"],
        "population posterior": population.sample(
            seed=0, start=top, chains=1, warmup=10, draws=20, progress=False
        ),
        "comparison": steeper,
        "calibration": study.calibrate(simulations=2, chains=1, warmup=50, draws=40, starts=1),
        "validation": study.validate(draws=10),
        "prior curves": study.prior_predictive(draws=10, T=T),
        "sensitivity": gj.sensitivity(PowerLaw(), GLASS, T),
        "fisher": gj.fisher(best),
        "profile": profile,
        "curvature": gj.curvature(best),
        "sobol": gj.sobol(study, n=32),
        "morris": gj.morris(study, trajectories=4),
        "propagated": gj.propagate(best, "kappa", T),
        "design": gj.design(best),
        "batch": gj.batch(PowerLaw(offset=np.linspace(0, 1, 3)), GLASS, T),
        "campaign": gj.Campaign(Path("campaign"), pd.DataFrame({"status": ["done"], "ok": [True]})),
        "glass": gj.load_glass("a-SiO2"),
        "record": load_record("a-SiO2"),
        "measurement": measurement(),
        "data set": study.data[0],
        "prior": study.free["slope"],
        "parameter": PowerLaw.parameters()[0],
        "sampler": study.sampler,
        **{name: gj.get_theory(name)() for name in gj.list_theories()},
    }
    return found


WAYS = {
    **{
        f"pickle {p}": lambda o, p=p: pickle.loads(pickle.dumps(o, p))
        for p in range(pickle.HIGHEST_PROTOCOL + 1)
    },
    "deepcopy": copy.deepcopy,
    "copy": copy.copy,
    "cloudpickle": lambda o: cloudpickle.loads(cloudpickle.dumps(o)),
}
LABELLED = (xr.DataArray, xr.Dataset)  # xarray refuses protocols 0 and 1


def parts(thing, seen=None):
    """Every object that ``thing`` holds, itself included; what is compiled and what is no data left out."""
    seen = {} if seen is None else seen
    if id(thing) in seen or isinstance(thing, Programs | type) or callable(thing):
        return seen
    seen[id(thing)] = thing
    if isinstance(thing, dict):
        inner = list(thing.values())
    elif isinstance(thing, list | tuple):
        inner = list(thing)
    elif isinstance(thing, xr.DataTree):
        inner = [node[name].values for node in thing.root.subtree for name in node.data_vars]
    elif isinstance(thing, LABELLED):
        inner = [variable.values for variable in thing.coords.values()]
    else:
        inner = list(vars(thing).values()) if hasattr(thing, "__dict__") else []
    for part in inner:
        parts(part, seen)
    return seen


def numbers(thing):
    """What a thing answers: log posterior of what can be fitted, numbers and curves of a fit, or itself."""
    if isinstance(thing, Problem):
        return thing.to_dict(), thing.likelihood.evaluate(np.full(len(thing.free), 0.1))
    if isinstance(thing, Coordinates):
        return thing.evaluate(np.full(thing.dimension, 0.1))
    if isinstance(thing, Result):
        curves = () if thing.population else thing.predict("kappa", T, draws=10, seed=1)
        return thing.to_dict(), curves, thing.log_evidence, thing.summary()
    if isinstance(thing, np.ndarray | str | int | float | bool | None):
        return thing
    if isinstance(thing, dict):
        return {key: numbers(value) for key, value in thing.items()}
    if isinstance(thing, list | tuple):
        return [numbers(value) for value in thing]
    if isinstance(thing, LABELLED):
        return thing.to_dict()
    if isinstance(thing, pd.DataFrame):
        return thing.to_dict("list")
    if isinstance(thing, xr.DataTree):
        return [node.to_dataset().to_dict() for node in thing.subtree]
    if isinstance(thing, SharedPrograms):
        return thing.structures
    if hasattr(thing, "__dict__"):
        state = vars(thing).items()
        return {k: numbers(v) for k, v in state if not (isinstance(v, Programs) or callable(v))}
    return np.asarray(thing) if hasattr(thing, "__array__") else repr(thing)


def check_same(found, expected):
    """Compare nested answers, numbers to rounding."""
    if isinstance(expected, dict):
        assert list(found) == list(expected)
        for key in expected:
            check_same(found[key], expected[key])
    elif isinstance(expected, list | tuple):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            check_same(one, other)
    elif isinstance(expected, float) or (isinstance(expected, np.ndarray) and expected.dtype.kind == "f"):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    elif isinstance(expected, np.ndarray):
        np.testing.assert_array_equal(found, expected)
    else:
        assert found == expected


def test_what_was_used_travels(objects):
    """Every protocol of pickle, and both copies, bring back an object that answers the same."""
    for place, (name, thing) in enumerate(objects.items()):
        labelled = any(isinstance(part, LABELLED) for part in parts(thing).values())
        ways = [way for way in WAYS if not (labelled and way in ("pickle 0", "pickle 1"))]
        found = {way: WAYS[way](thing) for way in ways}
        assert {type(one) for one in found.values()} == {type(thing)}, name
        check_same(
            numbers(found[ways[place % len(ways)]]), numbers(thing)
        )  # one of them: programs are made again


def test_a_copy_shares_nothing_that_can_change(objects):
    for name, thing in objects.items():
        theirs = parts(copy.deepcopy(thing))
        for key, part in parts(thing).items():
            changeable = isinstance(part, dict | list) or (
                isinstance(part, np.ndarray) and part.flags.writeable
            )
            assert not (changeable and key in theirs), (name, type(part))
            if isinstance(part, np.ndarray) and part.flags.writeable:
                assert not any(
                    isinstance(other, np.ndarray) and np.shares_memory(part, other)
                    for other in theirs.values()
                ), name


def test_no_class_is_forgotten(objects):
    """Classes that glassjax names, kinds of results, and what its functions and verbs say that they return."""
    covered = {
        base.__name__
        for thing in objects.values()
        for part in parts(thing).values()
        for base in type(part).__mro__
    }
    public = [getattr(gj, name) for name in gj.__all__]
    named = {
        thing.__name__ for thing in public if isinstance(thing, type) and not issubclass(thing, Exception)
    }
    kinds = list(Result.__subclasses__())
    for kind in kinds:
        kinds += kind.__subclasses__()
        if not inspect.isabstract(kind) and hasattr(kind, "kind"):
            named.add(kind.__name__)
    verbs = [
        function
        for kind in (gj.Study, gj.Population, gj.Posterior)
        for name, function in inspect.getmembers(kind, callable)
        if not name.startswith("_")
    ]
    for function in [*public, *verbs]:
        said = str(getattr(function, "__annotations__", {}).get("return", ""))
        named |= set(re.findall(r"\b[A-Z]\w+", said.replace("glassjax.", "")))
    elsewhere = {
        "Any",
        "Path",
        "Array",
        "Float",
        "TypeVar",
        "Iterator",
        "None",
        "Self",
    }  # of Python, JAX and typing
    elsewhere |= {"DataFrame", "Dataset", "DataArray", "Mapping"}
    elsewhere |= {"FoundMaximum"}  # a tuple of arrays and numbers
    elsewhere |= {"ChainSpace", "Chunks"}  # of functions, and of what is still to be computed
    assert named - covered - elsewhere == set()


def test_errors_travel():
    for name in ("GlassjaxError", "DataError", "StudyError", "UnstableSpectrumError"):
        error = getattr(gj, name)("file.csv, row 3: no number")
        found = pickle.loads(pickle.dumps(error))
        assert type(found) is type(error)
        assert str(found) == str(error)


def answers(study, posterior):
    """What another process finds."""
    gj.enable_x64()
    return study.likelihood.evaluate(np.array([0.1, -0.2])), posterior.predict("kappa", T, draws=10)


def test_another_process_finds_the_same(objects):
    """As multiprocessing starts processes on macOS and Windows, and as joblib does: anew."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        found = pool.submit(answers, objects["study"], objects["posterior"]).result()
    check_same(list(found), list(answers(objects["study"], objects["posterior"])))
