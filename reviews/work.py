"""What waits for a person, by role: computed from the states of what they may see, never stored.

Each role costs a fixed number of queries. A row is a hint where to go; the page it leads to asks the policy.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.models import Organization, User
from accounts.policy import visible
from challenges.models import (
    Bid,
    Challenge,
    Contract,
    Milestone,
    Objection,
    OpeningConsent,
    Payment,
    Question,
    RuleSet,
)
from challenges.permissions import granted
from reviews.models import Assignment, Ballot, Expert, Panel, ScoreSheet, TieBreak

UNLOCKED = ScoreSheet.objects.filter(state__in=["open", "submitted"])
VOTING = TieBreak.objects.filter(TieBreak.WAITS_FOR_VOTES)
LOTS = TieBreak.objects.filter(TieBreak.WAITS_FOR_SEED)
AT_MOST = 60  # of each kind: whoever has more has a list to work from


@dataclass(frozen=True)
class Item:
    """One row: what waits, on which challenge, by when, and where its one button leads."""

    what: str
    subject: str
    url: str
    button: str = ""
    due: datetime | None = None
    kind: str = ""
    state: str = ""

    @property
    def is_mine(self) -> bool:
        """Whether it waits for this person; otherwise for somebody else."""
        return bool(self.button)


@dataclass(frozen=True)
class Work:
    """Everything that waits, grouped by when."""

    today: list[Item]
    week: list[Item]
    later: list[Item]
    others: list[Item]

    @property
    def is_empty(self) -> bool:
        return not (self.today or self.week or self.later or self.others)


def work_of(user: User, role: str) -> Work:
    """What waits for `user` when they act as `role`, most urgent first."""
    items = list(ROLES[role](user)) if role in ROLES else []
    now = timezone.localtime()
    tonight = datetime.combine(now.date(), time.max, now.tzinfo)
    far = tonight + timedelta(days=36500)
    items.sort(key=lambda item: item.due or far)
    mine = [item for item in items if item.is_mine]
    week = tonight + timedelta(days=7)
    return Work(
        today=[item for item in mine if item.due and item.due <= tonight],
        week=[item for item in mine if item.due and tonight < item.due <= week],
        later=[item for item in mine if item.due is None or item.due > week],
        others=[item for item in items if not item.is_mine],
    )


def _url(name: str, obj: Any) -> str:
    return reverse(name, args=[obj.pk])


def _on(challenge: Challenge, what: str, button: str = "", due: datetime | None = None, url: str = "") -> Item:
    page = url or _url("challenge", challenge)
    return Item(what, challenge.title, page, button, due, "challenge", challenge.state)


# ── operators ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _operator(user: User) -> Iterator[Item]:
    rows = _free_of(user, "deciders").filter(
        state__in=[
            "submitted", "vetted", "bidding_closed", "opened", "under_review", "ranked", "award_proposed", "awarded",
            "executing",
        ]
    )  # fmt: skip
    panel = Panel.objects.filter(challenge=OuterRef("pk")).exclude(state="closed").order_by("-created_at")
    seats = panel.annotate(held=Count("assignments", filter=Q(assignments__state="accepted")))
    contracts = Contract.objects.filter(challenge=OuterRef("pk"))
    milestones = Milestone.objects.filter(contract__challenge=OuterRef("pk")).exclude(contract__state="terminated")
    rows = rows.annotate(
        unchecked=Exists(Bid.objects.filter(challenge=OuterRef("pk"), state="opened")),
        panel=Subquery(panel.values("pk")[:1]),
        panel_state=Subquery(panel.values("state")[:1]),
        has_seed=Exists(panel.exclude(supervisor_seed="")),
        is_matched=Exists(panel.filter(way="matched")),
        is_draft=Exists(panel.filter(state="drawn", released_at=None)),
        seats_left=Subquery(seats.annotate(left=F("size") - F("held")).values("left")[:1], IntegerField()),
        scoring=Exists(UNLOCKED.filter(assignment__panel__challenge=OuterRef("pk"))),
        voting=Exists(VOTING.filter(panel__challenge=OuterRef("pk"))),
        lots=Exists(LOTS.filter(panel__challenge=OuterRef("pk"))),
        undelivered=Exists(milestones.exclude(state="accepted")),
        delivered=Exists(milestones.filter(state="accepted")),
        unsigned=Exists(contracts.filter(state__in=["draft", "signing"])),
    )
    for challenge in _with_consents(rows, user)[:AT_MOST]:
        yield from _operator_on(challenge)
    for organization in Organization.objects.filter(state="unverified").order_by("created_at")[:AT_MOST]:
        yield Item(
            _("Compare name and code with the licence"), organization.name, _url("organization", organization),
            _("Verify"), None, "organization", organization.state,
        )  # fmt: skip
    for expert in Expert.objects.filter(state="applied").select_related("user").order_by("created_at")[:AT_MOST]:
        yield Item(_("An expert applied for the pool"), expert.user.name, _url("expert", expert), _("Look at it"))
    yield from _objections(user)


def _operator_on(challenge: Any) -> Iterator[Item]:
    match challenge.state:
        case "submitted":
            yield _on(challenge, _("Vet the challenge"), _("Vet"))
        case "bidding_closed":
            yield _custody(challenge)
        case "opened":
            yield from _preparing(challenge)
        case "under_review" if challenge.panel_state == "scoring" and not challenge.scoring:
            yield _on(challenge, _("Every sheet is locked"), _("Open the consensus"), url=_panel_url(challenge))
        case "under_review" if challenge.voting:
            yield _on(challenge, _("The panel votes on a tie"), url=_panel_url(challenge))
        case "under_review" if challenge.lots:
            yield _on(challenge, _("The supervisor gives the seed for the lots"), url=_panel_url(challenge))
        case "under_review" if challenge.panel_state == "consensus":
            yield _on(challenge, _("Finish the review"), _("To the panel"), url=_panel_url(challenge))
        case "executing" if challenge.delivered and not (challenge.undelivered or challenge.unsigned):
            yield _on(challenge, _("Every milestone is accepted"), _("Complete"))
        case state if state in OPERATOR_WAITS:
            yield _on(challenge, OPERATOR_WAITS[state](), due=_period_end(challenge))


OPERATOR_WAITS: dict[str, Callable[[], str]] = {
    "vetted": lambda: _("A decider publishes it"),
    "under_review": lambda: _("The reviewers score"),
    "ranked": lambda: _("A decider proposes the award"),
    "award_proposed": lambda: _("The public notice runs"),
    "awarded": lambda: _("Both sides sign the contract"),
}


def _preparing(challenge: Any) -> Iterator[Item]:
    if challenge.unchecked:
        yield _on(challenge, _("Check the eligibility of the bids"), _("To the bids"))
    if challenge.panel is None:
        yield _on(challenge, _("Form the panel"), _("Form it"), url=_url("panel_create", challenge))
    elif challenge.panel_state == "forming":
        if challenge.has_seed and challenge.is_matched:
            yield _on(challenge, _("Match reviewers to bids"), _("To the panel"), url=_panel_url(challenge))
        elif challenge.has_seed:
            yield _on(challenge, _("Draw the panel"), _("Draw"), url=_panel_url(challenge))
        else:
            yield _on(challenge, _("The supervisor gives the second seed"), url=_panel_url(challenge))
    elif challenge.is_draft:
        yield _on(challenge, _("Send the invitations to those drawn"), _("To the panel"), url=_panel_url(challenge))
    elif challenge.seats_left:
        said = ngettext("%(n)d expert still answers", "%(n)d experts still answer", challenge.seats_left)
        yield _on(challenge, said % {"n": challenge.seats_left}, url=_panel_url(challenge))
    elif not challenge.unchecked:
        yield _on(challenge, _("Start the review"), _("Start"))


def _panel_url(challenge: Any) -> str:
    return reverse("panel", args=[challenge.panel])


def _custody(challenge: Any) -> Item:
    """Consent and opening; how many bids there are is nobody's business before it."""
    quorum = challenge.rules["opening_quorum"] if challenge.rules else 2
    if not challenge.my_consent:
        return _on(challenge, _("Consent to open the bids, as custodian"), _("Consent"))
    if challenge.consents >= quorum:
        return _on(challenge, _("Enough custodians consent: open the bids"), _("Open the bids"))
    return _on(challenge, _("Another custodian consents to the opening"))


