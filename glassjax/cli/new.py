"""``glassjax new``: from spreadsheet exports to a glass of one's own and a study that can be fitted."""

import shutil
import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..disk import folder_name
from ..drawing import write_figures
from ..errors import GlassjaxError
from ..quantities import QUANTITIES
from .completion import THEORIES
from .files import replaced_files
from .options import Positive, json_instead
from .questions import Asker
from .streams import echo_json, interruptible, working

if TYPE_CHECKING:
    from ..intake import KnownConstant, Material, Reading
    from ..plotting.house import Panels

OPTIONS = {entry.option: quantity for quantity, entry in QUANTITIES.items()}
CONSTANTS = {
    "tg": "glass_temperature",
    "debye": "debye_temperature",
    "density": "density",
    "sound": "sound_speed",
    "fragility": "fragility",
}
THEORY = "lubchenko-wolynes"
TIME = 10.0
_MOST_FILES = 100  # of a quantity in the folder of a glass
FILE = click.Path(path_type=Path)


def _files(command: Any) -> Any:
    for entry in reversed(QUANTITIES.values()):
        about = f"CSV file or workbook of {entry.title} against T; may be repeated."
        command = click.option(f"--{entry.option}", type=FILE, multiple=True, help=about)(command)
    return command


def _constant(option: str, help: str) -> Any:
    return click.option(f"--{option}", metavar="VALUE", help=help)


def _unit(option: str, example: str) -> Any:
    return click.option(f"--{option}-unit", metavar="UNIT", help=f"Unit of the column, such as {example}.")


def _columns(command: Any) -> Any:
    symbols = {entry.option: entry.symbol for entry in QUANTITIES.values()} | {"temperature": "T"}
    for option, symbol in reversed(symbols.items()):
        about = f"Name or number of the column of {symbol}."
        command = click.option(f"--{option}-column", metavar="NAME", help=about)(command)
    return command


def _for_each_file(option: str, help: str) -> Any:
    return click.option(
        f"--{option}", metavar="[FILE=]VALUE", multiple=True, help=f"{help} With several files as FILE=VALUE."
    )


@click.command(
    short_help="Make a study of your own glass from spreadsheet exports.",
    context_settings={"allow_extra_args": True},  # a file without its option is answered below
)
@click.argument("name")
@_files
@_unit("kappa", "'mW/(cm K)'")
@_unit("cp", "'mJ/(g K)' or 'J/(mol K)'")
@_unit("alpha", "'1e-6/K'")
@_unit("temperature", "K, mK or degC")
@_columns
@_constant("tg", "Glass transition temperature in K, as in 1490±20; so are the constants below.")
@_constant("debye", "Debye temperature of the beads in K, from scaling κ; not the elastic one.")
@_constant("density", "Density in kg/m3, or as in '2.2 g/cm3'.")
@_constant("sound", "Mean speed of sound in m/s.")
@_constant("longitudinal", "Longitudinal speed of sound in m/s; with --transverse in place of --sound:")
@_constant("transverse", "transverse speed; the mean is Debye's, 3/c³ = 1/c_l³ + 2/c_t³.")
@_constant("fragility", "Fragility D, 5 (fragile) to 100 (strong); 30 if unknown.")
@_for_each_file("class", "What its rows are: points, curve (read off a figure), fit or statement.")
@_for_each_file("citation", "Its source, for figures and reports.")
@_for_each_file("scale-error", "Relative error that all its rows share, such as 5%.")
@_for_each_file("degrees-of-freedom", "How many numbers a fit or a statement is worth.")
@click.option("--molar-mass", type=Positive(), help="In g/mol, for a heat capacity per mole.")
@click.option(
    "--sample-mass", metavar="MASS", help="As in '12.5 mg', for a heat capacity of the whole sample."
)
@click.option(
    "--where",
    metavar="COLUMN=VALUE",
    multiple=True,
    help="Take only such rows, as in sample=A; COLUMN=* takes all. Also block=N and sweep=N. May be repeated.",
)
@click.option("--table", type=click.IntRange(min=1), help="Number of the table in a file that has several.")
@click.option("--sheet", metavar="NAME", help="Sheet of a workbook.")
@click.option("--error-column", metavar="NAME", help="Name or number of the column of errors, or none.")
@click.option(
    "--error-unit", metavar="UNIT", help="Unit of the errors: %, fraction, absolute, or as of the values."
)
@click.option("--theory", type=click.Choice(THEORIES), default=THEORY, show_default=True, help="What to fit.")
@click.option(
    "--time", type=Positive(), default=TIME, show_default=True, help="Observation time of C and α in s."
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    show_default=True,
    help="Folder for the study and its glass.",
)
@click.option("--force", is_flag=True, help="Replace an earlier study and glass of this name.")
@click.option("--yes", is_flag=True, help="Take guessed units, and ask nothing.")
@click.option("--no-plot", is_flag=True, help="Draw nothing.")
@json_instead
def new(
    name: str,
    molar_mass: float | None,
    theory: str,
    time: float,
    out: Path,
    force: bool,
    yes: bool,
    no_plot: bool,
    as_json: bool,
    **options: Any,
) -> int:
    """Make a glass and a study called NAME from CSV files and workbooks, as people write them.

    Any separator, decimal mark, encoding and comment is understood; columns and units are found by their names, as in
    'T(K)', 'Temp. / K', 'k [W/mK]', 'err %'. What the names do not say is guessed from the size of the numbers, and
    asked for (or to be given as an option, or taken with --yes). An unknown constant of the glass is left open, with a
    prior and its reason.

    Writes NAME.toml, the study, with every choice explained, and the folder NAME with glass.toml, the data in SI, and
    NAME.png, which shows them over what the theory allows.
    """
    files = click.get_current_context().args
    if files:
        raise click.UsageError(f"say of what '{files[0]}' is: give it with --kappa, --cp or --alpha")
    _check_name(name)
    _refuse_existing(out, name, force)
    if not any(options[option] for option in OPTIONS):
        raise GlassjaxError(
            "no data; give at least one file with --kappa, --cp or --alpha, as in --kappa k.csv"
        )
    _refuse_twice(options)
    asker = Asker(yes, silent=as_json)
    known = _read_constants(options)
    readings = _read(options, molar_mass, known, asker)
    given = asker.constants(known, "given to glassjax new")

    from ..intake import Material, data_files

    material = Material(name, given, data_files(readings), molar_mass, theory)
    written = _write(material, time, out, force, no_plot)
    _report(material, written, out, as_json)
    return 0


