"""The demo site: the bureau's twenty challenges, each carried to a stage of its own."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models.functions import Now

from accounts.models import Membership, Organization, OrganizationKind, User
from accounts.workflow import take
from challenges import actions, workbook
from challenges.models import Award, Challenge, Contract, Milestone, Objection, RuleSet, Transfer
from reviews.demo import people, walk
from reviews.demo.branches import BRANCHES
from reviews.demo.people import Cast

WORKBOOK = Path(settings.BASE_DIR) / "challenges" / "fixtures" / "challenge_list.xlsx"
WRITTEN_ON = date(2026, 11, 1)  # the workbook's deadlines lie after this day, whenever the demo is loaded
# Stages of `walk`, or names of `branches`, in the order of the workbook's rows.
STAGES = (
    "completed", "conversing", "draft", "bid", "halfway", "submitted", "rectifying", "ranked", "award_proposed",
    "racing", "under_review", "vetted", "terminated", "seeding", "meeting", "cancelled", "awarded", "no_award",
    "bidding_closed", "objected",
)  # fmt: skip
TEAMS = 6  # sets of four lead organisations, since an organisation may lead few live bids
WITHOUT_BIDS = ("draft", "submitted", "vetted", "published", "conversing", "cancelled")
LONG = timedelta(days=30)


def approve_rules(operator: User, decider: User) -> None:
    """Put the first version of each rule set in force."""
    for rule_set in RuleSet.objects.filter(state="draft", version=1, name__in=("standard", "demo")):
        take(take(rule_set, "propose", actor=operator), "approve", actor=decider)


def load(password: str, say: Callable[[str], None]) -> None:
    """Load everything once; `say` is told of each challenge as it reaches its stage."""
    cast = people.assemble(password)
    people.account("finance2", "财务员二", password, "finance")  # who may call back what the other gave to the bank
    approve_rules(cast.operator, cast.decider)
    with WORKBOOK.open("rb") as stream:
        reading = workbook.read(stream, today=WRITTEN_ON)
    drafts = actions.import_challenges(reading, actor=cast.operator)
    _verify_owners(cast, drafts)
    teams = [_team(cast, number) for number in range(TEAMS)]
    busy = 0
    for draft, stage in zip(drafts, STAGES, strict=True):
        team = teams[busy % TEAMS]
        if stage not in WITHOUT_BIDS:
            busy += 1
        if stage != "draft":
            _carry(draft, replace(cast, leads=team), stage)
        say(f"{draft.title}: {Challenge.objects.get(pk=draft.pk).get_state_display()}")


def _carry(draft: Challenge, cast: Cast, name: str) -> None:
    stage, turn = BRANCHES.get(name, (name, None))
    challenge = walk.carry(draft, cast, to=stage)
    if turn is not None:
        turn(challenge, cast)
    _leave_time(challenge)


def _leave_time(challenge: Challenge) -> None:
    """What waits at its stage does so for weeks, so that it can be looked at: the demo rules count in seconds."""
    later = Now() + LONG
    Challenge.objects.filter(pk=challenge.pk, review_ends_at__isnull=False).update(review_ends_at=later)
    Award.objects.filter(challenge=challenge, state__in=("notice", "suspended")).update(notice_ends_at=later)
    Objection.objects.filter(award__challenge=challenge, state="filed").update(acknowledge_by=later)
    Contract.objects.filter(challenge=challenge, state__in=("draft", "signing")).update(sign_by=later)
    published = Transfer.objects.filter(outcome__contract__challenge=challenge, state="publicity")
    published.update(publicity_ends_at=later)
    Milestone.objects.filter(contract__challenge=challenge, state="rectification").update(rectify_by=later)


def _verify_owners(cast: Cast, drafts: list[Challenge]) -> None:
    for owner in Organization.objects.filter(pk__in=[draft.owner_id for draft in drafts]):
        people.join(cast.owner, owner)
        if owner.state == Organization.State.UNVERIFIED:
            take(owner, "verify", actor=cast.operator)
    cast.owner = User.objects.get(pk=cast.owner.pk)  # its memberships were remembered before it joined


def _team(cast: Cast, number: int) -> list[Organization]:
    if number == 0:
        return cast.leads
    leads = []
    for place, bidder in enumerate(cast.bidders, start=1):
        lead = people.organization(
            f"{people.BIDDERS[place - 1]}（{number + 1}部）", 100 + 10 * number + place, cast.operator,
            OrganizationKind.INSTITUTE,
        )  # fmt: skip
        people.join(bidder, lead, Membership.Role.ADMIN)
        leads.append(lead)
    for place, bidder in enumerate(cast.bidders):
        cast.bidders[place] = User.objects.get(pk=bidder.pk)
    return leads
