"""The table of a campaign: the row of each study, all rows put together, and how many fits are to be trusted.

Besides `COLUMNS` a row has for every free parameter its estimate, under its name, and the ends of its interval,
``<name>.low`` and ``<name>.high`` (one of them empty where the row is a limit), and for every quantity
``rms.<quantity>``, the rms residual of ln κ or ln C, or in 1/K.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from ..results.result import Result

COLUMNS = (
    "index",
    "study",
    "source",
    "glass",
    "theory",
    "status",
    "ok",
    "sampler",
    "theory_verdict",
    "reasons",
    "error",
    "rows",
    "log_posterior",
    "log_evidence",
    "seed",
    "seconds",
    "worker",
    "folder",
)
"""What every row has.

``status`` is done or failed, ``ok`` whether both verdicts are good, ``sampler`` and
``theory_verdict`` their words, ``reasons`` why one is bad, ``error`` why there is no fit, ``rows``
the number of fitted rows of data, ``folder`` where the result is.
"""

BATCH = 20_000
SHOWN = 5  # sentences of each kind that a summary has room for
VERDICTS = ("sampler", "theory_verdict")

Row = dict[str, Any]


def row_of(result: "Result") -> Row:
    """Numbers of a finished fit."""
    study, verdict = result.study, result.verdict
    evidence = result.log_evidence
    row: Row = {
        "glass": study.glass.name,
        "theory": study.theory_name,
        "status": "done",
        "ok": verdict.ok,
        **verdict.words,
        "reasons": "" if verdict.ok else "; ".join(verdict.reasons),
        "error": "",
        "rows": sum(entry.points for entry in result.misfits),
        "log_posterior": result.log_posterior,
        "log_evidence": None if evidence is None else evidence.value,
        "seed": result.seed,
    }
    for entry in result.table:
        row |= {entry["name"]: entry["estimate"]}
        row |= {f"{entry['name']}.{end}": entry[end] for end in ("low", "high")}
    return row | {f"rms.{entry.quantity}": entry.rms for entry in result.misfits}


def failed_row(error: str) -> Row:
    """Row of a study that could not be fitted, with the sentence that says why."""
    return {
        "status": "failed",
        "ok": False,
        **dict.fromkeys(VERDICTS, ""),
        "reasons": "",
        "error": error,
    }


def frames(rows: Iterable[Mapping[str, Any]]) -> "Iterator[pd.DataFrame]":
    """Put rows into tables of `BATCH` each, so that a million of them need no million dictionaries at once."""
    import pandas as pd

    batch: list[Mapping[str, Any]] = []

    def made() -> "pd.DataFrame":
        names = dict.fromkeys((*COLUMNS, *(name for row in batch for name in row)))
        columns = {name: [row.get(name) for row in batch] for name in names}
        frame = pd.DataFrame(columns)
        words = ("study", "source", "glass", "theory", "status", "reasons", "error", "worker", "folder")
        words += VERDICTS
        whole = {"index": "int64", "rows": "Int64", "seed": "Int64", "ok": "bool"}
        kinds = {name: whole.get(name, "object" if name in words else "float64") for name in names}
        return frame.astype(kinds)

    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield made()
            batch.clear()
    if batch:
        yield made()


class Campaign:
    """The fits of a campaign that is finished.

    Attributes
    ----------
    folder : Path
    table : pandas.DataFrame
        A row a study, in the order given; see `glassjax.campaigns.campaign` for the columns.
    """

    def __init__(self, folder: Path, table: "pd.DataFrame") -> None:
        self.folder, self.table = folder, table

    @cached_property
    def counts(self) -> dict[str, int]:
        """Number of studies that were fitted with a good verdict ("good"), with a bad one ("bad"), or "failed"."""
        found = Counter(
            "failed" if status != "done" else "good" if ok else "bad"
            for status, ok in zip(self.table["status"], self.table["ok"], strict=True)
        )
        return {kind: found[kind] for kind in ("good", "bad", "failed")}

    @property
    def ok(self) -> bool:
        """Whether every study was fitted, with a good verdict."""
        return self.counts["good"] == len(self.table)

    def summary(self) -> str:
        """Say how many fits there are of each kind, and why the first ones are not good."""
        counts = self.counts
        fitted = f"{counts['good']} fitted with a good verdict, {counts['bad']} with a bad one"
        lines = [f"{len(self.table)} studies: {fitted}, {counts['failed']} failed"]
        failed = self.table["status"] != "done"
        for kind, column, rows in (
            ("failed", "error", self.table[failed]),
            ("bad", "reasons", self.table[~failed & ~self.table["ok"]]),
        ):
            lines += [
                f"  {kind}: {name}: {why}"
                for name, why in zip(rows["study"][:SHOWN], rows[column][:SHOWN], strict=True)
            ]
            if len(rows) > SHOWN:
                lines.append(f"  … and {len(rows) - SHOWN} more {kind}; the column '{column}' says why")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the counts as plain values."""
        return {"studies": len(self.table), **self.counts, "ok": self.ok, "folder": str(self.folder)}

    def __repr__(self) -> str:
        return f"<Campaign in {self.folder}: {self.summary().splitlines()[0]}>"
