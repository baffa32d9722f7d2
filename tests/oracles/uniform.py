"""One real saddle of ln[Z(s) - 1] + s omega + ln K(s), by numerical differentiation in mpmath (Sec. IV.D-E)."""

from __future__ import annotations

import mpmath as mp

from .ripplons import Rule


def log_excess(omega: float, T: float, tg: float, rule: Rule, *, ground: bool = True) -> float:
    """ln of what the states above the ground state add to T_g(rho + rho_exc), next order as 1/(1 - c).

    K is the two-sided Laplace transform of e^{-y/tg} (y > 0) and 2 e^{y/tg}/(e^{-y/T} + 1) (y < 0), or of the second
    alone if not `ground`.
    """
    with mp.workdps(40):
        modes = [
            (mp.mpf(float(f)), mp.mpf(float(w))) for f, w in zip(rule.frequencies, rule.weights, strict=True)
        ]
        bound, temperature = 1 / mp.mpf(tg), mp.mpf(T)
        end = bound + 1 / temperature

        def exponent(s):
            log_z = -mp.fsum(w * mp.log1p(-mp.exp(-s * f)) for f, w in modes)
            x = (bound - s) * temperature
            transform = temperature * (mp.digamma((x + 2) / 2) - mp.digamma((x + 1) / 2))
            return (
                mp.log(mp.expm1(log_z)) + s * omega + mp.log(transform + (1 / (s + bound) if ground else 0))
            )

        # bisection in ln[s/(end - s)], where the slope of the convex exponent changes its sign
        def at(t):
            s, near = end / (1 + mp.exp(-t)), end / (1 + mp.exp(t))
            return s, min(s, near)

        low, high = mp.mpf(-15), mp.mpf(15)
        for _ in range(50):
            s, scale = at((low + high) / 2)
            h = scale / mp.mpf(10) ** 12
            half = (low + high) / 2
            low, high = (half, high) if exponent(s + h) < exponent(s - h) else (low, half)
        s, scale = at((low + high) / 2)
        h = scale / mp.mpf(10) ** 4
        values = [exponent(s + k * h) for k in range(-3, 4)]
        second = mp.fdot(values, [mp.mpf(c) / 180 for c in (2, -27, 270, -490, 270, -27, 2)]) / h**2
        third = mp.fdot(values, [mp.mpf(c) / 8 for c in (1, -8, 13, 0, -13, 8, -1)]) / h**3
        fourth = mp.fdot(values, [mp.mpf(c) / 6 for c in (-1, 12, -39, 56, -39, 12, -1)]) / h**4
        c = fourth / (8 * second**2) - 5 * third**2 / (24 * second**3)
        return float(values[3] - mp.log(2 * mp.pi * second) / 2 - mp.log(1 - c))
