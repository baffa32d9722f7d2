"""What a fit returns: the maximum or the posterior, with the same verbs.

The names load when they are first used: looking for the file of a result shall not wait for xarray and ArviZ.
"""

from typing import TYPE_CHECKING

from ..lazy import names

if TYPE_CHECKING:
    from .draws import Draws
    from .maximum import Maximum
    from .posterior import Posterior
    from .result import Result
    from .verdict import Verdict
    from .weighted import Laplace, Nested, Variational

__all__ = [
    "Draws",
    "Laplace",
    "Maximum",
    "Nested",
    "Posterior",
    "Result",
    "Variational",
    "Verdict",
]

_HOME = {
    "Draws": "draws",
    "Laplace": "weighted",
    "Maximum": "maximum",
    "Nested": "weighted",
    "Posterior": "posterior",
    "Result": "result",
    "Variational": "weighted",
    "Verdict": "verdict",
}

__getattr__, __dir__ = names(__name__, _HOME)
