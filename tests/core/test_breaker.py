"""The breaker: it opens on a vendor's trouble, not on one ticket's; it says so once, and it closes by itself."""

import pytest

from worker.core.breaker import Breaker, Notice, Trouble, backoff, fail, succeed

CLOCK = 1_800_000_000.0


def meet(breaker: Breaker, trouble: Trouble, target: str, clock: float) -> tuple[Breaker, Notice | None]:
    return fail(breaker, trouble, target=target, detail="answered 503", remedy="wait", clock=clock, jitter=0.0)


@pytest.mark.parametrize(
    ("trouble", "targets", "opens_at"),
    [
        (Trouble.UNREACHED, ["a"], 3),
        (Trouble.FAILED, ["a", "b"], 5),
        (Trouble.DENIED, ["a", "b", "c"], 5),
        (Trouble.CREDENTIALS, ["a"], 1),
        (Trouble.FAILED, ["a"], None),
        (Trouble.DENIED, ["a"], None),
    ],
)
def test_how_many_failures_of_which_kind_open_it(trouble: Trouble, targets: list[str], opens_at: int | None) -> None:
    breaker = Breaker()
    for number in range(1, 50):
        breaker, notice = meet(breaker, trouble, targets[number % len(targets)], CLOCK + number / 100)
        assert breaker.is_open == (opens_at is not None and number >= opens_at)
        assert (notice is Notice.OPENED) == (number == opens_at)
        if breaker.is_open:
            return
    assert opens_at is None


def test_any_answer_between_breaks_the_run() -> None:
    breaker = Breaker()
    for number in range(40):
        breaker, _ = meet(breaker, Trouble.FAILED, f"/{number}", CLOCK + number)
        if number % 4 == 3:
            breaker, _ = succeed(breaker, is_probe=False, clock=CLOCK + number)
        assert not breaker.is_open


def open_breaker() -> Breaker:
    breaker = Breaker()
    for number in range(5):
        breaker, _ = meet(breaker, Trouble.FAILED, f"/{number}", CLOCK)
    assert breaker.is_open
    return breaker


def test_waits_double_to_five_minutes_and_the_log_gets_a_line_a_minute() -> None:
    breaker, clock, waits, lines = open_breaker(), CLOCK, list[float](), 1
    while clock < CLOCK + 3600:
        waits.append((breaker.not_before or 0.0) - clock)
        clock = breaker.not_before or 0.0
        breaker, notice = meet(breaker, Trouble.FAILED, "probe", clock)
        lines += notice is not None
        assert notice in {None, Notice.STILL}
    assert waits[:9] == [1, 2, 4, 8, 16, 32, 64, 128, 256]
    assert set(waits[9:]) == {300.0}
    assert lines <= 61
    assert breaker.failing_since == CLOCK


def test_late_answers_of_requests_sent_before_it_opened_trip_nothing() -> None:
    breaker = open_breaker()
    again, notice = meet(breaker, Trouble.FAILED, "/late", CLOCK + 0.5)
    assert (again, notice) == (breaker, None)


def test_a_probe_closes_it_on_trial_and_a_real_answer_for_good() -> None:
    breaker, _ = succeed(open_breaker(), is_probe=True, clock=CLOCK + 1)
    assert not breaker.is_open
    for number in range(5):
        breaker, notice = meet(breaker, Trouble.FAILED, f"/{number}", CLOCK + 2)
    assert breaker.is_open
    assert notice is None  # the log was told seconds ago
    assert breaker.not_before == CLOCK + 4
    breaker, notice = succeed(breaker, is_probe=False, clock=CLOCK + 5)
    assert notice is Notice.CLOSED
    assert breaker.trips == 0


def test_a_vendor_that_flaps_is_told_once_a_minute() -> None:
    breaker, lines = Breaker(), 0
    for second in range(600):
        for number in range(5):
            breaker, notice = meet(breaker, Trouble.FAILED, f"/{number}", CLOCK + second)
            lines += notice is not None
        breaker, notice = succeed(breaker, is_probe=False, clock=CLOCK + second + 0.9)
        lines += notice is not None
    assert lines <= 2 * 11


def test_a_subject_of_its_own_trouble_comes_back_ever_later() -> None:
    assert [backoff(number, jitter=0.0) for number in (0, 1, 2, 8, 9, 99)] == [1, 2, 4, 256, 300, 300]
    assert backoff(3, jitter=1.0) == pytest.approx(9.6)


def test_a_clock_that_goes_back_delays_no_probe() -> None:
    breaker = open_breaker()
    assert breaker.left(CLOCK + 0.5) == pytest.approx(0.5)
    assert breaker.left(CLOCK - 7200) == 0.0
