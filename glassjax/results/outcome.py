"""What a search for the maximum leaves: where each start ended, and the Gaussian at the best end."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Start:
    """What became of one start.

    Attributes
    ----------
    begin, end : (d,) sampling coordinates
    log_posterior : at the end
    steps : number of steps taken
    reason : why it stopped, in words
    """

    begin: np.ndarray
    end: np.ndarray
    log_posterior: float
    steps: int
    reason: str


@dataclass(frozen=True)
class Peak:
    """The Gaussian at a maximum, in sampling coordinates.

    Attributes
    ----------
    centre : (d,)
    log_posterior : at the centre
    covariance : (d, d); from the absolute curvatures where the Hessian is not positive definite
    flat : the direction along which the centre is no maximum, in words, or ""
    gain : expected gain of another Newton step: half the squared gradient over the curvature
    unseen : names of parameters no fitted row depends on
    """

    centre: np.ndarray
    log_posterior: float
    covariance: np.ndarray
    flat: str = ""
    gain: float = 0.0
    unseen: tuple[str, ...] = ()
