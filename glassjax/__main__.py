"""The command ``glassjax``, which is also ``python -m glassjax``: Ctrl-C is answered while the imports run, too."""

import os


def main() -> None:
    """Run the command line; see `glassjax.cli.main`."""
    try:
        from .cli import main as run

        run()
    except KeyboardInterrupt:
        os.write(2, b"\nglassjax: interrupted; nothing was written\n")
        os._exit(130)


if __name__ == "__main__":
    main()
