"""A DSN taken apart without libpq, and libpq's own opinion beside it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from supervisor.config.dsn import conninfo, masked, parse
from supervisor.errors import BadConfig

_SECRET = "hunter2"


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://",
        "postgres://u@h",
        "postgresql://u:p@h:5432/db",
        "postgresql://u:p%40s%2Fs@h/d%20b?sslmode=require&application_name=a%26b",
        "postgresql://[::1]:5433/db",
        "postgresql://h1:1,h2,[fe80::1]:3/db?target_session_attrs=read-write",
        "postgresql:///db?host=/var/run/postgresql",
        "postgresql://%2Fvar%2Frun%2Fpostgresql/db",
        "postgresql://u@/db?host=h&port=7",
        "postgresql://h/db?options=-c%20geqo%3Doff",
        "postgresql://h/db?ssl=true",
        "postgresql://h?dbname=x",
        "host=localhost port=5432 dbname=x",
        r"host = localhost password = 'it\'s \\ fine'",
        r"password=a\ b user='' dbname=it's",
        "service=mine",
    ],
)  # fmt: skip
def test_libpq_reads_the_same(dsn):
    assert conninfo_to_dict(parse(dsn).conninfo) == conninfo_to_dict(dsn)


@given(
    st.dictionaries(
        st.sampled_from(["user", "password", "dbname", "host"]),
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1),
    )
)
def test_a_conninfo_survives_quoting(params):
    assert conninfo_to_dict(conninfo(params)) == params


def test_a_raw_at_sign_in_a_password_is_read_as_prisma_reads_it():
    assert conninfo_to_dict(parse("postgresql://u:p@ss@h/d").conninfo)["password"] == "p@ss"


def test_prismas_url_works_as_it_is():
    target = parse(
        "postgresql://u:p@h:5432/d?schema=app&connection_limit=3&pool_timeout=20&pgbouncer=true&sslmode=prefer"
    )
    assert conninfo_to_dict(target.conninfo) == {
        "user": "u", "password": "p", "host": "h", "port": "5432", "dbname": "d", "sslmode": "prefer",
    }  # fmt: skip
    assert (target.schema, target.pooled) == ("app", True)
    assert target.notes == ("passed over, as only Prisma uses them: connection_limit, pool_timeout",)


def test_without_prismas_parameters_there_is_nothing_to_tell():
    target = parse("postgresql://h/d?pgbouncer=false&connect_timeout=3")
    assert (target.schema, target.pooled, target.notes) == (None, False, ())


def test_a_certificate_in_prismas_sense_is_the_authoritys():
    target = parse(f"postgresql://h/d?sslcert=ca.pem&sslidentity=me.p12&sslpassword={_SECRET}&sslaccept=strict")
    assert target.conninfo == "host=h dbname=d sslrootcert=ca.pem"
    assert any("sslmode=verify-full" in note for note in target.notes)
    assert parse("postgresql://h/d?sslcert=me.pem&sslkey=me.key&schema=x").conninfo.endswith(
        "sslcert=me.pem sslkey=me.key"
    )


@pytest.mark.parametrize(
    ("dsn", "said"),
    [
        ("nonsense", "is neither a postgresql:// URL nor key=value pairs"),
        (f"u:{_SECRET}@h/d", "is neither"),
        (f"mysql://u:{_SECRET}@h/d", "another kind of database"),
        (f"mongodb+srv://u:{_SECRET}@h/d", "another kind of database"),
        (f"postgres+asyncpg://u:{_SECRET}@h/d", "SQLAlchemy driver: write postgresql://"),
        (f"prisma://accelerate.example/?api_key={_SECRET}", "Prisma Accelerate"),
        (f"prisma+postgres://localhost/?api_key={_SECRET}", "Prisma Accelerate"),
        ("file:./dev.db", "SQLite"),
        (f"jdbc:postgresql://h/d?password={_SECRET}", "JDBC"),
        (f"https://{_SECRET}", "a scheme that is not PostgreSQL's"),
        (f'"postgresql://u:{_SECRET}@h/d"', "quotation mark"),
        (f"postgresql://u:{_SECRET}/x@h/d", "percent-encode special characters in the password"),
        (f"postgresql://u:{_SECRET}%zz@h/d", "a `%` in its password"),
        (f"postgresql://u:{_SECRET}%ff@h/d", "a password that is not UTF-8"),
        (f"postgresql://u:{_SECRET}%00@h/d", "a null character in its password"),
        (f"postgresql://:{_SECRET}@h/d", "no user name"),
        (f"postgresql://u:{_SECRET}@h:x/d", "a port that is no number"),
        (f"postgresql://u:{_SECRET}@h:0/d", "a port that is no number"),
        (f"postgresql://u:{_SECRET}@h:70000/d", "a port that is no number"),
        (f"postgresql://u:{_SECRET}@[::1/d", "no valid host and port"),
        (f"postgresql://u:{_SECRET}@h/d?sslmod=require", "did you mean sslmode?"),
        (f"postgresql://u:{_SECRET}@h/d?{_SECRET}=1", "a parameter that PostgreSQL does not know"),
        (f"postgresql://u:{_SECRET}@h/d?sslmode", "a parameter without a value"),
        (f"postgresql://u:{_SECRET}@h/d?sslmode=yes", "allowed are disable, allow, prefer"),
        ("postgresql://h/d?connect_timeout=soon", "a connect_timeout that is no whole number"),
        ("postgresql://h/d?schema=", "a schema that is empty or too long"),
        ("postgresql://h/d?pgbouncer=yes", "neither true nor false"),
        (f"host=h password='{_SECRET}", "is neither"),
        (f"host=h password={_SECRET} x", "is neither"),
        (f"host=h pasword={_SECRET}", "did you mean password?"),
        (f"host=h port={_SECRET}", "a port that is no number"),
        (f"postgresql://u:{_SECRET}\n@h/d", "unprintable character"),
        (f"postgresql://u:{_SECRET}@h/{'x' * 9000}", "longer than"),
    ],
)
def test_a_malformed_dsn_is_refused_without_showing_it(dsn, said):
    with pytest.raises(BadConfig, match=re.escape(said)) as caught:
        parse(dsn)
    assert caught.value.cure
    assert _SECRET not in f"{caught.value}{caught.value.__cause__}{masked(dsn)}"


@pytest.mark.parametrize(
    ("dsn", "shown"),
    [
        (f"postgres://u:{_SECRET}@h:5/d?schema=a", "postgresql://u:***@h:5/d?schema=a"),
        ("postgresql://u@h", "postgresql://u@h"),
        (f"postgresql://h/d?password={_SECRET}&sslpassword={_SECRET}", "postgresql://h/d?password=***&sslpassword=***"),
        (f"postgresql:///?user=x&password={_SECRET}", "postgresql:///?user=x&password=***"),
        (f"host=h password='{_SECRET} x' dbname=d", "host=h password=*** dbname=d"),
        (f"host=h PASSWORD={_SECRET}", "***"),
        (_SECRET, "***"),
    ],
)
def test_a_dsn_is_printed_without_its_password(dsn, shown):
    assert masked(dsn) == shown


@given(st.text(st.sampled_from("postgresql:/@?&=%[],'\\ abc123"), max_size=60))
def test_what_is_accepted_libpq_can_read(text):
    for dsn in (text, f"postgresql://{text}"):
        try:
            target = parse(dsn)
        except BadConfig:
            continue
        try:
            conninfo_to_dict(target.conninfo)
        except ProgrammingError as error:
            raise AssertionError(target.conninfo) from error
