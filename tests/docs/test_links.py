"""Links between pages and to files lead somewhere; those to other sites are `sphinx-build -b linkcheck`'s."""

import re
import sys
import unicodedata

import pytest

from .blocks import PAGES, ROOT, blocks, links

sys.path.insert(0, str(ROOT / "docs"))
from extensions.pages import INCLUDED, rewrite


def anchor(heading):
    """The anchor that GitHub and MyST give a heading."""
    plain = re.sub(r"[`*]|\$", "", heading).strip().lower()
    kept = "".join(c for c in plain if c in " -_" or unicodedata.category(c)[0] in "LNM")
    return kept.replace(" ", "-")


def anchors(path):
    """The anchors of a page."""
    text = path.read_text(encoding="utf-8")
    for block in blocks(text):
        text = text.replace(block.text, "")
    return {anchor(heading) for heading in re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)}


LOCAL = [
    (page, target)
    for page, path in PAGES.items()
    for target in links(path.read_text(encoding="utf-8"))
    if not re.match(r"[a-z]+:", target)
]


@pytest.mark.parametrize("page", PAGES)
def test_local_links_lead_somewhere(page):
    for target in (target for owner, target in LOCAL if owner == page):
        name, _, part = target.partition("#")
        file = (PAGES[page].parent / name).resolve() if name else PAGES[page]
        if file.parent == ROOT / "docs" / "notebooks":  # copied there by the build
            file = ROOT / "notebooks" / file.name
        assert file.exists(), f"{page} links to {target}, which is not there"
        if part and file.suffix == ".md":
            assert part in anchors(file), f"{page} links to {target}, but {file.name} has no such heading"


def test_there_are_links():
    assert len(LOCAL) > 50


def test_every_page_is_in_a_table_of_contents():
    listed = set()
    for name, path in PAGES.items():
        if name.startswith("docs/"):
            folder = path.parent
            for block in blocks(path.read_text(encoding="utf-8")):
                if block.language == "{toctree}":
                    for entry in block.text.splitlines():
                        if entry and not entry.startswith(":"):
                            listed.add((folder / f"{entry}.md").resolve().relative_to(ROOT).as_posix())
    pages = {page for page in PAGES if page.startswith("docs/")} - {"docs/index.md"}
    assert pages <= listed, f"no table of contents lists {sorted(pages - listed)}"


@pytest.mark.parametrize(("file", "link", "expected"), [
    ("CONTRIBUTING.md", "[a](docs/architecture.md)", "[a](architecture.md)"),
    ("CONTRIBUTING.md", "[b](benchmarks/README.md#x)", "[b](benchmarks.md#x)"),
    ("CONTRIBUTING.md", "[c](https://jax.dev/a.md) [d](#rules)", "[c](https://jax.dev/a.md) [d](#rules)"),
    ("docs/scale.md", "[s](../glassjax/problem/sharing.py)", "[s](../glassjax/problem/sharing.py)"),
    ("docs/performance.md", "[g](../benchmarks/README.md)", "[g](benchmarks.md)"),
    ("docs/performance.md", "[nothing](nowhere.md)", "[nothing](nowhere.md)"),
])  # fmt: skip
def test_links_of_included_files_are_turned(file, link, expected):
    page = ROOT / "docs" / f"{INCLUDED[file]}.md" if file in INCLUDED else ROOT / file
    assert rewrite(link, ROOT / file, page) == expected


def test_links_of_notebooks_are_turned():
    name = "counting.ipynb"
    page = ROOT / "docs" / "notebooks" / name
    assert rewrite("[t](../docs/theory.md)", ROOT / "notebooks" / name, page) == "[t](../theory.md)"


def test_every_notebook_is_listed():
    listed = [
        block.text.split() for block in blocks((ROOT / "docs" / "notebooks.md").read_text(encoding="utf-8"))
    ]
    names = {f"notebooks/{path.stem}" for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert names <= {entry for entries in listed for entry in entries}
