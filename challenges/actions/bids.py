"""Bids: the team's work in the envelopes, the seal, the receipt, the opening."""

import hashlib
import secrets
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from guardian.shortcuts import assign_perm

from accounts import ledger, workflow
from accounts.models import Membership, Organization, User
from accounts.policy import require
from accounts.workflow import Refused, perform, step
from challenges.models import Bid, BidDocument, BidMember, BidPartner, Challenge, Commitment, Envelope
from challenges.permissions import TEAM

PARTS = {
    Envelope.Part.TECHNICAL: ("summary", "approach", "schedule", "risks"),
    Envelope.Part.COMMERCIAL: ("price", "budget"),
    Envelope.Part.IDENTITY: ("leader", "leader_phone", "team", "avoid"),
}
LONGEST = 20_000
NOT_OF_CONSORTIUM = _("%(email)s is no account of a member of the lead organisation or of a partner.")
CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def start_bid(challenge: Challenge, *, actor: User, lead: Organization) -> Bid:
    """A draft bid of `lead`, with its three envelopes; the actor becomes the first member of the team."""
    with transaction.atomic():
        require(actor, "challenge.bid", challenge)
        if not actor.belongs_to(lead.pk):
            raise Refused(_("Choose an organisation that you belong to."), code="organization")
        if challenge.invited_id not in (None, lead.pk):
            raise Refused(_("Only the organisation that was invited may lead a bid here."), code="organization")
        bid = Bid(challenge=challenge, lead=lead, created_by=actor)
        try:
            with transaction.atomic():
                bid.save(force_insert=True)
        except IntegrityError as error:
            raise Refused(
                _("Your organisation has already begun a bid on this challenge; ask its team to add you."), code="done"
            ) from error
        Envelope.objects.bulk_create(Envelope(bid=bid, part=part) for part in Envelope.Part.values)
        BidMember.objects.create(bid=bid, user=actor, name=actor.name, organization=lead)
        grant_team(bid, actor)
        ledger.append(bid, "create", actor=actor, acting_as="bidder", target="draft")
    return bid


def grant_team(bid: Bid, user: User) -> None:
    """The team's grants on one bid."""
    for permission in ("view_bid", "edit_bid"):
        assign_perm(permission, user, bid)


def save_envelope(
    bid: Bid,
    *,
    actor: User,
    part: str,
    content: dict[str, Any],
    version: int,
    commitments: dict[str, dict[str, Any]] | None = None,
) -> Envelope:
    """Keep what the team wrote in one part; answers the envelope with its new version.

    `version` is the one that was read: another tab's save in between is refused (code "version"), nothing is lost.
    `commitments` maps target ids to {"value": Decimal | None, "text": str} and belongs to the technical part.
    """
    with transaction.atomic():
        bid = workflow.lock(bid)
        require(actor, "bid.edit", bid)
        envelope = Envelope.objects.select_for_update().get(bid=bid, part=part)
        if envelope.version != version:
            raise Refused(
                _("This part was saved in another window meanwhile. Copy your text, then reload the page."),
                code="version",
            )
        envelope.content = _checked(part, {**envelope.content, **content})
        envelope.version = version + 1
        envelope.updated_at = bid.now
        envelope.save()
        if commitments is not None:
            _commit(bid, commitments)
    return envelope


def _checked(part: str, content: dict[str, Any]) -> dict[str, Any]:
    errors: dict[str, Any] = {}
    for name, value in content.items():
        if name not in PARTS[Envelope.Part(part)]:
            errors[name] = _("This field does not belong to this part.")
        elif not isinstance(value, str | int | float) or len(str(value)) > LONGEST:
            errors[name] = _("Write at most %(most)d characters.") % {"most": LONGEST}
    if errors:
        raise ValidationError(errors)
    return {name: str(value).replace("\x00", "") for name, value in content.items()}


def _commit(bid: Bid, commitments: dict[str, dict[str, Any]]) -> None:
    targets = {str(target.pk): target for target in bid.challenge.targets.all()}
    unknown = set(commitments) - set(targets)
    if unknown:
        raise ValidationError({"commitments": _("A committed value refers to a target of another challenge.")})
    Commitment.objects.filter(bid=bid).delete()
    Commitment.objects.bulk_create(
        Commitment(bid=bid, target=targets[pk], value=given.get("value"), text=given.get("text") or "")
        for pk, given in commitments.items()
        if given.get("value") is not None or given.get("text")
    )


def set_members(bid: Bid, *, actor: User, members: Iterable[dict[str, Any]]) -> None:
    """Replace the team: rows of {"name", "duty", "user": User | None, "organization": Organization | None}.

    Members with an account can read and edit the bid; one who is left out loses that, but never the actor.
    """
    with transaction.atomic():
        bid = workflow.lock(bid)
        require(actor, "bid.edit", bid)
        rows = [BidMember(bid=bid, **member) for member in members]
        users = {row.user for row in rows if row.user is not None}
        _belong_together(bid, users - {actor})
        if actor not in users:
            rows.append(BidMember(bid=bid, user=actor, name=actor.name, organization=bid.lead))
            users.add(actor)
        for row in rows:
            row.full_clean(exclude=["bid"])
        bid.members.all().delete()
        BidMember.objects.bulk_create(rows)
        bid.grants.exclude(user__in=users).delete()
        for user in users:
            grant_team(bid, user)
        ledger.append(bid, "set_members", actor=actor, acting_as="bidder", data={"members": len(rows)})


