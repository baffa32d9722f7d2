"""The page: facts and figures put into the templates beside this module."""

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
from markupsafe import Markup

from .contents import contents, headline
from .figures import pictures

if TYPE_CHECKING:
    from ..base import BaseResult


def render(result: "BaseResult", *, drawn: Path | None = None) -> str:
    """Return the report of a result as one HTML page: no script, no request to anywhere.

    Parameters
    ----------
    result : Maximum or Posterior
    drawn : Path, optional
        Folder with figures already drawn from this result, to save the time of drawing them again.
    """
    style = Markup(_source("page.css"))  # our own file: nothing of the result is in it
    name, said = "page.html", contents
    if result.population:
        from .of_population import population_contents

        name, said = "population.html", population_contents
    return _templates().get_template(name).render(said(result), figures=pictures(result, drawn), style=style)


def fragment(result: "BaseResult") -> str:
    """Return verdict and parameters as HTML, for a notebook."""
    return _templates().get_template("fragment.html").render(headline(result))


@functools.cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _source(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")
