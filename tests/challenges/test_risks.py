"""The risks of a contract, read from plain data: each flag where it is true, and nowhere else."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from challenges.risks import TONES, Limits, Standing, Step, accepted, elapsed, risks

TODAY = date(2026, 6, 1)
LIMITS = Limits(horizon=timedelta(days=30), acceptance=timedelta(days=30), lag=Decimal(25))
FAR = TODAY + timedelta(days=200)
CALM = Standing(
    today=TODAY,
    began=TODAY - timedelta(days=20),
    steps=(Step("样机", "planned", Decimal(40), FAR), Step("中试", "planned", Decimal(60), FAR + timedelta(days=100))),
)


def days(n):
    return TODAY + timedelta(days=n)


def with_step(**changes):
    return replace(CALM, steps=(replace(CALM.steps[0], **changes), CALM.steps[1]))


def codes(standing):
    return [item.code for item in risks(standing, LIMITS)]


def test_calm_contract_has_no_risk():
    assert codes(CALM) == []


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (with_step(due=days(-1)), ["overdue"]),
        (with_step(due=TODAY), ["due"]),  # the day itself is still in time
        (with_step(due=days(30)), ["due"]),
        (with_step(due=days(31)), []),
        (with_step(due=days(30), unproved=1), ["unproved", "due"]),
        (with_step(due=days(31), unproved=1), []),
        (with_step(due=days(-3), unproved=2), ["overdue", "unproved"]),
        (with_step(state="rectification", due=days(-90), rectify_by=days(10)), ["rectification"]),
        (with_step(state="rectification", due=days(-90), rectify_by=days(-1)), ["overdue"]),
        (with_step(state="submitted", due=days(-40), submitted=days(-30)), []),
        (with_step(state="submitted", due=days(-40), submitted=days(-31)), ["acceptance"]),
        (with_step(state="under_acceptance", due=days(-40), submitted=days(-31)), ["acceptance"]),
        (with_step(state="accepted", due=days(-40), submitted=days(-90), unproved=1), []),
        (with_step(state="failed", due=days(-40)), ["failed"]),
        (with_step(due=None), []),
        (replace(CALM, frozen=Decimal("0.01")), ["frozen"]),
        (replace(CALM, unfunded=Decimal(5)), ["unfunded"]),
        (replace(CALM, termination=True), ["termination"]),
        (replace(CALM, amendment="延期"), ["amendment"]),
        (replace(CALM, began=days(-100)), ["slow"]),  # 100 of 400 days passed is 25 %, and one day more is beyond
    ],
)
def test_each_risk_is_flagged_where_it_is_true(standing, expected):
    if expected == ["slow"]:
        assert codes(replace(standing, began=days(-99))) == []
        standing = replace(standing, began=days(-110))
    assert codes(standing) == expected


@override("en")
def test_reasons_name_the_milestone_the_days_and_the_sum():
    standing = replace(with_step(due=days(-1)), frozen=Decimal("1234567.5"))
    frozen, overdue = risks(standing, LIMITS)
    assert frozen.text == "1,234,567.50 yuan are frozen."
    assert overdue.text == "“样机” is 1 day overdue."
    (late,) = risks(with_step(due=days(-3)), LIMITS)
    assert late.text == "“样机” is 3 days overdue."


def test_time_passes_from_nothing_to_the_whole():
    assert elapsed(replace(CALM, today=CALM.began - timedelta(days=3))) == 0
    assert elapsed(replace(CALM, today=days(5000))) == 100
    assert elapsed(replace(CALM, steps=())) == 0
    assert accepted(with_step(state="closed")) == 40


STATES = ("planned", "submitted", "under_acceptance", "accepted", "rectification", "failed", "closed")
STEPS = st.builds(
    Step,
    title=st.just("节点"),
    state=st.sampled_from(STATES),
    share=st.integers(0, 100).map(Decimal),
    due=st.none() | st.integers(-900, 900).map(days),
    rectify_by=st.none() | st.integers(-90, 90).map(days),
    submitted=st.none() | st.integers(-900, 0).map(days),
    unproved=st.integers(0, 3),
)


@given(
    st.builds(
        Standing,
        today=st.just(TODAY),
        began=st.integers(-900, 900).map(days),
        steps=st.lists(STEPS, max_size=5).map(tuple),
        frozen=st.decimals(0, 100, places=2),
        unfunded=st.decimals(0, 100, places=2),
        termination=st.booleans(),
        amendment=st.sampled_from(("", "延期")),
    )
)
def test_gravest_come_first_and_what_is_done_is_no_risk(standing):
    found = risks(standing, LIMITS)
    assert [TONES.index(item.tone) for item in found] == sorted(TONES.index(item.tone) for item in found)
    done = replace(standing, steps=tuple(replace(step, state="accepted") for step in standing.steps))
    of_steps = {"overdue", "due", "unproved", "rectification", "acceptance", "failed"}
    assert not of_steps & set(codes(done))
    assert bool(standing.frozen) == ("frozen" in codes(standing))
