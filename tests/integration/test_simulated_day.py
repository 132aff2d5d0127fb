"""The simulated day of benchmarks/day.py, shorter; and that it would notice."""

import subprocess
import sys
from dataclasses import replace

import pytest

from supervisor.incidents import Policy
from tests.helpers.project import ROOT


@pytest.mark.parametrize("seed", [2, 3])
def test_a_bad_day_of_forty_tenants_has_no_wrong_verdict_and_each_trouble_once(seed):
    command = [sys.executable, "benchmarks/day.py", "--tenants", "40", "--hours", "6", "--seed", str(seed)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WRONG" not in done.stdout
    assert "wrong verdicts                                       0         0" in done.stdout


@pytest.mark.parametrize(
    "policy",
    [
        replace(Policy(), silence=1e9),  # an egress that is never seen
        replace(Policy(), open_share=1.1),  # nor any other
        replace(Policy(), least=1, sample=1),  # one that anybody makes
        replace(Policy(), close_share=-1.0),  # and never ends
    ],
)
def test_a_day_under_other_thresholds_is_seen_to_be_wrong(policy, monkeypatch, capsys):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    from day import Day, report
    from world import World

    day = Day(World(40, 6 * 3600.0, seed=2), policy)
    day.run()
    assert not report(day), capsys.readouterr().out
