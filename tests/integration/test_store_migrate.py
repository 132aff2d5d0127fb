"""`migrate` on an empty database and beside an existing backend, at once and again, behind and ahead."""

import threading
from collections.abc import Callable, Iterator

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from supervisor.errors import BadConfig, Exit
from supervisor.store import WANTED, Store
from supervisor.store import migrate as migrating
from tests.helpers.database import Databases
from tests.helpers.storing import store_at
from tests.helpers.tenants import as_role, load_backend_with_role
from workers.catalog import APIS, CANONICAL, Api

TABLES = ["users", "api_credentials", "api_status_snapshots", "api_status_history"]

COLUMNS = """
select table_name, column_name, data_type, udt_name, is_nullable, column_default, numeric_precision, numeric_scale,
  datetime_precision from information_schema.columns where table_schema = 'public' and table_name = any (%s)
order by table_name, column_name
"""
INDEXES = "select indexname, indexdef from pg_indexes where schemaname = 'public' and tablename = any (%s) order by 1"
CONSTRAINTS = """
select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
where conrelid::regclass::text = any (%s) and contype <> 'n' order by 1, 2
"""
ENUM = "select enumlabel, enumsortorder from pg_enum where enumtypid = '\"CredentialScope\"'::regtype order by 2"
CATALOG = """
select 'class', c.relname::text, c.relkind::text, c.reltriggers_or_acl from (
  select relname, relkind, relnamespace, coalesce(relacl::text, '') || relhastriggers || relchecks || relhasindex
    as reltriggers_or_acl from pg_class) c
where c.relnamespace = 'public'::regnamespace
union all
select 'attribute', a.attrelid::regclass::text, a.attname::text, format_type(a.atttypid, a.atttypmod) || a.attnotnull
from pg_attribute a join pg_class c on c.oid = a.attrelid where c.relnamespace = 'public'::regnamespace
union all
select 'constraint', conrelid::regclass::text, conname::text, pg_get_constraintdef(oid)
from pg_constraint where connamespace = 'public'::regnamespace
union all
select 'trigger', tgrelid::regclass::text, tgname::text, pg_get_triggerdef(oid) from pg_trigger
union all
select 'schema', nspname::text, coalesce(nspacl::text, ''), '' from pg_namespace where nspname <> 'healthsup'
order by 1, 2, 3, 4
"""


def rows(conninfo: str, query: str, *params: object) -> list[tuple[object, ...]]:
    with psycopg.connect(conninfo) as connection:
        return connection.execute(query, params or None).fetchall()


@pytest.fixture
def role_database(server: Databases, clone: Callable[[str], str]) -> str:
    return clone(server.template("backend_role", load_backend_with_role))


@pytest.fixture
def standalone(empty_database: str) -> Iterator[Store]:
    with store_at(empty_database) as store:
        store.migrate()
        yield store


@pytest.mark.parametrize("query", [COLUMNS, INDEXES, CONSTRAINTS], ids=["columns", "indexes", "constraints"])
def test_a_stand_alone_database_gets_the_backends_tables_in_their_exact_shape(
    standalone: Store, empty_database: str, backend_database: str, query: str
) -> None:
    theirs = rows(backend_database, query, TABLES)
    assert len(theirs) >= 9
    assert rows(empty_database, query, TABLES) == theirs


def test_the_scope_is_an_enum_that_sorts_user_before_global(standalone: Store, empty_database: str) -> None:
    assert rows(empty_database, ENUM) == [("user", 1.0), ("global", 2.0)]


def test_ids_are_serial(standalone: Store, empty_database: str) -> None:
    for table in TABLES:
        assert rows(empty_database, "select pg_get_serial_sequence(%s, 'id')", table) == [(f"public.{table}_id_seq",)]


def test_a_stand_alone_database_is_remembered_as_ours(standalone: Store) -> None:
    state = standalone.state()
    assert (state.standalone, state.backend_present, state.found) == (True, True, WANTED)