def _free_of(user: User, other_duty: str) -> QuerySet[Challenge]:
    """The challenges on which this person has not acted in the other duty, and whose owner is not theirs."""
    rows = visible(user, "challenge.view").exclude(**{f"{other_duty}__contains": [user.pk]})
    return rows.exclude(owner__in=list(user.membership_roles)).order_by("created_at", "id")


def _with_consents(rows: QuerySet[Challenge], user: User) -> QuerySet[Any]:
    given = OpeningConsent.objects.filter(challenge=OuterRef("pk"))
    count = given.order_by().values("challenge").annotate(n=Count("pk")).values("n")
    return rows.annotate(
        my_consent=Exists(given.filter(custodian=user)), consents=Coalesce(Subquery(count, IntegerField()), 0)
    )


# ── deciders, supervisors, finance ────────────────────────────────────────────────────────────────────────────────


def _decider(user: User) -> Iterator[Item]:
    failed = Milestone.objects.filter(contract__challenge=OuterRef("pk"), state="failed")
    rows = _with_consents(_free_of(user, "executors"), user).annotate(failed=Exists(failed))
    rows = rows.filter(
        Q(state__in=["vetted", "bidding_closed", "ranked"])
        | Q(state="published") & ~Q(amendment_requested="")
        | Q(state__in=Challenge.BEFORE_OPENING, cancellation_requested_by__isnull=False)
        | Q(state="executing", failed=True)
    )
    for challenge in rows[:AT_MOST]:
        yield from _decider_on(challenge)
    proposed = RuleSet.objects.filter(state="proposed").exclude(edited_by=user).exclude(proposed_by=user)
    for rule_set in proposed.order_by("created_at")[:AT_MOST]:
        yield Item(_("A rule set waits for approval"), str(rule_set), _url("rule_set", rule_set), _("Look at it"))
    requested = visible(user, "payment.view").filter(state="requested").exclude(requested_by=user)
    for payment in requested.select_related("contract__challenge", "milestone").order_by("requested_at")[:AT_MOST]:
        yield _payment(payment, _("Approve or return the payment request"), _("Look at it"))
    yield from _objections(user)


