"""The joint model: κ(T), C(T) and α(T) of a glass from one set of parameters (theory of Sec. 12)."""

from collections.abc import Mapping
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.typing import ArrayLike
from jaxtyping import Array, Float
from scipy import constants as si

from ..errors import GlassjaxError, UnstableSpectrumError, suggest
from ..glass import Glass
from ..theory import Derived, Parameter, Theory, check_temperatures, compiled
from ..validity import VALIDITY
from . import attraction, conductivity, expansion, heat_capacity, laboratory, mixing, ripplons
from .canonical import tabulate
from .counting import EXCITED, METHODS, Counting
from .coupling import relative_width
from .landscape import XI
from .rayleigh import FORM_FACTORS, LEAST_SPREAD
from .walls import harmonics

__all__ = ["FAST", "VERTICAL", "LubchenkoWolynes"]

VERTICAL = ("coupled", "bare")
"""Whether phonons dress every ripplon (Eq. 55), or leave bare those that cannot decay (Sec. 15.2)."""
FAST = ("lower", "both")
"""Signs of ε of the fast centres: only ε < 0, as Sec. V.B has it, or both as earlier versions counted them."""

_PARAMETERS = (
    Parameter(
        "tg", "T_g/T_D", "", 1.0, 8.0, "ratio of the two energy scales; tied to the glass if not given"
    ),
    Parameter("omega_c", r"\omega_c", "(a/xi) omega_D", 0.0, 2.5, "phonon cut-off felt by the ripplons"),
    Parameter("softening", r"\varsigma", "", 0.0, 0.9, "softening of the lowest ripplon, instead of omega_c"),
    Parameter("c", "c", "", 0.0, 0.5, "exponent of the tunnelling-amplitude distribution"),
    Parameter("B", "B", "", 0.0, 1000.0, "strength of quantum mixing"),
    Parameter("R", "R", "", 1.0, 1000.0, "mean free path over wavelength of bare two-level systems"),
    Parameter("xi", r"\xi/a", "", 4.0, 8.0, "size of a cooperative region in beads"),
    Parameter("A1", "A_1", "", 0.005, 0.5, "norm of the tunnelling-amplitude distribution"),
    Parameter("gamma0", r"\gamma_0", "", -8.4, 8.4, "Grüneisen parameter of the two-level systems"),
    Parameter("lattice_b", "b", "1/K4", -1e-7, 1e-7, "lattice part b T^3 of the expansion"),
    Parameter("floor", "f", "", 0.1, 10.0, "smallest mean free path over wavelength"),
    Parameter(
        "alpha_exc", r"\alpha", "", 0.2, 5.0, "reach of the excited states that absorb, in T (rule sharp)"
    ),
    Parameter(
        "form_spread",
        r"\sigma_R",
        "",
        LEAST_SPREAD,
        0.6,
        "spread of ln R_d in the form factor; 1/sqrt(D) if not given",
    ),
    Parameter("vertical_weight", "n_v", "", 0.0, 20.0, "number of bare ripplons over the paper's 2l + 1"),
    Parameter(
        "vertical_width",
        r"\sigma_v",
        "",
        0.0,
        0.5,
        "spread of ln omega of bare ripplons; 1/(2 sqrt(D)) if not given",
    ),
)

_OPTIONS: dict[str, tuple[str, ...]] = {
    "counting": METHODS,
    "excited": EXCITED,
    "smearing": ripplons.SMEARINGS,
    "friction": ripplons.FRICTIONS,
    "sums": attraction.EXPANSION_SUMS,
    "pairs": expansion.PAIRS,
    "form_factor": FORM_FACTORS,
    "vertical": VERTICAL,
    "fast": FAST,
}

_AS_PRINTED = {"excited": "thermal", "form_factor": "none", "vertical": "coupled"}
"""The paper's Eq. 43 and 36, without the remarks that Sec. 15 follows."""


