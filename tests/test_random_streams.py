"""No two streams share their numbers, and each keeps its own from version to version."""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest

import glassjax
from glassjax import random_streams
from glassjax.random_streams import derived_seed, generator, key

NAMES = tuple(random_streams._NUMBERS)
PACKAGE = Path(glassjax.__file__).parent


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1])
def test_no_two_streams_are_alike(seed):
    first = {name: tuple(generator(seed, name).integers(2**62, size=4)) for name in NAMES}
    assert len(set(first.values())) == len(NAMES)
    assert len({derived_seed(seed, name) for name in NAMES}) == len(NAMES)
    parts = [tuple(generator(seed, "seed of a simulation", i).integers(2**62, size=4)) for i in range(50)]
    others = {name: numbers for name, numbers in first.items() if name != "seed of a simulation"}
    assert len({*parts, *others.values()}) == len(parts) + len(others)


def test_streams_of_before_keep_their_numbers():
    old = {
        "starts of the search": 3,
        "starts of the chains": [3, 1],
        "Laplace draws": [3, 4],
        "importance sampling": [3, 6],
    }
    for name, entropy in old.items():
        expected = np.random.default_rng(entropy).random(5)
        np.testing.assert_array_equal(generator(3, name).random(5), expected)


def test_keys_of_jax_differ_too():
    import jax

    keys = [jax.random.key_data(key(0, name)) for name in ("chains", "variational guide")]
    keys += list(jax.random.key_data(jax.random.split(key(0, "chains"), 8)))
    for one, other in itertools.combinations(keys, 2):
        assert (one != other).any()


def test_no_module_makes_a_stream_of_its_own():
    made = re.compile(r"default_rng\(|SeedSequence\(|random\.(?:key|PRNGKey)\(")
    found = [
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if made.search(path.read_text(encoding="utf-8"))
    ]
    assert found == ["random_streams.py"]


def test_a_name_that_is_not_in_the_table_is_a_fault():
    with pytest.raises(KeyError):
        generator(0, "no such stream")
