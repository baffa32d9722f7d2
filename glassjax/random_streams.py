"""Streams of random numbers, told apart by names: two that serve different purposes never share a number.

A stream is NumPy's generator seeded by (seed, number of the stream), so that one seed serves a whole run. A new purpose
gets a new name and the next number; a number that has been used is never given to another name, so that results stay
the same from version to version.
"""

from typing import TYPE_CHECKING

import numpy as np

from .scalars import check_seed

if TYPE_CHECKING:
    import jax

_NUMBERS = {
    "starts of the search": 0,  # the same as the seed alone
    "starts of the chains": 1,
    "draws to predict from": 2,
    "discrepancy of predictions": 3,
    "Laplace draws": 4,
    "bridge sampling": 5,
    "importance sampling": 6,
    "draws to analyse": 7,
    "nested sampling": 8,
    "nested Monte Carlo of a design": 9,
    "Laplace draws of a member": 10,  # with its number
    "prior predictive draws": 11,
    "draws to validate at": 12,
    "variational draws": 13,
    "variational guide": 14,
    "discrepancy of analysed predictions": 15,
    "repeats of a design": 16,
    "glass that was not measured": 17,
    "simulated data": 18,
    "truths of a calibration": 19,
    "seed of a simulation": 20,  # with its number
    "replicated data": 21,
    "checks of residuals": 22,
    "band of quantiles": 23,
}
_CHAINS = "chains"
"""The keys of NUTS come from the seed itself. They are JAX's, and never those of a generator of NumPy."""


def _sequence(seed: int, stream: str, index: tuple[int, ...]) -> np.random.SeedSequence:
    return np.random.SeedSequence([check_seed(seed), _NUMBERS[stream], *index])


def generator(seed: int, stream: str, *index: int) -> np.random.Generator:
    """Return the generator of a ``stream``, or of its part ``index``, for a seed of 0 or more."""
    return np.random.default_rng(_sequence(seed, stream, index))


def derived_seed(seed: int, stream: str, *index: int) -> int:
    """Return a seed, from 0 to 2³² - 1, for all the streams of a part of the run."""
    return int(_sequence(seed, stream, index).generate_state(1)[0])


def key(seed: int, stream: str) -> "jax.Array":
    """Return the random key of JAX for a ``stream``, or for the "chains" of NUTS."""
    import jax

    return jax.random.key(seed if stream == _CHAINS else derived_seed(seed, stream))
