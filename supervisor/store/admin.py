"""Administering a stand-alone database: users and credentials. Tables that the backend made are only read."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, Protocol, TypeVar

from supervisor.errors import BadConfig, Negative
from supervisor.store.connect import Params
from supervisor.store.failure import LEAST_PRIVILEGE
from supervisor.store.migrate import Schema
from workers import catalog

_PAGE: Final = 1000
Scope = Literal["user", "global"]


@dataclass(frozen=True, slots=True)
class User:
    id: int
    username: str
    email: str
    active: bool
    credentials: int
    last_login_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Credential:
    """A stored credential, without what it holds."""

    id: int
    user_id: int
    api: str
    environment: str
    scope: str
    active: bool
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Sealed:
    """A credential to be stored: canonical api name, and ciphertext only."""

    user: int
    api: str
    environment: str
    scope: Scope
    ciphertext: str = field(default="", repr=False)


class _Numbered(Protocol):
    @property
    def id(self) -> int: ...


Row = TypeVar("Row", bound=_Numbered)


class Admin:
    """What `user`, `credential` and `doctor` ask of an open store, and `run` and `check` before they begin."""

    def __init__(self, store: Schema) -> None:
        self._store = store

    def require_own_tables(self) -> None:
        """Raise `BadConfig` where `migrate` did not make the backend's tables itself."""
        if not self._store.state().standalone:
            raise BadConfig("the backend owns these tables", "add and remove users and credentials with the backend")

    def require_users(self, users: Sequence[int]) -> None:
        """Raise `Negative` for the first of them that does not exist."""
        if missing := self._store.column("admin_user_missing", {"users": sorted(set(users))}, int):
            raise Negative(f"there is no user {missing[0]}", "`healthsup user list` shows them")

    def users(self, user: int | None = None) -> Iterator[User]:
        return self._pages("admin_user_list", {"user": user}, User)

    def add_user(self, username: str, email: str, *, active: bool) -> int:
        """The new user's id; they cannot log in anywhere. Raise `Negative` where name or e-mail are taken."""
        self.require_own_tables()
        params: dict[str, object] = {"username": username, "email": email, "active": active}
        if added := self._store.column("admin_user_add", params, int):
            return added[0]
        taken = self._store.column("admin_user_taken", params, str)
        raise Negative(f"this {taken[0] if taken else 'name'} is taken", "`healthsup user list` shows by whom")

    def remove_user(self, user: int) -> None:
        """With all credentials, snapshots and history of theirs."""
        self.require_own_tables()
        if not self._store.column("admin_user_remove", {"id": user}, int):
            raise Negative(f"there is no user {user}")

    def credentials(
        self, *, credential: int | None = None, user: int | None = None, api: str | None = None
    ) -> Iterator[Credential]:
        """By id; `api` finds rows under its aliases too."""
        names = None if api is None else [api, *(catalog.KNOWN[api].aliases if api in catalog.KNOWN else ())]
        params: dict[str, object] = {"id": credential, "user": user, "names": names}
        return self._pages("admin_credential_list", params, Credential)

    def credential_id(self, sealed: Sealed) -> int | None:
        """The row that already holds this user's credential for that api, environment and scope."""
        found = self._store.column("admin_credential_there", _key(sealed), int)
        return found[0] if found else None

    def add_credential(self, sealed: Sealed, *, replace: bool) -> int:
        """The row's id. Raise `Negative` where there is one already, unless `replace`."""
        self.require_own_tables()
        self.require_users([sealed.user])
        params = {**_key(sealed), "ciphertext": sealed.ciphertext, "replace": replace}
        if added := self._store.column("admin_credential_add", params, int):
            return added[0]
        raise taken(self.credential_id(sealed))

    def remove_credential(self, credential: int) -> None:
        self.require_own_tables()
        if not self._store.column("admin_credential_remove", {"id": credential}, int):
            raise Negative(f"there is no credential {credential}", "`healthsup credential list` shows them")

    def lacking(self) -> list[str]:
        """What this role lacks on the backend's tables and their sequences, like `INSERT on api_status_history`."""
        return self._store.column("admin_lacking", {"schema": self._store.backend}, str)

    def require_rights(self) -> None:
        """Raise `BadConfig` where results could not be stored."""
        if lacking := self.lacking():
            raise BadConfig(f"this role lacks {', '.join(lacking)}", LEAST_PRIVILEGE)

    def read_only(self) -> bool:
        """Whether the server takes no writes at present."""
        return self._store.column("admin_read_only", {}, bool) == [True]

    def _pages(self, name: str, params: Params, make: Callable[..., Row]) -> Iterator[Row]:
        after = 0
        while True:
            page = self._store.rows(name, {**params, "after": after, "limit": _PAGE}, make)
            yield from page
            if len(page) < _PAGE:
                return
            after = page[-1].id


def taken(credential: int | None) -> Negative:
    """The answer where a credential is there already."""
    named = "" if credential is None else f" (row {credential})"
    return Negative(f"this user has such a credential already{named}", "give --replace to put the new one in its place")


def _key(sealed: Sealed) -> dict[str, object]:
    return {"user": sealed.user, "api": sealed.api, "environment": sealed.environment, "scope": sealed.scope}
