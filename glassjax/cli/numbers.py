"""Numbers that a command takes: refused where they cannot be what is asked for."""

import math

import click


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
