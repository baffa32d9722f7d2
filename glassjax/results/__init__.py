"""What a fit returns: the maximum or the posterior, with the same verbs."""

from .maximum import Maximum
from .posterior import Posterior
from .storage import load_result
from .verdict import Verdict

__all__ = ["Maximum", "Posterior", "Verdict", "load_result"]
