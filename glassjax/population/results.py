"""What the fit of a population returns: a maximum or a posterior over all glasses, and those of each glass in it."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np
import xarray as xr

from ..errors import GlassjaxError, suggest
from ..random_streams import generator
from ..results import table as tables
from ..results import trees
from ..results.limits import LEVEL, ends, interval
from ..results.maximum import Maximum
from ..results.misfit import Misfit
from ..results.outcome import Peak, Start
from ..results.posterior import Posterior
from ..results.result import Result
from ..results.text import aligned, misfit_lines, summary
from ..results.verdict import Part, join_theories
from . import assembly
from .shared import PARTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..problem.study_file import Sampler

PLOTS = ("population", "observables", "corner", "trace")


class _OfPopulation(Result):
    """What the maximum and the posterior of a population have in common, in place of what they have of a study."""

    groups_needed = ("posterior", "maximum", "starts", "members", "alone")
    figures = PLOTS
    population = True
    _member_type: type[Maximum] | type[Posterior]

    @cached_property
    def study(self) -> Any:
        """The population this is a fit of, data included."""
        return self._given(self.tree) if callable(self._given) else self._given

    @cached_property
    def members(self) -> dict[str, Any]:
        """The result of each glass as a member of the population, with all that the result of a study has."""
        return {
            name: self._member_type(self.tree[f"members/{name}"], study)
            for name, study in self.study.members.items()
        }

    @cached_property
    def glasses(self) -> list[dict[str, Any]]:
        """One row a glass and shared parameter, in the population and alone.

        ``estimate`` (median), ``low`` and ``high`` from the draws; ``alone`` and ``alone_low``, ``alone_high`` from the
        Gaussian at the maximum of the glass fitted alone; ``shrinkage``, 1 − the ratio of
        the two widths of ln θ: 0 where the other glasses add nothing.
        """
        alone = self.tree["alone"].to_dataset()
        rows = []
        for name in self.study.shared:
            for member in self.study.members:
                low, middle, high = np.quantile(self.draws[f"{member}.{name}"], assembly.QUANTILES)
                by_itself = np.asarray(alone[name].sel(member=member))
                rows.append(
                    {
                        "member": member,
                        "parameter": name,
                        "estimate": float(middle),
                        "low": float(low),
                        "high": float(high),
                        "alone": float(by_itself[1]),
                        "alone_low": float(by_itself[0]),
                        "alone_high": float(by_itself[2]),
                        "shrinkage": float(1 - np.log(high / low) / np.log(by_itself[2] / by_itself[0])),
                    }
                )
        return rows

    def predictive(self, name: str, *, seed: int = 0) -> np.ndarray:
        """Draws (n,) of a shared parameter in a glass that was not measured."""
        if name not in self.study.shared:
            raise GlassjaxError(
                f"the population does not share '{name}'{suggest(name, self.study.shared)}; it shares "
                f"{', '.join(self.study.shared)}"
            )
        median, spread = (self.draws[f"{name}.{part}"] for part in PARTS)
        normal = generator(seed, "glass that was not measured").standard_normal(len(median))
        return median * np.exp(spread * normal)

    @cached_property
    def tied(self) -> list[dict[str, Any]]:
        """Nothing: what is tied belongs to the members."""
        return []

    @cached_property
    def derived(self) -> list[dict[str, Any]]:
        """Nothing: what follows from the parameters of a glass is in the result of that member."""
        return []

    @cached_property
    def misfits(self) -> tuple[Misfit, ...]:
        """How each quantity of each glass fits at the maximum, glass after glass."""
        return tuple(entry for member in self.members.values() for entry in member.misfits)

    def _rows(
        self, estimate: dict[str, float], diagnostics: dict[str, dict[str, float]] | None
    ) -> list[dict[str, Any]]:
        """Make the table: medians and spreads of the population."""
        rows = []
        for name in self.study.common:
            prior = self.study.free[name]
            kind, _, part = name.rpartition(".")
            symbol, unit = self._symbol(kind, part)
            span = interval(self.draws[name], *ends(prior), gaussian=isinstance(self, Maximum))
            row: dict[str, Any] = {
                "name": name,
                "symbol": symbol,
                "unit": unit,
                "estimate": estimate[name],
                "low": span.low,
                "high": span.high,
                "sd": float(np.std(self.draws[name], ddof=1)),
                "limit": span.limit,
                "level": tables.level_of(span),
                "prior": prior.describe(),
                "meaning": f"{'median' if part == 'median' else 'standard deviation of the logarithm'} of {kind} "
                "among glasses",
            }
            rows.append(row | tables.diagnosed(name, diagnostics))
        return rows

    def _symbol(self, name: str, part: str) -> tuple[str, str]:
        study = next(iter(self.study.members.values()))
        symbol, unit = tables.symbol_and_unit(study, name)
        return (f"m_{{{symbol}}}", unit) if part == "median" else (rf"\tau_{{{symbol}}}", "")

    def bound_checks(self) -> tuple[list[tuple[str, float, bool]], list[str]]:
        """Return what piles up at a bound (name, bound, whether it ends its own range), and notes of the population.

        Of the glasses only what piles up where it should not; the rest is told with each of them.
        """
        piled, notes = [], []
        for name in self.study.common:
            bound = interval(
                self.draws[name], *ends(self.study.free[name]), gaussian=isinstance(self, Maximum)
            ).bound
            if bound is not None:
                piled.append((name, bound, bound == 0))
                if bound == 0:
                    notes.append(f"{name} piles up at 0: read its row as an upper limit")
        for member, result in self.members.items():
            piled += [
                (f"{member}.{name}", bound, natural)
                for name, bound, natural in result.bound_checks()[0]
                if not natural
            ]
        return piled, notes

    def validity_notes(self) -> list[str]:
        """Return, for each glass, what fitted rows lie where the theory is not meant to hold."""
        return [
            f"{name}: {note}" for name, member in self.members.items() for note in member.validity_notes()
        ]

    def _theory_verdict(self) -> Part:
        """Judge whether the theory describes the data of every glass."""
        return join_theories({name: member.verdict.theory for name, member in self.members.items()})

    def summary(self) -> str:
        """Return verdict, population, glasses and their fits as text."""
        fits = []
        for name, member in self.members.items():
            for entry in member.misfits:
                first, *others = misfit_lines(entry)
                fits += [f"  {name}: {first.strip()}", *(f"  {line}" for line in others)]
        glasses = f"Glasses (medians and {LEVEL:.0%} intervals; alone: fitted without the others)"
        sections = {
            f"Population ({self.estimate}, {tables.levels(self.table)})": tables.text(self.table),
            glasses: self._glass_lines(),
            "Fit at the maximum": fits,
        }
        return summary(self.heading, self.verdict, sections, self.closing())

    def to_dict(self) -> dict[str, Any]:
        """Return the summary as plain values, the glasses included."""
        return super().to_dict() | {"glasses": self.glasses}

    def _glass_lines(self) -> list[str]:
        cells = [["parameter", "glass", "median", "interval", "alone", "interval", "shrinkage"]]
        for row in self.glasses:
            values = [
                f"{row[key]:.3g}" for key in ("estimate", "low", "high", "alone", "alone_low", "alone_high")
            ]
            middle, low, high, alone, alone_low, alone_high = values
            cells.append(
                [
                    row["parameter"],
                    row["member"],
                    middle,
                    f"{low} … {high}",
                    alone,
                    f"{alone_low} … {alone_high}",
                    f"{row['shrinkage']:.0%}",
                ]
            )
        return aligned(cells, left=range(len(cells[0])))

    def plot(
        self, kind: str = "population", *, width: "str | int | float | None" = None, **options: Any
    ) -> Any:
        """Draw a figure, one of `PLOTS`, and return its axes; those of one glass are ``members[name].plot``.

        ``population`` shows each shared parameter in every glass, with the others and alone; ``observables`` data and
        theory of every glass; ``corner`` and ``trace`` the draws. ``width``: `glassjax.results.result.Result.plot`.
        """
        if kind not in PLOTS:
            raise GlassjaxError(
                f"no figure '{kind}' of a population{suggest(kind, PLOTS)}; there are {', '.join(PLOTS)}"
            )
        from .. import plotting

        own = {"population": plotting.population, "observables": plotting.population_observables}
        draw = own.get(kind) or getattr(plotting, kind)
        with plotting.style(width):
            return draw(self, **options)

    def predict(self, *_: Any, **__: Any) -> Any:
        """Refuse: only a glass has curves."""
        raise GlassjaxError(
            "a population has no curves of its own; ask one of its members, result.members[name]"
        )

    curve = residuals = predict


class PopulationMaximum(_OfPopulation, Maximum):
    """The maximum a posteriori of a population, with intervals from the Gaussian around it."""

    kind = "population-maximum"
    _member_type = Maximum

    @classmethod
    def build(
        cls,
        study: Any,
        seed: int,
        settings: "Sampler",
        outcomes: "Sequence[Start]",
        gaussian: Peak,
        seconds: float,
    ) -> "PopulationMaximum":
        """Put the outcome of a maximisation into a tree, and fit every glass alone from there."""
        likelihood = study.likelihood
        best = {name: float(x) for name, x in likelihood.compiled.constrain(gaussian.centre).items()}
        alone = assembly.alone(study, gaussian.centre, settings, seed)
        moved, centre, covariance = likelihood.recentred(
            study.determined(alone, gaussian.centre, gaussian.covariance),
            gaussian.centre,
            gaussian.covariance,
        )
        draws = moved.compiled.constrain(assembly.cloud(centre, covariance, generator(seed, "Laplace draws")))
        groups: dict[str, Any] = {
            "/": xr.Dataset(attrs=assembly.attributes(study, cls.kind, seed, settings, seconds)),
            "/posterior": trees.posterior_group(
                {name: np.asarray(column)[None] for name, column in draws.items()}, "laplace"
            ),
            **trees.maximum_groups(likelihood, outcomes, gaussian, best, {}),
            "/alone": alone,
        }
        for name, member in study.members.items():
            part = assembly.part(likelihood, name, gaussian)
            index = likelihood.index[name]
            own = [Start(o.begin[index], o.end[index], o.log_posterior, o.steps, o.reason) for o in outcomes]
            groups |= assembly.under(name, Maximum.build(member, seed, settings, own, part, seconds).tree)
        return cls(xr.DataTree.from_dict(groups), study)

    def _table(self) -> list[dict[str, Any]]:
        return self._rows(self.best, None)

    @property
    def heading(self) -> str:
        """First line of the summary."""
        return (
            f"{self.study.name}: maximum a posteriori of a population of {len(self.study.members)} glasses from "
            f"{len(self.starts)} starts"
        )


class PopulationPosterior(_OfPopulation, Posterior):
    """Draws from the posterior of a population by NUTS."""

    kind = "population-posterior"
    _member_type = Posterior

    @classmethod
    def build(
        cls,
        study: Any,
        seed: int,
        settings: "Sampler",
        start: Any,
        fields: dict[str, np.ndarray],
        seconds: float,
    ) -> "PopulationPosterior":
        """Put NumPyro's ``fields``, each (chains, draws, ...), into a tree with a branch for each glass."""
        likelihood = study.likelihood
        z = fields["z"]
        values = {name: np.asarray(column) for name, column in likelihood.compiled.constrain(z).items()}
        groups: dict[str, Any] = {
            "/": xr.Dataset(attrs=assembly.attributes(study, cls.kind, seed, settings, seconds)),
            "/posterior": trees.posterior_group(values, cls.inference),
            "/sample_stats": trees.per_row(cls.statistics(fields)),
            **{f"/{name}": start.tree[name].to_dataset() for name in ("maximum", "starts", "alone")},
        }
        parts = likelihood.parts(jnp.asarray(z))
        for name, member in study.members.items():
            own = fields | {"z": np.asarray(parts[name])}
            part = Posterior.build(member, seed, settings, start.members[name], own, seconds)
            groups |= assembly.under(name, part.tree)
        return cls(xr.DataTree.from_dict(groups), study)

    def _table(self) -> list[dict[str, Any]]:
        medians = {name: float(np.median(self.draws[name])) for name in self.study.common}
        return self._rows(medians, self.diagnostics)

    def bridge(self, *, seed: int | None = None) -> Any:
        """Refuse: bridge sampling in so many dimensions is not reliable."""
        raise GlassjaxError("bridge sampling is not offered for a population: too many parameters for it")

    @property
    def heading(self) -> str:
        """First line of the summary."""
        posterior = self.tree["posterior"]
        return (
            f"{self.study.name}: posterior of a population of {len(self.study.members)} glasses, "
            f"{posterior.sizes['chain']} chains of {posterior.sizes['draw']} draws (NUTS)"
        )
