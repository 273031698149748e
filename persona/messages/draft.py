"""Drafts: messages that say so themselves, for people to look at; they are never handed over."""

from __future__ import annotations

import polars as pl

__all__ = ["PROOF", "WATERMARK", "watermarked"]

WATERMARK = "DRAFT - NOT APPROVED"
PROOF = "PROOF - TO NOBODY"

_BANNER = '<p style="background:#b00020;color:#ffffff;padding:8px;text-align:center">{}</p>'
_BODY = r"(?i)(<body\b[^>]*>)"


def watermarked(messages: pl.DataFrame, mark: str = WATERMARK) -> pl.DataFrame:
    """The messages with the watermark in every text that a customer would read first."""
    banner = _BANNER.format(mark)
    marked = [pl.format(f"{mark}: {{}}", pl.col(name)).alias(name) for name in ("subject", "title")]
    marked += [pl.format(f"{mark}\n{{}}", pl.col(name)).alias(name) for name in ("text", "body")]
    html = pl.col("html")
    within = html.str.replace(_BODY, f"${{1}}{banner}")
    before = pl.concat_str(pl.lit(banner), html)
    return messages.with_columns(
        *marked, pl.when(html.str.contains(_BODY)).then(within).otherwise(before).alias("html")
    )
