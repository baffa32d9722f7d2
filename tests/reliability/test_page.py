"""The page on reliability is that of the records, and its counts are theirs."""

import json

from .page import PAGE, SECTIONS, page
from .record import FOLDER


def test_the_page_is_written_from_the_records():
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tests.reliability.page"


def test_every_record_is_on_the_page_and_counts_no_more_failures_than_tries():
    for path in FOLDER.glob("*.json"):
        found = json.loads(path.read_text(encoding="utf-8"))
        assert path.stem in SECTIONS
        assert f"## {found['title']}" in page()
        assert all(0 <= row["failed"] <= row["tried"] for row in found["attacks"])
