"""The tables of ``persona.duckdb``, as steps that each make the next version of them."""

from __future__ import annotations

__all__ = ["MIGRATIONS"]

_FACTS = """
CREATE TABLE counters (name VARCHAR PRIMARY KEY, next BIGINT NOT NULL);
CREATE TABLE crosswalk (customer_id VARCHAR PRIMARY KEY, customer_no BIGINT NOT NULL, bucket TINYINT NOT NULL,
    household_id VARCHAR);
CREATE TABLE deliveries (delivery_no BIGINT PRIMARY KEY, source VARCHAR NOT NULL, table_name VARCHAR NOT NULL,
    "kind" VARCHAR NOT NULL, name VARCHAR NOT NULL, sha256 VARCHAR NOT NULL, size BIGINT NOT NULL,
    mtime_ns BIGINT NOT NULL, delivered_on DATE NOT NULL, recipe VARCHAR NOT NULL, lines BIGINT NOT NULL,
    loaded BIGINT NOT NULL, rejected BIGINT NOT NULL, filtered BIGINT NOT NULL, duplicates BIGINT NOT NULL,
    repeated_rows BIGINT NOT NULL, replaced_by BIGINT);
CREATE TABLE seen (source VARCHAR, name VARCHAR, size BIGINT NOT NULL, mtime_ns BIGINT NOT NULL,
    sha256 VARCHAR NOT NULL, PRIMARY KEY (source, name));
CREATE TABLE parts (path VARCHAR PRIMARY KEY, table_name VARCHAR NOT NULL, "month" VARCHAR NOT NULL,
    delivery_no BIGINT NOT NULL, "rows" BIGINT NOT NULL, bytes BIGINT NOT NULL, sha256 VARCHAR NOT NULL,
    unlinked BIGINT NOT NULL, "columns" VARCHAR NOT NULL);
CREATE TABLE rejects (source VARCHAR NOT NULL, name VARCHAR NOT NULL, sha256 VARCHAR NOT NULL, line BIGINT,
    byte_offset BIGINT, column_name VARCHAR, reason VARCHAR NOT NULL);
CREATE TABLE notes (source VARCHAR NOT NULL, name VARCHAR NOT NULL, sha256 VARCHAR NOT NULL, note VARCHAR NOT NULL);
CREATE TABLE expectations (source VARCHAR NOT NULL, name VARCHAR NOT NULL, sha256 VARCHAR NOT NULL,
    expectation VARCHAR NOT NULL, severity VARCHAR NOT NULL, failed BIGINT NOT NULL);
CREATE TABLE owners (account_id VARCHAR NOT NULL, from_on DATE NOT NULL, until_on DATE, customer_no BIGINT NOT NULL);
"""
_LEDGERS = """
CREATE TABLE stages (table_name VARCHAR, generation VARCHAR, piece INTEGER, path VARCHAR NOT NULL,
    "rows" BIGINT NOT NULL, sha256 VARCHAR NOT NULL, PRIMARY KEY (table_name, generation, piece));
CREATE TABLE runs (run_id VARCHAR PRIMARY KEY, as_of TIMESTAMP NOT NULL, status VARCHAR NOT NULL,
    fingerprint VARCHAR NOT NULL, summary VARCHAR NOT NULL, started_at TIMESTAMP NOT NULL, finished_at TIMESTAMP);
CREATE TABLE run_steps (run_id VARCHAR, step VARCHAR, generation VARCHAR NOT NULL, "rows" BIGINT, seconds DOUBLE,
    PRIMARY KEY (run_id, step));
CREATE TABLE contacts (customer_no BIGINT, household_key VARCHAR, offer_id VARCHAR NOT NULL, group_id VARCHAR,
    campaign_id VARCHAR, channel VARCHAR, "class" VARCHAR NOT NULL, occasion VARCHAR, status VARCHAR NOT NULL,
    "at" TIMESTAMP NOT NULL, run_id VARCHAR NOT NULL, message_id VARCHAR NOT NULL,
    PRIMARY KEY (customer_no, campaign_id, channel, occasion));
CREATE TABLE arms (unit VARCHAR, experiment VARCHAR, arm VARCHAR NOT NULL, since DATE NOT NULL, salt VARCHAR NOT NULL,
    PRIMARY KEY (unit, experiment));
CREATE TABLE evidence (run_id VARCHAR, name VARCHAR, path VARCHAR NOT NULL, "rows" BIGINT NOT NULL,
    sha256 VARCHAR NOT NULL, is_kept BOOLEAN NOT NULL, PRIMARY KEY (run_id, name));
CREATE TABLE documents ("kind" VARCHAR, name VARCHAR, body VARCHAR NOT NULL, PRIMARY KEY ("kind", name));
CREATE TABLE audit (seq BIGINT PRIMARY KEY, name VARCHAR NOT NULL UNIQUE, "kind" VARCHAR NOT NULL,
    body VARCHAR NOT NULL, previous VARCHAR NOT NULL, hash VARCHAR NOT NULL);
"""

MIGRATIONS: tuple[str, ...] = (_FACTS + _LEDGERS,)
"""Step n makes version n + 1 out of version n; a step that was released is never changed, the next is appended."""
