import polars as pl
from fakes.extracts import booking, customer, holder, load, rows, source


def test_what_is_loaded_can_be_scanned_with_its_customer_and_bucket(store):
    report = load(store, source("core", "customers"), rows("customers", customer("B"), customer("A")), "2026-01-31")
    assert (report.new_customers, report.parts) == (2, 1)
    seen = store.scan("customers").sort("customer_no").collect()
    assert seen.select("customer_id", "customer_no", "delivery_no").rows() == [("A", 1, 1), ("B", 2, 1)]
