"""Options that several commands take."""

import math
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from ..errors import GlassjaxError

Command = TypeVar("Command", bound=Callable[..., Any])


def temperature_range(*, high: float, points: int, most: int = 1000) -> Callable[[Command], Command]:
    """Give a command ``--from``, ``--to`` and ``--points``: its arguments low, high and points."""

    def decorate(command: Command) -> Command:
        count = click.option(
            "--points",
            type=click.IntRange(2, most),
            default=points,
            show_default=True,
            help="Temperatures, equally spaced in ln T.",
        )
        upper = click.option(
            "--to", "high", type=Positive(), default=high, show_default=True, help="Highest T in K."
        )
        lower = click.option(
            "--from", "low", type=Positive(), default=0.1, show_default=True, help="Lowest T in K."
        )
        return lower(upper(count(command)))

    return decorate


def check_range(low: float, high: float) -> None:
    """Refuse a range of temperatures that is empty."""
    if low >= high:
        raise GlassjaxError(f"--from ({low:g} K) must lie below --to ({high:g} K)")


forced = click.option(
    "--force", is_flag=True, help="Replace what is there, also by a lesser result or one of something else."
)

json_instead = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document; words go to standard error."
)


def _shown(context: click.Context, parameter: click.Parameter, off: bool) -> bool:
    del context, parameter
    return sys.stderr.isatty() and not off


progress_bars = click.option(
    "--no-progress",
    "bars",
    is_flag=True,
    callback=_shown,
    help="No progress bars (also off when the output is no terminal).",
)


class Positive(click.ParamType):
    """A finite number above zero."""

    name = "number"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number, or refuse it."""
        try:
            number = float(str(value))
        except ValueError:
            self.fail(f"'{value}' is not a number", param, ctx)
        if not (math.isfinite(number) and number > 0):
            self.fail(f"{value} is not a positive number", param, ctx)
        return number


class Setting(click.ParamType):
    """``name=value`` with a finite value."""

    name = "name=value"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, float]:
        """Return name and value, or refuse them."""
        if isinstance(value, tuple):
            return value
        name, equals, text = str(value).partition("=")
        if not equals or not name.strip():
            self.fail(f"'{value}' is not of the form name=value, as in omega_c=1.6", param, ctx)
        try:
            number = float(text)
        except ValueError:
            self.fail(f"'{text}' in '{value}' is not a number", param, ctx)
        if not math.isfinite(number):
            self.fail(f"'{text}' in '{value}' is not a finite number", param, ctx)
        return name.strip(), number
