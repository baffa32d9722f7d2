"""``glassjax doctor``: whether this installation computes right, and what a report of a problem should hold."""

import click

from .cache import cache_folder
from .options import json_instead
from .streams import echo_json, interruptible

BAD = 1  # exit code


@click.command(short_help="Check this installation: versions, devices, numbers, cache, disk.")
@json_instead
def doctor(as_json: bool) -> int:
    """Print versions, devices, cache and disk, and check that this installation computes what it should.

    Compares versions with those that glassjax works with (some releases of JAX compute wrong numbers), a compiled sum
    with NumPy's, and the conductivity of silica with stored numbers in double and single precision. Every problem comes
    with a remedy; the exit code is 1 if there is one. Takes some ten seconds. What it prints belongs into a report
    of a problem.
    """
    click.echo("examining ...", err=True)
    from ..health import examine

    found = interruptible(lambda: examine(cache_folder()))
    if as_json:
        echo_json(found.to_dict())
    else:
        click.echo(found.summary())
    return 0 if found.ok else BAD