class LubchenkoWolynes(Theory):
    """Lubchenko & Wolynes (2005): tunnelling domains with vibrating walls.

    κ: two additive channels, ordinary centres dressed by ripplons (Eq. 48) and fast centres (Eq. 68). C: Debye plus
    ripplons (Eq. 36) plus time-dependent two-level systems (Eq. 69). α: ripplon attraction (Eq. 73), two-level
    systems with Grüneisen parameter ``gamma0``, and a lattice part. By default short phonons couple less, excited
    states absorb by the rule of Fig. 20, and vertical ripplons are bare (theory Sec. 15): docs/plateau-and-bump.md has
    the evidence. `as_printed` leaves all three out.

    Parameters
    ----------
    tg : scalar or None
        T_g/ω_D in the ripplons' coupling (Sec. 4-7), 1 … 8. None ties it to the glass's own T_g/T_D, which always
        sets the density and relaxation rate of the two-level systems.
    omega_c : scalar
        Phonon cut-off in (a/ξ)ω_D, 0 … 2.5; unstable where `softening` reaches 1.
    c, B, A1 : scalar
        Tunnelling-amplitude exponent, quantum mixing, and norm of the distribution (Eq. 22, 64-69).
    R : scalar
        l/λ of the bare two-level systems (Eq. 20).
    xi : scalar
        ξ/a.
    gamma0 : scalar
        Direct coupling of two-level systems to strain, bounded by 8.4 in size (Eq. 82).
    lattice_b : scalar
        b in 1/K⁴ of the anharmonic lattice's b T³.
    floor : scalar
        Smallest l/λ.
    alpha_exc : scalar
        α of Fig. 20's rule ρ_exc = N_{αT}, of order one; ``excited="sharp"`` alone uses it.
    form_spread : scalar or None
        Spread of ln R_d in the form factor of short phonons, 0.05 … 0.6; None is 1/√D.
    vertical_weight, vertical_width : scalar, scalar or None
        n_v, the number of bare ripplons over the paper's 2l + 1, and the spread of the logarithm of their frequency,
        None is 1/(2√D); ``vertical="bare"`` alone uses them.
    form_factor, excited, vertical, fast : options
        Static. `rayleigh.form_factor` of short phonons: "none", "sphere" or "surface". How excited states absorb:
        "thermal" (Eq. 43), "sharp" (Fig. 20) or "populations". Ripplons that no phonon can be emitted from are
        "bare" or "coupled" like all others (`heat_capacity.vertical_heat_capacity`). Fast centres have ε < 0
        ("lower"), or "both" signs as in earlier versions.
    counting, smearing, friction, normalise, saturation, sums, pairs, cut_fast, mixed_expansion : options
        Static. ``counting`` is "uniform", within 3 % of "exact" in κ at about the cost of "saddle", the paper's own
        saddle point, which is up to a third off. For the others see `counting`, `ripplons.broadened_spectrum`,
        `conductivity.mean_free_path`, `attraction.attraction_expansion` and `mixing`; ``mixed_expansion`` adds Eq. 77
        (Eq. 79 unless ``sums`` is "full").
    """

    validity = VALIDITY["lubchenko-wolynes"]
    presets: ClassVar = {"as-printed": _AS_PRINTED}
    added: ClassVar = {**_AS_PRINTED, "fast": "both"}

    tg: ArrayLike | None = None
    omega_c: ArrayLike = 1.8
    c: ArrayLike = 0.05
    B: ArrayLike = 100.0
    R: ArrayLike = 150.0
    xi: ArrayLike = XI
    A1: ArrayLike = 0.07
    gamma0: ArrayLike = -8.0
    lattice_b: ArrayLike = 0.0
    floor: ArrayLike = 1.0
    alpha_exc: ArrayLike = 1.0
    form_spread: ArrayLike | None = None
    vertical_weight: ArrayLike = 1.0
    vertical_width: ArrayLike | None = None
    counting: str = eqx.field(static=True, kw_only=True, default="uniform")
    excited: str = eqx.field(static=True, kw_only=True, default="sharp")
    form_factor: str = eqx.field(static=True, kw_only=True, default="sphere")
    vertical: str = eqx.field(static=True, kw_only=True, default="bare")
    fast: str = eqx.field(static=True, kw_only=True, default="lower")
    smearing: str = eqx.field(static=True, kw_only=True, default="box")
    friction: str = eqx.field(static=True, kw_only=True, default="cubic")
    normalise: bool = eqx.field(static=True, kw_only=True, default=False)
    saturation: bool = eqx.field(static=True, kw_only=True, default=False)
    sums: str = eqx.field(static=True, kw_only=True, default="full")
    pairs: str = eqx.field(static=True, kw_only=True, default="ordered")
    cut_fast: bool = eqx.field(static=True, kw_only=True, default=False)
    mixed_expansion: bool = eqx.field(static=True, kw_only=True, default=False)

    def __check_init__(self) -> None:
        """Refuse unknown options."""
        for option, known in _OPTIONS.items():
            value = getattr(self, option)
            if value not in known:
                raise GlassjaxError(
                    f"no {option} '{value}'{suggest(value, known)}; there are {', '.join(known)}"
                )

    @classmethod
    def as_printed(cls, **fields: Any) -> "LubchenkoWolynes":
        """Return the theory of Eq. 43 and 36 as the paper prints them; ``fields`` are those of the class.

        Excited states count by the Fermi-weighted integral, phonons have no form factor, and every ripplon is coupled.
        ``counting="saddle"`` adds the paper's own way of counting. In study files it is ``preset = "as-printed"``.
        """
        return cls(**{**cls.presets["as-printed"], **fields})

    @classmethod
    def parameters(cls) -> tuple[Parameter, ...]:
        """Names, symbols, units and ranges."""
        return _PARAMETERS

    def idle(self) -> dict[str, str]:
        """Parameters that the options leave unused: those of other absorbers, form factors or vertical ripplons."""
        unused = {
            "excited": ("alpha_exc",) if self.excited != "sharp" else (),
            "form_factor": ("form_spread",) if self.form_factor == "none" else (),
            "vertical": ("vertical_weight", "vertical_width") if self.vertical == "coupled" else (),
        }
        return {
            name: f"{option} = '{getattr(self, option)}' does not use it"
            for option, names in unused.items()
            for name in names
        }

    def derived(self, glass: Glass) -> tuple[Derived, ...]:
        """Sizes, energies, frequencies and scattering strength of the fitted glass (Eq. 18, 19, 33, 48, 54).

        ξ = (ξ/a) a; P̄ = 1/(k_BT_gξ³) and γ = √(ρc_s²a³k_BT_g) of the theory (Sec. III.B, Eq. 18); C of
        `laboratory.tunnelling_strength`; l of `laboratory.thermal_path` at 1 K; ω_2 of Eq. 33, bare and shifted
        by ς ω_2 (`laboratory.lowest_ripplon`); ω_c/2π (`laboratory.cutoff_frequency`).
        """
        strength = laboratory.tunnelling_strength(self.R, saturation=self.saturation)
        path = laboratory.thermal_path(
            1.0,
            glass,
            self.energy_ratio(glass),
            self.R,
            self.B,
            self.c,
            self.floor,
            fast_share=self._fast_share,
            cut_fast=self.cut_fast,
        )
        bare = laboratory.lowest_ripplon(glass, self.xi)
        soft = laboratory.lowest_ripplon(glass, self.xi, self.softening(glass))
        cutoff = laboratory.cutoff_frequency(glass, self.omega_c, self.xi)
        to_thz = si.k / si.h * 1e-12
        density = "density of states of two-level systems, 1/(k_B T_g xi^3)"
        return (
            Derived("domain_size", r"\xi", "nm", "size of a domain", glass.domain_size(self.xi) * 1e9),
            Derived("density_of_states", r"\bar{P}", "1/(J m3)", density, glass.density_of_states(self.xi)),
            Derived("coupling", r"\gamma", "eV", "coupling of a domain to phonons", glass.coupling / si.eV),
            Derived("strength", "C", "", "tunnelling strength that conducts as R does", strength),
            Derived("path_1K", "l", "µm", "mean free path of phonons with ħω = k_B · 1 K", path * 1e6),
            Derived("ripplon_K", r"\omega_2", "K", "lowest ripplon, uncoupled", bare),
            Derived("ripplon_THz", r"\omega_2/2\pi", "THz", "the same as a frequency", bare * to_thz),
            Derived("soft_ripplon_K", r"\omega_2(1-\varsigma)", "K", "lowest ripplon, softened", soft),
            Derived(
                "soft_ripplon_THz",
                r"\omega_2(1-\varsigma)/2\pi",
                "THz",
                "the same as a frequency",
                soft * to_thz,
            ),
            Derived("cutoff_THz", r"\omega_c/2\pi", "THz", "phonon cut-off of ripplons", cutoff * 1e-12),
        )

    def energy_ratio(self, glass: Glass) -> ArrayLike:
        """T_g/ω_D of the ripplons' coupling: ``tg``, or the glass's own where that is None."""
        return glass.tg if self.tg is None else self.tg

    def softening(self, glass: Glass) -> Array:
        """ς of Sec. 5; the spectrum is stable below 1."""
        return ripplons.softening(
            self.energy_ratio(glass), self.omega_c, self.xi, glass.fragility, self.smearing
        )

    def _replace(self, values: Mapping[str, ArrayLike], glass: Glass) -> "LubchenkoWolynes":
        """Replace parameters; ``softening`` sets ``omega_c`` after all others."""
        values = dict(values)
        soft = values.pop("softening", None)
        if soft is not None and "omega_c" in values:
            raise GlassjaxError("softening and omega_c are the same parameter; give one of them")
        theory: Any = super()._replace(values, glass)
        if soft is None:
            return theory
        omega_c = ripplons.omega_c_from_softening(
            soft, theory.energy_ratio(glass), theory.xi, glass.fragility, self.smearing
        )
        return eqx.tree_at(lambda t: t.omega_c, theory, omega_c)

    def log_barrier(self, glass: Glass) -> Array:
        """-½[softplus((ς - 0.95)/0.01)]²: nothing below softening 0.9, -13 at 1, ever steeper beyond."""
        return -0.5 * jax.nn.softplus((self.softening(glass) - 0.95) / 0.01) ** 2

    def check(self, glass: Glass) -> None:
        """Raise `UnstableSpectrumError` if the lowest ripplon has gone soft (Sec. IV.F)."""
        soft = _softening(self, glass)
        if isinstance(soft, Tracer) or not np.any(np.asarray(soft) >= 1):
            return
        tg, limit = self.energy_ratio(glass), float(jnp.max(_stable_omega_c(self, glass)))
        raise UnstableSpectrumError(
            f"the lowest ripplon is unstable: softening {float(jnp.max(soft)):.3g} is not below 1 for {glass.name} at "
            f"tg = {float(jnp.max(jnp.asarray(tg))):.3g}; choose omega_c below {limit:.3g} or a smaller tg"
        )

    def spectrum(self, glass: Glass, *, gridded: bool = False) -> ripplons.Spectrum:
        """Ripplons broadened by their coupling to phonons, in ω_D; ``gridded`` for the exact counting."""
        return ripplons.broadened_spectrum(
            self.energy_ratio(glass),
            self.omega_c,
            self.xi,
            glass.fragility,
            self.smearing,
            normalise=self.normalise,
            friction=self.friction,
            gridded=gridded,
        )

    @compiled
    def thermal_conductivity(self, T: Float[ArrayLike, " n"], glass: Glass) -> Float[Array, " n"]:
        """Thermal conductivity in W/(m K) at ``T`` (n,) in K (Eq. 48 and 68, joined as in Sec. 12 and 15).

        Meant below about 0.4 T_D; above, only the unit and the floor are left.
        """
        return glass.kappa_unit * self._conductivity(T, glass, self.counting)

    def counting_error(self, T: Float[ArrayLike, " n"], glass: Glass) -> Float[Array, " n"]:
        """Relative error of κ that the counting of states makes, at ``T`` (n,) in K; costs two or three evaluations.

        With ``counting="exact"`` it is estimated, by a count on a grid of twice the step and by the partition function
        (Sec. IV.E); otherwise it is the distance from the exact count.
        """
        if self.excited == "populations":
            raise GlassjaxError(
                "full populations are counted exactly by every counting: there is no error to tell"
            )
        fine = self._conductivity(T, glass, "exact")
        if self.counting != "exact":
            return jnp.abs(self._conductivity(T, glass, self.counting) / fine - 1)
        coarse = self._conductivity(T, glass, "exact", coarse=True)
        return conductivity.counting_error(
            check_temperatures(T) / glass.debye_temperature, self._counted(glass, "exact"), fine, coarse
        )

    def _counted(self, glass: Glass, method: str, *, coarse: bool = False) -> Counting:
        """Return the counting of the states of this theory's ripplons by ``method``."""
        return Counting.of(
            self.spectrum(glass, gridded=method == "exact"),
            self.energy_ratio(glass),
            method,
            self.excited,
            self.alpha_exc,
            coarse=coarse,
        )

    def _conductivity(
        self, T: Float[ArrayLike, " n"], glass: Glass, method: str, *, coarse: bool = False
    ) -> Array:
        """κ/κ₀ (n,) with states counted by ``method``."""
        T = check_temperatures(T) / glass.debye_temperature
        self.check(glass)
        scattering = conductivity.Scattering(
            self.c,
            self.B,
            self.floor,
            self.cut_fast,
            self._fast_share,
            self.form_factor,
            self._form_spread(glass),
            self.xi,
        )
        counted = self._counted(glass, method, coarse=coarse)
        return conductivity.joint_conductivity(T, counted, self.R, scattering, saturation=self.saturation)

    @compiled
    def heat_capacity(
        self, T: Float[ArrayLike, " n"], glass: Glass, *, time: ArrayLike = 10.0
    ) -> Float[Array, " n"]:
        """Specific heat in J/(kg K) at ``T`` (n,) in K, observed over ``time`` in s (Eq. 36 and 69, Sec. 12 and 15).

        Debye phonons, plus Eq. 36 without its bare two-level systems, plus Eq. 69 with ordinary centres of both signs
        of ε and fast ones of ε < 0. Meant below about 0.15 T_D.
        """
        T = check_temperatures(T) / glass.debye_temperature
        self.check(glass)
        tg = self.energy_ratio(glass)
        dressed = self._ripplon_heat_capacity(T, glass) - heat_capacity.two_level_heat_capacity(T, tg)
        debye = heat_capacity.debye_heat_capacity(T) * jnp.asarray(self.xi) ** 3
        per_domain = debye + dressed + self._two_level(T, glass, time)
        return per_domain * self._boltzmann_per_domain(glass) / glass.density

    @compiled
    def thermal_expansion(
        self, T: Float[ArrayLike, " n"], glass: Glass, *, time: ArrayLike = 10.0
    ) -> Float[Array, " n"]:
        """Linear thermal expansion in 1/K at ``T`` (n,) in K (Eq. 73-79 and 82, Sec. 12).

        α = α_rr/3 [+ α_rT/3] + γ₀ C_TLS/(3K) + b T³, C_TLS the two-level part of `heat_capacity` per volume.
        """
        kelvin = check_temperatures(T)
        T = kelvin / glass.debye_temperature
        tg = glass.tg
        per_domain = attraction.attraction_expansion(
            T, tg, self.xi, sums=self.sums, pairs=self.pairs, mixed=self.mixed_expansion
        )
        per_domain = per_domain + self.gamma0 * self._two_level(T, glass, time)
        modulus = glass.bulk_modulus
        return per_domain * (self._boltzmann_per_domain(glass) / (3 * modulus)) + self.lattice_b * kelvin**3

    def _ripplon_heat_capacity(self, T: Array, glass: Glass) -> Array:
        """Eq. 36, two-level systems included, in k_B per domain (Sec. IV.C and theory Sec. 15.2)."""
        tg, D = self.energy_ratio(glass), glass.fragility
        if self.vertical == "coupled":
            return heat_capacity.ripplon_heat_capacity(T, tg, tabulate(self.spectrum(glass)))
        return heat_capacity.vertical_heat_capacity(
            T,
            tg,
            ripplons.broadened_modes(
                tg,
                self.omega_c,
                self.xi,
                D,
                self.smearing,
                normalise=self.normalise,
                friction=self.friction,
            ),
            ripplons.vertical_modes(self.xi, D, self.vertical_weight, self.vertical_width),
            ripplons.frequency(harmonics(), self.xi),
        )

    def _two_level(self, T: Array, glass: Glass, time: ArrayLike) -> Array:
        """Time-dependent two-level systems, in k_B per domain (Eq. 69): ordinary ones of both signs of ε."""
        return 2 * mixing.mixed_heat_capacity(
            T,
            time * glass.debye_frequency,
            glass.tg,
            self.A1,
            self.B,
            self.c,
            cut_fast=self.cut_fast,
            fast_share=self._fast_share,
        )

    @property
    def _fast_share(self) -> float:
        """Fast centres over ordinary ones at Bω = 1, each of the signs of ε that it has (Sec. 12)."""
        return 0.5 if self.fast == "lower" else 1.0

    def _form_spread(self, glass: Glass) -> ArrayLike:
        """σ_R of Sec. 15.1: ``form_spread``, or 1/√D."""
        return relative_width(glass.fragility) if self.form_spread is None else self.form_spread

    def _boltzmann_per_domain(self, glass: Glass) -> ArrayLike:
        """k_B/ξ³ in J/(K m³)."""
        return si.k * 1e27 / (jnp.asarray(self.xi) ** 3 * glass.bead_volume)


@jax.jit
def _softening(theory: LubchenkoWolynes, glass: Glass) -> Array:
    return theory.softening(glass)


@jax.jit
def _stable_omega_c(theory: LubchenkoWolynes, glass: Glass) -> Array:
    return ripplons.omega_c_from_softening(
        1.0, theory.energy_ratio(glass), theory.xi, glass.fragility, theory.smearing
    )
