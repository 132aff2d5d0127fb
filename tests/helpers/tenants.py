"""Rows of an existing backend: users with credentials, written by a superuser as Node would write them."""

from pathlib import Path
from typing import Self

import psycopg
from psycopg.conninfo import make_conninfo

from tests.helpers.database import load_backend

ROLE_DDL = (Path(__file__).parents[2] / "docs/howto/least-privilege-role.sql").read_text(encoding="utf-8")


def load_backend_with_role(conninfo: str) -> None:
    """The existing backend's tables, empty, with the least-privilege role."""
    load_backend(conninfo)
    with psycopg.connect(conninfo) as connection:
        connection.execute(ROLE_DDL)


def as_role(conninfo: str) -> str:
    return make_conninfo(conninfo, user="healthsup")


class Tenants:
    """Writes as the backend does, over a connection of its own."""

    def __init__(self, conninfo: str) -> None:
        self.connection = psycopg.connect(conninfo, autocommit=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def value(self, query: str, *params: object) -> object:
        row = self.connection.execute(query, params).fetchone()
        return row[0] if row else None

    def rows(self, query: str, *params: object) -> list[tuple[object, ...]]:
        return self.connection.execute(query, params).fetchall()

    def run(self, query: str, *params: object) -> None:
        self.connection.execute(query, params)

    def user(self, name: str, *, active: bool = True) -> int:
        found = self.value(
            'insert into users (username, email, password, "isActive", "updatedAt") values (%s, %s, %s, %s, now())'
            " returning id",
            name,
            f"{name}@example.org",
            "-",
            active,
        )
        assert isinstance(found, int)
        return found

    def users(self, count: int) -> list[int]:
        found = self.rows(
            'insert into users (username, email, password, "updatedAt")'
            " select 'user' || n, 'user' || n || '@example.org', '-', now() from generate_series(1, %s) n returning id",
            count,
        )
        return [number for (number,) in found if isinstance(number, int)]

    def credential(
        self,
        user: int,
        api: str,
        *,
        environment: str = "production",
        scope: str = "user",
        active: bool = True,
        text: str = "ciphertext",
        age_s: float = 0.0,
    ) -> int:
        """`age_s`: how long ago it was last saved."""
        found = self.value(
            'insert into api_credentials ("userId", "apiName", environment, scope, "isActive", credentials, "updatedAt")'
            " values (%s, %s, %s, %s::\"CredentialScope\", %s, %s, (now() at time zone 'UTC') - make_interval(secs => %s))"
            " returning id",
            user,
            api,
            environment,
            scope,
            active,
            text,
            age_s,
        )
        assert isinstance(found, int)
        return found

    def snapshot(self, user: int, api: str = "ebay", environment: str = "production") -> dict[str, object]:
        """One snapshot, by column; empty when there is none."""
        query = 'select * from api_status_snapshots where "userId" = %s and "apiName" = %s and environment = %s'
        cursor = self.connection.execute(query, (user, api, environment))
        row = cursor.fetchone()
        return dict(zip([column.name for column in cursor.description or ()], row, strict=True)) if row else {}

    def history(self, user: int, api: str = "ebay") -> list[tuple[object, ...]]:
        """(status, previous status, available) from the oldest to the newest."""
        return self.rows(
            'select status, "previousStatus", "isAvailable" from api_status_history'
            ' where "userId" = %s and "apiName" = %s order by id',
            user,
            api,
        )

    def fingerprint(self) -> object:
        """Of users and api_credentials, every column and the transaction that wrote each row."""
        return self.value(
            "select md5(coalesce((select string_agg(u.xmin::text || u::text, '|' order by u.id) from users u), '')"
            " || coalesce((select string_agg(c.xmin::text || c::text, '|' order by c.id) from api_credentials c), ''))"
        )
