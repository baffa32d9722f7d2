"""``glassjax glasses``: what is shipped, and where it comes from."""

from typing import TYPE_CHECKING, Any

import click

from .completion import glass_names
from .options import json_instead
from .streams import echo_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.table import Table

    from ..datasets import GlassRecord

LEAST_WIDTH = 132  # of the tables where the output is no terminal


@click.command(short_help="List the shipped glasses with their constants, data and sources.")
@click.argument("names", nargs=-1, metavar="[GLASS]...", shell_complete=glass_names)
@json_instead
def glasses(names: tuple[str, ...], as_json: bool) -> int:
    """List the shipped glasses, or those named: their constants and measured data, each with its source.

    A constant without a source has a prior instead of a value.
    """
    from ..datasets import list_glasses, load_record

    records = [load_record(name) for name in names or list_glasses()]
    if as_json:
        echo_json([_plain(record) for record in records])
        return 0
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=LEAST_WIDTH)
    for record in records:
        console.print(f"[bold]{record.name}[/bold]: {record.title}; {record.kind}")
        console.print(_constants(record))
        console.print(_data(record))
    return 0


def _plain(record: "GlassRecord") -> dict[str, Any]:
    constants = {
        name: {
            "value": constant.value,
            "uncertainty": constant.uncertainty,
            "unit": constant.unit,
            "source": constant.source,
            "prior": constant.prior,
            "reason": constant.reason,
        }
        for name, constant in record.constants.items()
    }
    data = [
        {
            "quantity": entry.quantity,
            "name": measured.name,
            "role": entry.role,
            "class": measured.kind,
            "rows": len(measured),
            "from": measured.temperature[0],
            "to": measured.temperature[-1],
            "citation": measured.citation,
        }
        for entry, measured in zip(record.data, record.measurements(), strict=True)
    ]
    title = {"name": record.name, "title": record.title, "kind": record.kind}
    return {**title, "constants": constants, "data": data}


def _table(*columns: str) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns[:-1]:
        table.add_column(column, no_wrap=True)
    table.add_column(columns[-1], overflow="fold")
    return table


def _constants(record: "GlassRecord") -> "Table":
    from rich.markup import escape

    table = _table("constant", "value", "source")
    for name, constant in record.constants.items():
        if constant.value is None:
            table.add_row(name, "prior", escape(f"{_words(constant.prior or {})}. {constant.reason}"))
            continue
        error = "" if constant.uncertainty is None else f" ± {constant.uncertainty:g}"
        table.add_row(name, f"{constant.value:g}{error} {constant.unit}", escape(constant.source))
    return table


def _words(prior: "Mapping[str, Any]") -> str:
    numbers = (f"{key} {value:g}" for key, value in prior.items() if key != "distribution")
    return f"{prior['distribution']}, {', '.join(numbers)}"


def _data(record: "GlassRecord") -> "Table":
    from rich.markup import escape

    table = _table("quantity", "T [K]", "rows", "class", "role", "citation")
    for entry, measured in zip(record.data, record.measurements(), strict=True):
        table.add_row(
            entry.quantity,
            f"{measured.temperature[0]:.3g} – {measured.temperature[-1]:.3g}",
            str(len(measured)),
            measured.kind,
            entry.role,
            escape(measured.citation),
        )
    return table
