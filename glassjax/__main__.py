"""``python -m glassjax`` is the command ``glassjax``, where scripts are not on the path."""

from .cli import main

main()
