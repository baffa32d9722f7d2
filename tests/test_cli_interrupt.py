import os
import signal
import subprocess
import sys
import time

import pytest

from glassjax.cli.streams import interruptible


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


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_during_the_imports_is_answered_alike():
    begin = "from glassjax.__main__ import main; main()"
    stop = (
        "import os, signal, sys\n"
        "class Stop:\n"
        "    def find_spec(self, name, *others):\n"
        "        if name == 'click': os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Stop())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", stop + begin, "--help"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.strip() == "glassjax: interrupted; nothing was written"
