"""Up to which temperature each theory is meant to hold: the one table that studies, analyses, figures and notes ask.

Nothing here imports JAX, so that the command line can read it.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np


class Validity(NamedTuple):
    """The temperature limit of one quantity, as a share of the Debye temperature T_D of the beads, and its reason."""

    share: float
    reason: str


_CONDUCTIVITY = Validity(0.4, "above it only the smallest mean free path is left of the conductivity")
_HEAT_CAPACITY = Validity(0.15, "the theory counts beads, not atoms, so its lattice is not Debye's above it")
_EXPANSION = Validity(0.15, "the expansion follows the heat capacity, whose beads are not atoms")

# Name of a theory in study files -> quantity -> limit. Equations are of Lubchenko & Wolynes, cond-mat/0506708. Eq. 73
# takes domains with one quantum of one bare ripplon (Eq. 71). With all 96 as oscillators in its place, the expansion of
# silica (T_D = 342 K, γ₀ = -8) changes by 9 % at 0.06 T_D; if they soften by ς = 0.73, as its fit says, by 9 % at 0.009
# and by 37 % at 0.015 T_D.
VALIDITY: dict[str, dict[str, Validity]] = {
    "lubchenko-wolynes": {
        "kappa": _CONDUCTIVITY,
        "heat-capacity": _HEAT_CAPACITY,
        "expansion": Validity(
            0.01,
            "Eq. 73 counts one unsoftened ripplon of a domain; all of them, softened as silica's fit wants, change the "
            "expansion by more than 10 % above it",
        ),
    },
    **{
        name: {"kappa": _CONDUCTIVITY, "heat-capacity": _HEAT_CAPACITY, "expansion": _EXPANSION}
        for name in ("standard-tunnelling", "soft-potential", "debye")
    },
}


def beyond(
    validity: Mapping[str, Validity], quantity: str, temperatures: Iterable[float], debye: float
) -> tuple[int, float]:
    """Count ``temperatures`` (K) above the limit of a quantity, and return that limit in K; inf where there is none.

    Parameters
    ----------
    validity : mapping of str to Validity
        ``Theory.validity`` of the theory.
    quantity : str
    temperatures : iterable of float
    debye : float
        Debye temperature of the beads in K.
    """
    limit = validity[quantity].share * debye if quantity in validity else np.inf
    return int(np.sum(np.asarray(list(temperatures)) > limit * (1 + 1e-9))), limit


def beyond_note(
    validity: Mapping[str, Validity], quantity: str, temperatures: Iterable[float], debye: float, what: str
) -> str | None:
    """Say that some temperatures lie above the limit of a quantity; None if none does.

    Parameters are those of `beyond`; ``what`` names the temperatures, as in "fitted rows" or "predicted temperatures".
    """
    T = list(temperatures)
    count, limit = beyond(validity, quantity, T, debye)
    if not count:
        return None
    share, reason = validity[quantity]
    verb = "lies" if count == 1 else "lie"
    return (
        f"{count} of {len(T)} {what} of {quantity} {verb} above {limit:.3g} K, {share:g} of the Debye temperature "
        f"{debye:.4g} K, where the theory is not meant to hold: {reason}"
    )
