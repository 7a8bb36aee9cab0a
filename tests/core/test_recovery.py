"""What happens to a write whose outcome is unknown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.core.recovery import Doubt, Lookup, Recovery, Step, Windows, plan_recovery, plan_unsure

WINDOWS = Windows(request_s=20, lag_s=30, quiet_s=600)


@pytest.mark.parametrize(
    ("lookup", "waited", "looks", "sends", "expected"),
    [
        (Lookup.REPEAT, 0, 0, 1, Step.RESEND),
        (Lookup.REPEAT, 0, 0, 40, Step.RESEND),
        (Lookup.DIRECT, 0, 0, 1, Step.WAIT),
        (Lookup.DIRECT, 20, 0, 1, Step.LOOK),
        (Lookup.DIRECT, 20, 1, 1, Step.RESEND),
        (Lookup.DIRECT, 20, 1, 2, Step.PARK),
        (Lookup.INDEX, 0, 0, 1, Step.WAIT),
        (Lookup.INDEX, 2, 0, 1, Step.LOOK),
        (Lookup.INDEX, 2, 1, 1, Step.WAIT),
        (Lookup.INDEX, 300, 6, 1, Step.LOOK),
        (Lookup.INDEX, 619, 7, 1, Step.WAIT),
        (Lookup.INDEX, 620, 7, 1, Step.LOOK),
        (Lookup.INDEX, 620, 8, 1, Step.RESEND),
        (Lookup.INDEX, 620, 8, 2, Step.PARK),
    ],
)
def test_steps(lookup: Lookup, waited: float, looks: int, sends: int, expected: Step) -> None:
    assert plan_recovery(lookup, waited_s=waited, looks=looks, sends=sends, windows=WINDOWS).step is expected


@pytest.mark.parametrize(
    ("doubt", "waited", "step"),
    [
        (Doubt.LAGGING, 620, Step.WAIT),
        (Doubt.LAGGING, 1859, Step.WAIT),
        (Doubt.LAGGING, 1860, Step.LOOK),
        (Doubt.REFUSED, 2, Step.WAIT),
        (Doubt.REFUSED, 1860, Step.PARK),
    ],
)
def test_a_look_that_proves_nothing_is_waited_out(doubt: Doubt, waited: float, step: Step) -> None:
    recovery = plan_unsure(doubt, waited_s=waited, windows=WINDOWS)
    assert recovery.step is step
    assert (recovery.wait_s > 0) is (step is Step.WAIT)


@pytest.mark.parametrize(("looks", "waited", "is_last"), [(0, 2, False), (6, 300, False), (7, 620, True)])
def test_only_the_last_look_may_lead_to_a_second_request(looks: int, waited: float, is_last: bool) -> None:
    recovery = plan_recovery(Lookup.INDEX, waited_s=waited, looks=looks, sends=1, windows=WINDOWS)
    assert recovery == Recovery(step=Step.LOOK, is_last=is_last)


@given(
    quiet=st.floats(0, 900),
    request=st.floats(0.1, 60),
    lag=st.floats(0, 120),
    slowness=st.lists(st.floats(0, 200), min_size=40, max_size=40),
)
def test_a_create_is_sent_again_only_after_the_quiet_window_and_a_last_look(
    quiet: float, request: float, lag: float, slowness: list[float]
) -> None:
    windows = Windows(request_s=request, lag_s=lag, quiet_s=quiet)
    waited, looks, last_look = 0.0, 0, -1.0
    for slow in slowness:
        recovery = plan_recovery(Lookup.INDEX, waited_s=waited, looks=looks, sends=1, windows=windows)
        if recovery.step is Step.LOOK:
            looks, last_look = looks + 1, waited
        elif recovery.step is Step.WAIT:
            assert recovery.wait_s > 0
            waited += recovery.wait_s + slow
        else:
            break
    assert recovery == Recovery(step=Step.RESEND)
    assert last_look >= request + max(lag, quiet) - 1e-6
