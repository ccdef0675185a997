"""The conditions of a bid's steps, each with the sentence that says what to do."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.conditions import condition

MOST_YUAN = 10**12  # what the columns of money hold
TRIGGERS = {  # what the errors of the triggers on bids and their parts mean
    "BD001": _("The deadline has passed: nothing can be submitted, replaced or withdrawn any more."),
    "BD002": _("The bid is sealed: take it back before you change it."),
}
SHARES = ("cost_share", "result_share", "benefit_share", "risk_share")


@condition(TRIGGERS["BD001"])
def bidding_is_open(bid: Any) -> bool:
    """By the database's clock, whether or not anybody has closed the bidding yet."""
    return bool(bid.challenge.state == "published" and bid.now < bid.challenge.bid_deadline)


@condition(_("Your organisation is not verified yet; an operator compares its name and code with the licence first."))
def lead_is_verified(bid: Any) -> bool:
    """The lead organisation has been verified."""
    return bool(bid.lead.state == "verified")


@condition(_("The challenge owner's organisation may not bid on its own challenge."))
def lead_is_not_owner(bid: Any) -> bool:
    """Neither the owner itself nor its parent or subsidiary."""
    owner, lead = bid.challenge.owner, bid.lead
    return owner.pk not in (lead.pk, lead.parent_id) and lead.pk != owner.parent_id


@condition(_("Fill in the technical part: summary, approach, and a committed value for every target."))
def technical_is_complete(bid: Any) -> bool:
    """The technical envelope answers every target."""
    content = bid.content("technical")
    written = all(str(content.get(key, "")).strip() for key in ("summary", "approach"))
    return written and bid.commitments.count() == bid.challenge.targets.count()


def price_of(bid: Any) -> Decimal | None:
    """The price in yuan that the commercial envelope names, or None where it names no amount of money."""
    try:
        price = Decimal(str(bid.content("commercial").get("price", "")).strip())
    except InvalidOperation:
        return None
    return price if price.is_finite() and 0 < price < MOST_YUAN else None


@condition(_("Fill in the commercial part: the price in yuan."))
def commercial_is_complete(bid: Any) -> bool:
    """The commercial envelope names a price."""
    return price_of(bid) is not None


@condition(_("Fill in the identity part: the person in charge and the team."))
def identity_is_complete(bid: Any) -> bool:
    """The identity envelope names who leads and who works."""
    return bool(bid.content("identity").get("leader")) and bid.members.exists()


@condition(_("Upload the technical proposal."))
def has_technical_document(bid: Any) -> bool:
    """The technical envelope holds at least one document."""
    return bool(bid.envelopes.filter(part="technical", documents__isnull=False).exists())


@condition(_("Tick the pledge (军令状): the team answers for the targets."))
def has_pledged(bid: Any) -> bool:
    """The team has pledged."""
    return bool(bid.pledged)


@condition(_("Each kind of share (cost, result, benefit, risk) must sum to 100 % over the consortium."))
def shares_sum_to_hundred(bid: Any) -> bool:
    """With partners, each of the four shares sums to 100 %; alone, there is nothing to share."""
    partners = list(bid.partners.all())
    return not partners or all(sum(getattr(item, name) for item in partners) == 100 for name in SHARES)


@condition(
    lambda bid: (
        _("An organisation may lead at most %(most)d live bids.")
        % {"most": bid.challenge.frozen_rules.live_leads_per_organization}
    )
)
def lead_has_capacity(bid: Any) -> bool:
    """≤ (rule) live leads per organisation."""
    live = type(bid).objects.filter(lead=bid.lead_id, state__in=type(bid).LIVE).exclude(pk=bid.pk)
    # A bid ends with its challenge: a winner's with the contract, a sealed one where nobody opens it any more.
    live = live.exclude(challenge__state__in=["completed", "terminated", "cancelled", "no_award"])
    return bool(live.count() < bid.challenge.frozen_rules.live_leads_per_organization)


@condition(_("The notice was amended: confirm the bid again, or it does not count."))
def needs_reconfirmation(bid: Any) -> bool:
    """The bid was submitted for an earlier version of the notice."""
    return bool(bid.confirmed_version < bid.challenge.notice_version)


@condition(_("This bid was not confirmed after the amendment of the notice; it can only be declared ineligible."))
def was_confirmed(bid: Any) -> bool:
    """The bid answers the notice in force."""
    return bool(bid.confirmed_version == bid.challenge.notice_version)