def _check_name(name: str) -> None:
    from ..datasets import list_glasses, shipped
    from ..datasets.record import NAME

    if not NAME.fullmatch(name):
        raise GlassjaxError(
            f"'{name}' is no name for a glass; write letters, digits and the signs - . _ +, no path, such as "
            f"'{folder_name(name, 'my-glass')}'"
        )
    there = (*list_glasses(), *(path.stem for path in shipped("fits").glob("*.toml")))
    known = next((other for other in there if other.lower() == name.lower()), None)
    if known is not None:
        raise GlassjaxError(f"'{known}' is shipped with glassjax; choose another name")


def _refuse_twice(options: Mapping[str, Any]) -> None:
    """Refuse a file that is given twice for one quantity: its rows would count twice."""
    for option in OPTIONS:
        files = [path.resolve() for path in options[option]]
        for path in options[option]:
            if files.count(path.resolve()) > 1:
                raise GlassjaxError(
                    f"--{option} {path} is given twice, and its rows would count twice; give it once"
                )


def _read(
    options: Mapping[str, Any], molar_mass: float | None, given: "Mapping[str, KnownConstant]", asker: Asker
) -> "list[Reading]":
    from ..datasets.units import UnitProblem, mass_in_kilograms
    from ..intake import read_spreadsheet
    from ..intake.file_options import FILE_OPTIONS, assign_options, with_options

    where = [_condition(text) for text in options["where"]]
    try:
        mass = None if options["sample_mass"] is None else mass_in_kilograms(options["sample_mass"])
    except UnitProblem as problem:
        raise GlassjaxError(f"--sample-mass: {problem}") from None
    files = [(option, quantity, path) for option, quantity in OPTIONS.items() for path in options[option]]
    stated = assign_options(
        [path for _, _, path in files],
        {option: options[option.replace("-", "_")] for option in FILE_OPTIONS},
    )
    readings = [
        with_options(
            read_spreadsheet(
                path,
                quantity,
                unit=options[f"{option}_unit"],
                temperature_unit=options["temperature_unit"],
                error_unit=options["error_unit"],
                column=options[f"{option}_column"],
                temperature_column=options["temperature_column"],
                error_column=options["error_column"],
                molar_mass=molar_mass,
                sample_mass=mass,
                density=given["density"].value if "density" in given else None,
                where=where,
                table=options["table"],
                sheet=options["sheet"],
                lenient=len(files) > 1,
                decide=asker,
            ),
            stated[path],
        )
        for option, quantity, path in files
    ]
    for name, _ in where:
        if not any(name in reading.used for reading in readings):
            raise GlassjaxError(f"--where: no file has a column '{name}'")
    return readings