def test_beside_a_backend_only_our_schema_is_made_and_nothing_of_theirs_altered(role_database: str) -> None:
    before = rows(role_database, CATALOG)
    with store_at(as_role(role_database)) as store:
        assert store.state().found is None
        state = store.migrate()
    assert (state.standalone, state.backend_present, state.current) == (False, True, True)
    assert rows(role_database, CATALOG) == before


def test_nothing_of_ours_depends_on_their_tables(role_database: str) -> None:
    with store_at(as_role(role_database)) as store:
        store.migrate()
    with psycopg.connect(role_database) as connection:  # fails while anything outside the list depends on one of them
        connection.execute(f"drop table {', '.join(TABLES)}, activities, marketplace_auth_status restrict")


def test_migrating_again_changes_nothing(role_database: str) -> None:
    with store_at(as_role(role_database)) as store:
        store.migrate()
        before = rows(role_database, "select * from healthsup.schema_version")
        store.migrate()
    assert rows(role_database, "select * from healthsup.schema_version") == before


def test_two_may_migrate_at_once(empty_database: str) -> None:
    errors: list[BaseException] = []

    def migrate(owner: str) -> None:
        try:
            with store_at(empty_database, owner) as store:
                store.migrate()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=migrate, args=(f"owner {number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    versions = rows(empty_database, "select version from healthsup.schema_version order by 1")
    assert versions == [(version,) for version in range(1, WANTED + 1)]
    assert rows(empty_database, "select standalone from healthsup.installation") == [(True,)]


def test_a_database_without_our_schema_asks_for_migrate(backend_database: str) -> None:
    with store_at(backend_database) as store, pytest.raises(BadConfig, match="run healthsup migrate") as caught:
        store.require_current()
    assert caught.value.exit_code is Exit.CONFIG


@pytest.mark.parametrize(("version", "cure"), [(WANTED - 1, "run healthsup migrate"), (WANTED + 1, "newer healthsup")])
def test_a_schema_of_another_version_is_refused(
    standalone: Store, empty_database: str, version: int, cure: str
) -> None:
    with psycopg.connect(empty_database) as connection:
        connection.execute("delete from healthsup.schema_version where version < %s", (WANTED,))
        connection.execute("update healthsup.schema_version set version = %s", (version,))
    with pytest.raises(BadConfig, match=cure):
        standalone.require_current()


def test_names_are_refreshed_from_the_catalog_as_a_program_that_writes_opens(
    standalone: Store, empty_database: str
) -> None:
    with psycopg.connect(empty_database) as connection:
        connection.execute("delete from healthsup.api_name where alias = 'googletrends'")
        connection.execute("update healthsup.api_name set personal = not personal where alias = 'ebay'")
        connection.execute("insert into healthsup.api_name values ('forgotten', 'forgotten', false)")
    standalone.require_current()
    standalone.refresh_names()
    found = rows(empty_database, "select alias, api, personal from healthsup.api_name")
    assert {alias: api for alias, api, _ in found} == dict(CANONICAL)
    assert ("ebay", "ebay", True) in found
    assert standalone.refresh_names() == 0


def test_who_only_migrates_leaves_the_names_of_own_providers_to_the_run_at_work(
    standalone: Store, empty_database: str
) -> None:
    standalone.refresh_names((*APIS, Api("my-erp")))
    standalone.migrate()
    assert rows(empty_database, "select api from healthsup.api_name where alias = 'my-erp'") == [("my-erp",)]


def test_of_two_hosts_with_own_providers_neither_makes_the_other_forget_its_names(
    standalone: Store, empty_database: str
) -> None:
    names = "select api from healthsup.api_name where api in ('my-erp', 'my-crm') order by api"
    standalone.refresh_names((*APIS, Api("my-erp")))
    with psycopg.connect(empty_database) as connection:
        connection.execute(
            "insert into healthsup.checks (credential_id, user_id, api, environment, serving, next_due, seen_by, seen_at)"
            " values (1, 1, 'my-erp', 'production', true, now(), 'elsewhere/boot/1/2/3/4', now() - interval '1 hour')"
        )
    standalone.refresh_names((*APIS, Api("my-crm")))
    assert rows(empty_database, names) == [("my-crm",), ("my-erp",)], "another host is at work on this database"
    with psycopg.connect(empty_database) as connection:
        connection.execute("update healthsup.checks set seen_at = now() - interval '2 days'")
    standalone.refresh_names((*APIS, Api("my-crm")))
    assert rows(empty_database, names) == [("my-crm",)], "it is gone"


def test_another_programs_users_table_is_not_taken_for_an_empty_database(empty_database: str) -> None:
    with psycopg.connect(empty_database) as connection:
        connection.execute("create table users (id int)")
    with store_at(empty_database) as store, pytest.raises(BadConfig, match="another program's database"):
        store.migrate()
    assert rows(empty_database, "select count(*) from pg_namespace where nspname = 'healthsup'") == [(0,)]


def test_a_backend_without_status_tables_is_told_what_is_missing(backend_database: str) -> None:
    with psycopg.connect(backend_database) as connection:
        connection.execute("drop table api_status_history")
    with store_at(backend_database) as store, pytest.raises(BadConfig, match="api_status_history is missing"):
        store.migrate()


def test_prismas_schema_is_used_and_made_where_it_is_missing(empty_database: str) -> None:
    schema = 'odd "name" 100%s'
    with Store(empty_database, schema=schema, pool_max=2, pool_timeout=5, owner="me") as store:
        assert store.migrate().standalone
        assert list(store.snapshots()) == []
    with Store(empty_database, schema=schema, pool_max=2, pool_timeout=5, owner="me") as store:
        assert store.state().backend_present
    assert rows(empty_database, "select schemaname from pg_tables where tablename = 'users'") == [(schema,)]


def test_the_backends_schema_is_found_on_the_search_path(empty_database: str, backend_database: str) -> None:
    with psycopg.connect(backend_database, autocommit=True) as connection:
        connection.execute("alter schema public rename to app")
    with store_at(make_conninfo(backend_database, options="-c search_path=app")) as store:
        assert (store.backend_present, store.backend) == (True, "app")


def test_a_role_without_the_right_to_create_gets_a_line_about_it(backend_database: str) -> None:
    with psycopg.connect(backend_database) as connection:
        connection.execute("create role nobody_special login")
    try:
        with (
            store_at(make_conninfo(backend_database, user="nobody_special")) as store,
            pytest.raises(BadConfig, match=r"permission denied for database .*least-privilege-role\.sql"),
        ):
            store.migrate()
    finally:
        with psycopg.connect(backend_database) as connection:
            connection.execute("drop role nobody_special")


def test_a_database_of_the_first_release_is_brought_up_to_date_with_what_it_holds(empty_database: str) -> None:
    with store_at(empty_database) as store:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(migrating, "migrations", lambda: {1: "0001_first"})
            patched.setattr(migrating, "WANTED", 1)
            store.migrate()
        with psycopg.connect(empty_database) as connection:
            connection.execute(
                "insert into healthsup.verdict (user_id, api, environment, credential_id, reason, fault, recent, checked_at)"
                " values (1, 'ebay', 'production', 1, 'expired', 'tenant', '{unhealthy}', now()),"
                " (1, 'groq', 'production', 2, 'valid_unprobed', null, '{}', now())"
            )
        with pytest.raises(BadConfig, match="at schema version 1, this program needs"):
            store.require_current()
        assert store.migrate().current
    query = "select api, reason, judged, judged_fault from healthsup.verdict order by api"
    assert rows(empty_database, query) == [
        ("ebay", "expired", "expired", "tenant"),
        ("groq", "valid_unprobed", None, None),
    ]
