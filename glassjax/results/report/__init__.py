"""A result as one HTML page that needs nothing else: no network, no script, no other file."""

from .page import fragment, render

__all__ = ["fragment", "render"]
