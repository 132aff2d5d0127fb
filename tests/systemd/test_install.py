"""scripts/install and scripts/uninstall on a host with systemd: upgrade under load, roll back, leave nothing."""

import json
import re
import time

import pytest

from tests.helpers.box import BOUND
from tests.helpers.system import sealer

pytestmark = pytest.mark.slow

USERS = 40
DATABASE = "host=/var/lib/healthsup/postgres user=postgres dbname=healthsup"
PYTHON = "/opt/healthsup/current/bin/python"
MARKET = """
import signal
from pathlib import Path
from supervisor.standin import StandIn
with StandIn() as market:
    Path("/run/market.new").write_text(market.base_url)
    Path("/run/market.new").rename("/run/market")
    signal.pause()
"""
PLACES = "/etc /usr/local /usr/lib/systemd /usr/share/man /var/lib /var/cache /var/spool /run"


def files(box) -> set[str]:
    """Every path where an installation could leave something, but for what systemd and the user database keep."""
    listing = box.shell(
        f"find {PLACES} -xdev; find /opt /home /srv / -mindepth 1 -maxdepth 1; find /tmp -maxdepth 1 -name 'healthsup*'"
    )
    own = ("/run/systemd/", "/run/log/", "/run/market", "/run/udev", "/run/lock", "/etc/.pwd.lock", "/var/lib/systemd")
    backups = {f"/etc/{name}-" for name in ("passwd", "group", "shadow", "gshadow")}
    return {path for path in listing.splitlines() if not path.startswith(own)} - backups


def sql(box, statement: str) -> list[list]:
    script = "import json, sys, psycopg; c = psycopg.connect(sys.argv[1], autocommit=True).execute(sys.argv[2]);"
    script += "print(json.dumps(c.fetchall() if c.description else [], default=str))"
    return json.loads(box.run(PYTHON, "-P", "-c", script, DATABASE, statement))


@pytest.fixture(scope="module")
def before(empty_box):
    """The files of a host that has never seen healthsup."""
    return files(empty_box)


@pytest.fixture(scope="module")
def installed(before, empty_box):
    """As README says: laid out, nothing started."""
    done = empty_box.install("--no-start")
    assert done.returncode == 0, done.stderr
    return empty_box


@pytest.fixture(scope="module")
def loaded(installed):
    """At work on a check a second of each user, against the stand-in marketplace."""
    box = installed
    box.run("systemd-run", "--quiet", "--unit=market", PYTHON, "-P", "-c", MARKET)
    market = box.ask("timeout", "30", "sh", "-c", "until cat /run/market 2>/dev/null; do sleep 0.05; done").stdout
    assert market.startswith("http://"), box.run("journalctl", "-q", "-u", "market", "-o", "cat")
    box.configure(
        schedule={"interval": 1, "startup_probe": True, "user_pause": 0},
        worker={"window": 8},
        probe={"allow_private": True},
        providers__sendgrid={"base_url": market},  # may be asked once a second
    )
    done = box.ask("systemctl", "enable", "--now", "healthsup")
    assert done.returncode == 0, box.log()
    seal = sealer(box.run("cat", "/etc/healthsup/credentials/encryption_key").strip())
    sealed = [seal({"apiKey": f"SG.demo-good-of-user-{number}-0123456789"}) for number in range(USERS)]
    sql(
        box,
        f"""with given as (
          select * from json_array_elements_text('{json.dumps(sealed)}') with ordinality as g (text, n)
        ), made as (
          insert into users (username, email, password, "updatedAt")
          select 'user' || n, 'user' || n || '@example.org', '', now() from given returning id, username
        )
        insert into api_credentials ("userId", "apiName", environment, credentials, "isActive", scope, "updatedAt")
        select made.id, 'sendgrid', 'production', given.text, true, 'user', now() from made
        join given on made.username = 'user' || given.n""",
    )
    box.run("systemctl", "reload", "healthsup")
    all_checked(box)
    return box


def all_checked(box, after: str = "-infinity") -> None:
    """Wait until everybody has been asked about since then."""
    end = time.monotonic() + BOUND
    counts = "select count(*), count(*) filter (where status = 'healthy' and message like '%accepts%') from api_status_snapshots"
    while (found := sql(box, f"""{counts} where "lastChecked" > '{after}'""")) != [[USERS, USERS]]:
        assert time.monotonic() < end, f"{found}\n{box.log()}"


def another(box, name: str, edit: str) -> str:
    """A checkout of another version: this one, edited by a line of shell."""
    box.shell(f"cp -R /src /tmp/{name}; cd /tmp/{name}; {edit}")
    return f"/tmp/{name}"


