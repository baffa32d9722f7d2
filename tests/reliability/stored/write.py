"""Writes the samples of one version: a study, its maximum, a few draws, and what a reader must find.

``PYTHONPATH=CHECKOUT python write.py STUDY FOLDER``, with the version to be stored in CHECKOUT, from a folder that has
none of now. It uses only what every version has.
"""

import gzip
import json
import shutil
import sys
import tempfile
from pathlib import Path

import jax
import numpy as np

import glassjax as gj
import glassjax.results.maximum

DRAWS = 60  # of a maximum's Gaussian in place of thousands, so that files are small
TEMPERATURES = (1.0, 10.0)  # K


def main(study_file: str, folder: str) -> None:
    """Fit the study and write what came out, compressed, with the numbers beside it."""
    jax.config.update("jax_enable_x64", True)
    glassjax.results.maximum.LAPLACE_DRAWS = DRAWS
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    shutil.copy(study_file, place / "study.toml")
    study = gj.Study.load(place / "study.toml")
    best = study.maximise(starts=2)
    posterior = study.sample(start=best, chains=2, warmup=10, draws=6, progress=False)
    known = {}
    for name, result in (("maximum", best), ("posterior", posterior)):
        kappa = result.theory.thermal_conductivity(np.array(TEMPERATURES), result.glass)
        known[name] = {
            "best": result.best,
            "log_posterior": float(result.log_posterior),
            "means": {parameter: float(np.mean(draws)) for parameter, draws in result.draws.items()},
            "kappa": np.asarray(kappa).tolist(),
        }
        with tempfile.TemporaryDirectory() as scratch:
            whole = result.save(Path(scratch, "result.nc")).read_bytes()
        (place / f"{name}.nc.gz").write_bytes(gzip.compress(whole, mtime=0))
    (place / "known.json").write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
