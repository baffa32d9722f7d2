"""Pages that lie elsewhere in the repository, and links to them.

Notebooks are copied beside the pages before the build. README files are included by pages of their own. A link in any
of them is written as it works in the repository, and turned here into one that works on the site.
"""

import os
import re
import shutil
from pathlib import Path
from typing import Any

__all__ = ["INCLUDED", "copy_notebooks", "page_of", "rewrite"]

DOCS = Path(__file__).parents[1]
ROOT = DOCS.parent
NOTEBOOKS = ROOT / "notebooks"

INCLUDED = {
    "README.md": "index",
    "CHANGELOG.md": "changelog",
    "CONTRIBUTING.md": "contributing",
    "benchmarks/README.md": "benchmarks",
    "datasets/README.md": "datasets",
    "notebooks/README.md": "notebooks",
}
"""Page by the file that it shows, both without a leading slash."""

_NAMED = re.compile(r"\[([\w./-]+)\]\(([^)\s#]+)\)")
_LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#)([^)\s#]+)(?=[)#])")


def copy_notebooks() -> None:
    """Bring ``docs/notebooks`` up to date with ``notebooks``; files that have not changed keep their date."""
    copies = DOCS / "notebooks"
    copies.mkdir(exist_ok=True)
    sources = {path.name: path for path in NOTEBOOKS.glob("*.ipynb")}
    for name, source in sources.items():
        copy = copies / name
        if not copy.is_file() or copy.read_bytes() != source.read_bytes():
            shutil.copyfile(source, copy)
    for copy in copies.glob("*.ipynb"):
        if copy.name not in sources:
            copy.unlink()


def page_of(path: Path) -> Path | None:
    """Return the file in ``docs`` whose page shows the file ``path`` of the repository, if there is one."""
    try:
        name = path.relative_to(ROOT).as_posix()
    except ValueError:
        return None
    if name in INCLUDED:
        return DOCS / f"{INCLUDED[name]}.md"
    if path.parent == NOTEBOOKS and path.suffix == ".ipynb":
        return DOCS / "notebooks" / path.name
    return path if DOCS in path.parents else None


def rewrite(text: str, source: Path, page: Path) -> str:
    """Return ``text`` of the file ``source`` with its links made relative to ``page``, which shows it.

    A link whose words are the name of a page's file gets the title of the page for its words.
    """

    def titled(link: re.Match[str]) -> str:
        words, target = Path(link[1]), Path(os.path.normpath(source.parent / link[2]))
        page = page_of(target) if target.exists() else None
        named = page is not None and page.suffix in (".md", ".ipynb") and words.name == target.name
        return f"[]({link[2]})" if named else link[0]

    def turned(link: re.Match[str]) -> str:
        target = Path(os.path.normpath(source.parent / link[1]))
        if not target.exists():
            return link[1]
        return Path(os.path.relpath(page_of(target) or target, page.parent)).as_posix()

    return _LINK.sub(turned, _NAMED.sub(titled, text))


def _source_read(app: Any, docname: str, content: list[str]) -> None:
    page = Path(app.env.doc2path(docname))
    copied = page.parent == DOCS / "notebooks"
    content[0] = rewrite(content[0], NOTEBOOKS / page.name if copied else page, page)


def _include_read(app: Any, path: Path, parent: str, content: list[str]) -> None:
    del parent
    content[0] = rewrite(
        content[0], Path(os.path.normpath(DOCS / path)), Path(app.env.doc2path(app.env.docname))
    )


def setup(app: Any) -> dict[str, bool]:
    """Register with Sphinx."""
    copy_notebooks()
    app.connect("source-read", _source_read)
    app.connect("include-read", _include_read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
