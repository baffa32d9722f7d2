"""Settings of every test: float64, two CPU devices, a quick compiler, no silent broadcasting in the physics.

Compiled programs are kept in ``.pytest_cache``, for both processes, for the commands that tests start and for the next
run. The first run of a machine gains a quarter by it, the next ones half; ``--cache-clear`` begins anew.
"""

import gc
import os
import platform
import tempfile
from importlib.metadata import version
from pathlib import Path

# Before numpy and jax start. Threads of linear algebra spin while they wait for a core: the eigenvalues of a covariance
# of 224 rows then take thirty times as long (0.2 s) where two processes share two cores.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # as glassjax.cli.cache, for those that load jax first

import jax
import pytest
from packaging.version import Version

jax.config.update("jax_enable_x64", True)

HERE = Path(__file__).parent
PHYSICS = ("lubchenko_wolynes", "numerics", "rivals")
# Two devices, so that two chains run side by side as they do under `glassjax fit`.
DEVICES = "--xla_force_host_platform_device_count=2"
# Nearly all the time goes into compiling, which takes a fifth as long with these (1.4 s against 7.7 s for a derivative
# of κ; jax 0.10.1). Level 0 takes the exponentials of single precision here and there: more than seven digits
# want `glassjax.problem.compiling.compiler_options`. What is run by -m slow is compiled as for users.
QUICK = "--xla_backend_optimization_level=0"
if Version(version("jaxlib")) < Version("0.11"):  # later ones do not know it, and end a process that names it
    QUICK += " --xla_cpu_use_fusion_emitters=false"
# Files of a minute or two, which the two processes must not come to last.
FIRST = ("test_notebooks.py", "test_notebooks_fits.py", "test_cli_resume.py", "test_cli_fit.py")

FOLDER = "JAX_COMPILATION_CACHE_DIR"
LARGEST = 1_000_000_000  # bytes of programs; more, and the next run begins anew

gc.set_threshold(200_000, 50, 100)  # a tenth of the time went into looking through what tracing leaves behind


def pytest_configure(config):
    """Choose the compiler's settings: before jax compiles anything, and for the workers and commands started here."""
    os.environ.setdefault(
        "XLA_FLAGS", f"{DEVICES} {QUICK}" if config.option.markexpr == "not slow" else DEVICES
    )
    if FOLDER not in os.environ:  # in the first process, whose environment the others get
        os.environ[FOLDER] = str(programs_folder(config))
    # Without a largest size: JAX would look at every file of the folder whenever it adds one.
    for name, value in {
        FOLDER: os.environ[FOLDER],
        "JAX_COMPILATION_CACHE_MAX_SIZE": -1,
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": 0.0,
    }.items():
        os.environ[name] = str(value)
        jax.config.update(name.lower(), value)


def programs_folder(config):
    """Return the folder of compiled programs, without the traces of an earlier run, which tests make anew."""
    kind = f"programs-{platform.node()}"
    try:
        folder = Path(config.cache.mkdir(kind))
        size = sum(path.stat().st_size for path in folder.iterdir())
    except (AttributeError, OSError):  # pytest keeps nothing, or cannot
        return Path(tempfile.mkdtemp(prefix="glassjax-tests-"))
    for path in folder.glob("*" if size > LARGEST else "*.trace"):
        path.unlink()
    return folder


def pytest_collection_modifyitems(items):
    """Let the longest files go first; the rest in its order."""
    items.sort(key=lambda item: FIRST.index(item.path.name) if item.path.name in FIRST else len(FIRST))


@pytest.fixture(autouse=True)
def no_rank_promotion(request):
    """Physics tests may not broadcast arrays of different rank silently (NumPyro itself does)."""
    folder = request.path.relative_to(HERE).parts[0]
    with jax.numpy_rank_promotion("raise" if folder in PHYSICS else "allow"):
        yield