def _decider_on(challenge: Any) -> Iterator[Item]:
    if challenge.cancellation_requested_by_id and challenge.state in Challenge.BEFORE_OPENING:
        yield _on(challenge, _("The owner asks to cancel"), _("Decide"))
    match challenge.state:
        case "vetted":
            yield _on(challenge, _("Publish, or leave it vetted"), _("Look at it"), challenge.bid_deadline)
        case "published" if challenge.amendment_requested:
            yield _on(challenge, _("Confirm the amendment of the notice"), _("Look at it"), challenge.bid_deadline)
        case "bidding_closed":
            yield _custody(challenge)
        case "ranked":
            yield _on(challenge, _("Propose the award"), _("To the ranking"))
        case "executing":
            yield _on(challenge, _("A milestone failed: decide on the contract"), _("Look at it"))


def _objections(user: User) -> Iterator[Item]:
    """Objections that wait for a handler, and those this person handles."""
    rows = Objection.objects.filter(Q(state="filed") | Q(state="acknowledged", handler=user)).exclude(filed_by=user)
    acted = Q(award__challenge__executors__contains=[user.pk]) | Q(award__challenge__deciders__contains=[user.pk])
    for objection in rows.exclude(acted).select_related("award__challenge").order_by("created_at")[:AT_MOST]:
        mine = objection.state == "acknowledged"
        yield Item(
            _("Decide on the objection") if mine else _("Acknowledge the objection"), objection.award.challenge.title,
            _url("objection", objection), _("Decide") if mine else _("Look at it"),
            None if mine else objection.acknowledge_by, "objection", objection.state,
        )  # fmt: skip


