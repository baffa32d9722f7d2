"""The command line as tests call it: in their own process, in a folder of their own."""

import os

import pytest

from glassjax.cli import main


def run(*arguments):
    """Exit code of ``glassjax`` with these arguments."""
    with pytest.raises(SystemExit) as left:
        main(arguments)
    return left.value.code


def enter(folder, monkeypatch):
    """Work in ``folder``; the device count that a command sets does not outlive the test."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XLA_FLAGS", os.environ["XLA_FLAGS"])
