"""Run notebooks from the top and write them as they ran: ``python notebooks/run.py [NAME ...]``, all if none is named.

What of a notebook depends on who ran it, and when, is left out, so that a second run changes only what changed. A
notebook that fails is left as it was. Needs ``python -m pip install '.[notebooks]'``.
"""

import resource
import sys
import time
from pathlib import Path

import nbclient
import nbformat

HERE = Path(__file__).parent
LIMIT = 1800  # s for each cell
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def run(path: Path) -> None:
    """Execute one notebook in place."""
    notebook = nbformat.read(path, as_version=4)
    client = nbclient.NotebookClient(
        notebook, timeout=LIMIT, kernel_name="python3", resources={"metadata": {"path": str(HERE)}}
    )
    client.execute()
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", ()):
            if output.output_type == "stream" and output.name == "stderr":
                raise SystemExit(f"{path.name} writes to the standard error: {output.text}")
    nbformat.write(notebook, path)


def main() -> None:
    """Run what is named, and say how long each took."""
    names = sys.argv[1:] or sorted(path.stem for path in HERE.glob("*.ipynb"))
    for name in names:
        path = HERE / f"{Path(name).stem}.ipynb"
        if not path.exists():
            raise SystemExit(f"there is no notebook {path.name}; give names without the ending")
        begun, before = time.perf_counter(), _cpu()
        run(path)
        print(
            f"{path.name}: {time.perf_counter() - begun:.0f} s, {_cpu() - before:.0f} s of a core", flush=True
        )


def _cpu() -> float:
    """Processor time of the kernels that have ended, in s."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
