"""What a fit returns: the maximum or the posterior, with the same verbs."""

from .base import Result
from .draws import Draws
from .maximum import Maximum
from .nested import Nested
from .posterior import Posterior
from .storage import load_result
from .verdict import Verdict
from .weighted import Laplace, Variational

__all__ = [
    "Draws",
    "Laplace",
    "Maximum",
    "Nested",
    "Posterior",
    "Result",
    "Variational",
    "Verdict",
    "load_result",
]