def _condition(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (equals and name.strip()):
        raise GlassjaxError(f"--where {text}: write COLUMN=VALUE, as in sample=A")
    return name.strip(), value.strip()


def _read_constants(options: Mapping[str, Any]) -> "dict[str, KnownConstant]":
    from ..intake import debye_mean, read_constant

    source = "given to glassjax new"
    given = {
        name: read_constant(name, options[option], source)
        for option, name in CONSTANTS.items()
        if options[option] is not None
    }
    pair = [options["longitudinal"], options["transverse"]]
    if pair == [None, None]:
        return given
    if None in pair:
        absent = "--transverse" if pair[1] is None else "--longitudinal"
        raise GlassjaxError(
            f"the Debye mean needs both speeds of sound; give {absent} too, or the mean with --sound"
        )
    if "sound_speed" in given:
        raise GlassjaxError("--sound is the mean of --longitudinal and --transverse; give it or the two")
    longitudinal, transverse = (
        read_constant("sound_speed", text, source, option=option)
        for text, option in zip(pair, ("--longitudinal", "--transverse"), strict=True)
    )
    return given | {"sound_speed": debye_mean(longitudinal, transverse)}


def _write(material: "Material", time: float, out: Path, force: bool, no_plot: bool) -> list[str]:
    """Write study and folder, both or neither, and return their names."""
    from ..datasets import write_measurement
    from ..intake import record_text, study_text

    name = material.name
    content = study_text(material, time)
    with replaced_files(out) as work:
        (work / name).mkdir()
        for file in material.files:
            write_measurement(file.reading.measurement, work / name / file.name)
        (work / name / "glass.toml").write_text(record_text(material), encoding="utf-8")
        study = work / f"{name}.toml"
        study.write_text(content, encoding="utf-8")
        with nullcontext() if no_plot else working(sys.stderr.isatty(), "drawing what the theory allows"):
            interruptible(lambda: _checked(study, None if no_plot else work / name))
        _refuse_existing(out, name, force)
        written = [f"{name}.toml", *sorted(f"{name}/{path.name}" for path in (work / name).iterdir())]
        _put_in_place(work, out, name)
    return written


def _refuse_existing(out: Path, name: str, force: bool) -> None:
    """Refuse a study or folder of this name that exists; with ``force`` only one that holds what is not ours."""
    study, folder = out / f"{name}.toml", out / name
    there = [path for path in (study, folder) if path.exists()]
    if there and not force:
        raise GlassjaxError(f"'{there[0]}' exists already; choose another name, or replace it with --force")
    for path, wrong in ((study, study.is_dir()), (folder, folder.exists() and not folder.is_dir())):
        if wrong:
            raise GlassjaxError(f"'{path}' is in the way; move it, or choose another name")
    if folder.exists():
        foreign = sorted(entry.name for entry in folder.iterdir() if entry.name not in _ours(name))
        if foreign:
            raise GlassjaxError(
                f"'{folder}' holds '{foreign[0]}', which glassjax new did not write and would be lost; "
                "move it, or choose another name"
            )


def _ours(name: str) -> set[str]:
    """Return the files that a folder of ours consists of."""
    endings = ("", *(f"-{k}" for k in range(2, _MOST_FILES)))
    return {
        "glass.toml",
        f"{name}.png",
        *(f"{quantity}{ending}.csv" for quantity in QUANTITIES for ending in endings),
    }


def _put_in_place(work: Path, out: Path, name: str) -> None:
    """Move folder and study from ``work`` to ``out``; what they replace goes back if either move fails."""
    folder, earlier = out / name, work / "earlier"
    if folder.exists():
        folder.rename(earlier)
    try:
        (work / name).rename(folder)
        (work / f"{name}.toml").replace(out / f"{name}.toml")
    except BaseException:
        if folder.exists():
            folder.rename(work / "failed")
        if earlier.exists():
            earlier.rename(folder)
        raise
    shutil.rmtree(earlier, ignore_errors=True)


def _checked(study: Path, folder: Path | None) -> None:
    """Load a study as a fit will, and draw it in a folder, if there is one."""
    from ..precision import enable_x64
    from ..study import Study

    enable_x64()
    problem = Study.load(study)
    if folder is not None:

        def draw() -> "Panels":
            from .new_figure import picture

            return picture(problem)

        write_figures(folder, {folder.name: draw}, ("png",))


def _report(material: "Material", written: Sequence[str], out: Path, as_json: bool) -> None:
    from ..intake.summary import next_commands, plain_summary, summary

    prefix = "" if out == Path() else f"{out}/"
    commands = next_commands(material.name, prefix)
    if as_json:
        plain = plain_summary(material, [f"{prefix}{path}" for path in written], commands)
        echo_json(plain)
        return
    click.echo(summary(material))
    click.echo(f"\nwritten: {', '.join(f'{prefix}{path}' for path in written)}")
    click.echo("\nNext:")
    click.echo("\n".join(f"  {command}" for command in commands))
