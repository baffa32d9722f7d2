"""What a campaign found: its table, and how many fits are to be trusted."""

from collections import Counter
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Campaign"]

SHOWN = 5  # sentences of each kind that a summary has room for


class Campaign:
    """The fits of a campaign that is finished.

    Attributes
    ----------
    folder : Path
    table : pandas.DataFrame
        A row a study, in the order given; see `glassjax.campaigns.table` for the columns.
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
