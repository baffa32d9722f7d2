import os
import signal
import subprocess
import sys
import time

import pytest

from glassjax.cli.interrupt import interruptible


def test_result_and_error_come_back_from_the_thread():
    assert interruptible(lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        interruptible(lambda: 1 / 0)


STUDY = """
glass = "a-SiO2"
[free]
R = { distribution = "log-normal", median = 150, spread = 0.5 }
B = { distribution = "half-normal", scale = 200 }
[sampler]
starts = 2
"""


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_during_a_fit_leaves_nothing_and_says_so(tmp_path):
    (tmp_path / "mine.toml").write_text(STUDY)
    command = [sys.executable, "-c", "from glassjax.cli import main; main()", "fit", "mine.toml"]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stderr.readline() == "looking for the maximum ...\n"
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.strip() == "glassjax: interrupted; nothing was written"
    assert list((tmp_path / "results").iterdir()) == []
