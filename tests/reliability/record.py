"""What an attack found, kept as one JSON file in ``records/``, from which docs/reliability.md is written."""

import json
import platform
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).with_name("records")


class Attack(NamedTuple):
    """One kind of attack.

    ``tried`` counts what was checked (``unit``: draws, kills, files), ``failed`` how many of them failed when it was
    last run, and ``finding`` says in a sentence what was seen, or mended.
    """

    what: str
    tried: int
    unit: str
    failed: int
    finding: str = ""


def keep(
    name: str,
    title: str,
    attacks: Sequence[Attack],
    *,
    command: str,
    seconds: float,
    seed: int | None = None,
    summary: str = "",
) -> Path:
    """Write ``records/<name>.json``; ``command`` repeats the attack, ``summary`` is the section's first paragraph."""
    found: dict[str, Any] = {
        "title": title,
        "summary": summary,
        "command": command,
        "seed": seed,
        "seconds": round(seconds),
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "python": platform.python_version(),
        "jax": version("jax"),
        "attacks": [attack._asdict() for attack in attacks],
    }
    path = FOLDER / f"{name}.json"
    FOLDER.mkdir(exist_ok=True)
    path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def load(name: str) -> dict[str, Any]:
    """Return what `keep` wrote."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
