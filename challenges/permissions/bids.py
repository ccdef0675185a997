"""Policy of bids: read by grant alone until they are opened, by anyone whatsoever."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.policy import Decision, Rule, allow, deny, holds, is_person, platform_only
from challenges.permissions.duties import (
    READERS,
    SIGNATORIES,
    STAFF,
    TEAM,
    challenge_of,
    either,
    granted,
    grants_on,
    rows_of,
    staff,
)


def _create_bid(user: Any, challenge: Any) -> Decision:
    if not is_person(user):
        return deny(_("Sign in to bid."), code="sign_in")
    if holds(user, *STAFF):
        return deny(_("The platform's staff does not bid."))
    if user.belongs_to(challenge.owner_id):
        return deny(_("The challenge owner's organisation may not bid on its own challenge."), code="separation")
    if not user.membership_roles:
        return deny(
            _("Join or register your organisation first; a bid is led by an organisation."), code="organization"
        )
    return _open_to(user, challenge)


def _open_to(user: Any, challenge: Any) -> Decision:
    if challenge.invited_id is not None and not user.belongs_to(challenge.invited_id):
        return deny(_("This challenge is offered to one team directly; only that team may bid."), code="invited")
    if not challenge.bidding_is_open:
        return deny(_("The bidding is not open."), code="state")
    return allow("bidder")


def on_team(user: Any, bid: Any, grant: str = "edit_bid") -> Decision:
    if grant in grants_on(user, bid):
        return allow("bidder")
    return deny(_("Only the bidding team may do this."))


def _edit_bid(user: Any, bid: Any) -> Decision:
    decision = on_team(user, bid)
    if decision and bid.state not in ("draft", "withdrawn"):
        return deny(_("The bid is sealed: take it back before you change it."), code="state")
    if decision and not (bid.challenge.state == "published" and bid.now < bid.challenge.bid_deadline):
        return deny(_("The deadline has passed."), code="state")
    return decision


def sign_for_bid(user: Any, bid: Any) -> Decision:
    decision = on_team(user, bid)
    if decision and user.membership_roles.get(bid.lead_id) not in SIGNATORIES:
        return deny(_("An administrator or signatory of the lead organisation must do this."), code="signatory")
    return decision


SEALED = ("draft", "submitted", "withdrawn")
# A reviewer's grants open their parts while the panel judges, from the start of the review to its end. The grants stay
# on record after it, since who scored keeps a stake; they open nothing any more.
JUDGED = "under_review"


def _view_bid(user: Any, bid: Any) -> Decision:
    if grants_on(user, bid) & set(TEAM):
        return allow("bidder")
    if bid.state in SEALED:
        return deny(_("The bid is sealed."))
    role = holds(user, *READERS)
    if role:
        return allow(role)
    if is_person(user) and bid.challenge.ranked_at is not None and user.belongs_to(bid.challenge.owner_id):
        return allow("owner")
    return deny(_("Only the team and, after the opening, those in charge read a bid."))


def _scope_bids(user: Any) -> QuerySet[Any]:
    rows = rows_of("Bid")
    if not is_person(user):
        return rows.none()
    if holds(user, *READERS):
        return rows.filter(Q(pk__in=granted(user, *TEAM)) | ~Q(state__in=SEALED))
    return either(rows, rows.filter(pk__in=granted(user, *TEAM)), rows.filter(_of_own_challenges(user)))


def _of_own_challenges(user: Any, bid: str = "") -> Q:
    """What the owner's members read once their challenge is ranked; `bid` leads from the rows to the bid."""
    ranked = {f"{bid}challenge__ranked_at__isnull": False, f"{bid}challenge__owner__in": list(user.membership_roles)}
    return Q(**ranked) & ~Q(**{f"{bid}state__in": SEALED})


def _read_envelope(user: Any, envelope: Any) -> Decision:
    decision = _view_bid(user, envelope.bid)
    if decision or envelope.bid.state in SEALED:
        return decision
    grant = {"technical": "score_bid", "commercial": "price_bid"}.get(envelope.part)
    if grant and grant in grants_on(user, envelope.bid):
        if envelope.bid.challenge.state == JUDGED:
            return allow("reviewer")
        return deny(_("The review has ended; bids are read only while the panel judges."), code="state")
    return deny(_("This part of the bid is not open to you."))


def _scope_envelopes(user: Any) -> QuerySet[Any]:
    """Said of each envelope's own bid, not of all bids in sight: envelopes are asked for bid by bid."""
    if not is_person(user):
        return rows_of("Envelope").none()
    opened = ~Q(bid__state__in=SEALED)
    judged = opened & Q(bid__challenge__state=JUDGED)
    return rows_of("Envelope").filter(
        Q(bid__in=granted(user, *TEAM))
        | (opened if holds(user, *READERS) else _of_own_challenges(user, "bid__"))
        | (judged & Q(part="technical", bid__in=granted(user, "score_bid")))
        | (judged & Q(part="commercial", bid__in=granted(user, "price_bid")))
    )


def won_by(user: Any, challenge: Any) -> Any:
    """The winning bid that this person's team would decline, or None."""
    won = challenge.bids.filter(state="awarded", pk__in=granted(user, "edit_bid"))
    return won.select_related("lead").order_by("pk").first()


def _other_winners_stand(challenge: Any, bid: Any) -> bool:
    return bool(challenge.bids.filter(state="awarded").exclude(pk=bid.pk).exists())


def _decline_award(user: Any, challenge: Any) -> Decision:
    bid = won_by(user, challenge)
    if bid is None:
        return deny(_("Only the winning team may decline the award."))
    if _other_winners_stand(challenge, bid):
        return deny(_("Other winners stand: decline for your team alone."))
    return sign_for_bid(user, bid)


def _decline_alongside(user: Any, challenge: Any) -> Decision:
    """One of several winners, until their contract is in force."""
    bid = won_by(user, challenge)
    if bid is None or not bid.contract.may_be_declined:
        return deny(_("Only a winning team whose contract is not in force yet may decline."))
    if not _other_winners_stand(challenge, bid):
        return deny(_("No other winner stands: decline the award as a whole."))
    return sign_for_bid(user, bid)


POLICY = {
    "challenge.decline": Rule(_decline_award),
    "challenge.decline_alongside": Rule(_decline_alongside),
    "challenge.bid": Rule(_create_bid),
    "bid.view": Rule(_view_bid, _scope_bids),
    "bid.edit": Rule(_edit_bid),
    "bid.submit": Rule(on_team),
    "bid.open": Rule(platform_only),
    "bid.check_eligibility": Rule(staff("operator", of=challenge_of)),
    "bid.rank": Rule(platform_only),
    "bid.settle": Rule(platform_only),
    "bid.decline": Rule(platform_only),
    "envelope.read": Rule(_read_envelope, _scope_envelopes),
    "bid_document.read": Rule(
        lambda user, document: _read_envelope(user, document.envelope),
        lambda user: rows_of("BidDocument").filter(envelope__in=_scope_envelopes(user).values("pk")),
    ),
}