def releases(box) -> list[str]:
    return box.run("ls", "/opt/healthsup/releases").split()


def kept(box) -> str:
    """What an upgrade must leave as it is."""
    return box.shell(
        "cd /etc/healthsup; sha256sum healthsup.toml credentials/encryption_key; stat -c '%U:%G %a' . * */*"
    )


def test_before_the_first_start_the_command_works_on_what_the_service_will_have(installed):
    assert installed.show("ActiveState", "UnitFileState") == {"ActiveState": "inactive", "UnitFileState": "disabled"}
    said = installed.run("healthsup", "doctor")
    assert re.search("^ok +key", said, re.MULTILINE)
    assert "embedded, will be made in /var/lib/healthsup/postgres at the first start" in said
    assert installed.run("healthsup", "user", "list", "--json") == ""
    assert installed.run("stat", "-c", "%U %a", "/var/lib/healthsup/postgres") == "healthsup 700\n"
    assert installed.ask("pgrep", "-x", "postgres").returncode == 1, "it was ended with the command"


def test_the_same_again_changes_nothing(loaded):
    before = loaded.show("MainPID", "NRestarts"), releases(loaded), kept(loaded)
    done = loaded.install()
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert "at work already" in done.stderr
    assert (loaded.show("MainPID", "NRestarts"), releases(loaded), kept(loaded)) == before


@pytest.fixture(scope="module")
def newer(loaded):
    """A checkout of the next version."""
    return another(loaded, "newer", "sed -i s/0.1.0/0.1.1/ pyproject.toml supervisor/__init__.py")


def test_an_upgrade_that_is_not_to_start_leaves_what_runs_whole(loaded, newer):
    (old,), before = releases(loaded), loaded.show("MainPID", "NRestarts")
    died = len(loaded.journal("EVENT=worker.died"))
    done = loaded.install("--no-start", source=newer)
    assert "goes on with what it runs until: systemctl restart healthsup" in done.stderr.splitlines()[-1]
    assert old in releases(loaded)
    assert loaded.run("healthsup", "--version") == "healthsup 0.1.1\n"
    loaded.run("healthsup", "worker", "kill")
    loaded.wait_journal("EVENT=worker.died", count=died + 1)
    all_checked(loaded, after=sql(loaded, "select now() at time zone 'UTC'")[0][0])
    assert loaded.show("MainPID", "NRestarts") == before


def test_an_upgrade_under_load_restarts_once_and_loses_nothing(loaded, newer):
    before = kept(loaded)
    pid, crashes = loaded.show("MainPID")["MainPID"], sql(loaded, "select count(*) from healthsup.crashes")
    started = len(loaded.journal("EVENT=supervisor.started"))
    done = loaded.install(source=newer)
    assert done.returncode == 0, done.stderr
    assert loaded.run("healthsup", "--version") == "healthsup 0.1.1\n"
    assert loaded.wait(ActiveState="active", NRestarts="0")
    assert loaded.show("MainPID")["MainPID"] != pid
    assert len(loaded.journal("EVENT=supervisor.started")) == started + 1
    (release,) = releases(loaded)
    assert release.startswith("0.1.1-")
    assert kept(loaded) == before
    now = sql(loaded, "select now() at time zone 'UTC'")[0][0]
    all_checked(loaded, after=now)
    told = sql(loaded, "select distinct status, error from api_status_history")
    assert {error.partition(":")[0] for status, error in told if status != "healthy"} <= {"valid_unprobed"}
    assert sql(loaded, "select count(*) from healthsup.crashes") == crashes


def test_a_program_that_does_not_take_the_configuration_is_not_even_started(loaded):
    before = loaded.show("MainPID", "NRestarts"), releases(loaded)
    new = another(loaded, "stricter", "sed -i 's/ge=1, le=86_400/ge=9, le=86_400/' supervisor/config/settings.py")
    done = loaded.install(source=new)
    assert done.returncode == 69
    assert "does not take the configuration, nothing was changed" in done.stderr.splitlines()[-1]
    assert "schedule.interval" in done.stderr.splitlines()[-1]
    assert (loaded.show("MainPID", "NRestarts"), releases(loaded)) == before


def test_a_program_that_cannot_be_built_leaves_the_old_one_running(loaded):
    before = loaded.show("MainPID", "NRestarts"), releases(loaded)
    new = another(
        loaded, "greedy", 'sed -i \'s/"click>=8.1.7"/"click>=8.1.7", "no-such-thing-anywhere"/\' pyproject.toml'
    )
    done = loaded.install(source=new)
    assert done.returncode == 69
    assert "no-such-thing-anywhere" in done.stderr.splitlines()[-1]
    assert (loaded.show("MainPID", "NRestarts"), releases(loaded)) == before


