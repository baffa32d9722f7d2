"""What JAX computes on, and what its compiler XLA may write to standard error. Nothing here loads JAX by itself."""

import os

from .errors import GlassjaxError

# On some processors XLA writes a line of two thousand letters for every program it reads back from a cache, as if it
# were of another machine: it takes preferences of its compiler for abilities of the processor (jax-ml/jax#38445).
# What fails in XLA raises an exception anyway.
_LEVEL = "TF_CPP_MIN_LOG_LEVEL"
_NOTHING = "3"  # but what ends the process
_OF_JAX = "1"  # which JAX sets when it is imported, for the processes that are started afterwards too


def quiet_compiler() -> dict[str, str]:
    """Return what the environment needs for XLA to be silent; nothing where the user asked for its messages.

    They do by TF_CPP_MIN_LOG_LEVEL of 0 or 2, or by GLASSJAX_DEBUG.
    """
    debugging = os.environ.get("GLASSJAX_DEBUG", "0") not in ("", "0")
    asked = debugging or os.environ.get(_LEVEL, _OF_JAX) != _OF_JAX
    return {} if asked else {_LEVEL: _NOTHING}


def require_backend() -> None:
    """Refuse to go on where JAX cannot compute, as on a platform that this machine or this JAX does not have.

    Raises
    ------
    GlassjaxError
    """
    import jax

    try:
        jax.default_backend()
    except (RuntimeError, AssertionError) as error:  # the latter where a GPU is wanted and none is found
        wanted = jax.config.jax_platforms  # pyright: ignore[reportAttributeAccessIssue]
        why = f": {str(error).splitlines()[0]}" if str(error) else ""
        raise GlassjaxError(
            f"JAX cannot compute on '{wanted}', the platform that JAX_PLATFORMS names{why}; unset JAX_PLATFORMS or set "
            "it to cpu (a GPU needs its driver and python -m pip install 'jax[cuda12]')"
            if wanted
            else f"JAX finds nothing to compute on{why}; install it again: python -m pip install --force-reinstall jax"
        ) from error
