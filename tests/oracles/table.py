"""Read table.json and exact.json: reference values of the oracles, one entry a line (written by tabulate*.py).

An entry has `group` ("value", "beyond": outside the promised box, "derivative", "exact"), `function`, `arguments` and
`value`; entries that need a spectrum have `spectrum` (kind, tg, omega_c, xi, D, smearing; l_max is 9). Values
are arrays where the arguments are: rho_exc is (len T, len omega), N_E is (len E, len omega). Derivatives are
central five-point differences: `value` maps the name of a parameter to a list over T.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

PATH, EXACT = (Path(__file__).with_name(name) for name in ("table.json", "exact.json"))


@lru_cache(maxsize=1)
def _load() -> tuple[dict[str, Any], ...]:
    return tuple(json.loads(PATH.read_text()) + json.loads(EXACT.read_text()))


def entries(function: str | None = None, group: str = "value") -> list[dict[str, Any]]:
    """The entries of one group, of one function if named."""
    return [e for e in _load() if e["group"] == group and (function is None or e["function"] == function)]


def rounded(value: Any) -> Any:
    """Numbers to 10 significant digits, through lists and dicts."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    return float(f"{value:.10g}") if isinstance(value, float) else value


def write(rows: list[dict[str, Any]], path: Path = PATH) -> None:
    """Write all entries, whole or not at all."""
    temporary = path.with_suffix(".part")
    temporary.write_text(
        "[\n" + ",\n".join(json.dumps(rounded(row), separators=(",", ":")) for row in rows) + "\n]\n"
    )
    temporary.replace(path)
