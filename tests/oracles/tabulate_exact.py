"""Write exact.json, the exact counting of broadened spectra: `python -m tests.oracles.tabulate_exact` (10 minutes).

The file is rewritten after every spectrum.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from . import table
from .contour import Contour
from .ripplons import critical_cutoff

TEMPERATURES = [1e-3, 3e-3, 0.01, 0.02, 0.05, 0.1, 0.3]
ELSEWHERE = [1e-4, 1e-3, 0.01, 0.2, 0.5, 1.0]
BESIDE = [-1.0, -0.5, 0.0, 0.5, 2.0]  # in half widths from the narrowest resonance
Entry = dict[str, Any]


def spectra() -> list[Entry]:
    """Corners and inside of the box 1.5 <= tg <= 6, omega_c <= 2.2, softening <= 0.7; then one normal cut-off."""
    points = [(1.5, 0.0), (1.5, 2.2), (6.0, 0.0), (3.7, 2.2), (4.0, 1.8), (2.0, 1.8), (3.0, 1.5), (5.0, 1.0)]
    points += [(2.5, 2.2), (6.0, 1.6)]
    for tg in (4.0, 5.0, 6.0):
        points.append((tg, np.floor(critical_cutoff(tg, 0.7) * 1e6) / 1e6))
    return [arguments(*point) for point in points] + [arguments(4.0, 1.7, "gauss")]


def arguments(tg: float, omega_c: float, smearing: str = "box") -> Entry:
    return {
        "kind": "broadened", "tg": tg, "omega_c": float(omega_c), "xi": 5.8, "D": 30.0, "smearing": smearing,
    }  # fmt: skip


def contour(spectrum: Entry, **finer: Any) -> Contour:
    """The oracle of an entry's spectrum."""
    return Contour(*(spectrum[key] for key in ("tg", "omega_c", "xi", "D", "smearing")), **finer)


def frequencies(oracle: Contour) -> list[float]:
    """Where the densities are tabulated: right beside the narrowest resonance, and elsewhere."""
    centre, width = min(oracle.resonances, key=lambda pair: pair[1])
    beside = [centre + step * width for step in BESIDE]
    return sorted(float(f"{w:.8g}") for w in [*ELSEWHERE, 0.5 * centre, *beside])


def entries(spectrum: Entry) -> list[Entry]:
    """Conductivity and both densities of one spectrum."""
    oracle = contour(spectrum)
    omega = frequencies(oracle)
    common = {"group": "exact", "spectrum": spectrum}
    kappa = [oracle.conductivity(T) for T in TEMPERATURES]
    excited = [oracle.excited(np.array(omega), T) for T in TEMPERATURES]
    return [
        common | {"function": "reduced_conductivity", "arguments": {"T": TEMPERATURES, "R": 150.0}, "value": kappa},
        common | {"function": "ground_density", "arguments": {"omega": omega}, "value": oracle.ground(np.array(omega))},
        common
        | {"function": "excited_density", "arguments": {"omega": omega, "T": TEMPERATURES}, "value": excited},
    ]  # fmt: skip


def main() -> None:
    """Tabulate everything."""
    start, rows = time.time(), []
    for spectrum in spectra():
        rows += entries(spectrum)
        table.write(rows, table.EXACT)
        print(f"{time.time() - start:6.0f} s  {len(rows):4d} entries  {spectrum}", flush=True)


if __name__ == "__main__":
    main()
