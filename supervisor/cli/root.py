"""The top of the command line."""

import click

from supervisor import __version__
from supervisor.cli import (
    chaos,
    check,
    config,
    credential,
    demo,
    doctor,
    explain,
    incidents,
    look,
    migrate,
    quarantine,
    run,
    user,
    worker,
)  # fmt: skip
from supervisor.cli.call import Group, global_options

root = Group(
    "healthsup",
    help=(
        "Knows whose third-party API credentials still work, and survives its own native crashes.\n\n"
        "Results go to stdout, everything else to stderr."
    ),
    params=global_options(hidden=False),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
click.version_option(__version__, prog_name="healthsup", message="%(prog)s %(version)s")(root)
for command in (
    run.run, run.reload, check.check, look.status, look.history, look.crashes, explain.explain, incidents.incidents,
    quarantine.quarantine, worker.worker, migrate.migrate, user.user, credential.credential,
    config.config, doctor.doctor, demo.demo, chaos.chaos,
):  # fmt: skip
    root.add_command(command)
