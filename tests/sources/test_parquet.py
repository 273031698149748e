import io
from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest

from persona.errors import ExtractError
from persona.policy.source import Format
from persona.sources import parquet
from persona.sources.parquet import records


def packed(frame: pl.DataFrame, **options) -> bytes:
    out = io.BytesIO()
    frame.write_parquet(out, **options)
    return out.getvalue()


def taken(tmp_path, content):
    (tmp_path / "x.parquet").write_bytes(content)
    return [row for c in records(tmp_path / "x.parquet", "x.parquet", Format(type="parquet")) for row in c.rows.rows()]


def test_every_type_becomes_the_text_that_csv_would_have_and_a_row_its_number(tmp_path):
    frame = pl.DataFrame(
        {
            "i": [7, None],
            "f": [57.16, 1.5],
            "n": [Decimal("1.10"), Decimal("2.00")],
            "b": [True, False],
            "d": [date(2026, 3, 31), None],
            "t": pl.Series([datetime.fromisoformat("2026-03-31T10:30:00")] * 2).dt.replace_time_zone("Europe/Prague"),
        }
    )
    assert taken(tmp_path, packed(frame)) == [
        ("7", "57.16", "1.10", "true", "2026-03-31", "2026-03-31T08:30:00.000000+00:00", 1, None),
        (None, "1.5", "2.00", "false", None, "2026-03-31T08:30:00.000000+00:00", 2, None),
    ]


def test_slices_are_the_whole_in_its_order(tmp_path, monkeypatch):
    frame = pl.DataFrame({"i": range(10)})
    whole = taken(tmp_path, packed(frame, row_group_size=3))
    monkeypatch.setattr(parquet, "SLICE", 4)
    assert taken(tmp_path, packed(frame, row_group_size=3)) == whole


@pytest.mark.parametrize("kept", [0.0, 0.01, 0.5, 0.99])
def test_a_file_that_is_cut_is_refused(tmp_path, kept):
    content = packed(pl.DataFrame({"i": range(1_000)}))
    with pytest.raises(ExtractError):
        taken(tmp_path, content[: int(len(content) * kept)])


def test_a_damaged_file_is_refused_or_has_all_its_rows_and_nothing_worse_happens(tmp_path, capfd):
    content = packed(pl.DataFrame({"i": range(100), "s": [f"s{number}" for number in range(100)]}))
    for at in range(4, len(content), max(len(content) // 60, 1)):
        damaged = content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]
        try:
            assert len(taken(tmp_path, damaged)) == 100
        except ExtractError as error:
            assert error.exit_code == 3  # noqa: PT017 - either is right


def test_a_bomb_is_refused_by_its_footer(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "FREE_ROWS", 1_000)
    with pytest.raises(ExtractError, match="beyond reason"):
        taken(tmp_path, packed(pl.DataFrame({"i": [1] * 1_000_000})))
