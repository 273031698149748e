"""The grammar of conditions: each node of a parsed SQL expression becomes a Polars expression and its canonical SQL."""
