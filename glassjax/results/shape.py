"""The shape of a posterior: its maxima, the modes between which draws are divided, and the ridges they lie along."""

from functools import cached_property
from typing import Any

import numpy as np

from .content import Content
from .modes import FoundMaximum as Found
from .modes import Modes, distinct_maxima
from .ridge import Ridge, find_ridges
from .verdict import WINDOW


class Shape(Content):
    """What starts and draws tell of the shape."""

    def distances(self) -> np.ndarray:
        """Distance (s,) of every start's end from the maximum, in standard deviations of the Gaussian there."""
        root = np.linalg.cholesky(self.covariance)
        offset = np.asarray(self.tree["starts"]["end"]) - self.coordinate
        return np.linalg.norm(np.linalg.solve(root, offset.T), axis=0)

    @cached_property
    def maxima(self) -> list[dict[str, Any]]:
        """Distinct maxima that the starts found, best first, those that are no rivals left out.

        Each with ``below``, how far it is below the best in the log posterior (3 at most), ``starts``, how many ended
        there, and ``parameters``.
        """
        found = self.found_maxima(WINDOW)
        points = np.stack([maximum.coordinate for maximum in found])
        values = [self.best]
        if len(found) > 1:
            columns = self.study.likelihood.compiled.constrain(points)
            values += [{n: float(columns[n][i]) for n in self.best} for i in range(1, len(found))]
        return [
            {
                "below": max(self.log_posterior - m.log_posterior, 0.0),
                "starts": m.starts,
                "parameters": parameters,
            }
            for m, parameters in zip(found, values, strict=True)
        ]

    def rival_place(self) -> str:
        """Say where the second of `maxima` is, as the end of a clause: the parameters it differs in most."""
        if len(self.maxima) < 2:
            return ""
        first, second = self.found_maxima(WINDOW)[:2]
        apart = np.abs(second.coordinate - first.coordinate) / np.sqrt(np.diagonal(self.covariance))
        order = np.argsort(-apart)
        names = [list(self.best)[i] for i in order[:3] if apart[i] > min(1.0, 0.99 * apart[order[0]])]
        other = self.maxima[1]["parameters"]
        return ", at " + ", ".join(f"{n} = {other[n]:.3g} (best {self.best[n]:.3g})" for n in names)

    def found_maxima(self, window: float) -> list[Found]:
        """Distinct maxima within ``window`` of the best in the log posterior, best first."""
        starts = self.tree["starts"]
        ends = zip(np.asarray(starts["end"]), np.asarray(starts["log_posterior"]).tolist(), strict=True)
        best = Found(self.coordinate, self.log_posterior)
        root = np.linalg.cholesky(self.covariance)
        return distinct_maxima(best, [Found(end, value) for end, value in ends], root, window)

    @cached_property
    def modes(self) -> list[Modes]:
        """Parameters between whose modes the draws are divided."""
        return []

    @cached_property
    def ridges(self) -> list[Ridge]:
        """Combinations of parameters that the data fix, while none of the parameters is."""
        return find_ridges(self.draws, self.study.free) if self.curved or self.kind != "maximum" else []

    def shape_notes(self) -> list[str]:
        """Say which parameters have several modes that all chains visit, and which are known together only."""
        mixed = [modes.text for modes in self.modes if modes.mixed]
        return mixed + [ridge.text for ridge in self.ridges]
