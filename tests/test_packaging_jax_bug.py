"""jax 0.10.2 computes wrong numbers on the CPU under jit (jax-ml/jax#39103): the installed jax must not."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from glassjax.problem.compiling import compiler_options

# As for users: the fast tests compile with less. Names that this XLA knows.
USUAL = {"xla_backend_optimization_level": 3, "xla_cpu_use_fusion_emitters": True}


@pytest.mark.parametrize(("dtype", "rows"), [(np.float64, 16_385), (np.float32, 32_769)])
def test_jitted_row_sums_agree_with_numpy(dtype, rows):
    x = np.zeros((rows, 3), dtype)
    x[:, 0] = np.arange(rows)
    matrix = np.eye(3, dtype=dtype)
    expected = np.sum((x @ matrix.T) ** 2, axis=1)

    m = jnp.asarray(matrix)
    row_sums = jax.vmap(lambda row: jnp.sum((m @ row) ** 2))
    options = {name: USUAL[name] for name in compiler_options()}
    jitted = jax.jit(row_sums, compiler_options=options)(jnp.asarray(x))

    np.testing.assert_allclose(np.asarray(jitted), expected, rtol=4 * np.finfo(dtype).eps)
