"""The version of glassjax."""

__version__ = "0.1.0"
