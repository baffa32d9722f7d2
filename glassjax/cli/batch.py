"""``glassjax batch``: a theory for every row of a table, streamed to a file."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..cores import cores
from ..disk import require_room
from ..errors import GlassjaxError
from ..quantities import QUANTITIES
from .completion import glass_names, theory_names
from .files import check_place, tidy_files, write_whole
from .options import Positive, check_range, forced, json_instead, progress_bars, temperature_range
from .predict import THEORY, TIME
from .resume import DISCARD, check_flags, command_to_resume, refuse_kept, require_kept, rescued, resumable
from .streams import Interrupted, echo_json, interruptible
from .streams import counting as counted

if TYPE_CHECKING:
    from ..batches.output import BadRow, BatchFolder, ResultFile
    from ..batches.rows import Source

ENDINGS = (".parquet", ".csv")
SHOWN = 5  # bad rows that are told one by one
BAD = 1  # exit code


@click.command(short_help="Compute quantities of every material, or draw of parameters, in a table.")
@click.argument("table", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="File to write, ending in .parquet or .csv.",
)
@click.option(
    "--quantity",
    "quantities",
    type=click.Choice(list(QUANTITIES)),
    multiple=True,
    help="What to compute; may be repeated.  [default: all three]",
)
@temperature_range(high=100.0, points=61, most=1000)
@click.option(
    "--theory",
    metavar="NAME",
    shell_complete=theory_names,
    help=f"Theory: lubchenko-wolynes, debye, standard-tunnelling or soft-potential.  [default: {THEORY}]",
)
@click.option(
    "--counting",
    type=click.Choice(["saddle", "uniform", "exact"]),
    help="How lubchenko-wolynes counts scattering states for kappa.  [default: uniform]",
)
@click.option("--time", type=Positive(), help=f"Observation time in s.  [default: {TIME:g}]")
@click.option(
    "--glass",
    metavar="NAME",
    shell_complete=glass_names,
    help="A shipped glass whose constants count for all rows.",
)
@click.option("--keep", multiple=True, metavar="COLUMN", help="Pass this column through; may be repeated.")
@click.option(
    "--chunk", type=click.IntRange(1), help="Rows computed and kept at once.  [default: about 1000]"
)
@click.option(
    "--precision",
    type=click.Choice(["float64", "float32"]),
    default="float64",
    show_default=True,
    help="float32 halves the results; on a CPU it is hardly faster.",
)
@forced
@resumable("batch")
@json_instead
@progress_bars
def batch(
    table: Path,
    out: Path,
    quantities: tuple[str, ...],
    low: float,
    high: float,
    points: int,
    theory: str | None,
    counting: str | None,
    time: float | None,
    glass: str | None,
    keep: tuple[str, ...],
    chunk: int | None,
    precision: str,
    force: bool,
    resume: bool,
    fresh: bool,
    as_json: bool,
    bars: bool,
) -> int:
    """Compute quantities of every row of TABLE, a CSV or parquet file, or of every draw of a fit.

    Columns of TABLE are found by their names: constants of the glass (glass_temperature and debye_temperature in K,
    density in kg/m3, sound_speed in m/s, fragility), or a column `glass` with names of shipped glasses, whose
    constants count where there is no column; parameters of the theory (as omega_c, or softening in its place, B, R;
    defaults count where there is no column); and name or id. Other columns are refused, or passed through with
    --keep. TABLE may also be a folder that glassjax fit wrote, or its posterior.nc: then a row is a draw.

    The file has a row a material: its row in TABLE, the columns of TABLE, `error`, and a column a quantity and
    temperature, as in `kappa [W/(m K)] at 1.5 K`. What it was computed from is in comments of the CSV file, or under
    `glassjax` in the metadata of the parquet file.

    A row that makes no sense does not stop the others: its numbers are missing, `error` says why, and so does
    a file beside OUT that ends in .bad.csv. The exit code is then 1.

    While it runs, .<OUT>.parts keeps every chunk that is done. After a crash, a kill or Ctrl-C the same command with
    --resume continues from there. An earlier file is replaced only when the new one is complete.
    """
    check_range(low, high)
    check_flags(resume, fresh=fresh)
    _check_out(table, out, force)
    _device_a_core()
    import numpy as np

    from ..batches.output import BatchFolder, ResultFile, check_columns, evaluate_source, versions
    from ..batches.program import Evaluator
    from ..precision import enable_x64

    enable_x64(precision == "float64")
    given = {"--theory": theory, "--counting": counting, "--time": time, "--glass": glass, "--keep": keep}
    source, theory_lines, options = _source(table, given)
    T = dict.fromkeys(quantities or QUANTITIES, np.geomspace(low, high, points))
    evaluator = Evaluator(T, time=source.time, chunk=chunk)
    run = {
        **source.identity,
        **options,
        "quantities": list(T),
        "temperatures": [low, high, points],
        "time": source.time,
        "precision": precision,
        "chunk": evaluator.chunk,
        "materials": source.count,
        "versions": versions(),
    }
    check_columns(source.passed, out.suffix)
    units = {quantity: entry.unit for quantity, entry in QUANTITIES.items()}
    result = ResultFile(source, T, units, precision, run, theory_lines)
    again, elsewhere = command_to_resume(), "choose another file with --out"
    kept = BatchFolder(
        out.parent / f".{out.name}.parts",
        again=f"continue with '{again}'",
        discard=DISCARD,
        elsewhere=elsewhere,
    )
    try:
        with kept.held():
            tidy_files(out, _bad_file(out))
            if fresh:
                kept.clear()
            require_kept(kept, resume, "batch")
            refuse_kept(kept, resume, "batch")
            require_room(out.parent, result.size, elsewhere)
            kept.enter(run)
            with counted(bars, f"evaluating {source.count} materials") as tell:
                interruptible(lambda: evaluate_source(source, evaluator, result, kept, tell))
            with rescued(again, False):
                bad = interruptible(lambda: _put_together(result, kept, out))
            kept.clear()
    except OSError as error:
        raise GlassjaxError(f"cannot write to '{out.parent}' ({error.strerror}); {elsewhere}") from error
    except KeyboardInterrupt:
        if kept.worthwhile:
            raise Interrupted(f"{kept.describe()} are kept: continue with '{again}'") from None
        raise
    click.echo(f"written to {out}", err=as_json)
    if as_json:
        echo_json(
            {
                "file": str(out),
                "rows": source.count,
                "bad": len(bad),
                "bad_file": str(_bad_file(out)) if bad else None,
                "bad_rows": [{"row": row, "name": name, "error": error} for row, name, error in bad],
            }
        )
    return _tell(bad, source, out) if bad else 0


def _check_out(table: Path, out: Path, force: bool) -> None:
    """Refuse a file that cannot be written, or should not be."""
    if out.suffix not in ENDINGS:
        raise GlassjaxError(f"cannot write '{out}'; end its name in {' or '.join(ENDINGS)}")
    for ours in (out, _bad_file(out)):
        if table.exists() and ours.exists() and ours.samefile(table):
            raise GlassjaxError(f"'{ours}' would replace the table it is computed from; choose another --out")
        check_place(ours, force)


def _bad_file(out: Path) -> Path:
    return out.with_suffix(".bad.csv")


def _device_a_core() -> None:
    """Let JAX see every core of the CPU as a device; only possible before it starts."""
    flags = os.environ.get("XLA_FLAGS", "")
    if "xla_force_host_platform_device_count" not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} --xla_force_host_platform_device_count={cores()}".strip()


def _source(table: Path, given: Mapping[str, Any]) -> "tuple[Source, list[str], dict[str, Any]]":
    """Return what is evaluated, lines about the theory, and the options that its numbers depend on."""
    from ..batches.rows import DrawSource, TableSource
    from ..batches.table import open_table
    from ..targets import FITS
    from .answers import choose_theory
    from .completion import find

    if table.is_dir() or table.suffix == ".nc" or not (table.suffix or table.exists()):
        for option, value in given.items():
            if value:
                raise GlassjaxError(f"'{table}' is a fit with a theory of its own; leave out {option}")
        return DrawSource(Path(find(str(table), FITS).source)), [], {}
    name, counting = given["--theory"] or THEORY, given["--counting"]
    theory = choose_theory(name, counting)
    source = TableSource(
        open_table(table), theory, name, given["--time"] or TIME, given["--glass"], given["--keep"]
    )
    options = {"theory": name, "counting": getattr(theory, "counting", "")}
    lines = [f"theory: {name}{', counting ' + options['counting'] if options['counting'] else ''}"]
    defaults = [
        f"{known.name} = {value:g}"
        for known in theory.parameters()
        if known.name not in source.parameters
        and (value := getattr(theory, known.name, None)) is not None
        and not callable(value)
    ]
    if defaults:
        lines.append(f"parameters without a column: {', '.join(defaults)}")
    return source, lines, options


def _put_together(result: "ResultFile", kept: "BatchFolder", out: Path) -> "list[BadRow]":
    """Write the file, and beside it what is bad."""
    from ..batches.output import write_bad_rows

    bad: list[BadRow] = []
    write_whole(out, lambda path: bad.extend(result.assemble(kept.parts, path)))
    if bad:
        write_whole(_bad_file(out), lambda path: write_bad_rows(path, bad))
    else:
        _bad_file(out).unlink(missing_ok=True)
    return bad


def _tell(bad: "list[BadRow]", source: "Source", out: Path) -> int:
    for row, name, sentence in bad[:SHOWN]:
        click.echo(f"{source.place} {row}{f' ({name})' if name else ''}: {sentence}", err=True)
    if len(bad) > SHOWN:
        click.echo(f"and {len(bad) - SHOWN} more", err=True)
    click.echo(f"{len(bad)} of {source.count} rows are bad; '{_bad_file(out)}' lists them", err=True)
    return BAD
