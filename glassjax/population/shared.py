"""Parameters that glasses share in kind: each glass its own value, all values from one distribution.

A shared parameter θ, positive, of the glass g is

    ln θ_g ~ N(ln m, τ²),

with the median m of all glasses and their spread τ free under priors of their own. A glass fitted alone has the prior
that follows when m and τ are not known from others, taken as log-normal: its median m₀ is that of m, its variance
τ₀² = Var[ln m] + ⟨τ²⟩. The study of each member has this prior, and the population replaces it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import StudyError, suggest
from ..problem.priors import Prior
from ..study import Study

PARTS = ("median", "spread")
_LEVELS = (np.arange(400) + 0.5) / 400


@dataclass(frozen=True)
class Shared:
    """A shared parameter: priors of the median of all glasses, and of the spread of ln θ between them."""

    name: str
    median: Prior
    spread: Prior

    @property
    def alone(self) -> Prior:
        """Prior of a glass without the others."""
        variance = np.var(np.log(self.median.quantile(_LEVELS))) + np.mean(self.spread.quantile(_LEVELS) ** 2)
        spelling = {
            "distribution": "log-normal",
            "median": self.median.median,
            "spread": float(np.sqrt(variance)),
        }
        return Prior.parse(spelling, self.name)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {part: getattr(self, part).to_dict() for part in PARTS}


def parse_shared(table: Any) -> dict[str, Shared]:
    """Read ``{name: {"median": prior, "spread": prior}}``."""
    if not isinstance(table, Mapping) or not table:
        raise StudyError(
            "a population shares no parameter; add a table [shared.R] with priors of its median and its spread"
        )
    found = {}
    for name, entry in table.items():
        if not isinstance(entry, Mapping):
            raise StudyError(
                f"shared.{name} must be a table with priors of 'median' and 'spread', not {entry!r}"
            )
        for key in entry:
            if key not in PARTS:
                raise StudyError(
                    f"[shared.{name}] has no key '{key}'{suggest(str(key), PARTS)}; its keys are {', '.join(PARTS)}"
                )
        priors = {}
        for part in PARTS:
            if part not in entry:
                raise StudyError(f"[shared.{name}] needs a prior of its {part}")
            prior = priors[part] = Prior.parse(entry[part], f"{name}.{part}")
            if prior.support[0] < 0:
                raise StudyError(f"the prior of '{name}.{part}' must keep to positive values; add low = 0")
        found[name] = Shared(name, **priors)
    return found


def join(study: Study, shared: Mapping[str, Shared], member: str) -> Study:
    """Return the study of one glass with its shared parameters free, under the prior of a glass alone."""
    plain = study.to_dict()
    known = [parameter.name for parameter in study.theory.parameters()]
    for name, entry in shared.items():
        if name not in known:
            raise StudyError(
                f"the population shares '{name}', which {type(study.theory).__name__} of {member} has not"
                f"{suggest(name, known)}; it has {', '.join(known)}"
            )
        if name in study.ties:
            raise StudyError(
                f"the study of {member} ties '{name}', which the population shares; keep one of the two"
            )
        plain["parameters"].pop(name, None)
        plain["free"][name] = entry.alone.to_dict()
    return Study.from_dict(plain | {"name": member})
