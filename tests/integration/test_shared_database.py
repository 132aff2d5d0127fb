"""The fixtures others stand on."""

import psycopg


def names(conninfo, query):
    with psycopg.connect(conninfo) as connection:
        return {row[0] for row in connection.execute(query)}


TABLES = "select tablename from pg_tables where schemaname = 'public'"
UNIQUE = "select indexname from pg_indexes where schemaname = 'public' and indexdef like 'CREATE UNIQUE%'"


def test_an_empty_database_has_no_table(empty_database):
    assert names(empty_database, TABLES) == set()


def test_the_backend_database_has_its_tables_and_keys(backend_database):
    assert names(backend_database, TABLES) == {
        "users",
        "api_credentials",
        "api_status_snapshots",
        "api_status_history",
        "marketplace_auth_status",
        "activities",
    }
    assert "api_credentials_userId_apiName_environment_scope_key" in names(backend_database, UNIQUE)


def test_a_clone_does_not_see_what_another_wrote(server, clone):
    def fill(conninfo):
        with psycopg.connect(conninfo) as connection:
            connection.execute("create table seen (n int)")

    template = server.template("isolation", fill)
    first, second = clone(template), clone(template)
    with psycopg.connect(first) as connection:
        connection.execute("insert into seen values (1)")
    assert names(second, "select n from seen") == set()


def test_a_dropped_database_is_gone_even_with_a_session_left_open(server):
    with server.database() as conninfo:
        left_open = psycopg.connect(conninfo)
    name = left_open.info.dbname
    left_open.close()
    assert name not in names(server.conninfo("postgres"), "select datname from pg_database")


def test_the_server_says_utc_and_utf8(empty_database):
    with psycopg.connect(empty_database) as connection:
        show = {
            name: connection.execute(f"show {name}").fetchone()[0]
            for name in ("timezone", "server_encoding", "lc_messages")
        }
    assert show == {"timezone": "UTC", "server_encoding": "UTF8", "lc_messages": "C"}
