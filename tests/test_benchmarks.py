"""What the benchmarks compare is right, on small problems."""

import importlib.util
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import digamma

FOLDER = Path(__file__).parents[1] / "benchmarks"


def load(name):
    spec = importlib.util.spec_from_file_location(f"benchmark_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def benchmark_of_counting():
    return load("counting")


def test_march_counts_bosons(benchmark_of_counting):
    """Two modes of energy 2 and one of energy 3: ways to make up n, by multiplying the series out."""
    modes = jnp.zeros(12).at[2].set(2.0).at[3].set(1.0)
    counted = benchmark_of_counting.march(benchmark_of_counting.lines_on_grid(modes))
    ways = np.zeros(12)
    for twos in range(6):
        for threes in range(4):
            if 2 * twos + 3 * threes < 12:
                ways[2 * twos + 3 * threes] += twos + 1
    np.testing.assert_allclose(counted[1:], ways[1:], atol=1e-12)


def test_digamma_of_complex_numbers(benchmark_of_counting):
    x = np.array([0.05 + 0.0j, 0.5 + 3.0j, 2.0 - 40.0j, 30.0 + 0.1j])
    np.testing.assert_allclose(benchmark_of_counting.digamma(jnp.asarray(x)), digamma(x), rtol=1e-12)


def test_turns_give_ratios(benchmark_of_counting):
    calls = {"one": lambda: jnp.ones(3), "two": lambda: jnp.ones(4)}
    rows = benchmark_of_counting.in_turns(calls, "one", 3)
    assert rows["one"]["ratio"] == 1
    assert rows["two"]["ms"] > 0


def test_materials_of_the_gpu_benchmark():
    """Longer batches begin like shorter ones, chunks are in order, and a deviation is relative to what is known."""
    gpu = load("gpu")
    few, many = gpu.materials(3), gpu.materials(9)
    for name, column in few.items():
        np.testing.assert_array_equal(column, many[name][:3])
    parts = gpu.in_chunks(lambda values: values["c"], many, 3)
    np.testing.assert_array_equal(np.concatenate(parts), many["c"])
    known = np.array([1.0, -2.0, 0.0])
    assert gpu.deviation(known + np.array([0.0, 0.2, 0.0]), known) == pytest.approx(0.1)
    assert gpu.deviation(known + np.array([0.0, 0.0, 0.01]), known) == pytest.approx(0.5)
    assert set(gpu.answers({k: v[0] for k, v in few.items()})) == {"kappa", "heat-capacity", "expansion"}
