"""The notebooks that fit run; a file of their own, which the other process takes meanwhile."""

import pytest

from tests.notebooks import FITS, check, run


@pytest.mark.parametrize("name", FITS)
def test_runs(name):
    check(name, run(name))
