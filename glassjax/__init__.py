"""glassjax: the quantum theory of low-temperature glasses, differentiable, with an engine that fits it to data.

The names load when first used (PEP 562), so that importing the package, or asking the command line for help,
does not import JAX.
"""

from typing import TYPE_CHECKING

from ._version import __version__ as __version__
from .lazy import names

if TYPE_CHECKING:
    from .batches import Batch, batch, batch_chunks
    from .calibration import Calibration
    from .campaigns import Campaign, campaign
    from .comparison import Comparison, compare
    from .datasets import (
        Measurement,
        list_glasses,
        load_glass,
        load_measurements,
        load_record,
        read_measurement,
    )
    from .errors import DataError, GlassjaxError, StudyError, UnstableSpectrumError
    from .glass import Glass
    from .loading import load_result
    from .lubchenko_wolynes.model import LubchenkoWolynes
    from .population import Population
    from .precision import enable_x64
    from .results import Laplace, Maximum, Nested, Posterior, Variational
    from .rivals.debye import Debye
    from .rivals.soft_potential import SoftPotential
    from .rivals.standard_tunnelling import StandardTunnelling
    from .sensitivities import (
        curvature,
        design,
        fisher,
        morris,
        profile,
        propagate,
        sensitivity,
        sobol,
    )
    from .study import Study
    from .theory import Parameter, Theory, evaluate, get_theory, list_theories

_HOME = {
    "Batch": "batches",
    "Calibration": "calibration",
    "Campaign": "campaigns",
    "Comparison": "comparison",
    "DataError": "errors",
    "Debye": "rivals.debye",
    "Glass": "glass",
    "GlassjaxError": "errors",
    "Laplace": "results",
    "LubchenkoWolynes": "lubchenko_wolynes.model",
    "Maximum": "results",
    "Measurement": "datasets",
    "Nested": "results",
    "Parameter": "theory",
    "Population": "population",
    "Posterior": "results",
    "SoftPotential": "rivals.soft_potential",
    "StandardTunnelling": "rivals.standard_tunnelling",
    "Study": "study",
    "StudyError": "errors",
    "Theory": "theory",
    "UnstableSpectrumError": "errors",
    "Variational": "results",
    "batch": "batches",
    "batch_chunks": "batches",
    "campaign": "campaigns",
    "compare": "comparison",
    "curvature": "sensitivities",
    "design": "sensitivities",
    "enable_x64": "precision",
    "evaluate": "theory",
    "fisher": "sensitivities",
    "get_theory": "theory",
    "list_glasses": "datasets",
    "list_theories": "theory",
    "load_glass": "datasets",
    "load_measurements": "datasets",
    "load_record": "datasets",
    "load_result": "loading",
    "morris": "sensitivities",
    "profile": "sensitivities",
    "propagate": "sensitivities",
    "read_measurement": "datasets",
    "sensitivity": "sensitivities",
    "sobol": "sensitivities",
}

__all__ = [
    "Batch",
    "Calibration",
    "Campaign",
    "Comparison",
    "DataError",
    "Debye",
    "Glass",
    "GlassjaxError",
    "Laplace",
    "LubchenkoWolynes",
    "Maximum",
    "Measurement",
    "Nested",
    "Parameter",
    "Population",
    "Posterior",
    "SoftPotential",
    "StandardTunnelling",
    "Study",
    "StudyError",
    "Theory",
    "UnstableSpectrumError",
    "Variational",
    "batch",
    "batch_chunks",
    "campaign",
    "compare",
    "curvature",
    "design",
    "enable_x64",
    "evaluate",
    "fisher",
    "get_theory",
    "list_glasses",
    "list_theories",
    "load_glass",
    "load_measurements",
    "load_record",
    "load_result",
    "morris",
    "profile",
    "propagate",
    "read_measurement",
    "sensitivity",
    "sobol",
]


__getattr__, __dir__ = names(__name__, _HOME)
