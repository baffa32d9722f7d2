"""Scripts of a user: results of a theory of their own load with its class, and a campaign asks for a guard."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import glassjax as gj

ROOT = Path(__file__).parents[2]
SCRIPT = """
import numpy as np
import glassjax as gj
from tests.inference.toys import GLASS, PowerLaw, measurement, normal

gj.enable_x64()

class Mine(PowerLaw):
    pass

study = gj.Study(glass=GLASS, theory=Mine(), data=[measurement()], free={"slope": normal(1.0, 1.0)}, name="mine")
"""
SAVE = SCRIPT + "study.maximise().save('maximum.nc')\n"
CAMPAIGN = "import glassjax as gj\ngj.campaign(['a-SiO2'], 'campaign', workers=1)\n"


def run(folder, text):
    """Run a script of a user's in ``folder``."""
    (folder / "script.py").write_text(text)
    return subprocess.run(
        [sys.executable, "-W", "error", "script.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_result_loads_with_the_class_of_its_theory(tmp_path):
    from tests.inference.toys import PowerLaw

    class Mine(PowerLaw):
        """As in the script."""

    done = run(tmp_path, SAVE)
    assert done.returncode == 0, done.stderr
    with pytest.raises(gj.GlassjaxError, match="theory="):
        gj.load_result(tmp_path / "maximum.nc")
    found = gj.load_result(tmp_path / "maximum.nc", theory=Mine)
    assert isinstance(found.study.theory, Mine)
    assert set(found.best) == {"slope"}


def test_a_campaign_at_the_top_of_a_script_is_refused_before_it_starts_a_process(tmp_path):
    done = run(tmp_path, CAMPAIGN)
    assert done.returncode == 1
    assert "GlassjaxError" in done.stderr
    assert "if __name__ == '__main__':" in done.stderr
    assert done.stderr.count("Traceback") == 1  # no worker ran the script again
    assert [path.name for path in tmp_path.iterdir()] == ["script.py"]