def _belong_together(bid: Bid, users: set[User]) -> None:
    """Nobody is drawn into a team from outside: it would bar staff and experts from the challenge without their doing.

    The answer is the same for an account that does not exist.
    """
    consortium = [bid.lead_id, *bid.partners.values_list("organization_id", flat=True)]
    inside = Membership.objects.filter(organization__in=consortium, ended_at=None, user__in=users)
    known = set(inside.exclude(user__roles__len__gt=0).values_list("user_id", flat=True))
    owners = Membership.objects.filter(organization=bid.challenge.owner_id, ended_at=None, user__in=users)
    known -= set(owners.values_list("user_id", flat=True))
    for user in users:
        if user.pk not in known:
            raise ValidationError({"members": NOT_OF_CONSORTIUM % {"email": user.email}})


def leave_teams(membership: Membership, actor: User) -> None:
    """Who left an organisation reads and changes its bids no more; where nobody is left, who ended it takes over.

    The names on the team stay as they were sealed, since conflicts look at them.
    """
    user, organization = membership.user, membership.organization_id
    of_organization = Q(lead=organization) | Q(members__user=user, members__organization=organization)
    held = Bid.objects.filter(of_organization, grants__user=user, grants__permission__codename="view_bid")
    for bid in held.select_related("challenge", "lead").distinct().order_by("pk"):
        consortium = [bid.lead_id, *bid.partners.values_list("organization_id", flat=True)]
        if user.memberships.filter(ended_at=None, organization__in=consortium).exists():
            continue
        bid.grants.filter(user=user, permission__codename__in=TEAM).delete()
        if bid.lead_id == organization and not bid.grants.filter(permission__codename="edit_bid").exists():
            grant_team(bid, actor)
        ledger.append(bid, "set_members", actor=actor, acting_as="bidder", data={"left": user.pk})


def set_partners(bid: Bid, *, actor: User, partners: Iterable[dict[str, Any]]) -> None:
    """Replace the consortium: rows of {"organization", "cost_share", "result_share", "benefit_share", "risk_share"}."""
    with transaction.atomic():
        bid = workflow.lock(bid)
        require(actor, "bid.edit", bid)
        rows = [BidPartner(bid=bid, **partner) for partner in partners]
        for row in rows:
            row.full_clean(exclude=["bid"], validate_constraints=False)
        if len({row.organization_id for row in rows}) != len(rows):
            raise ValidationError({"partners": _("Name each partner once.")})
        if bid.challenge.owner_id in {row.organization_id for row in rows}:
            raise ValidationError(
                {"partners": _("The challenge owner's organisation may not bid on its own challenge.")}
            )
        bid.partners.all().delete()
        BidPartner.objects.bulk_create(rows)
        ledger.append(bid, "set_partners", actor=actor, acting_as="bidder", data={"partners": len(rows)})


def set_pledge(bid: Bid, *, actor: User, pledged: bool) -> Bid:
    """Tick or untick the pledge (军令状)."""
    with transaction.atomic():
        bid = workflow.lock(bid)
        require(actor, "bid.edit", bid)
        bid.pledged = pledged
        bid.save()
    return bid


def digest(bid: Bid) -> str:
    """SHA-256 over everything in the envelopes, documents by their own SHA-256; what the receipt proves."""
    documents = BidDocument.objects.filter(envelope__bid=bid).order_by("sha256", "id")
    sealed = {
        "bid": bid.pk,
        "envelopes": {item.part: item.content for item in bid.envelopes.all()},
        "commitments": sorted(
            (str(item.target_id), str(item.value.normalize()) if item.value is not None else item.text)
            for item in bid.commitments.all()
        ),
        "members": sorted((item.name, item.duty, str(item.organization_id)) for item in bid.members.all()),
        "partners": sorted(
            (str(item.organization_id), *(str(getattr(item, name).normalize()) for name in BidPartner.SHARES))
            for item in bid.partners.all()
        ),
        "documents": [(item.envelope_id, item.name, item.size, item.sha256) for item in documents],
    }
    return hashlib.sha256(ledger.canonical(sealed).encode()).hexdigest()


@step(Bid, "submit")
def submit_bid(bid: Bid, *, actor: User) -> Bid:
    """Seal the bid and give its receipt. Teams share the challenge's row; only a change of the deadline waits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM challenges_challenge WHERE id = %s FOR SHARE", [bid.challenge_id])
    bid = workflow.lock(bid)
    sha256 = digest(bid)
    receipt = f"{bid.now:%Y%m%d%H%M%S}-{secrets.token_hex(4).upper()}"
    return perform(bid.submit, actor=actor, sha256=sha256, receipt_number=receipt)  # type: ignore[no-any-return]


@step(Challenge, "open_bids")
def open_bids(challenge: Challenge, *, actor: User) -> Challenge:
    """Break the seal: every submitted bid gets its anonymous code, and the record names each with its hashes."""
    challenge = workflow.lock(challenge)
    bids = list(challenge.bids.filter(state=Bid.State.SUBMITTED).order_by("pk"))
    record = [
        {
            "receipt": bid.receipt_number,
            "sha256": bid.sha256,
            "intact": digest(bid) == bid.sha256,
            "ledger": ledger.head(bid.ledger_chain),
        }
        for bid in bids
    ]
    challenge = perform(challenge.open_bids, actor=actor, record=sorted(record, key=lambda item: item["receipt"]))
    codes: set[str] = set()
    for bid in bids:
        perform(bid.open, actor=None, code=_fresh_code(codes))
    return challenge


def _fresh_code(used: set[str]) -> str:
    while True:
        code = "".join(secrets.choice(CODE_LETTERS) for _place in range(4))
        if code not in used:
            used.add(code)
            return code


def close_due_biddings() -> int:
    """Close every bidding whose deadline has passed; answers how many. Idempotent; run by the clock."""
    due = Challenge.objects.filter(state=Challenge.State.PUBLISHED, bid_deadline__lte=Now())
    return workflow.sweep(due, lambda challenge: perform(challenge.close_bidding, actor=None))