def test_a_program_that_does_not_get_ready_is_followed_by_the_old_one(loaded):
    before, config = releases(loaded), kept(loaded)
    new = another(
        loaded,
        "broken",
        "echo 'raise SystemExit(70)' >>supervisor/service/__init__.py; echo '# new' >>systemd/healthsup.service",
    )
    done = loaded.install(source=new)
    assert done.returncode == 69
    assert "did not get ready, the old one is back: it ended without a word" in done.stderr.splitlines()[-1]
    loaded.wait(ActiveState="active", StatusText=".*database ok; worker 1 .*")
    assert (releases(loaded), kept(loaded)) == (before, config)
    assert loaded.ask("grep", "-q", "# new", "/usr/local/lib/systemd/system/healthsup.service").returncode == 1
    all_checked(loaded, after=sql(loaded, "select now() at time zone 'UTC'")[0][0])


def test_a_program_that_was_laid_out_first_and_started_later_is_followed_by_the_one_at_work(loaded):
    before = releases(loaded)
    new = another(loaded, "later", "echo 'raise SystemExit(70)  # later' >>supervisor/service/__init__.py")
    assert loaded.install("--no-start", source=new).returncode == 0
    done = loaded.install(source=new)
    assert done.returncode == 69
    assert "did not get ready, the old one is back" in done.stderr.splitlines()[-1]
    loaded.wait(ActiveState="active", StatusText=".*database ok; worker 1 .*")
    assert releases(loaded) == before


def test_a_newer_schema_does_not_keep_the_old_program_from_coming_back(loaded):
    before = releases(loaded)
    (version,) = sql(loaded, "select max(version) from healthsup.schema_version")[0]
    step = f"supervisor/store/sql/migrations/{version + 1:04}_more.sql"
    new = another(
        loaded,
        "migrates",
        f"printf -- '-- works with: {version}\nalter table healthsup.checks add column more int;' >{step};"
        r"sed -i 's/^ *database.store.migrate()$/&; raise SystemExit(70)/' supervisor/service/database.py",
    )
    done = loaded.install(source=new)
    assert done.returncode == 69
    assert "did not get ready, the old one is back" in done.stderr.splitlines()[-1]
    assert sql(loaded, "select max(version) from healthsup.schema_version") == [[version + 1]]
    loaded.wait(ActiveState="active", StatusText=".*database ok; worker 1 .*")
    assert releases(loaded) == before
    all_checked(loaded, after=sql(loaded, "select now() at time zone 'UTC'")[0][0])


def test_an_uninstall_leaves_nothing_but_data_and_a_purge_nothing(before, loaded):
    loaded.run("/src/scripts/uninstall")
    left = {path for path in files(loaded) - before if not path.startswith(("/var/lib/healthsup/", "/tmp/"))}
    etc = {"/etc/healthsup" + name for name in ("", "/healthsup.toml", "/credentials", "/credentials/encryption_key")}
    assert left == etc | {"/var/lib/healthsup"}
    assert loaded.ask("systemctl", "cat", "healthsup").returncode == 1
    assert loaded.ask("pgrep", "-u", "healthsup").returncode == 1
    done = loaded.install()
    assert done.returncode == 0, done.stderr
    assert sql(loaded, "select count(*) from users") == [[USERS]], "the data was kept"
    loaded.drop_in("own", "[Service]\nNice=1\n")
    loaded.run("/src/scripts/uninstall", "--purge")
    assert files(loaded) == before
    assert loaded.ask("getent", "passwd", "healthsup").returncode == 2
    assert loaded.ask("getent", "group", "healthsup").returncode == 2
    assert loaded.run("systemctl", "--failed", "--no-legend", "--plain") == ""


def test_a_program_behind_a_link_stays_when_it_does_not_start_and_is_known_when_it_is_at_work(empty_box):
    box = empty_box
    box.shell("mkdir /srv/programs; ln -s /srv/programs /opt/healthsup")
    assert box.install("--no-start").returncode == 0
    before = releases(box)
    box.write("/etc/healthsup/healthsup.toml", "nothing = 1")
    done = box.install()
    assert done.returncode == 69
    assert "healthsup does not start" in done.stderr.splitlines()[-1]
    assert releases(box) == before
    assert box.run("healthsup", "--version").startswith("healthsup ")
    box.run("rm", "/etc/healthsup/healthsup.toml")
    assert box.install().returncode == 0
    assert "at work already" in box.install().stderr
    box.run("/src/scripts/uninstall", "--purge")
    assert not files(box) & {"/opt/healthsup", "/srv/programs"}
