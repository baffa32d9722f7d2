"""How hard to look: starts of the maximisation, chains and draws of the sampler."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from ..errors import StudyError, suggest

METHODS = ("bfgs", "levenberg-marquardt", "adam")
CHAIN_METHODS = ("automatic", "parallel", "vectorised")
_CHOICES = {"method": METHODS, "chain_method": CHAIN_METHODS}


@dataclass(frozen=True)
class Sampler:
    """Settings of a fit, and of its table ``[sampler]``.

    Parameters
    ----------
    starts : int
        Starts of the maximisation, spread over the central nine tenths of each prior.
    steps : int
        Most steps of one start.
    method : {"bfgs", "levenberg-marquardt", "adam"}
        How each start climbs; see `glassjax.fitting.maximise`.
    chains, warmup, draws : int
        Markov chains, steps of adaptation of each, draws kept of each.
    target_accept : float
        Acceptance rate the step size is tuned to. On silica 0.6 costs a third fewer gradients for as many effective
        draws, but now and then a trajectory runs up where α grows exponentially with c, and diverges.
    tree_depth : int
        Most doublings of a trajectory: at most 2^tree_depth − 1 gradients a draw.
    adapt_metric : bool
        Whether warmup re-estimates the mass matrix. Off by default: the Laplace covariance is the better one for a
        posterior near a Gaussian, and warmup then needs steps for the step size only. Allow 300 steps or more of warmup
        if on.
    chain_method : {"automatic", "parallel", "vectorised"}
        Whether chains run side by side in threads or as one batch. "automatic" is threads on the CPU, where a batch
        waits for its longest trajectory, and a batch on other devices.
    """

    starts: int = 6
    steps: int = 150
    method: str = "bfgs"
    chains: int = 4
    warmup: int = 150
    draws: int = 700
    target_accept: float = 0.85
    tree_depth: int = 8
    adapt_metric: bool = False
    chain_method: str = "automatic"

    @classmethod
    def parse(cls, spelling: "Mapping[str, Any] | Sampler | None") -> "Sampler":
        """Read the settings, refusing unknown ones."""
        if spelling is None:
            return cls()
        if not isinstance(spelling, (Sampler, Mapping)):
            raise StudyError(f"sampler must map settings to values, not be {spelling!r}")
        return spelling if isinstance(spelling, Sampler) else cls().replace(**spelling)

    def replace(self, **settings: Any) -> "Sampler":
        """Return these settings with some changed; None leaves one as it is."""
        known = asdict(self)
        changes = {name: value for name, value in settings.items() if value is not None}
        for name, value in changes.items():
            if name not in known:
                raise StudyError(
                    f"[sampler] has no key '{name}'{suggest(name, known)}; its keys are {', '.join(known)}"
                )
            if name == "target_accept":
                if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0.5 <= value < 1:
                    raise StudyError(f"sampler.target_accept must lie between 0.5 and 1, not {value!r}")
            elif name in _CHOICES:
                if value not in _CHOICES[name]:
                    raise StudyError(
                        f"sampler.{name} has no choice {value!r}{suggest(str(value), _CHOICES[name])}; "
                        f"there are {', '.join(_CHOICES[name])}"
                    )
            elif name == "adapt_metric":
                if not isinstance(value, bool):
                    raise StudyError(f"sampler.adapt_metric must be true or false, not {value!r}")
            elif isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise StudyError(f"sampler.{name} must be a whole number of at least 1, not {value!r}")
        return replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        return asdict(self)
