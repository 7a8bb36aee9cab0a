"""People never trip the breaker of a pair; what answers each write does, and it goes on when that has ended."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import NOW
from worker.core.bounce import Echo, find_bounce

WINDOW = timedelta(minutes=10)


def make_echoes(count: int, ticket: str = "501", *, apart_s: float = 1.0, first: int = 0) -> list[Echo]:
    """Writes so many seconds apart, the newest now."""
    return [
        Echo(id=first + number, ticket=ticket, at=NOW - timedelta(seconds=apart_s * (count - 1 - number)))
        for number in range(count)
    ]


def test_it_trips_at_the_limit_and_says_until_when() -> None:
    assert find_bounce(make_echoes(11), most=12, window=WINDOW, now=NOW) is None
    found = find_bounce(make_echoes(12), most=12, window=WINDOW, now=NOW)
    assert found is not None
    assert found.until == NOW + WINDOW
    assert "12 writes" in found.reason


def test_many_tickets_of_one_escalation_are_no_loop() -> None:
    echoes = [echo for number in range(50) for echo in make_echoes(2, str(number), first=number * 10)]
    assert find_bounce(echoes, most=12, window=WINDOW, now=NOW) is None
    shared = make_echoes(10, "", first=1000)
    assert find_bounce([*echoes, *shared], most=12, window=WINDOW, now=NOW) is not None


@given(apart_s=st.floats(min_value=55, max_value=10_000), count=st.integers(min_value=0, max_value=60))
def test_a_slow_pace_never_trips(apart_s: float, count: int) -> None:
    assert find_bounce(make_echoes(count, apart_s=apart_s), most=12, window=WINDOW, now=NOW) is None


def test_the_name_stays_while_nothing_is_written() -> None:
    echoes = make_echoes(14)
    later = NOW + timedelta(minutes=9)
    first = find_bounce(echoes, most=12, window=WINDOW, now=NOW)
    second = find_bounce(echoes, most=12, window=WINDOW, now=later)
    assert first is not None
    assert second is not None
    assert first.name == second.name
    assert find_bounce(echoes, most=12, window=WINDOW, now=NOW + WINDOW) is None
