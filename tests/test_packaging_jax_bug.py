"""jax 0.10.2 computes wrong numbers on the CPU under jit (jax-ml/jax#39103): the installed jax must not."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest


@pytest.mark.parametrize(("dtype", "rows"), [(np.float64, 16_385), (np.float32, 32_769)])
def test_jitted_row_sums_agree_with_numpy(dtype, rows):
    x = np.zeros((rows, 3), dtype)
    x[:, 0] = np.arange(rows)
    matrix = np.eye(3, dtype=dtype)
    expected = np.sum((x @ matrix.T) ** 2, axis=1)

    m = jnp.asarray(matrix)
    jitted = jax.jit(jax.vmap(lambda row: jnp.sum((m @ row) ** 2)))(jnp.asarray(x))

    np.testing.assert_allclose(np.asarray(jitted), expected, rtol=4 * np.finfo(dtype).eps)
