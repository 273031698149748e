"""What was noted while files were read: kept with the deliveries, told with the night that first counts their rows."""

from __future__ import annotations

from persona.runs.plan import Night
from persona.store import Store

__all__ = ["LAST", "last_delivery", "noted_since"]

LAST = "last_delivery_no"
"""What the summary of a night calls the newest delivery it knew."""

_NOTES = """
SELECT DISTINCT n.name, n.note FROM notes n JOIN deliveries d ON d.source = n.source AND d.sha256 = n.sha256
WHERE d.replaced_by IS NULL AND d.delivery_no > ? ORDER BY ALL
"""


def noted_since(night: Night) -> list[str]:
    """The notes on files that came since the night before, whichever command took them in, by name."""
    last = night.before.summary.get(LAST, 0) if night.before else 0
    return [f"{name}: {note}" for name, note in night.store.catalog.run(_NOTES, [last])]


def last_delivery(store: Store) -> int:
    """The number of the newest delivery; 0 where there is none."""
    found = store.catalog.one("SELECT max(delivery_no) FROM deliveries")
    return found if isinstance(found, int) else 0
