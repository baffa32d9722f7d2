"""What the three ways of counting cost, and why the exact one goes through a Fourier transform.

python benchmarks/counting.py [--json FILE] [--repeats N]

Times are medians over repetitions in which the candidates take turns; ratios are medians of the ratios within each
turn. Compiling is told apart: the first call less a warm one. See README.md beside this file.
"""

import argparse
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from rich.console import Console

import glassjax
from glassjax.lubchenko_wolynes import convolution, exact, ripplons
from glassjax.lubchenko_wolynes.conductivity import reduced_conductivity

sys.path.insert(0, str(Path(__file__).parent))
from timing import Row, in_turns, interruptible, machine, new_file, positive, show, write_json

METHODS = ("saddle", "uniform", "exact")
PARAMETERS = np.array([4.0, 1.8, 5.8])
"""tg, omega_c and xi; softening 0.37."""
TEMPERATURES = np.geomspace(1e-3, 0.3, 60)
BARE = 150.0
WORDS = ("spectrum", "task", "method", "answer", "route")


def kappa(parameters: jax.Array, method: str, coupled: bool) -> jax.Array:
    """κ/κ₀ (60,) with all that depends on the parameters, the broadened spectrum included."""
    tg, omega_c, xi = parameters
    if coupled:
        spectrum = ripplons.broadened_spectrum(tg, omega_c, xi, gridded=method == "exact")
    else:
        spectrum = ripplons.discrete_spectrum(xi)
    return reduced_conductivity(TEMPERATURES, tg, spectrum, BARE, method=method)


def mean_log(parameters: jax.Array, method: str, coupled: bool) -> jax.Array:
    """Mean of ln κ, whose gradient by tg, omega_c and xi is what a fit asks for."""
    return jnp.mean(jnp.log(kappa(parameters, method, coupled)))


def of_methods(repeats: int) -> list[Row]:
    """κ at 60 temperatures: values alone, and a value with its gradient, by each method."""
    rows = []
    for coupled, spectrum in ((True, "broadened"), (False, "discrete")):
        for task, function in (("value", kappa), ("value and gradient", mean_log)):
            calls = {}
            for method in METHODS:
                pure = partial(function, method=method, coupled=coupled)
                program = jax.jit(pure if task == "value" else jax.value_and_grad(pure))
                calls[method] = partial(program, jnp.asarray(PARAMETERS))
            for method, row in in_turns(calls, "saddle", repeats).items():
                rows.append({"spectrum": spectrum, "task": task, "method": method, **row})
    return rows


