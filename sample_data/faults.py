"""The faults that real extracts have, planted in a few files, each with what it is and how often."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl

ENOUGH = 30
"""Files with fewer rows are left as they are."""


@dataclass(slots=True)
class Ledger:
    """What was planted where."""

    rows: list[tuple[str, str, int, str]] = field(default_factory=list)

    def note(self, file: str, fault: str, count: int, outcome: str) -> None:
        """Write down a fault, how many rows have it, and what should become of them."""
        self.rows.append((file, fault, count, outcome))

    def frame(self) -> pl.DataFrame:
        """The faults by file."""
        columns = {"file": pl.String, "fault": pl.String, "rows": pl.Int64, "outcome": pl.String}
        return pl.DataFrame(self.rows, schema=columns, orient="row").sort("file", "fault")


def _set(frame: pl.DataFrame, at: list[int], column: str, values: list[str | None]) -> pl.DataFrame:
    series = frame[column].to_list()
    for place, value in zip(at, values, strict=True):
        series[place] = value
    return frame.with_columns(pl.Series(column, series, dtype=frame.schema[column]))


def _typed_wrong(frame: pl.DataFrame, at: list[int]) -> pl.DataFrame:
    return _set(frame, at[:3], "AmountMinor", ["12,5O", "n/a", "--"])


def _impossible(frame: pl.DataFrame, at: list[int]) -> pl.DataFrame:
    return _set(frame, at[5:6], "PostedAt", ["2026-02-30T11:20:00Z"])


def _unmapped(frame: pl.DataFrame, at: list[int]) -> pl.DataFrame:
    return _set(frame, at[:5], "MerchantCategory", ["0000", "2999", "0000", "2999", "0000"])


def _repeated(frame: pl.DataFrame, at: list[int]) -> pl.DataFrame:
    return pl.concat([frame, frame[at]])


def _late(frame: pl.DataFrame, at: list[int]) -> pl.DataFrame:
    pattern = "%Y-%m-%dT%H:%M:%SZ"
    before = frame["PostedAt"].gather(at[:2]).str.to_datetime(pattern).dt.offset_by("-60d").dt.strftime(pattern)
    return _set(frame, at[:2], "PostedAt", before.to_list())


CARDS: dict[int, tuple[str, int, str, Callable[[pl.DataFrame, list[int]], pl.DataFrame]]] = {
    0: ("booked two months before it was delivered", 2, "loaded into its own month", _late),
    3: ("merchant code of no category", 5, "loaded without a category", _unmapped),
    4: ("day that does not exist", 1, "rejected", _impossible),
    7: ("amount is no number", 3, "rejected", _typed_wrong),
    10: ("row repeated exactly", 12, "one of each is kept", _repeated),
}
"""The faults of the card files by how many months before the last they are: what, rows, what becomes of them."""


def cards(frame: pl.DataFrame, file: str, from_end: int, noted: Ledger) -> pl.DataFrame:
    """A month's card file with its faults."""
    if frame.height < ENOUGH or from_end not in CARDS:
        return frame
    fault, count, outcome, planted = CARDS[from_end]
    noted.note(file, fault, count, outcome)
    return planted(frame, [frame.height * k // 13 for k in range(1, 13)])


def bookings(frame: pl.DataFrame, file: str, from_end: int, noted: Ledger) -> pl.DataFrame:
    """A month's core bookings; one file books on an account that no file of accounts has."""
    if from_end != 3 or frame.height < ENOUGH:
        return frame
    noted.note(file, "account that nobody holds", 4, "loaded without a customer")
    serial = frame.columns[-1]
    orphan = frame.tail(4).with_columns(
        pl.lit("1999999999").alias("KONTO"),
        pl.lit(None, pl.String).alias("SALDO"),
        pl.Series(serial, [f"X{line:08d}" for line in range(1, 5)]),
    )
    return pl.concat([frame, orphan])


def customers(frame: pl.DataFrame, file: str, noted: Ledger) -> pl.DataFrame:
    """Customers with gaps and typing errors."""
    if frame.height < ENOUGH:
        return frame
    with_mail = [i for i, text in enumerate(frame["EMAIL"].to_list()) if text]
    with_phone = [i for i, text in enumerate(frame["MOBIL"].to_list()) if text]
    noted.note(file, "no date of birth", 1, "age unknown")
    noted.note(file, "e-mail without @", 1, "loaded; no e-mail may be sent")
    noted.note(file, "phone number in another format", 1, "loaded without a phone")
    mail, phone = with_mail[7], with_phone[11]
    frame = _set(frame, [5], "GEBDAT", [None])
    frame = _set(frame, [mail], "EMAIL", [str(frame["EMAIL"][mail]).replace("@", ".")])
    return _set(frame, [phone], "MOBIL", ["0049 (0)30 23125-17"])


def broken_event(file: str, from_end: int, noted: Ledger) -> bytes:
    """The end of a file of events whose last line was cut off; nothing for the other files."""
    if from_end != 2:
        return b""
    noted.note(file, "line cut off", 1, "rejected")
    return b'{"id":"E9999-0000001","customer":"K00\n'