def _supervisor(_user: User) -> Iterator[Item]:
    rows = Panel.objects.annotate(lots=Exists(LOTS.filter(panel=OuterRef("pk"))))
    rows = rows.filter(Q(state="forming") | Q(state="consensus", lots=True)).select_related("challenge")
    for panel in rows.order_by("created_at")[:AT_MOST]:
        if panel.state == "consensus":
            yield _on(panel.challenge, _("Give the seed for the lots"), _("Give it"), url=_url("panel", panel))
        elif not panel.supervisor_seed:
            yield _on(panel.challenge, _("Give the second seed of the draw"), _("Give it"), url=_url("panel", panel))
        else:
            yield _on(panel.challenge, _("An operator draws the panel"), url=_url("panel", panel))
    filed = Objection.objects.filter(state__in=["filed", "acknowledged"]).select_related("award__challenge")
    for objection in filed.order_by("created_at")[:AT_MOST]:
        yield Item(
            _("An objection is being handled"), objection.award.challenge.title, _url("objection", objection), "",
            objection.acknowledge_by if objection.state == "filed" else None, "objection", objection.state,
        )  # fmt: skip


def _finance(user: User) -> Iterator[Item]:
    rows = visible(user, "payment.view").filter(state__in=["approved", "requested"])
    for payment in rows.select_related("contract__challenge", "milestone").order_by("approved_at", "id")[:AT_MOST]:
        if payment.state == "requested":
            yield _payment(payment, _("A decider approves the payment"))
        elif user.pk not in (payment.requested_by_id, payment.approved_by_id):
            yield _payment(payment, _("Pay, and record the bank's reference"), _("Record it"))


def _payment(payment: Payment, what: str, button: str = "") -> Item:
    subject = f"{payment.contract.challenge.title} · {payment.milestone.title}"
    return Item(what, subject, _url("payment", payment), button, None, "payment", payment.state)


# ── owners and bidders ────────────────────────────────────────────────────────────────────────────────────────────


def _member(user: User) -> Iterator[Item]:
    yield from _own_challenges(user)
    yield from _own_bids(user)
    yield from _contracts(user)
    yield from _milestones(user)
    own = Payment.objects.filter(contract__bid__in=granted(user, "edit_bid"), contract__state="effective")
    rows = own.filter(Q(state="scheduled", milestone__state="accepted") | Q(state__in=["requested", "approved"]))
    for payment in rows.select_related("contract__challenge", "milestone").order_by("created_at")[:AT_MOST]:
        if payment.state == "scheduled":
            yield _payment(payment, _("Request the payment of the accepted milestone"), _("Request it"))
        else:
            yield _payment(payment, _("The payment is on its way"))


def _own_challenges(user: User) -> Iterator[Item]:
    asked = Question.objects.filter(challenge=OuterRef("pk"), answered_at=None)
    rows = Challenge.objects.filter(owner__in=list(user.membership_roles)).annotate(asked=Exists(asked))
    rows = rows.filter(
        state__in=["draft", "submitted", "vetted", "published", "bidding_closed", "opened", "under_review"]
    )
    for challenge in rows.order_by("-created_at", "id")[:AT_MOST]:
        if challenge.state == "draft" and challenge.return_reason:
            yield _on(challenge, _("Revise what was returned"), _("Revise"), url=_url("challenge_edit", challenge))
        elif challenge.state == "draft":
            yield _on(challenge, _("Complete the draft and submit it"), _("Go on"))
        elif challenge.asked:
            yield _on(challenge, _("Answer a question"), _("Answer"), challenge.bid_deadline)
        else:
            yield _on(challenge, OWNER_WAITS[challenge.state](), due=_period_end(challenge))


OWNER_WAITS: dict[str, Callable[[], str]] = {
    "submitted": lambda: _("An operator vets it"),
    "vetted": lambda: _("A decider publishes it"),
    "published": lambda: _("Teams write their bids"),
    "bidding_closed": lambda: _("Custodians open the bids"),
    "opened": lambda: _("The review is being prepared"),
    "under_review": lambda: _("The reviewers score"),
}


def _period_end(challenge: Challenge) -> datetime | None:
    """When the period that others have now ends: to bid, or to score."""
    return {"published": challenge.bid_deadline, "under_review": challenge.review_ends_at}.get(challenge.state)