def lines_on_grid(modes: jax.Array) -> jax.Array:
    """c_n = Σ_k a_{n/k}/k of modes a (n,) on a uniform grid: ln Z(s) = Σ_n c_n e^{-sE_n}."""
    count = len(modes)
    pairs = [(np.arange(1, (count - 1) // k + 1), k) for k in range(1, count)]
    m = np.concatenate([multiples for multiples, _ in pairs])
    k = np.concatenate([np.full(len(multiples), k) for multiples, k in pairs])
    return jnp.zeros_like(modes).at[m * k].add(modes[m] / k)


def transform(spectrum: Any, modes: jax.Array) -> jax.Array:
    """Level density of the spectrum with the density of modes ``modes`` (n,), by the exact counting: O(N ln N)."""
    return convolution.level_density(ripplons.GriddedSpectrum(spectrum.frequencies, spectrum.weights, modes))


def march(c: jax.Array) -> jax.Array:
    """Level density by Volterra's equation n Ω_n = n c_n + Σ_m m c_m Ω_{n-m}, one energy after the other: O(N²).

    Every step sums over the whole grid, half of it zeros: lengths have to be known when the program is compiled.
    """
    count = len(c)
    b = jnp.arange(count) * c
    turned = jnp.concatenate([b[::-1], jnp.zeros(count)])

    def step(n: jax.Array, states: jax.Array) -> jax.Array:
        earlier = jax.lax.dynamic_slice(turned, (count - 1 - n,), (count,))  # b_n, b_{n-1}, …, b_0, 0, …
        return states.at[n].set(jnp.dot(earlier, states) / n)

    ground = jnp.zeros(count).at[0].set(1.0)
    return jax.lax.fori_loop(1, count, step, ground).at[0].set(0.0)


def density(omega: np.ndarray, parameters: np.ndarray) -> np.ndarray:
    """Modes A(ω) per frequency of the broadened spectrum (Eq. 55), (n,)."""
    tg, omega_c, xi = parameters
    friction = np.asarray(ripplons.friction(omega, tg))
    shifted = omega + np.asarray(ripplons.shift(omega, tg, omega_c, xi))
    return sum(
        (2 * ell + 1) / np.pi * friction / ((shifted - float(ripplons.frequency(ell, xi))) ** 2 + friction**2)
        for ell in range(2, 10)
    )


def fine_states(
    parameters: np.ndarray, count: int = 2**18, damping: float = 16.0
) -> tuple[np.ndarray, np.ndarray]:
    """Energies up to 4 and states there, on a grid 16 times finer than the exact counting's, by NumPy."""
    energies = np.arange(count) * (4 / count)
    modes = np.zeros(count)
    modes[1:] = density(energies[1:], parameters) * energies[1]
    c = np.asarray(lines_on_grid(jnp.asarray(modes)))
    damp = np.exp(-damping * energies)
    states = np.fft.irfft(np.expm1(np.fft.rfft(c * damp, n=4 * count)), n=4 * count)[:count] / damp
    return energies, states


def partition(energies: np.ndarray, states: np.ndarray) -> np.ndarray:
    """Z(s) of the ground state and the states below 4, at s from 12 to 600: T/T_D from 0.08 down to 0.0017."""
    s = np.geomspace(12.0, 600.0, 30)
    return 1 + np.exp(-s[:, None] * energies[None, :]) @ states


def digamma(x: jax.Array) -> jax.Array:
    """ψ of complex x to 10⁻¹³, Re x > 0: upwards by recurrence, then the asymptotic series."""
    below = sum(1 / (x + k) for k in range(10))
    y = x + 10
    series = 1 / (12 * y**2) - 1 / (120 * y**4) + 1 / (252 * y**6) - 1 / (240 * y**8) + 1 / (132 * y**10)
    return jnp.log(y) - 1 / (2 * y) - series - below


def contour(parameters: jax.Array, points: int) -> jax.Array:
    """κ/κ₀ (60,) with T_g(ρ + ρ_exc) - e^{-β_gω} = (1/2πi)∫ds [Z(s)-1] e^{sω} K(s), on a vertical line for each T.

    The line crosses the real axis at the saddle for ω = 3T, where κ gets most, and serves all ω of that T.
    """
    tg, omega_c, xi = parameters
    spectrum = ripplons.broadened_spectrum(tg, omega_c, xi, gridded=False)
    omega, weights = exact.OMEGA
    bound = 1 / tg

    def log_kernel(s: jax.Array, T: jax.Array) -> jax.Array:
        x = (bound - s) * T
        return jnp.log(1 / (s + bound) + T * (digamma((x + 2) / 2) - digamma((x + 1) / 2)))

    def log_partition(s: jax.Array) -> jax.Array:
        return -jnp.sum(spectrum.weights * jnp.log(-jnp.expm1(-s * spectrum.frequencies)), axis=-1)

    def at(T: jax.Array) -> jax.Array:
        share = jnp.linspace(0.02, 0.98, 49)
        trial = share * (bound + 1 / T)
        height = jax.lax.map(lambda s: jnp.log(jnp.expm1(log_partition(s))) + 3 * T * s, trial)
        crossing = trial[jnp.argmin(height + log_kernel(trial, T))]
        # the trapezoidal rule then errs by e^{-2π/0.16}
        step = 0.16 * jnp.minimum(crossing, bound + 1 / T - crossing)
        s = crossing + 1j * step * jnp.arange(points)
        excess = jnp.expm1(jax.lax.map(log_partition, s, batch_size=16))
        values = excess * jnp.exp(log_kernel(s, T)) * jnp.where(jnp.arange(points) == 0, 0.5, 1.0)
        total = (
            jnp.exp(-bound * omega) + jnp.real(jnp.exp(omega[:, None] * s[None, :]) @ values) * step / jnp.pi
        )
        x = omega / T
        heat = (x / -jnp.expm1(-x)) ** 2 * jnp.exp(-x)
        return jnp.sum(weights * omega * heat * (BARE / total + 1))

    return jax.lax.map(at, jnp.asarray(TEMPERATURES))


def largest(values: Any, reference: Any) -> float:
    """Largest relative deviation."""
    return float(np.max(np.abs(np.asarray(values) / np.asarray(reference) - 1)))


def memory(function: Callable[..., jax.Array], *arguments: Any) -> float:
    """Return the MB that the gradient of the sum of ``function`` sets aside, without running it."""
    program = jax.jit(jax.grad(lambda *given: jnp.sum(function(*given))))
    return program.lower(*arguments).compile().memory_analysis().temp_size_in_bytes / 1e6


def thinned(modes: jax.Array, factor: int) -> jax.Array:
    """Put modes (n,) onto a grid with a ``factor`` times larger step, each shared by its two neighbours."""
    count = len(modes) // factor
    place = np.arange(len(modes)) / factor
    below = np.minimum(place.astype(int), count - 2)
    share = place - below
    return jnp.zeros(count).at[below].add(modes * (1 - share)).at[below + 1].add(modes * share).at[0].set(0.0)


def of_routes(repeats: int) -> list[Row]:
    """One exact level density by transform and by marching, and κ from it and by a contour integral."""
    parameters = jnp.asarray(PARAMETERS)
    spectrum = ripplons.broadened_spectrum(*PARAMETERS)
    grid = np.arange(ripplons.GRID_COUNT) * ripplons.GRID_STEP
    modes = np.zeros_like(grid)
    modes[1:] = density(grid[1:], PARAMETERS) * ripplons.GRID_STEP
    c = lines_on_grid(jnp.asarray(modes))
    coarse = lines_on_grid(thinned(jnp.asarray(modes), 4))

    reference = partition(*fine_states(PARAMETERS))
    densities = {
        "transform (convolution.level_density)": (partial(transform, spectrum), spectrum.density, grid),
        "march, the same grid": (march, c, grid),
        "march, 4 times the step": (march, coarse, grid[::4]),
    }
    programs = {name: partial(jax.jit(function), given) for name, (function, given, _) in densities.items()}
    rows = []
    for name, row in in_turns(programs, next(iter(programs)), repeats).items():
        function, given, energies = densities[name]
        error = largest(partition(energies, np.asarray(programs[name]())), reference)
        size = memory(function, given)
        rows.append(
            {"answer": "level density", "route": name, **row, "deviation": error, "gradient_mb": size}
        )

    finer = jax.jit(partial(contour, points=800))(parameters)
    routes = {
        "transform (method exact)": partial(kappa, method="exact", coupled=True),
        "contour, 100 points a line": partial(contour, points=100),
        "contour, 200 points a line": partial(contour, points=200),
    }
    programs = {name: partial(jax.jit(function), parameters) for name, function in routes.items()}
    for name, row in in_turns(programs, next(iter(programs)), max(3, repeats // 4)).items():
        error = largest(programs[name](), finer)
        size = memory(routes[name], parameters)
        rows.append({"answer": "κ at 60 T", "route": name, **row, "deviation": error, "gradient_mb": size})
    return rows


def main() -> None:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(description="Time the ways of counting states.")
    parser.add_argument("--json", type=new_file, help="file for all numbers, with machine, versions and load")
    parser.add_argument(
        "--repeats", type=positive, default=40, help="turns to take the median of (default 40)"
    )
    arguments = parser.parse_args()
    glassjax.enable_x64()
    before = machine()
    console = Console(width=None if os.isatty(1) else 110)

    methods = of_methods(arguments.repeats)
    show(
        console,
        "κ at 60 temperatures",
        ["spectrum", "task", "method", "ms", "ratio", "compile s"],
        [
            [
                r["spectrum"],
                r["task"],
                r["method"],
                f"{r['ms']:.2f}",
                f"{r['ratio']:.2f}",
                f"{r['compile_s']:.1f}",
            ]
            for r in methods
        ],
        WORDS,
    )
    routes = of_routes(max(3, arguments.repeats // 4))
    show(
        console,
        "Why the transform",
        ["answer", "route", "ms", "ratio", "deviation", "gradient MB"],
        [
            [
                r["answer"],
                r["route"],
                f"{r['ms']:.1f}",
                f"{r['ratio']:.1f}",
                f"{r['deviation']:.0e}",
                f"{r['gradient_mb']:.0f}",
            ]
            for r in routes
        ],
        WORDS,
    )
    after = machine()["load"]
    console.print(
        f"{before['processor']}, {before['cores']} cores; load before {before['load']}, after {after}"
    )
    found = {
        "machine": before | {"load_after": after},
        "parameters": dict(zip(("tg", "omega_c", "xi"), PARAMETERS.tolist(), strict=True)),
        "repeats": arguments.repeats,
        "methods": methods,
        "routes": routes,
    }
    write_json(arguments.json, found)


if __name__ == "__main__":
    interruptible(main)
