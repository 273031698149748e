import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from persona.errors import WriteError
from persona.store.catalog import Catalog
from persona.store.schema import MIGRATIONS

NUMBERED = {"customer_id": pl.String, "customer_no": pl.Int64, "bucket": pl.Int8, "household_id": pl.String}


@pytest.fixture
def catalog(tmp_path):
    catalog = Catalog(tmp_path / "state", memory_gb=1)
    yield catalog
    catalog.close()


def people(count):
    return pl.DataFrame([(f"c{number:04d}", number, 1, None) for number in range(count)], schema=NUMBERED, orient="row")


@pytest.mark.parametrize("count", [0, 3, 500])
def test_rows_come_back_as_they_were_put_in_few_or_many(catalog, count):
    with catalog.transaction():
        catalog.insert("crosswalk", people(count))
    assert_frame_equal(catalog.frame("SELECT * FROM crosswalk ORDER BY customer_id"), people(count))
    assert list(catalog.work.iterdir()) == []


def test_all_of_a_transaction_is_there_or_nothing(catalog):
    def act():
        with catalog.transaction():
            catalog.insert("crosswalk", people(2))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        act()
    assert catalog.one("SELECT count(*) FROM crosswalk") == 0


def test_a_counter_never_gives_a_number_twice(catalog):
    with catalog.transaction():
        assert [catalog.taken("customer_no", 5), catalog.taken("customer_no"), catalog.next("customer_no")] == [1, 6, 7]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "COPY (SELECT 1) TO '/tmp/out_of_the_state_folder.csv'",
        "ATTACH '/tmp/other.duckdb'",
        "SET enable_external_access = true",
        "SELECT * FROM read_parquet('{state}/../../../etc/x.parquet')",
    ],
)
def test_nothing_outside_the_state_folder_can_be_read_or_written(catalog, query):
    with pytest.raises(duckdb.Error, match=r"(?i)permission|locked|disabled|cannot"):
        catalog.run(query.format(state=catalog.state))


def test_a_word_that_is_no_table_is_not_taken_for_a_variable(catalog):
    secrets = people(1)
    with pytest.raises(duckdb.CatalogException):
        catalog.run("SELECT * FROM secrets")
    assert secrets.height == 1


@pytest.mark.slow
def test_what_does_not_fit_into_memory_is_spilt_into_the_work_folder(tmp_path):
    catalog = Catalog(tmp_path / "state", memory_gb=0.3)
    catalog.run(
        "CREATE TEMP TABLE big AS SELECT md5(range::VARCHAR) || md5((range + 1)::VARCHAR) AS t FROM range(4000000)"
    )
    spilt = [path for path in tmp_path.rglob("*") if path.is_file() and path.stat().st_size > 1_000_000]
    assert {path.parent for path in spilt} == {tmp_path / "state/work"}
    assert catalog.one("SELECT count(*) FROM big") == 4_000_000


def test_the_settings_are_ours_and_nobody_changes_them(catalog):
    names = "('enable_progress_bar', 'lock_configuration', 'TimeZone')"
    found = dict(catalog.run(f"SELECT name, value FROM duckdb_settings() WHERE name IN {names}"))
    assert found == {
        "enable_progress_bar": "false",
        "lock_configuration": "true",
        "TimeZone": "UTC",
    }


def test_a_database_of_a_newer_persona_is_left_alone(tmp_path):
    Catalog(tmp_path / "state", memory_gb=1).close()
    with duckdb.connect(str(tmp_path / "state/persona.duckdb")) as newer:
        newer.execute("INSERT INTO schema_version VALUES (?)", [len(MIGRATIONS) + 1])
    with pytest.raises(WriteError, match="was written by a newer persona"):
        Catalog(tmp_path / "state", memory_gb=1)


def test_a_file_that_is_no_database_is_told_and_left_alone(tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state/persona.duckdb").write_bytes(b"something else" * 1000)
    with pytest.raises(WriteError, match=r"persona\.duckdb: could not be"):
        Catalog(tmp_path / "state", memory_gb=1)
    assert (tmp_path / "state/persona.duckdb").read_bytes() == b"something else" * 1000


def test_what_is_left_of_a_database_half_made_does_not_stand_in_the_way(tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state/persona.duckdb.aside").write_bytes(b"\0" * 4096)
    catalog = Catalog(tmp_path / "state", memory_gb=1)
    assert catalog.one("SELECT max(version) FROM schema_version") == len(MIGRATIONS)
    catalog.close()