def _own_bids(user: User) -> Iterator[Item]:
    rows = Bid.objects.filter(pk__in=granted(user, "edit_bid")).select_related("challenge", "lead")
    writable = Q(state__in=["draft", "withdrawn"], challenge__state="published", challenge__bid_deadline__gt=Now())
    for bid in rows.filter(writable | Q(state__in=["submitted", "opened", "eligible"])).order_by("-created_at")[
        :AT_MOST
    ]:
        challenge, url = bid.challenge, _url("bid", bid)
        due = challenge.bid_deadline if challenge.state == "published" else None
        if bid.state in ("draft", "withdrawn"):
            what, button = _("Finish the bid and submit it sealed"), _("Go on")
            url = _url("bid_edit", bid)
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
    rows = rows.annotate(blocked=Exists(earlier)).exclude(state__in=["accepted", "failed"]).exclude(blocked=True)
    for milestone in rows.select_related("contract__challenge").order_by("due_on", "id")[:AT_MOST]:
        owns = milestone.contract.challenge.owner_id in user.membership_roles
        due = milestone.rectify_by
        if due is None and milestone.due_on:
            due = datetime.combine(milestone.due_on, time.max, timezone.get_current_timezone())
        what, button = _milestone_words(milestone.state, owns=owns)
        yield _of_contract(milestone.contract, milestone, what, button, due, "milestone")


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
    return Item(what, subject, _url(kind, obj), button, due, kind, obj.state)


# ── reviewers ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _reviewer(user: User) -> Iterator[Item]:
    count = (
        UNLOCKED.filter(assignment=OuterRef("pk")).order_by().values("assignment").annotate(n=Count("pk")).values("n")
    )
    rows = Assignment.objects.filter(expert__user=user, state__in=["invited", "accepted"])
    rows = rows.exclude(panel__state="closed").annotate(
        left=Coalesce(Subquery(count, IntegerField()), 0),
        scoring=Exists(UNLOCKED.filter(assignment__panel=OuterRef("panel"))),
        voting=Exists(VOTING.filter(panel=OuterRef("panel"))),
        lots=Exists(LOTS.filter(panel=OuterRef("panel"))),
        voted=Exists(Ballot.objects.filter(assignment=OuterRef("pk"))),
    )
    for seat in rows.select_related("panel__challenge").order_by("-created_at", "id")[:AT_MOST]:
        yield _seat(seat)


def _seat(seat: Any) -> Item:
    panel, challenge = seat.panel, seat.panel.challenge
    what, button, due = _("The panel is being completed"), "", None
    if seat.state == "invited":
        what, button, due = _("Answer the invitation"), _("Answer"), seat.respond_by
    elif panel.state == "scoring" and seat.left:
        said = ngettext("%(n)d score sheet to lock", "%(n)d score sheets to lock", seat.left)
        what, button, due = said % {"n": seat.left}, pgettext("verb", "Score"), challenge.review_ends_at
    elif panel.state == "scoring" and seat.is_chair and not seat.scoring:
        what, button = _("Every sheet is locked"), _("Open the consensus")
    elif panel.state == "scoring":
        what, due = _("The other reviewers still score"), challenge.review_ends_at
    elif seat.voting and not seat.voted:
        what, button = _("Vote on the tie"), _("Vote")
    elif seat.voting:
        what = _("The other members vote on the tie")
    elif seat.lots:
        what = _("The supervisor gives the seed for the lots")
    elif panel.state == "consensus" and seat.is_chair:
        what, button = _("Lead the consensus and finish the review"), _("To the panel")
    elif panel.state == "consensus":
        what = _("The chair finishes the review")
    to_panel = panel.state == "consensus" or (panel.state == "scoring" and not seat.scoring)
    url = _url("panel", panel) if to_panel else _url("assignment", seat)
    return Item(what, challenge.title, url, button, due, "assignment", seat.state)


ROLES: dict[str, Callable[[User], Iterator[Item]]] = {
    "operator": _operator,
    "decider": _decider,
    "supervisor": _supervisor,
    "finance": _finance,
    "member": _member,
    "reviewer": _reviewer,
}
