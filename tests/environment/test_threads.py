"""Threads that build and fit studies at once find what one after the other finds, to the last bit."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.environment.test_travel import make_study

SEEDS = (1, 2, 3)


def maximum(seed):
    return make_study(seed).maximise().best


def draws(seed):
    post = make_study(seed).sample(seed=seed, chains=1, warmup=20, draws=20, progress=False)
    return {name: column.tolist() for name, column in post.draws.items()}


def weighed(seed):
    return {name: column.tolist() for name, column in make_study(seed).laplace(draws=100).draws.items()}


def drawn_from_the_prior(seed):
    [(_, curves)] = make_study(seed).prior_predictive(draws=5).values()
    return np.asarray(curves).tolist()


@pytest.mark.parametrize("work", [maximum, draws, weighed, drawn_from_the_prior])
def test_threads_find_what_one_finds(work):
    alone = [work(seed) for seed in SEEDS]
    with ThreadPoolExecutor(len(SEEDS)) as pool:
        assert list(pool.map(work, SEEDS)) == alone
