"""Sets that grow around a ticket: of different customers, likeliest first, and only as far as likeness goes."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.patterns.making import OUTAGE, make_detector, make_report
from worker.core.patterns.report import Member
from worker.core.patterns.sets import grow_sets

MEMBER = make_detector().observe(make_report(0, "a", OUTAGE[0])).member


def make_member(name: str, customer: str) -> Member:
    return replace(MEMBER, id=name, customer=customer)


def grow(chances: dict[str, float], customers: dict[str, str], default: float = 0.001) -> list[list[str]]:
    """Sets around "s" for chances by the two ids in alphabetical order."""
    pool = [make_member(name, customer) for name, customer in customers.items()]
    sets = grow_sets(
        make_member("s", "own"),
        pool,
        customers=3,
        least_chance=0.02,
        find_chance=lambda one, other: chances.get("".join(sorted((one.id, other.id))), default),
    )
    return [[member.id for member in chosen] for chosen in sets]


def test_the_likeliest_come_first_and_growth_ends_where_likeness_does() -> None:
    chances = {"as": 0.9, "bs": 0.3, "ab": 0.8, "cs": 0.2, "ac": 0.001, "bc": 0.001}
    assert grow(chances, {"a": "A", "b": "B", "c": "C"}) == [["s", "a", "b"]]


def test_a_customer_counts_once() -> None:
    chances = {"as": 0.9, "bs": 0.9, "ab": 0.9}
    assert grow(chances, {"a": "A", "b": "A"}) == []
    assert grow(chances, {"a": "own", "b": "B"}) == []


@given(
    st.dictionaries(st.sampled_from("abcdefghijklm"), st.sampled_from("ABCDEFGH"), max_size=13),
    st.floats(0.001, 0.999),
)
def test_every_set_is_the_one_before_and_one_more_customer(customers: dict[str, str], chance: float) -> None:
    sets = grow({}, customers, chance)
    named = {**customers, "s": "own"}
    for number, chosen in enumerate(sets):
        assert len(chosen) == 3 + number <= 8
        assert len({named[name] for name in chosen}) == len(chosen)
        assert number == 0 or chosen[:-1] == sets[number - 1]
