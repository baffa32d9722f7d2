"""A result with its page, its figures and its file."""

from pathlib import Path
from typing import Any

from ..errors import GlassjaxError, suggest
from ..quantities import QUANTITIES
from .base import BaseResult

PLOTS = (
    "observables",
    *QUANTITIES,
    "reduced",
    "mean-free-path",
    "residuals",
    "predictive",
    "priors",
    "prior",
    "correlations",
    "corner",
    "trace",
)


class Result(BaseResult):
    """A fit. Everything it knows is in ``tree``; the rest is computed from it when asked.

    Attributes
    ----------
    tree : xarray.DataTree
        Draws, diagnostics, data, and the provenance as attributes; see `glassjax.results.trees`.
    """

    def _repr_html_(self) -> str:
        """Verdict and table, as notebooks show them."""
        from .report import fragment

        return fragment(self)

    def plot(
        self, kind: str = "observables", *, width: "str | int | float | None" = None, **options: Any
    ) -> Any:
        """Draw a figure and return its axes; nothing is shown or written.

        ==================  ============================================================================
        kind                what it shows
        ==================  ============================================================================
        ``observables``     every fitted quantity against T: data with errors and source, the best fit,
                            the bands of the theory and with its discrepancy
        ``kappa``           the conductivity alone, as in ``observables``
        ``heat-capacity``   C/T³ alone
        ``expansion``       α alone
        ``reduced``         κ/(k_B³T_D²/πħ²c_s) against T/T_D, with the lines l/λ = 150 and 1
        ``mean-free-path``  l/λ against T, averaged over the phonons that carry heat
        ``residuals``       what the best theory leaves over, and the discrepancy found in it
        ``predictive``      whitened residuals against the unit normal, with a simultaneous band
        ``priors``          prior and posterior of each parameter
        ``prior``           what the priors allowed before the data, over the data
        ``correlations``    which parameters the data cannot tell apart
        ``corner``          the distribution of each parameter and of each pair
        ``trace``           the history of each chain, and the ranks of its draws
        ==================  ============================================================================

        Parameters
        ----------
        kind : str
            One of `PLOTS`.
        width : {"single", "double"} or float, optional
            A column of a journal (3.4 in), both (7 in), or inches; for a screen if not given.
        **options
            Arguments of the function in `glassjax.plotting`: ``axes`` or ``ax`` to draw on, ``level`` of the bands, ….

        Returns
        -------
        Axes, or `glassjax.plotting.Panels`, an array of them, where there are several. Both have ``.figure``:
        ``post.plot("corner").figure.savefig("corner.pdf")``.

        Raises
        ------
        GlassjaxError
            If there is no such figure, or not of this fit.
        """
        if kind not in PLOTS:
            raise GlassjaxError(f"no figure '{kind}'{suggest(kind, PLOTS)}; there are {', '.join(PLOTS)}")
        from .. import plotting

        with plotting.style(width):
            if kind in QUANTITIES:
                return plotting.observable(self, kind, **options)
            if kind == "prior":
                return plotting.prior(self.study, **options)
            return getattr(plotting, kind.replace("-", "_"))(self, **options)

    def save(self, path: str | Path) -> Path:
        """Write everything to a NetCDF file, whole or not at all; `load_result` reads it."""
        from .storage import save

        return save(self, path)
