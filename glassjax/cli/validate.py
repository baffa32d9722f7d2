"""``glassjax validate``: read everything a study names, and evaluate it where its priors reach."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import GlassjaxError, show_traceback
from .completion import study_names, tell_shipped
from .files import check_picture, write_picture
from .options import forced, json_instead
from .streams import echo_either, echo_json

if TYPE_CHECKING:
    from ..population import Population

BAD = 2


@click.command(short_help="Check a study before it is fitted: files, names, ties, priors, gradients.")
@click.argument("study", shell_complete=study_names)
@click.option(
    "--draws", type=click.IntRange(1, 100_000), default=100, show_default=True, help="Draws from the prior."
)
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), help="Seed of the draws; the study's if not given."
)
@click.option(
    "--plot",
    "plot_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Draw what the priors allow, over the data (.png, .svg or .pdf).",
)
@forced
@json_instead
def validate(
    study: str, draws: int, seed: int | None, plot_file: Path | None, force: bool, as_json: bool
) -> int:
    """Check STUDY, the name of a shipped study or the path of a TOML file, without fitting it.

    Reads the study, its glass and its data, says what would be fitted, and evaluates the posterior density and its
    gradient at draws from the prior. Where something is not finite it names the data set, the temperatures and the
    parameter. The last line is "ok", or the exit code is 2.
    """
    check_picture(plot_file, force)

    from ..loading import load_problem
    from ..population import Population
    from ..precision import enable_x64
    from ..study import Study

    enable_x64()
    try:
        tell_shipped(study)
        problem = load_problem(study)
        if isinstance(problem, Population):
            return _validate_population(problem, draws, seed, plot_file, as_json)
        assert isinstance(problem, Study)
        if not as_json:
            click.echo(problem.describe() + "\n")
        found = problem.validate(draws=draws, seed=seed)
        if plot_file is not None:
            write_picture(plot_file, lambda: problem.plot_prior(draws=max(draws, 200), seed=seed))
    except GlassjaxError as error:
        if not as_json:
            raise
        show_traceback(error)
        refused = {"study": study, "ok": False, "problems": [{"text": str(error)}]}
        click.echo(json.dumps(refused, indent=2, ensure_ascii=False))
        return BAD
    echo_either(found, as_json)
    return 0 if found.ok else BAD


def _validate_population(
    problem: "Population", draws: int, seed: int | None, plot_file: Path | None, as_json: bool
) -> int:
    """Check every member, its shared parameters under the prior of a glass alone."""
    if plot_file is not None:
        raise GlassjaxError(
            f"'{problem.name}' is a population: draw the priors of its members' studies one by one"
        )
    if not as_json:
        click.echo(problem.describe() + "\n")
    found = {}
    for name, member in problem.members.items():
        found[name] = member.validate(draws=draws, seed=seed)
        if not as_json:
            click.echo(f"{name}\n{found[name].summary()}\n")
    ok = all(entry.ok for entry in found.values())
    if as_json:
        plain = {name: json.loads(entry.to_json()) for name, entry in found.items()}
        echo_json({"population": problem.name, "ok": ok, "members": plain})
    else:
        bad = ", ".join(name for name, entry in found.items() if not entry.ok)
        click.echo("ok" if ok else f"there are problems with {bad}")
    return 0 if ok else BAD
