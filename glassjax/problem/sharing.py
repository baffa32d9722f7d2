"""One compiled program for many studies: what differs between them goes in as numbers.

The program of a study alone has its temperatures, errors, constants and priors compiled in, and compiling takes far
longer than the fit: for silica's conductivity 11 s against 0.4 s. Studies of one `structure` (theory and options,
names, kinds of priors, ties, quantities) differ in numbers only, and `SharedPrograms` hands these to one program as
arguments.

Rows of different numbers share too: they are filled up to the next of a few sizes, see `size_for`. A row that fills up
has mean and measured value zero, no covariance with others, and the variance 1/2π, for which the density at zero is
one: it adds nothing to the posterior but rounding. A temperature that fills up repeats the last one.
"""

import copy
import math
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from ..glass import GLASS_CONSTANTS
from . import discrepancy as gp
from .blocks import Block
from .compiling import Programs, made_once, quick_jit
from .coordinates import Compiled
from .likelihood import Likelihood, linearise
from .materials import theory_to_dict
from .priors import Prior

if TYPE_CHECKING:
    from .specification import Specification

_UNIT = 1 / math.sqrt(2 * math.pi)  # deviation of a normal variable whose density at its mean is one


def size_for(rows: int) -> int:
    """Return the size that ``rows`` are filled up to: multiples of 8 to 64, of 32 to 256, of 128 beyond."""
    step = 8 if rows <= 64 else 32 if rows <= 256 else 128
    return -(-rows // step) * step


class Numbers(NamedTuple):
    """All numbers of a study that its programs take, as a pytree.

    Attributes
    ----------
    theory, glass, fixed : scalars by name: defaults of the theory, constants of the glass, fixed parameters
    priors : scalars by parameter and name
    time : scalar in s
    blocks : arrays by quantity and name, rows and temperatures filled up
    """

    theory: dict[str, Any]
    glass: dict[str, Any]
    fixed: dict[str, Any]
    priors: dict[str, dict[str, Any]]
    time: Any
    blocks: dict[str, dict[str, Any]]


def structure(study: "Specification", sizes: Mapping[str, tuple[int, int]]) -> Hashable:
    """Everything of a study that is compiled into its programs, ``sizes`` of the arrays by quantity included."""
    plain = theory_to_dict(study.theory)
    loose = _loose(study)
    fields = tuple((name, str(value)) for name, value in plain["fields"].items() if name not in loose)
    return (
        plain["class"],
        fields,
        loose,
        tuple(sorted(study.parameters)),
        tuple(
            (name, prior.distribution, tuple(sorted(dict(prior.numbers))))
            for name, prior in study.free.items()
        ),
        tuple((name, tie.text) for name, tie in study.in_order.items()),
        tuple((quantity, study.discrepancy[quantity].kernel) for quantity in sorted(study.discrepancy)),
        tuple(sizes.items()),
    )


def _loose(study: "Specification") -> tuple[str, ...]:
    """Names of the theory's own numbers: what it may compute with, but not decide by."""
    names = (parameter.name for parameter in study.theory.parameters())
    return tuple(name for name in names if isinstance(getattr(study.theory, name, None), float))


def numbers_of(likelihood: Likelihood) -> Numbers:
    """Collect the numbers of a study, the arrays filled up."""
    study = likelihood.study
    plain = Numbers(
        theory={name: getattr(study.theory, name) for name in _loose(study)},
        glass={name: getattr(study.glass, name) for name in GLASS_CONSTANTS},
        fixed=dict(study.parameters),
        priors={name: dict(prior.numbers) for name, prior in study.free.items()},
        time=study.time,
        blocks={},
    )
    blocks = {block.quantity: _filled(block) for block in likelihood.blocks}
    numbers = jax.tree.map(lambda number: np.asarray(number, dtype=float), plain)._replace(blocks=blocks)
    return jax.tree.map(jnp.asarray, numbers)


def _filled(block: Block) -> dict[str, Any]:
    """Arrays of a block, filled up."""
    n, size = len(block.row), size_for(len(block.row))
    temperature = np.full(size_for(len(block.temperature)), block.temperature[-1], dtype=float)
    temperature[: len(block.temperature)] = block.temperature
    found: dict[str, Any] = {
        "temperature": temperature,
        "row": _to_size(block.row, size),
        "present": _to_size(np.ones(n, dtype=bool), size),
    }
    if not block.moving:
        root = _UNIT * np.eye(size)
        root[:n, :n] = block.factor({}, np)
        return found | {"root": root}
    noise = np.zeros((size, size))
    noise[:n, :n] = block.noise
    found |= {"noise": noise, "log_temperature": np.log(temperature)[found["row"]]}
    if block.discrepancy is not None:
        found |= {
            "amplitude": np.asarray(block.discrepancy.amplitude),
            "length": np.asarray(block.discrepancy.length),
        }
    return found


def _to_size(array: np.ndarray, size: int) -> np.ndarray:
    found = np.zeros(size, dtype=array.dtype)
    found[: len(array)] = array
    return found


class _Filled(Block):
    """A block whose arrays are arguments of a program, with rows that fill it up where ``present`` (n,) is false."""

    present: Any
    numbers: Mapping[str, Any]

    @classmethod
    def make(cls, like: Block, study: "Specification", numbers: Mapping[str, Any]) -> "_Filled":
        """Return the block ``like``, of ``study``, with its arrays taken from ``numbers``."""
        changes = {name: numbers[name] for name in ("temperature", "row", "present")}
        changes |= {"noise": numbers.get("noise"), "complete": study.complete, "numbers": numbers}
        if like.discrepancy is not None and like.moving:
            fixed = {name: numbers[name] for name in ("amplitude", "length")}
            changes["discrepancy"] = replace(like.discrepancy, **fixed)
        found = cls.__new__(cls)  # its arrays are those of a program, not the NumPy arrays of a block
        vars(found).update(vars(like) | changes)
        return found

    def of_rows(self, mean: Any) -> Any:
        """Return the mean of every row (n,), zero of those that fill up."""
        return jnp.where(self.present, mean[self.row], 0.0)

    def factor(self, values: Mapping[str, Any], xp: Any = jnp) -> Any:
        """Cholesky factor (n, n) of Σ with the rows that fill it up."""
        if not self.moving:
            return self.numbers["root"]
        del xp
        covariance = jnp.asarray(self.noise_at(values, jnp))
        if self.discrepancy is not None:
            logs = self.numbers["log_temperature"]
            amplitude, length = self.hyperparameters(values, jnp)
            covariance += gp.covariance(logs, logs, amplitude, length, self.discrepancy.kernel, jnp)
        present = self.present
        diagonal = jnp.where(present, jnp.diagonal(covariance), 0.0)
        covariance += gp.addition(diagonal, jnp.sum(present), jnp) * jnp.eye(len(present))
        pairs = present[:, None] & present[None, :]
        return jnp.linalg.cholesky(jnp.where(pairs, covariance, _UNIT**2 * jnp.eye(len(present))))


class _Programs:
    """Compiled programs of one structure, each traced at its first use with the ``skeleton`` that stands for all."""

    def __init__(self, skeleton: Likelihood) -> None:
        self.skeleton = skeleton
        self.traces = 0
        self.kernels = Programs()
        self.differentiate = quick_jit(self._inside(Likelihood.differentiate))
        self.linearise = quick_jit(self._inside(linearise))
        self.value = quick_jit(self._inside(Likelihood.value_with_means))
        self.constrain = jax.jit(self._of_priors(Likelihood.constrain))
        self.unconstrain = jax.jit(self._of_priors(Likelihood.unconstrain))
        self.prior_gradient = jax.jit(
            self._of_priors(lambda likelihood, z: jax.grad(likelihood.log_prior)(z))
        )

    def __reduce__(self) -> Any:
        return type(self), (self.skeleton,)

    def _inside(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def program(z: Array, data: tuple[Numbers, Mapping[str, Array]]) -> Any:
            numbers, observed = data
            return method(self.put(numbers), z, observed)

        return program

    def _of_priors(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def program(numbers: Numbers, argument: Any) -> Any:
            return method(self.put(numbers), argument)

        return program

    def put(self, numbers: Numbers) -> Likelihood:
        """Return the likelihood of ``numbers``, for use inside a program."""
        self.traces += 1
        study = copy.copy(self.skeleton.study)
        if numbers.theory:
            study.theory = eqx.tree_at(
                lambda theory: [getattr(theory, name) for name in numbers.theory],
                study.theory,
                list(numbers.theory.values()),
            )
        study.glass = study.glass.replace(**numbers.glass)
        study.parameters, study.time = dict(numbers.fixed), numbers.time
        study.free = {
            name: Prior(prior.distribution, tuple(numbers.priors[name].items()))
            for name, prior in study.free.items()
        }
        blocks = tuple(
            _Filled.make(block, study, numbers.blocks[block.quantity]) for block in self.skeleton.blocks
        )
        return Likelihood(study, blocks)


class SharedLikelihood(Likelihood):
    """The likelihood of a study by programs that it shares with others of its structure."""

    def __init__(self, study: "Specification", shared: "SharedPrograms") -> None:
        super().__init__(study)
        self.numbers = numbers_of(self)
        self.programs = shared.of(self)

    @property
    def kernels(self) -> Programs:
        """Kernels of NUTS, which studies of one structure share."""
        return self.programs.kernels

    @property
    def data(self) -> Any:
        """Numbers of the study, and its measured rows filled up."""
        return self._data

    @cached_property
    def _data(self) -> Any:
        rows = {name: np.asarray(row, dtype=float) for name, row in self.observed.items()}
        filled = {name: _to_size(row, size_for(len(row))) for name, row in rows.items()}
        return self.numbers, jax.tree.map(jnp.asarray, filled)

    def differentiate(self, z: Float[Array, " d"], observed: Any) -> Any:
        """As of `Likelihood`, with `data` in place of the measured rows, and rows filled up."""
        numbers, rows = observed
        return self.programs.put(numbers).differentiate(z, rows)

    @property
    def _program(self) -> Any:
        return self.programs.differentiate

    @property
    def _linear_program(self) -> Any:
        return self.programs.linearise

    @property
    def _value_program(self) -> Any:
        return self.programs.value

    @property
    @made_once
    def compiled(self) -> Compiled:
        """The maps between coordinates as single compiled functions."""
        return Compiled(
            partial(self.programs.constrain, self.numbers), partial(self.programs.unconstrain, self.numbers)
        )

    @property
    @made_once
    def log_prior_gradient(self) -> Any:
        """Compiled gradient (d,) of `log_prior`."""
        return partial(self.programs.prior_gradient, self.numbers)

    def value_and_gradient(self, z: ArrayLike) -> tuple[tuple[Array, dict[str, Any]], Array]:
        """Return potential, means of the rows, and gradient (d,) at ``z`` (d,)."""
        (value, means), gradient = super().value_and_gradient(z)
        return (value, self._cut(means)), gradient

    def value_and_means(self, z: np.ndarray) -> tuple[float, dict[str, np.ndarray]]:
        """Potential at ``z`` (d,), and means of the rows."""
        value, means = super().value_and_means(z)
        return value, self._cut(means)

    def _cut(self, means: Mapping[str, Any]) -> dict[str, Any]:
        return {block.quantity: np.asarray(means[block.quantity])[: len(block.row)] for block in self.blocks}

    def observing(self, study: "Specification", observed: Mapping[str, np.ndarray]) -> "SharedLikelihood":
        """Return the same likelihood of a study with other measured rows."""
        other = super().observing(study, dict(observed))
        vars(other).pop("_data", None)
        return other  # pyright: ignore[reportReturnType]


class SharedPrograms:
    """Compiled programs by the structure of studies, the ``most`` last used ones kept.

    Examples
    --------
    >>> programs = SharedPrograms()                                              # doctest: +SKIP
    >>> for study in studies:                                                    # doctest: +SKIP
    ...     programs.share(study)
    ...     study.maximise()  # compiles at the first of each structure only
    """

    def __init__(self, most: int = 16) -> None:
        self.most = most
        self._kept: OrderedDict[Hashable, _Programs] = OrderedDict()

    def share(self, study: "Specification") -> None:
        """Let a study use these programs from now on."""
        study.made["likelihood"] = SharedLikelihood(study, self)

    def of(self, likelihood: SharedLikelihood) -> _Programs:
        """Return the programs of a study's structure, new if no study before had it."""
        study = likelihood.study
        sizes = {
            block.quantity: (size_for(len(block.temperature)), size_for(len(block.row)))
            for block in likelihood.blocks
        }
        key = structure(study, sizes)
        if key not in self._kept:
            self._kept[key] = _Programs(Likelihood(study, likelihood.blocks))
        self._kept.move_to_end(key)
        while len(self._kept) > self.most:
            self._kept.popitem(last=False)
        return self._kept[key]

    @property
    def structures(self) -> int:
        """Number of structures whose programs are kept."""
        return len(self._kept)

    @property
    def traces(self) -> int:
        """How often a program was traced, for compilation, of the structures that are kept."""
        return sum(programs.traces for programs in self._kept.values())
