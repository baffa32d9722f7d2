import pytest

from tests.reliability.record import Attack
from tests.reliability.versions import (
    ENVIRONMENTS,
    ROOT,
    TESTS,
    attack,
    direct,
    index_options,
    last_counts,
    python_of,
)


def test_uv_takes_packages_from_where_pip_does():
    listed = (
        ":env:.find-links='/others'\nglobal.cert='/etc/ssl/ca.crt'\nglobal.find-links='/wheels'\n"
        "global.extra-index-url='https://a.example/simple https://b.example/simple'\n"
    )
    assert index_options(listed) == [
        *("--index-strategy", "unsafe-best-match"),
        *("--index", "https://a.example/simple", "--index", "https://b.example/simple"),
        *("--find-links", "/others"),
    ]
    assert index_options("") == ["--index-strategy", "unsafe-best-match"]


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        ("= 2 failed, 61 passed, 3 skipped in 62.10s (0:01:02) =", {"failed": 2, "passed": 61, "skipped": 3}),
        ("38 passed, 57 deselected in 92.75s", {"passed": 38}),
        ("5 errors in 1.02s", {"error": 5}),
        ("ImportError: 1 passed", {}),
    ],
)
def test_counts_are_those_of_the_last_line(line, counts):
    assert last_counts(f"= 1 passed in 0.10s =\n{line}\n" if counts else line) == counts


def test_what_failed_or_could_not_be_installed_counts():
    first = ENVIRONMENTS[0]
    found = {
        "versions": {"jax": "0.9.1"},
        "counts": {"passed": 7, "failed": 1, "error": 2},
        "trouble": "failed: `x`",
    }
    row = attack(first, found)
    assert (row.tried, row.failed) == (10, 3)
    assert row.finding.startswith("jax 0.9.1; ")
    assert row.finding.endswith("failed: `x`")
    none = attack(first, {"versions": {}, "counts": {}, "trouble": "could not be installed: no wheel"})
    assert none == Attack(first.label, 1, "environments", 1, "could not be installed: no wheel")


def test_pythons_are_those_of_the_classifiers():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert {each.python for each in ENVIRONMENTS} == {
        line.split(" :: ")[-1].rstrip('",') for line in text.splitlines() if "Python :: 3." in line
    }
    assert python_of("3.0") is None


def test_direct_dependencies_and_tests_are_there():
    assert {"jax", "arviz-base", "salib", "bokeh", "emcee", "hypothesis"} <= set(direct())
    assert not [name for name in TESTS if not (ROOT / name).exists()]
