"""The two answers of every rule are one: a row is in the list exactly when its object may be seen."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts import policy
from accounts.models import Notification, User
from accounts.policy import Denied, can, require, visible
from challenges.actions import file_objection
from challenges.models import Challenge, Contract
from reviews.models import Assignment
from tests import personas
from tests.factories.life import challenge_at, new_challenge


def worlds(cast):
    """Challenges in stages that differ in who sees what, each with its own bids, panel, award and contract."""
    for number, stage in enumerate(("published", "bidding_closed", "scored", "delivering")):
        secrecy = "internal" if stage == "bidding_closed" else "public"
        challenge_at(cast, stage, title=f"世界{number}", secrecy=secrecy)
    new_challenge(cast, title="草稿")


def people_of(cast) -> dict[str, Any]:
    found: dict[str, Any] = personas.everyone(cast)
    contract = Contract.objects.select_related("bid").first()
    found["winner"] = contract.bid.created_by
    for seat in Assignment.objects.select_related("expert__user").order_by("pk")[:4]:
        found[f"seat {seat.state} {seat.is_chair} {seat.pk}"] = seat.expert.user
    both = User.objects.get(pk=cast.finance.pk)
    both.roles = ["finance", "decider"]
    found["two duties"] = both
    return found


@pytest.mark.django_db
def test_visible_and_can_agree_for_every_action_row_and_persona(cast, rules):
    worlds(cast)
    scoped = [action for action in policy.actions() if policy.rule(action).scope is not None]
    assert len(scoped) > 15
    wrong, compared = [], 0
    for name, user in people_of(cast).items():
        for action in scoped:
            rows = visible(user, action)
            seen = set(rows.order_by().values_list("pk", flat=True))
            for obj in rows.model._base_manager.all():
                compared += 1
                if bool(can(user, action, obj)) != (obj.pk in seen):
                    wrong.append(f"{action} {obj!r} {name}: listed={obj.pk in seen}")
    assert not wrong, "\n".join(wrong[:30])
    assert compared > 2000


@pytest.mark.django_db
def test_an_unknown_action_is_nobodys(cast):
    assert not can(cast.operator, "challenge.destroy_everything")
    with pytest.raises(Denied):
        require(cast.operator, "challenge.destroy_everything")
    with pytest.raises(LookupError):
        visible(cast.operator, "challenge.publish")


@pytest.mark.django_db
def test_an_inactive_account_may_nothing(cast, rules):
    challenge = challenge_at(cast, "submitted")
    User.objects.filter(pk=cast.operator.pk).update(is_active=False)
    gone = User.objects.get(pk=cast.operator.pk)
    assert not can(gone, "challenge.vet", challenge)
    assert not visible(gone, "challenge.view").filter(pk=challenge.pk).exists()


@pytest.mark.django_db
def test_two_duties_on_one_challenge_are_refused_with_the_reason(cast, rules):
    challenge = challenge_at(cast, "vetted")
    User.objects.filter(pk=cast.operator.pk).update(roles=["operator", "decider"])
    both = User.objects.get(pk=cast.operator.pk)
    decision = can(both, "challenge.publish", Challenge.objects.get(pk=challenge.pk))
    assert not decision
    assert decision.code == "separation"


@pytest.mark.django_db
def test_anonymous_sees_no_internal_challenge(cast, rules):
    internal = challenge_at(cast, "published", secrecy="internal")
    assert not can(AnonymousUser(), "challenge.view", internal)
    assert can(cast.bidders[0], "challenge.view", internal)


@pytest.mark.django_db
def test_notifications_are_their_recipients_alone(cast, rules):
    challenge = challenge_at(cast, "award_proposed")
    file_objection(
        challenge.awards.get(),
        actor=cast.bidders[2],
        name="异议人",
        contact="电话",
        text="程序有误，附证据。",
        ground="procedure",
        evidence_note="见公示所附检测报告第二页。",
    )
    row = Notification.objects.filter(recipient=cast.operator).first()
    assert can(cast.operator, "notification.view", row)
    assert not can(cast.decider, "notification.view", row)
