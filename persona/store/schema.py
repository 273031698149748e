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

_PERSONS = """
CREATE TABLE persons (record_no BIGINT PRIMARY KEY, person_no BIGINT NOT NULL, household_id VARCHAR, linked_to BIGINT,
    weight DOUBLE, probability DOUBLE, reason VARCHAR);
CREATE TABLE person_links (a BIGINT, b BIGINT, "rank" TINYINT NOT NULL, weight DOUBLE, probability DOUBLE,
    reason VARCHAR, PRIMARY KEY (a, b));
CREATE TABLE person_changes ("at" TIMESTAMP NOT NULL, "kind" VARCHAR NOT NULL, person_no BIGINT NOT NULL,
    other_person_no BIGINT NOT NULL, records BIGINT NOT NULL);
CREATE TABLE person_decisions (customer_a VARCHAR, customer_b VARCHAR, decision VARCHAR NOT NULL,
    PRIMARY KEY (customer_a, customer_b));
CREATE VIEW who_is_who AS SELECT c.customer_id, coalesce(p.person_no, c.customer_no) AS customer_no, c.bucket,
    c.household_id, c.customer_no AS record_no FROM crosswalk c LEFT JOIN persons p ON p.record_no = c.customer_no;
CREATE VIEW person_crosswalk AS SELECT w.customer_id, w.record_no, w.customer_no AS person_no, p.household_id,
    l.customer_id AS linked_to, p.weight, p.probability, p.reason FROM who_is_who w
    LEFT JOIN persons p ON p.record_no = w.record_no LEFT JOIN crosswalk l ON l.customer_no = p.linked_to;
CREATE VIEW person_decisions_known AS SELECT d.customer_a, d.customer_b, d.decision, a.customer_no AS record_a,
    b.customer_no AS record_b FROM person_decisions d LEFT JOIN crosswalk a ON a.customer_id = d.customer_a
    LEFT JOIN crosswalk b ON b.customer_id = d.customer_b;
"""

_UNLOADING = """
CREATE TABLE parts_replaced (path VARCHAR PRIMARY KEY, table_name VARCHAR NOT NULL, "month" VARCHAR NOT NULL,
    delivery_no BIGINT NOT NULL, "rows" BIGINT NOT NULL, bytes BIGINT NOT NULL, sha256 VARCHAR NOT NULL,
    unlinked BIGINT NOT NULL, "columns" VARCHAR NOT NULL);
CREATE TABLE unloaded (source VARCHAR, sha256 VARCHAR, name VARCHAR NOT NULL, delivered_on DATE NOT NULL,
    PRIMARY KEY (source, sha256));
"""

_RECALLS = """
CREATE TABLE recalls (message_id VARCHAR PRIMARY KEY, run_id VARCHAR NOT NULL, channel VARCHAR NOT NULL,
    reason VARCHAR NOT NULL, reason_id VARCHAR NOT NULL, "at" TIMESTAMP NOT NULL, in_time BOOLEAN NOT NULL);
"""

_REPEATS = """
CREATE TABLE repeats (source VARCHAR, sha256 VARCHAR, of_sha256 VARCHAR, "rows" BIGINT NOT NULL,
    PRIMARY KEY (source, sha256, of_sha256));
"""

MIGRATIONS: tuple[str, ...] = (_FACTS + _LEDGERS, _PERSONS, _UNLOADING, _RECALLS, _REPEATS)
"""Step n makes version n + 1 out of version n; a step that was released is never changed, the next is appended."""
