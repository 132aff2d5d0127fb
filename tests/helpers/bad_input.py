"""Every bad input that somebody may give: how it comes about, the command that meets it, and what must be said of it."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from tests.helpers.commands import KEY
from tests.helpers.database import Databases, load_backend
from tests.helpers.storing import load_migrated
from tests.helpers.tenants import as_role

SECRET = "hunter2-the-password"
SHORT = "shibboleth-of-too-few-letters"
SECRETS = (SECRET, SHORT, KEY)
CHECK = "check"
SHOW = "config check"


class Stage:
    """Where a case is set up: a directory, and databases that are dropped at the end."""

    def __init__(self, server: Databases, directory: Path, stack: ExitStack) -> None:
        self.server = server
        self.directory = directory
        self._stack = stack
        self.migrated = server.template("migrated", load_migrated)

    def database(self, template: str, *statements: str, user: str = "healthsup") -> dict[str, str]:
        """A database of its own, with these statements of a superuser: the variable that names it."""
        conninfo = self._stack.enter_context(self.server.database(template))
        self.run(conninfo, *statements)
        return {"HEALTHSUP_DSN": make_conninfo(conninfo, user=user)}

    def role(self, name: str, options: str) -> None:
        postgres = self.server.conninfo("postgres")
        self.run(postgres, f"create role {name} login {options}")
        self._stack.callback(self.run, postgres, f"drop role {name}")

    @staticmethod
    def run(conninfo: str, *statements: str) -> None:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.replace("DATABASE", f'database "{connection.info.dbname}"').encode())

    def file(self, name: str, content: bytes | str) -> str:
        path = self.directory / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)


Given = Callable[[Stage], dict[str, str]]


@dataclass(frozen=True)
class Case:
    """`what` it is in words, the arguments, the exit code, what the line must name, and variables it needs."""

    what: str
    arguments: str
    code: int
    words: tuple[str, ...]
    given: Given = field(default=lambda _: {})


def config(content: bytes | str) -> Given:
    return lambda stage: {"HEALTHSUP_CONFIG": stage.file("healthsup.toml", content)}


def environ(**variables: str) -> Given:
    return lambda stage: {name: value.replace("DIR", str(stage.directory)) for name, value in variables.items()}


def dsn(text: str) -> Given:
    return environ(HEALTHSUP_DSN=text)


def key_file(content: bytes | str | None) -> Given:
    """A key file with that content; None: a folder in its place."""

    def given(stage: Stage) -> dict[str, str]:
        name = str(stage.directory) if content is None else stage.file("encryption_key", content)
        return _at_work(stage) | {"HEALTHSUP_KEYS__ENCRYPTION_KEY_FILE": name}

    return given


def _at_work(stage: Stage) -> dict[str, str]:
    return stage.database(stage.migrated)


def without_key(**variables: str) -> Given:
    return lambda stage: _at_work(stage) | {"ENCRYPTION_KEY": "", **variables}


def _unmigrated(stage: Stage) -> dict[str, str]:
    return stage.database(stage.server.template("backend", load_backend), user="postgres")


def _read_only(stage: Stage) -> dict[str, str]:
    return stage.database(stage.migrated, "alter DATABASE set default_transaction_read_only = on")


def _behind(stage: Stage) -> dict[str, str]:
    return stage.database(stage.migrated, "delete from healthsup.schema_version where version > 0")


def _ahead(stage: Stage) -> dict[str, str]:
    return stage.database(stage.migrated, "insert into healthsup.schema_version (version, name) values (999, 'later')")


def _crowded(stage: Stage) -> dict[str, str]:
    stage.role("crowded", "connection limit 0")
    return stage.database(stage.migrated, user="crowded")


def _locked_out(stage: Stage) -> dict[str, str]:
    return stage.database(stage.migrated, "revoke select on api_credentials from healthsup", "revoke select (credentials) on api_credentials from healthsup")  # fmt: skip


def _another_program(stage: Stage) -> dict[str, str]:
    return stage.database("template0", "create table users (id int)", user="postgres")


def _nowhere(stage: Stage) -> dict[str, str]:
    return {"HEALTHSUP_DSN": as_role(stage.server.conninfo("nowhere"))}


def _nobody(stage: Stage) -> dict[str, str]:
    return stage.database(stage.migrated, user="nobody_of_that_name")


TOO_DEEP = b"x = " + b"[" * 5000

CASES = (
    Case("unknown key", SHOW, 78, ("windw", "did you mean window?"), config("[worker]\nwindw = 3\n")),
    Case("unknown section", SHOW, 78, ("wroker", "did you mean worker?"), config("[wroker]\n")),
    Case("a key outside any section", SHOW, 78, ("window", "[worker]"), config("window = 3\n")),
    Case("wrong type", SHOW, 78, ("worker.window", '"auto" or a whole number'), config('[worker]\nwindow = "many"\n')),
    Case("out of range", SHOW, 78, ("worker.strikes is 0",), config("[worker]\nstrikes = 0\n")),
    Case("unknown provider", SHOW, 78, ("did you mean openai?",), config("[providers.openay]\nenabled = true\n")),
    Case("an alias as provider", SHOW, 78, ("[providers.openai]",), config("[providers.open-ai]\nenabled = true\n")),
    Case("a base URL with a password", SHOW, 78, ("providers.groq.base_url", "holds credentials"),
         config(f'[providers.groq]\nbase_url = "https://u:{SECRET}@h"\n')),
    Case("open to others without a token", SHOW, 78, ("web.token_file",), config('[web]\nlisten = "0.0.0.0:80"\n')),
    Case("no TOML", SHOW, 78, ("is not TOML", "line 1"), config("[worker\n")),
    Case("no TOML, nested without end", SHOW, 78, ("is not TOML",), config(TOO_DEEP)),
    Case("not UTF-8", SHOW, 78, ("is not UTF-8", "save it as UTF-8"), config(b"\xff\xfe")),
    Case("escapes in a key", SHOW, 78, ("unknown key",), config('[worker]\n"\\u001b[31m\\nroot: hi" = 1\n')),
    Case("a folder as file", SHOW, 78, ("is a folder",), environ(HEALTHSUP_CONFIG="DIR")),
    Case("no such file", SHOW, 78, ("does not exist", "--config"), environ(HEALTHSUP_CONFIG="DIR/none.toml")),
    Case("unknown variable", SHOW, 78, ("did you mean HEALTHSUP_WORKER__WINDOW?",), environ(HEALTHSUP_WORKER__WINDW="3")),
    Case("a list that is none, in a variable", SHOW, 78, ("HEALTHSUP_ALERTS__URLS",), environ(HEALTHSUP_ALERTS__URLS=SECRET)),
    Case("a folder that is too long for a socket", CHECK, 78, ("too long for a socket's path", "control.dir"), environ(HEALTHSUP_CONTROL__DIR="/" + "x" * 90)),
    Case("malformed DSN", CHECK, 78, ("HEALTHSUP_DSN", "postgresql://"), dsn(f"postgres//u:{SECRET}@h/d")),
    Case("a DSN of another kind of database", CHECK, 78, ("HEALTHSUP_DSN",), dsn(f"mysql://u:{SECRET}@h/d")),
    Case("a DSN with a wrong port", CHECK, 78, ("port",), dsn(f"postgresql://u:{SECRET}@h:port/d")),
    Case("a DSN with an unknown parameter", CHECK, 78, ("parameter",), dsn(f"postgresql://u:{SECRET}@h/d?sslmod=require")),
    Case("a DSN with an unknown sslmode", CHECK, 78, ("sslmode",), dsn(f"postgresql://u:{SECRET}@h/d?sslmode=maybe")),
    Case("database down", CHECK, 69, ("nothing listens",), dsn(f"postgresql://u:{SECRET}@127.0.0.1:1/d")),
    Case("no socket", CHECK, 69, ("there is no socket",), dsn("host=/nowhere dbname=d")),
    Case("database missing", CHECK, 69, ("does not exist", "database.dsn"), _nowhere),
    Case("role missing", CHECK, 69, ("does not exist", "database.dsn"), _nobody),
    Case("without migration", CHECK, 78, ("healthsup migrate",), _unmigrated),
    Case("a schema that is newer than the program", CHECK, 78, ("999", "newer healthsup"), _ahead),
    Case("another program's database", "migrate", 78, ("another program's database",), _another_program),
    Case("read-only", CHECK, 69, ("read-only",), _read_only),
    Case("out of connections", CHECK, 69, ("no connection left",), _crowded),
    Case("a role that may not read credentials", CHECK, 78, ("api_credentials", "least-privilege-role.sql"), _locked_out),
    Case("no key", CHECK, 78, ("ENCRYPTION_KEY",), without_key()),
    Case("short key", CHECK, 78, ("32",), without_key(ENCRYPTION_KEY=SHORT)),
    Case("short key beside a long JWT_SECRET", CHECK, 78, ("32",), without_key(ENCRYPTION_KEY=SHORT, JWT_SECRET=KEY)),
    Case("short key in a file", CHECK, 78, ("32",), key_file(SHORT)),
    Case("key file not UTF-8", CHECK, 78, ("encryption_key",), key_file(b"\xff" * 64)),
    Case("key file empty", CHECK, 78, ("encryption_key",), key_file(b"")),
    Case("a folder as key file", CHECK, 78, ("directory",), key_file(None)),
    Case("key file missing", CHECK, 78, ("nowhere",), lambda stage: _at_work(stage) | {"HEALTHSUP_KEYS__ENCRYPTION_KEY_FILE": "/nowhere"}),
    Case("unknown user", "check --user 4711", 1, ("there is no user 4711", "healthsup user list"), _at_work),
    Case("unknown user", "history --user 4711 --api groq", 1, ("there is no user 4711",), _at_work),
    Case("no running supervisor", "worker show", 69, ("no running supervisor", "healthsup run")),
    Case("no running supervisor", "reload", 69, ("no running supervisor", "healthsup run")),
    Case("unknown api", "check --api opena", 2, ("unknown api 'opena'", "did you mean openai?")),
    Case("an id that is none", "check --user 0", 2, ("--user",)),
    Case("unknown signal", "worker kill --signal SEGFAULT", 2, ("unknown signal",)),
    Case("unknown command", "chekc", 2, ("chekc",)),
)  # fmt: skip
