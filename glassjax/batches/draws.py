"""The draws of a fit as materials: the theory and the glass at each draw of the posterior."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import jax
import numpy as np

from ..errors import GlassjaxError
from .materials import stack
from .source import Piece, Source

__all__ = ["DrawSource"]


class DrawSource(Source):
    """Every draw of a result file of ``glassjax fit``; see `glassjax.batches.source`.

    The numbers are the theory's: factors on the data (``scale.kappa``) and the discrepancy are left out.

    Parameters
    ----------
    path : Path
        Of the NetCDF file.

    Raises
    ------
    GlassjaxError
        If it is the fit of a population.
    """

    place = "draw"

    def __init__(self, path: Path) -> None:
        import pyarrow as pa

        from ..loading import load_result

        result = load_result(path)
        if result.population:
            raise GlassjaxError(
                f"'{path}' is the fit of several glasses at once; give the fit of one, or a table of draws"
            )
        if result.kind == "maximum" and not result.curved:
            raise GlassjaxError(f"'{path}' has no draws, as its maximum is flat; fit it without --quick")
        study, self.draws = result.study, {name: np.asarray(x) for name, x in result.draws.items()}
        self.count, self.time = len(next(iter(self.draws.values()))), float(study.time)
        self.passed = dict.fromkeys(self.draws, pa.float64())
        placed = jax.jit(jax.vmap(lambda values: (study.theory_at(values), study.glass_at(values))))
        theory, glass = jax.tree.map(np.asarray, placed(self.draws))
        self.materials = stack(theory, glass)
        self.about = [
            f"{self.count} draws of {path}",
            f"{result.heading}; seed {result.seed}, glassjax {result.provenance['glassjax']}",
        ]
        self.identity = {"table": hashlib.sha256(path.read_bytes()).hexdigest()}

    def pieces(self, size: int, skip: int = 0) -> Iterator[Piece]:
        """Yield pieces of ``size`` draws; leave the first ``skip`` pieces out."""
        for begin in range(skip * size, self.count, size):
            end = min(begin + size, self.count)
            passed = {name: column[begin:end].tolist() for name, column in self.draws.items()}
            yield Piece(range(begin + 1, end + 1), self.materials.part(begin, end), passed, {})
