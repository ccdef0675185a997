"""What waits for owners and bidders."""

from collections.abc import Callable, Iterator
from datetime import datetime, time
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.policy import visible
from challenges.models import Bid, Challenge, Contract, Milestone, Payment, Question, Recovery, Termination
from challenges.permissions import granted
from reviews.work import credit, failures, midterm, outcomes, races
from reviews.work.amendments import amendments_of
from reviews.work.duties import own_objections
from reviews.work.items import AT_MOST, Item, link, of_payment, of_recovery, on_challenge, period_end


def member(user: User) -> Iterator[Item]:
    """What an organisation's member has to do as owner, as bidder, and as a party to a contract."""
    yield from own_objections(user)
    yield from _own_challenges(user)
    yield from _own_bids(user)
    yield from _contracts(user)
    yield from _milestones(user)
    yield from midterm.to_report(user)
    yield from outcomes.of_sides(user)
    yield from credit.to_answer(user)
    yield from races.of_runner(user)
    yield from amendments_of(user, "amendment.agree")
    yield from failures.to_end_as_owner(user)
    yield from _terminations(user)
    own = Payment.objects.filter(contract__bid__in=granted(user, "edit_bid"))
    own = own.filter(contract__state__in=["effective", "ended"])
    rows = own.filter(Q(state="scheduled", milestone__state="accepted") | Q(state__in=["requested", "approved"]))
    for payment in rows.select_related("contract__challenge", "milestone").order_by("created_at")[:AT_MOST]:
        if payment.state == "scheduled":
            yield of_payment(payment, _("Request the payment of the accepted milestone"), _("Request it"))
        else:
            yield of_payment(payment, _("The payment is on its way"))
    back = Recovery.objects.filter(contract__bid__in=granted(user, "edit_bid"), state="approved")
    for recovery in back.select_related("contract__challenge").order_by("approved_at")[:AT_MOST]:
        yield of_recovery(recovery, _("Pay back the unused money"), _("Look at it"))


def _own_challenges(user: User) -> Iterator[Item]:
    asked = Question.objects.filter(challenge=OuterRef("pk"), answered_at=None)
    rows = Challenge.objects.filter(owner__in=list(user.membership_roles)).annotate(asked=Exists(asked))
    rows = rows.filter(
        state__in=["draft", "submitted", "vetted", "published", "bidding_closed", "opened", "under_review"]
    )
    for challenge in rows.order_by("-created_at", "id")[:AT_MOST]:
        if challenge.state == "draft" and challenge.return_reason:
            yield on_challenge(
                challenge, _("Revise what was returned"), _("Revise"), url=link("challenge_edit", challenge)
            )
        elif challenge.state == "draft":
            yield on_challenge(challenge, _("Complete the draft and submit it"), _("Go on"))
        elif challenge.asked:
            yield on_challenge(challenge, _("Answer a question"), _("Answer"), challenge.bid_deadline)
        else:
            yield on_challenge(challenge, OWNER_WAITS[challenge.state](), due=period_end(challenge))


OWNER_WAITS: dict[str, Callable[[], str]] = {
    "submitted": lambda: _("An operator vets it"),
    "vetted": lambda: _("A decider publishes it"),
    "published": lambda: _("Teams write their bids"),
    "bidding_closed": lambda: _("Custodians open the bids"),
    "opened": lambda: _("The review is being prepared"),
    "under_review": lambda: _("The reviewers score"),
}


def _own_bids(user: User) -> Iterator[Item]:
    rows = Bid.objects.filter(pk__in=granted(user, "edit_bid")).select_related("challenge", "lead")
    writable = Q(state__in=["draft", "withdrawn"], challenge__state="published", challenge__bid_deadline__gt=Now())
    for bid in rows.filter(writable | Q(state__in=["submitted", "opened", "eligible"])).order_by("-created_at")[
        :AT_MOST
    ]:
        challenge, url = bid.challenge, link("bid", bid)
        due = challenge.bid_deadline if challenge.state == "published" else None
        if bid.state in ("draft", "withdrawn"):
            what, button = _("Finish the bid and submit it sealed"), _("Go on")
            url = link("bid_edit", bid)
        elif bid.state == "submitted" and due and bid.confirmed_version < challenge.notice_version:
            what, button = _("Confirm the bid for the amended notice"), _("Confirm")
        else:
            what, button = _("Your bid is in; the next step is the platform's"), ""
        yield Item(what, challenge.title, url, button, due, "bid", bid.state)


def _contracts(user: User) -> Iterator[Item]:
    rows = visible(user, "contract.view").filter(state__in=["draft", "signing"])
    rows = rows.annotate(mine=Exists(Bid.objects.filter(pk=OuterRef("bid")).filter(pk__in=granted(user, "edit_bid"))))
    for contract in rows.select_related("challenge").order_by("created_at")[:AT_MOST]:
        owns = contract.challenge.owner_id in user.membership_roles
        signed = (not owns or contract.owner_signed_at) and (not contract.mine or contract.bidder_signed_at)
        if contract.state == "draft" and owns:
            what, button = _("Complete the task book and offer the contract"), _("Write it")
        elif contract.state == "signing" and not signed:
            what, button = _("Confirm the contract"), _("Read and confirm")
        else:
            what, button = _("The other side writes or confirms the contract"), ""
        yield _of_contract(contract, contract, what, button, contract.sign_by, "contract")


def _milestones(user: User) -> Iterator[Item]:
    rows = visible(user, "milestone.view").filter(contract__state="effective")
    earlier = Milestone.objects.filter(
        contract=OuterRef("contract"), position__lt=OuterRef("position"), state="planned"
    )
    rows = races.let_go_on(rows).annotate(blocked=Exists(earlier))
    rows = rows.exclude(state__in=["accepted", "failed", "closed"]).exclude(blocked=True)
    for milestone in rows.select_related("contract__challenge").order_by("due_on", "id")[:AT_MOST]:
        owns = milestone.contract.challenge.owner_id in user.membership_roles
        due = milestone.rectify_by
        if due is None and milestone.due_on:
            due = datetime.combine(milestone.due_on, time.max, timezone.get_current_timezone())
        what, button = _milestone_words(milestone.state, owns=owns)
        yield _of_contract(milestone.contract, milestone, what, button, due, "milestone")


def _terminations(user: User) -> Iterator[Item]:
    rows = Termination.objects.filter(state="proposed", contract__bid__in=granted(user, "edit_bid"))
    for termination in rows.select_related("contract__challenge").order_by("answer_by")[:AT_MOST]:
        yield Item(
            _("Answer the proposed termination with your dossier"), termination.contract.challenge.title,
            link("termination", termination), _("Answer"), termination.answer_by, "termination", termination.state,
        )  # fmt: skip


def _milestone_words(state: str, *, owns: bool) -> tuple[str, str]:
    match state, owns:
        case (("planned" | "rectification"), False):
            return _("Deliver the milestone with its evidence"), _("Deliver")
        case "submitted", True:
            return _("Start the acceptance of the milestone"), _("Look at it")
        case "under_acceptance", True:
            return _("Accept the milestone or ask for rectification"), _("Decide")
        case _, True:
            return _("The team delivers the milestone"), ""
    return _("The owner accepts the milestone"), ""


def _of_contract(contract: Contract, obj: Any, what: str, button: str, due: datetime | None, kind: str) -> Item:
    subject = contract.challenge.title if obj is contract else f"{contract.challenge.title} · {obj.title}"
    return Item(what, subject, link(kind, obj), button, due, kind, obj.state)
