"""``glassjax accuracy``: how far the saddle points are from the exact count of states."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..drawing import write_figures
from .files import replaced_files
from .options import forced

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FILES = ("accuracy.csv", "accuracy.png", "accuracy.svg")


@click.command(short_help="Map the errors of the saddle points against the exact count.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("accuracy"),
    show_default=True,
    help="Folder for the table and the maps.",
)
@forced
def accuracy(out: Path, force: bool) -> int:
    """Compare both saddle points (the paper's and the uniform one) with the exact count of scattering states.

    Prints the largest error of the conductivity between 10⁻³ and 0.3 T_D for a grid of T_g/ω_D and ω_c, by Eq. 43
    with both and by Fig. 20's rule ("sharp", the default of a fit) with the uniform one, and writes it as accuracy.csv,
    with maps of the errors of ρ, ρ_exc, N_E and κ as accuracy.png and accuracy.svg.
    """
    with replaced_files(out, FILES, force=force) as folder:
        from ..paper import saddle_errors, tables
        from ..precision import enable_x64

        enable_x64()
        click.echo("computing κ by three counts ...", err=True)
        rows = saddle_errors.conductivity_table()
        click.echo(tables.accuracy_text(rows))
        (folder / "accuracy.csv").write_text(tables.accuracy_csv(rows), encoding="utf-8")
        found = []
        for one in saddle_errors.maps():
            click.echo(f"mapped {one.name}", err=True)
            found.append(one)

        def draw() -> "Figure":
            from ..paper.figures.scattering import accuracy_maps

            return accuracy_maps(found)

        write_figures(folder, {"accuracy": draw})
    click.echo(f"written to {out}", err=True)
    return 0
