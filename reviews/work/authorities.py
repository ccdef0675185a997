"""What waits for deciders, supervisors and finance."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.policy import visible
from challenges.models import (
    CalendarYear,
    Challenge,
    Objection,
    PayeeAccount,
    PaymentBatch,
    Recovery,
    RegionFigure,
    RuleSet,
    Termination,
)
from reviews.models import Panel
from reviews.work import credit, failures, races
from reviews.work.amendments import amendments_of
from reviews.work.duties import custody, free_of, objections_of, with_consents
from reviews.work.items import AT_MOST, LOTS, SUPPLEMENTS, Item, link, of_payment, of_recovery, on_challenge


def decider(user: User) -> Iterator[Item]:
    """Publications, openings, awards, rule sets and payments that wait for a decision."""
    heard = Objection.objects.filter(award__challenge=OuterRef("pk"), award__state="suspended")
    fallen = Exists(heard.filter(state="upheld")) & ~Exists(heard.filter(state__in=["filed", "acknowledged"]))
    rows = with_consents(free_of(user, "executors"), user).annotate(fallen=fallen)
    rows = rows.filter(
        Q(state__in=["vetted", "bidding_closed", "ranked"])
        | Q(state="published") & ~Q(amendment_requested="")
        | Q(state__in=(*Challenge.BEFORE_OPENING, *Challenge.WITHDRAWABLE), cancellation_requested_by__isnull=False)
        | Q(state="award_proposed", fallen=True)
    )
    for challenge in rows[:AT_MOST]:
        yield from _decider_on(challenge)
    proposed = RuleSet.objects.filter(state="proposed").exclude(edited_by=user).exclude(proposed_by=user)
    for rule_set in proposed.order_by("created_at")[:AT_MOST]:
        yield Item(_("A rule set waits for approval"), str(rule_set), link("rule_set", rule_set), _("Look at it"))
    years = CalendarYear.objects.filter(state="proposed").exclude(entered_by=user)
    for year in years.order_by("created_at")[:AT_MOST]:
        what = _("The calendar of a year waits for approval")
        yield Item(what, str(year), link("calendar_year", year), _("Look at it"))
    figures = RegionFigure.objects.filter(state="proposed").exclude(entered_by=user).select_related("target")
    for figure in figures.order_by("created_at")[:AT_MOST]:
        what = _("A figure of the region waits for confirmation")
        yield Item(what, str(figure), link("region_figure", figure), _("Look at it"))
    requested = visible(user, "payment.view").filter(state="requested").exclude(requested_by=user)
    for payment in requested.select_related("contract__challenge", "milestone").order_by("requested_at")[:AT_MOST]:
        yield of_payment(payment, _("Approve or return the payment request"), _("Look at it"))
    yield from credit.to_decide(user)
    yield from races.to_decide(user)
    asked = Recovery.objects.filter(state="requested").exclude(requested_by=user)
    for recovery in asked.select_related("contract__challenge").order_by("created_at")[:AT_MOST]:
        yield of_recovery(recovery, _("Approve or refuse the return of unused money"), _("Look at it"))
    yield from objections_of(user)
    yield from amendments_of(user, "amendment.approve")
    yield from failures.to_close(user)
    yield from _terminations(user)


def _terminations(user: User) -> Iterator[Item]:
    """Terminations whose team has answered or let its time pass."""
    heard = Q(state="answered") | Q(state="proposed", answer_by__lte=Now())
    rows = Termination.objects.filter(heard).exclude(proposed_by=user).select_related("contract__challenge")
    rows = rows.exclude(contract__challenge__executors__contains=[user.pk])
    for termination in rows.order_by("created_at")[:AT_MOST]:
        yield Item(
            _("Decide on the termination of a contract"), termination.contract.challenge.title,
            link("termination", termination), _("Decide"), None, "termination", termination.state,
        )  # fmt: skip


def _decider_on(challenge: Any) -> Iterator[Item]:
    if challenge.cancellation_requested_by_id and challenge.state in Challenge.BEFORE_OPENING:
        yield on_challenge(challenge, _("The owner asks to cancel"), _("Decide"))
    if challenge.cancellation_requested_by_id and challenge.state in Challenge.WITHDRAWABLE:
        yield on_challenge(challenge, _("The owner asks to withdraw"), _("Decide"))
    match challenge.state:
        case "vetted":
            yield on_challenge(challenge, _("Publish, or leave it vetted"), _("Look at it"), challenge.bid_deadline)
        case "published" if challenge.amendment_requested:
            yield on_challenge(
                challenge, _("Confirm the amendment of the notice"), _("Look at it"), challenge.bid_deadline
            )
        case "bidding_closed":
            yield custody(challenge)
        case "award_proposed":
            yield on_challenge(challenge, _("An objection was upheld: carry out the remedy"), _("Carry it out"))
        case "ranked":
            yield on_challenge(challenge, _("Propose the award"), _("To the ranking"))


def supervisor(_user: User) -> Iterator[Item]:
    """Seeds to give, and objections to follow."""
    rows = Panel.objects.annotate(
        lots=Exists(LOTS.filter(panel=OuterRef("pk"))), supplement=Exists(SUPPLEMENTS.filter(panel=OuterRef("pk")))
    )
    waits = Q(state="forming") | Q(state="consensus", lots=True) | Q(supplement=True)
    rows = rows.filter(waits).select_related("challenge")
    for panel in rows.order_by("created_at")[:AT_MOST]:
        if panel.state == "consensus":
            yield on_challenge(panel.challenge, _("Give the seed for the lots"), _("Give it"), url=link("panel", panel))
        elif panel.supplement:
            what = _("Give the second seed of the supplementary draw")
            yield on_challenge(panel.challenge, what, _("Give it"), url=link("panel", panel))
        elif not panel.supervisor_seed:
            yield on_challenge(
                panel.challenge, _("Give the second seed of the draw"), _("Give it"), url=link("panel", panel)
            )
        else:
            yield on_challenge(panel.challenge, _("An operator draws the panel"), url=link("panel", panel))
    filed = Objection.objects.filter(state__in=["filed", "acknowledged"]).select_related("award__challenge")
    for objection in filed.order_by("created_at")[:AT_MOST]:
        yield Item(
            _("An objection is being handled"), objection.award.challenge.title, link("objection", objection), "",
            objection.acknowledge_by if objection.state == "filed" else None, "objection", objection.state,
        )  # fmt: skip


def finance(user: User) -> Iterator[Item]:
    """Approved payments to pay, those still to be approved, and files that the bank has not answered."""
    rows = visible(user, "payment.view").filter(state__in=["approved", "requested"]).exclude(lines__result="pending")
    for payment in rows.select_related("contract__challenge", "milestone").order_by("approved_at", "id")[:AT_MOST]:
        if payment.state == "requested":
            yield of_payment(payment, _("A decider approves the payment once its money has arrived"))
        elif user.pk not in (payment.requested_by_id, payment.approved_by_id):
            yield of_payment(payment, _("Pay, and record the bank's reference"), _("Record it"))
    for batch in PaymentBatch.objects.filter(lines__result="pending").distinct().order_by("created_at")[:AT_MOST]:
        what, url = _("Take in the bank's answer"), link("payment_batch", batch)
        yield Item(what, batch.number, url, _("Look at it"), None, "paymentbatch", batch.state)
    back = Recovery.objects.filter(state="approved").exclude(requested_by=user).exclude(approved_by=user)
    for recovery in back.select_related("contract__challenge").order_by("approved_at")[:AT_MOST]:
        yield of_recovery(recovery, _("Record the unused money when it has come back"), _("Record it"))
    given = PayeeAccount.objects.filter(state="given").exclude(given_by=user)
    for payee in given.select_related("contract__challenge").order_by("created_at")[:AT_MOST]:
        title = payee.contract.challenge.title
        yield Item(
            _("Confirm the account to pay to"), title, link("payee", payee), _("Look at it"), None, "payeeaccount",
            payee.state,
        )  # fmt: skip
