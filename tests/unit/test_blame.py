"""Evidence → who did it."""

from hypothesis import given
from hypothesis import strategies as st

from supervisor.blame import FAULT_SIGNALS, Judgement, Work, at_work, judge
from workers.flight import Place
from workers.wire import Phase

ONE = (0, Work(1, 10, Phase.DECRYPT))
TWO = (7, Work(2, 20, Phase.PROBE))


def dump(place: int) -> bytes:
    return f'Fatal Python error: Segmentation fault\n  File "loop.py", line 1 in place_{place:02d}\n'.encode()


def test_a_fault_whose_stack_names_a_place_is_that_places_check():
    blame = judge(signal="SIGSEGV", dump=dump(7), working=[ONE, TWO])
    assert blame.judgement is Judgement.CHECK
    assert blame.guilty == TWO[1]
    assert blame.suspects == ()


def test_a_signal_from_outside_lands_on_the_main_thread_and_nobody_is_guilty():
    blame = judge(signal="SIGSEGV", dump=b"Fatal Python error\n  in _serve\n  in main\n", working=[ONE, TWO])
    assert blame.judgement is Judgement.UNEXPLAINED
    assert blame.guilty is None
    assert set(blame.suspects) == {ONE[1], TWO[1]}
    assert blame.shown == ONE[1]


def test_a_sigkill_is_nobodys_even_if_the_dump_is_forged():
    assert judge(signal="SIGKILL", dump=dump(7), working=[TWO]).guilty is None


def test_a_dump_that_names_a_place_without_work_blames_nobody():
    assert judge(signal="SIGSEGV", dump=dump(33), working=[ONE, TWO]).guilty is None


def test_a_worker_that_exits_may_have_been_made_to_by_a_check_that_was_just_done():
    assert judge(signal=None, dump=b"", working=[ONE]).judgement is Judgement.UNEXPLAINED
    assert judge(signal=None, dump=b"", working=[ONE]).suspects == (ONE[1],)


def test_a_deadline_is_the_check_it_was_kept_for():
    blame = judge(signal="SIGKILL", dump=b"", working=[ONE, TWO], deadline=TWO[1])
    assert (blame.judgement, blame.guilty) == (Judgement.DEADLINE, TWO[1])


def test_a_death_before_ready_and_a_death_without_work_are_nobodys():
    assert judge(signal="SIGSEGV", dump=b"", working=[], ready=False).judgement is Judgement.BOOT
    assert judge(signal="SIGSEGV", dump=b"", working=[]).judgement is Judgement.IDLE


def test_a_page_that_claims_work_which_was_not_handed_out_is_not_believed():
    places = [Place(0, 1, 10, Phase.PROBE, 0.0, ()), Place(1, 9, 99, Phase.PROBE, 0.0, ())]
    assert at_work(places, {(1, 10)}) == ((0, Work(1, 10, Phase.PROBE)),)


PLACES = st.lists(
    st.tuples(st.integers(0, 70), st.builds(Work, st.integers(1, 5), st.integers(1, 5), st.sampled_from(Phase))),
    max_size=5,
)


@given(
    signal=st.one_of(st.none(), st.sampled_from([*FAULT_SIGNALS, "SIGKILL", "SIGTERM"])),
    dump=st.one_of(st.binary(max_size=80), st.integers(0, 80).map(dump)),
    working=PLACES,
    protocol=st.booleans(),
    ready=st.booleans(),
    late=st.one_of(st.none(), st.builds(Work, st.integers(1, 5), st.integers(1, 5), st.sampled_from(Phase))),
)
def test_nobody_is_both_guilty_and_suspect_and_no_evidence_means_nobody_guilty(
    signal, dump, working, protocol, ready, late
):
    blame = judge(signal=signal, dump=dump, working=working, deadline=late, protocol=protocol, ready=ready)
    assert blame.guilty not in blame.suspects
    assert set(blame.suspects) <= {work for _, work in working}
    if late is None and (signal not in FAULT_SIGNALS or b"place_" not in dump) and signal is not None:
        assert blame.guilty is None
