"""What the kernel counts of the processes that it killed for want of memory."""

import pytest

from supervisor.launcher.oom import OomKills, own_counter

V2 = "low 0\nhigh 7\nmax 9\noom 3\noom_kill {}\noom_group_kill 5\n"
V1 = "oom_kill_disable 0\nunder_oom 0\noom_kill {}\n"


def placed(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize("text", [V2, V1])
def test_each_kill_that_was_counted_explains_one_death(tmp_path, text):
    counter = placed(tmp_path / "counter", text.format(4))
    kills = OomKills(counter)
    before = kills.count()
    assert before == 4
    assert not kills.explains(before)
    placed(counter, text.format(6))
    assert [kills.explains(before) for _ in range(3)] == [True, True, False]


def test_a_kill_explains_no_death_of_what_started_after_it(tmp_path):
    counter = placed(tmp_path / "counter", V2.format(0))
    kills = OomKills(counter)
    early = kills.count()
    placed(counter, V2.format(1))
    late = kills.count()
    assert not kills.explains(late)
    assert kills.explains(early)


@pytest.mark.parametrize("text", [None, "", "oom_kill", "oom_kill many\n", "oom_kill_disable 3\n", "\udcff"])
def test_a_counter_that_is_gone_or_says_nothing_explains_nothing(tmp_path, text):
    counter = tmp_path / "counter"
    if text is not None:
        counter.write_text(text, errors="surrogateescape")
    kills = OomKills(counter)
    assert kills.count() == 0
    assert not kills.explains(0)
    assert not OomKills(None).explains(0)


@pytest.mark.parametrize(
    ("membership", "files", "found"),
    [
        ("0::/a/b\n", ["a/b/memory.events"], "a/b/memory.events"),
        ("0::/\n", ["memory.events"], "memory.events"),
        ("0::/outside/of/the/container\n", ["memory.events"], "memory.events"),
        ("4:memory:/a\n0::/\n", ["memory/a/memory.oom_control"], "memory/a/memory.oom_control"),
        ("4:cpu,memory:/a:b\n", ["memory/a:b/memory.oom_control"], "memory/a:b/memory.oom_control"),
        ("3:cpu:/a\n0::/\n", ["cpu/a/memory.oom_control"], None),
        ("0::/a\n", [], None),
        ("", ["memory.events"], None),
    ],
)
def test_the_counter_is_that_of_our_own_cgroup_in_either_version(tmp_path, membership, files, found):
    mounted = tmp_path / "mounted"
    for file in files:
        placed(mounted / file, V2.format(0))
    told = placed(tmp_path / "membership", membership)
    assert own_counter(told, mounted) == (mounted / found if found else None)


def test_without_proc_there_is_no_counter(tmp_path):
    assert own_counter(tmp_path / "none", tmp_path) is None
