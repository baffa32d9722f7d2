"""What a fit returns: the maximum or the posterior, with the same verbs."""

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
