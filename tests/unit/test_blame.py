"""Evidence → who did it."""

from hypothesis import given
from hypothesis import strategies as st

from supervisor.blame import FAULT_SIGNALS, Judgement, Work, at_work, judge, missed_by_themselves
from workers.flight import Place
from workers.wire import Phase

ONE = (0, Work(1, 10, Phase.DECRYPT))
TWO = (7, Work(2, 20, Phase.PROBE))


def dump(place: int) -> bytes:
    return f'Fatal Python error: Segmentation fault\n  File "loop.py", line 1 in place_{place:02d}\n'.encode()


def test_a_fault_whose_stack_names_a_place_is_that_places_check():
    blame = judge(signal="SIGSEGV", dump=dump(7), working=[ONE, TWO])
    assert blame.judgement is Judgement.CHECK
    assert blame.guilty == (TWO[1],)
    assert blame.suspects == ()


def test_a_signal_from_outside_lands_on_the_main_thread_and_nobody_is_guilty():
    blame = judge(signal="SIGSEGV", dump=b"Fatal Python error\n  in _serve\n  in main\n", working=[ONE, TWO])
    assert blame.judgement is Judgement.UNEXPLAINED
    assert blame.guilty == ()
    assert set(blame.suspects) == {ONE[1], TWO[1]}
    assert blame.shown == ONE[1]


def test_a_fault_of_which_the_handler_told_nothing_is_nobodys_whatever_it_had_said_before():
    """Last words of a hang that came back; then a stack that was full, on which no handler can run."""
    blame = judge(signal="SIGSEGV", dump=b"Timeout (0:00:30)!\n  in place_07\n", working=[ONE, TWO])
    assert (blame.judgement, blame.guilty) == (Judgement.UNEXPLAINED, ())
    assert set(blame.suspects) == {ONE[1], TWO[1]}


def test_a_sigkill_is_nobodys_even_if_the_dump_is_forged():
    assert judge(signal="SIGKILL", dump=dump(7), working=[TWO]).guilty == ()


def test_a_dump_that_names_a_place_without_work_blames_nobody_and_suspects_nobody():
    """It was a check just done: who is at work, and be it alone, has begun only now."""
    for working in ([ONE, TWO], [TWO]):
        blame = judge(signal="SIGSEGV", dump=dump(33), working=working)
        assert (blame.judgement, blame.guilty, blame.suspects) == (Judgement.UNEXPLAINED, (), ())


def test_a_worker_that_exits_may_have_been_made_to_by_a_check_that_was_just_done():
    assert judge(signal=None, dump=b"", working=[ONE]).judgement is Judgement.UNEXPLAINED
    assert judge(signal=None, dump=b"", working=[ONE]).suspects == (ONE[1],)


def test_a_deadline_is_the_check_it_was_kept_for():
    blame = judge(signal="SIGKILL", dump=b"", working=[ONE, TWO], deadline=[TWO[1]], oom=True)
    assert (blame.judgement, blame.guilty, blame.shown) == (Judgement.DEADLINE, (TWO[1],), TWO[1])


def test_memory_is_what_the_only_one_at_work_took_and_in_company_nobody_knows():
    assert judge(signal="SIGKILL", dump=b"", working=[ONE], oom=True).guilty == (ONE[1],)
    blame = judge(signal="SIGKILL", dump=b"", working=[ONE, TWO], oom=True)
    assert (blame.judgement, blame.guilty, blame.suspects) == (Judgement.OOM, (), (ONE[1], TWO[1]))
    assert judge(signal="SIGKILL", dump=b"", working=[], oom=True).judgement is Judgement.OOM


LATE = [Work(1, 10, Phase.IDLE), Work(2, 20, Phase.IDLE)]


def missed(*working, late=LATE, stood_still=False, decryptions=2):
    told = missed_by_themselves(late, working, stood_still=stood_still, decryptions=decryptions)
    return [work.check for work in told]


def test_each_check_that_hangs_misses_its_own_deadline():
    assert missed(ONE, TWO, (3, Work(3, 30, Phase.PROBE))) == [10, 20]


def test_in_a_worker_that_stood_still_only_a_check_without_company_has_missed_its_own():
    assert missed(ONE, TWO, stood_still=True) == []
    assert missed(TWO, stood_still=True) == [20]


def test_who_waits_for_a_decryption_is_not_taken_for_who_hangs_in_one():
    more = [(8, Work(3, 30, Phase.DECRYPT)), (9, Work(4, 40, Phase.DECRYPT))]
    assert missed(ONE, TWO, more[0]) == [10, 20]
    assert missed(ONE, TWO, *more) == [20]


def test_an_overdue_check_that_the_page_denies_is_not_struck_with_others():
    assert missed(ONE) == [10]
    assert missed() == [10]
    assert missed(late=[]) == []


def test_an_overdue_check_that_waits_for_a_place_while_others_are_at_work_is_not_struck():
    assert missed((0, Work(9, 90, Phase.PROBE)), (1, Work(8, 80, Phase.DECRYPT))) == []


def test_a_death_before_ready_and_a_death_without_work_are_nobodys():
    assert judge(signal="SIGSEGV", dump=b"", working=[], ready=False).judgement is Judgement.BOOT
    assert judge(signal="SIGSEGV", dump=b"", working=[]).judgement is Judgement.IDLE


def test_a_page_that_claims_work_which_was_not_handed_out_is_not_believed():
    places = [Place(0, 1, 10, Phase.PROBE, 0.0, ()), Place(1, 9, 99, Phase.PROBE, 0.0, ())]
    assert at_work(places, {(1, 10)}) == ((0, Work(1, 10, Phase.PROBE)),)


WORK = st.builds(Work, st.integers(1, 5), st.integers(1, 5), st.sampled_from(Phase))
PLACES = st.lists(st.tuples(st.integers(0, 70), WORK), max_size=5)


@given(
    signal=st.one_of(st.none(), st.sampled_from([*FAULT_SIGNALS, "SIGKILL", "SIGTERM"])),
    dump=st.one_of(st.binary(max_size=80), st.integers(0, 80).map(dump)),
    working=PLACES,
    protocol=st.booleans(),
    ready=st.booleans(),
    oom=st.booleans(),
    late=st.lists(WORK, max_size=3),
)
def test_nobody_is_both_guilty_and_suspect_and_no_evidence_means_nobody_guilty(
    signal, dump, working, protocol, ready, oom, late
):
    blame = judge(signal=signal, dump=dump, working=working, deadline=late, protocol=protocol, ready=ready, oom=oom)
    assert not set(blame.guilty) & set(blame.suspects)
    assert set(blame.suspects) <= {work for _, work in working}
    assert blame.shown in (None, *blame.guilty, *(work for _, work in working))
    if late:
        assert blame.guilty == tuple(late)
        return
    assert len(blame.guilty) <= 1
    if (signal not in FAULT_SIGNALS or b"place_" not in dump) and not (oom and len(working) == 1):
        assert blame.guilty == ()


@given(late=st.lists(WORK, max_size=3), working=PLACES, still=st.booleans(), at_once=st.integers(1, 3))
def test_only_the_overdue_have_missed_a_deadline_and_nobody_is_spared_for_ever(late, working, still, at_once):
    told = missed_by_themselves(late, working, stood_still=still, decryptions=at_once)
    assert set(told) <= set(late)
    alone = {(work.job, work.check) for _, work in working}
    if late and len(alone) == 1 and alone == {(late[0].job, late[0].check)}:
        assert late[0] in told, "alone and overdue"
