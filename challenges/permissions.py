"""Challenges' policy: who may do what with challenges, bids, awards, contracts and rule sets.

Duties are separated on each challenge: whoever executed a step may not decide, whoever decided may not execute, and
nobody with a stake (owner's member, team member, reviewer) acts for the platform. Bids are read by grant alone
until they are opened, by anyone whatsoever.
"""

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.policy import Decision, Rule, allow, by_role, deny, holds, is_person, platform_only

TEAM = ("view_bid", "edit_bid")
SIGNATORIES = ("admin", "signatory")
READERS = ("operator", "decider", "supervisor")
STAFF = (*READERS, "finance")
ANOTHER_ROLE = _("This belongs to another role.")
Allows = Callable[[Any, Any], Decision]


def _model(name: str) -> QuerySet[Any]:
    rows: QuerySet[Any] = apps.get_model("challenges", name).objects.all()
    return rows


# ── who somebody is on a challenge ────────────────────────────────────────────────────────────────────────────────


def granted(user: Any, *codenames: str) -> QuerySet[Any]:
    """Ids of the bids on which `user` holds any of these grants, read from the direct-key grant table."""
    if not is_person(user):
        return _model("BidGrant").none().values("content_object")
    found = _model("BidGrant").filter(user=user, permission__codename__in=codenames)
    return found.values("content_object")


def grants_on(user: Any, bid: Any) -> frozenset[str]:
    """The grants `user` holds on one bid; remembered on the instance, which `perform` reads afresh."""
    if not is_person(user):
        return frozenset()
    memo = bid.__dict__.setdefault("_grants", {})
    if user.pk not in memo:
        rows = _model("BidGrant").filter(user=user, content_object=bid)
        memo[user.pk] = frozenset(rows.values_list("permission__codename", flat=True))
    return memo[user.pk]  # type: ignore[no-any-return]


def has_stake(user: Any, challenge: Any) -> bool:
    """Whether `user` bids or scores on the challenge; remembered on the instance."""
    memo = challenge.__dict__.setdefault("_stakes", {})
    if user.pk not in memo:
        memo[user.pk] = _model("BidGrant").filter(user=user, content_object__challenge=challenge).exists()
    return bool(memo[user.pk])


def separated(user: Any, challenge: Any, role: str) -> Decision | None:
    """The refusal when `user` may not act as `role` here because of another duty, or None."""
    if user.belongs_to(challenge.owner_id):
        return deny(_("You belong to the challenge owner's organisation."), code="separation")
    if role == "decider" and user.pk in challenge.executors:
        return deny(_("You executed a step of this challenge, so somebody else must decide."), code="separation")
    if role == "operator" and user.pk in challenge.deciders:
        return deny(_("You decided on this challenge, so somebody else must execute."), code="separation")
    if has_stake(user, challenge):
        return deny(_("You bid or score on this challenge."), code="separation")
    return None


def staff(*roles: str, of: Callable[[Any], Any] = lambda obj: obj) -> Allows:
    """Holders of one of the platform duties who are free of every other duty on the object's challenge."""

    def allows(user: Any, obj: Any) -> Decision:
        refusal = deny(ANOTHER_ROLE)
        for role in roles:
            if holds(user, role):
                found = separated(user, of(obj), role)
                if found is None:
                    return allow(role)
                refusal = found
        return refusal

    return allows


def _challenge_of_bid(bid: Any) -> Any:
    return bid.challenge


# ── challenges ────────────────────────────────────────────────────────────────────────────────────────────────────


def _view_challenge(user: Any, challenge: Any) -> Decision:
    if is_person(user) and user.belongs_to(challenge.owner_id):
        return allow("owner")
    if challenge.published_at is not None and (challenge.secrecy == "public" or is_person(user)):
        return allow("public")
    if is_person(user) and challenge.created_by_id == user.pk:
        return allow("operator")
    role = holds(user, *READERS)
    if role and challenge.submitted_at is not None:
        return allow(role)
    return deny(_("This challenge is not public."))


def _scope_challenges(user: Any) -> QuerySet[Any]:
    seen = Q(published_at__isnull=False)
    if not is_person(user):
        return _model("Challenge").filter(seen, secrecy="public")
    seen |= Q(owner__in=list(user.membership_roles)) | Q(created_by=user)
    if holds(user, *READERS):
        seen |= Q(submitted_at__isnull=False)
    return _model("Challenge").filter(seen)


def _create_challenge(user: Any, organization: Any) -> Decision:
    if is_person(user) and user.belongs_to(organization.pk if organization else None):
        return allow("owner")
    if is_person(user) and organization is None and user.membership_roles:
        return allow("owner")
    return deny(_("Join or register the enterprise's organisation first; its members write its challenges."))


def _owner(user: Any, challenge: Any) -> Decision:
    if is_person(user) and user.belongs_to(challenge.owner_id):
        return allow("owner")
    return deny(_("Only members of the challenge owner's organisation may do this."))


def _edit_challenge(user: Any, challenge: Any) -> Decision:
    decision = _owner(user, challenge)
    if decision and challenge.state != "draft":
        return deny(_("Only a draft can be edited."), code="state")
    return decision


def _ask(user: Any, challenge: Any) -> Decision:
    if not is_person(user):
        return deny(_("Sign in to ask a question."), code="sign_in")
    if challenge.state != "published":
        return deny(_("Questions are open while bids are."), code="state")
    if user.belongs_to(challenge.owner_id):
        return deny(_("The owner answers questions."))
    return allow("public")


def _read_ledger(user: Any, challenge: Any) -> Decision:
    if is_person(user) and user.belongs_to(challenge.owner_id):
        return allow("owner")
    role = holds(user, *STAFF)
    if role and _view_challenge(user, challenge):
        return allow(role)
    return deny(_("The ledger is read by the challenge owner and the platform's staff."))


def _decline_award(user: Any, challenge: Any) -> Decision:
    bid = challenge.bids.filter(state="awarded", pk__in=granted(user, "edit_bid")).select_related("lead").first()
    return _sign_for_bid(user, bid) if bid else deny(_("Only the winning team may decline the award."))


# ── bids ──────────────────────────────────────────────────────────────────────────────────────────────────────────


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
    if not challenge.bidding_is_open:
        return deny(_("The bidding is not open."), code="state")
    return allow("bidder")


def _on_team(user: Any, bid: Any, grant: str = "edit_bid") -> Decision:
    if grant in grants_on(user, bid):
        return allow("bidder")
    return deny(_("Only the bidding team may do this."))


def _edit_bid(user: Any, bid: Any) -> Decision:
    decision = _on_team(user, bid)
    if decision and bid.state not in ("draft", "withdrawn"):
        return deny(_("The bid is sealed: take it back before you change it."), code="state")
    if decision and not (bid.challenge.state == "published" and bid.now < bid.challenge.bid_deadline):
        return deny(_("The deadline has passed."), code="state")
    return decision


def _sign_for_bid(user: Any, bid: Any) -> Decision:
    decision = _on_team(user, bid)
    if decision and user.membership_roles.get(bid.lead_id) not in SIGNATORIES:
        return deny(_("An administrator or signatory of the lead organisation must do this."), code="signatory")
    return decision


SEALED = ("draft", "submitted", "withdrawn")


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
    if not is_person(user):
        return _model("Bid").none()
    seen = Q(pk__in=granted(user, *TEAM))
    if holds(user, *READERS):
        seen |= ~Q(state__in=SEALED)
    else:
        seen |= ~Q(state__in=SEALED) & Q(
            challenge__ranked_at__isnull=False, challenge__owner__in=list(user.membership_roles)
        )
    return _model("Bid").filter(seen)


def _read_envelope(user: Any, envelope: Any) -> Decision:
    decision = _view_bid(user, envelope.bid)
    if decision or envelope.bid.state in SEALED:
        return decision
    grant = {"technical": "score_bid", "commercial": "price_bid"}.get(envelope.part)
    if grant and grant in grants_on(user, envelope.bid):
        return allow("reviewer")
    return deny(_("This part of the bid is not open to you."))


def _scope_envelopes(user: Any) -> QuerySet[Any]:
    opened = ~Q(bid__state__in=SEALED)
    return _model("Envelope").filter(
        Q(bid__in=_scope_bids(user).values("pk"))
        | (opened & Q(part="technical", bid__in=granted(user, "score_bid")))
        | (opened & Q(part="commercial", bid__in=granted(user, "price_bid")))
    )


# ── awards and objections ─────────────────────────────────────────────────────────────────────────────────────────


def _view_award(user: Any, award: Any) -> Decision:
    return _view_challenge(user, award.challenge)


def _scope_awards(user: Any) -> QuerySet[Any]:
    return _model("Award").filter(challenge__in=_scope_challenges(user).values("pk"))


def _file_objection(user: Any, award: Any) -> Decision:
    if not is_person(user):
        return deny(_("Sign in to object; objections are named."), code="sign_in")
    if award.state not in ("notice", "suspended") or award.now >= award.notice_ends_at:
        return deny(_("The notice period is over."), code="state")
    return allow("public")


def _handle_objection(user: Any, objection: Any) -> Decision:
    challenge = objection.award.challenge
    decision = staff("decider", "operator")(user, challenge)
    if decision and user.pk in (*challenge.executors, *challenge.deciders):
        return deny(
            _("You acted on this challenge; an objection is handled by someone who acted in nothing before."),
            code="separation",
        )
    if decision and objection.filed_by_id == user.pk:
        return deny(_("You filed this objection."), code="separation")
    return decision


def _decide_objection(user: Any, objection: Any) -> Decision:
    decision = _handle_objection(user, objection)
    if decision and objection.handler_id != user.pk:
        return deny(_("The handler who took the case decides it."), code="separation")
    return decision


def _add_objection_evidence(user: Any, objection: Any) -> Decision:
    if not is_person(user) or objection.filed_by_id != user.pk:
        return deny(_("Whoever filed the objection adds its evidence."))
    if objection.state not in ("filed", "acknowledged"):
        return deny(_("The objection has been decided."), code="state")
    return allow("public")


def _view_objection(user: Any, objection: Any) -> Decision:
    role = holds(user, *READERS)
    if role:
        return allow(role)
    if is_person(user) and objection.filed_by_id == user.pk:
        return allow("public")
    return deny(_("An objection is read by who filed it and by those in charge."))


def _scope_objections(user: Any) -> QuerySet[Any]:
    rows = _model("Objection")
    if holds(user, *READERS):
        return rows.all()
    return rows.filter(filed_by=user) if is_person(user) else rows.none()


# ── contracts, milestones, payments ───────────────────────────────────────────────────────────────────────────────


def _view_contract(user: Any, contract: Any) -> Decision:
    role = holds(user, *STAFF)
    if role:
        return allow(role)
    if is_person(user) and user.belongs_to(contract.challenge.owner_id):
        return allow("owner")
    return _on_team(user, contract.bid, "view_bid")


def _scope_contracts(user: Any) -> QuerySet[Any]:
    rows = _model("Contract")
    if holds(user, *STAFF):
        return rows.all()
    if not is_person(user):
        return rows.none()
    return rows.filter(Q(challenge__owner__in=list(user.membership_roles)) | Q(bid__in=granted(user, "view_bid")))


def _contract_owner(user: Any, contract: Any) -> Decision:
    return _owner(user, contract.challenge)


def _edit_contract(user: Any, contract: Any) -> Decision:
    decision = _contract_owner(user, contract)
    if decision and contract.state != "draft":
        return deny(_("Only a draft can be edited; take the contract back for revision first."), code="state")
    return decision


def _sign_as_owner(user: Any, contract: Any) -> Decision:
    decision = _contract_owner(user, contract)
    if not decision:
        return decision
    if user.membership_roles.get(contract.challenge.owner_id) not in SIGNATORIES:
        return deny(_("An administrator or signatory of the owner's organisation must do this."), code="signatory")
    if contract.owner_signed_at is not None:
        return deny(_("Your side has already confirmed."), code="done")
    return decision


def _sign_as_bidder(user: Any, contract: Any) -> Decision:
    decision = _sign_for_bid(user, contract.bid)
    if decision and contract.bidder_signed_at is not None:
        return deny(_("Your side has already confirmed."), code="done")
    return decision


def _either_side(user: Any, contract: Any) -> Decision:
    return _contract_owner(user, contract) or _on_team(user, contract.bid)


def _of_contract(allows: Allows) -> Allows:
    return lambda user, item: allows(user, item.contract)


def _submit_milestone(user: Any, milestone: Any) -> Decision:
    return _on_team(user, milestone.contract.bid)


def _add_evidence(user: Any, milestone: Any) -> Decision:
    decision = _submit_milestone(user, milestone)
    if decision and milestone.state not in ("planned", "rectification"):
        return deny(_("Evidence is added before the milestone is submitted."), code="state")
    return decision


def _owner_or_operator(user: Any, milestone: Any) -> Decision:
    challenge = milestone.contract.challenge
    return _owner(user, challenge) or staff("operator")(user, challenge)


def _accept_milestone(user: Any, milestone: Any) -> Decision:
    decision = _contract_owner(user, milestone.contract)
    if decision and milestone.submitted_by_id == user.pk:
        return deny(_("Whoever submitted the milestone may not accept it."), code="separation")
    return decision


def _scope_of_contracts(name: str) -> Callable[[Any], QuerySet[Any]]:
    return lambda user: _model(name).filter(contract__in=_scope_contracts(user).values("pk"))


def _request_payment(user: Any, payment: Any) -> Decision:
    return _on_team(user, payment.contract.bid)


def _approve_payment(user: Any, payment: Any) -> Decision:
    decision = staff("decider", of=lambda item: item.contract.challenge)(user, payment)
    if decision and payment.requested_by_id == user.pk:
        return deny(_("You requested this payment; somebody else must approve it."), code="separation")
    return decision


def _pay(user: Any, payment: Any) -> Decision:
    if not holds(user, "finance"):
        return deny(ANOTHER_ROLE)
    if user.pk in (payment.requested_by_id, payment.approved_by_id):
        return deny(_("You requested or approved this payment; somebody else must pay it."), code="separation")
    return allow("finance")


def _freeze_payment(user: Any, payment: Any) -> Decision:
    return staff("decider", of=lambda item: item.contract.challenge)(user, payment)


# ── rule sets ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _scope_rule_sets(user: Any) -> QuerySet[Any]:
    rows = _model("RuleSet")
    return rows.all() if holds(user, *STAFF) else rows.filter(state__in=("in_force", "retired"))


def _view_rule_set(user: Any, rule_set: Any) -> Decision:
    role = holds(user, *STAFF)
    if role:
        return allow(role)
    if rule_set.state in ("in_force", "retired"):
        return allow("public")
    return deny(_("A rule set becomes public when it is in force."))


def _edit_rule_set(user: Any, rule_set: Any) -> Decision:
    decision = by_role("operator")(user, rule_set)
    if decision and rule_set.state != "draft":
        return deny(_("Only a draft can be edited; make a new version."), code="state")
    return decision


def _approve_rule_set(user: Any, rule_set: Any) -> Decision:
    if not holds(user, "decider"):
        return deny(ANOTHER_ROLE)
    if user.pk in (rule_set.edited_by_id, rule_set.proposed_by_id):
        return deny(_("You edited or proposed this version; another decider must approve it."), code="separation")
    return allow("decider")


# ── documents ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _read_challenge_document(user: Any, document: Any) -> Decision:
    decision = _view_challenge(user, document.challenge)
    if decision and document.purpose != "attachment":
        return _owner(user, document.challenge) or by_role(*READERS)(user, document)
    return decision


def _scope_challenge_documents(user: Any) -> QuerySet[Any]:
    rows = _model("ChallengeDocument").filter(challenge__in=_scope_challenges(user).values("pk"))
    if holds(user, *READERS):
        return rows
    mine = list(user.membership_roles) if is_person(user) else []
    return rows.filter(Q(purpose="attachment") | Q(challenge__owner__in=mine))


def _read_milestone_document(user: Any, document: Any) -> Decision:
    return _view_contract(user, document.milestone.contract)


POLICY = {
    "challenge.view": Rule(_view_challenge, _scope_challenges),
    "challenge.create": Rule(_create_challenge),
    "challenge.import": Rule(by_role("operator")),
    "challenge.edit": Rule(_edit_challenge),
    "challenge.submit": Rule(_owner),
    "challenge.return_for_revision": Rule(staff("operator")),
    "challenge.vet": Rule(staff("operator")),
    "challenge.publish": Rule(staff("decider")),
    "challenge.request_amendment": Rule(staff("operator")),
    "challenge.amend_notice": Rule(staff("decider")),
    "challenge.close_bidding": Rule(platform_only),
    "challenge.consent_to_opening": Rule(staff("operator", "decider")),
    "challenge.permit_few_bids": Rule(staff("decider")),
    "challenge.extend_bidding": Rule(staff("operator")),
    "challenge.declare_no_bids": Rule(staff("operator")),
    "challenge.open_bids": Rule(staff("operator", "decider")),
    "challenge.start_review": Rule(staff("operator")),
    "challenge.propose_award": Rule(staff("decider")),
    "challenge.declare_no_award": Rule(staff("decider")),
    "challenge.confirm_award": Rule(platform_only),
    "challenge.reopen_award": Rule(staff("decider")),
    "challenge.sign": Rule(platform_only),
    "challenge.decline": Rule(_decline_award),
    "challenge.complete": Rule(staff("operator")),
    "challenge.terminate": Rule(staff("decider")),
    "challenge.request_cancellation": Rule(_owner),
    "challenge.cancel": Rule(staff("decider")),
    "challenge.ask": Rule(_ask),
    "challenge.answer": Rule(_owner),
    "challenge.ledger": Rule(_read_ledger),
    "challenge.bid": Rule(_create_bid),
    "bid.view": Rule(_view_bid, _scope_bids),
    "bid.edit": Rule(_edit_bid),
    "bid.submit": Rule(_on_team),
    "bid.open": Rule(platform_only),
    "bid.check_eligibility": Rule(staff("operator", of=_challenge_of_bid)),
    "bid.rank": Rule(platform_only),
    "bid.settle": Rule(platform_only),
    "bid.decline": Rule(platform_only),
    "envelope.read": Rule(_read_envelope, _scope_envelopes),
    "award.view": Rule(_view_award, _scope_awards),
    "award.open_notice": Rule(platform_only),
    "award.suspend": Rule(platform_only),
    "award.resume": Rule(platform_only),
    "award.confirm": Rule(platform_only),
    "award.revoke": Rule(platform_only),
    "award.decline": Rule(platform_only),
    "award.object": Rule(_file_objection),
    "objection.view": Rule(_view_objection, _scope_objections),
    "objection.handle": Rule(_handle_objection),
    "objection.add_evidence": Rule(_add_objection_evidence),
    "objection.decide": Rule(_decide_objection),
    "contract.view": Rule(_view_contract, _scope_contracts),
    "contract.edit": Rule(_edit_contract),
    "contract.offer": Rule(_contract_owner),
    "contract.revise": Rule(_either_side),
    "contract.sign_as_owner": Rule(_sign_as_owner),
    "contract.sign_as_bidder": Rule(_sign_as_bidder),
    "contract.take_effect": Rule(platform_only),
    "contract.settle": Rule(platform_only),
    "milestone.view": Rule(_of_contract(_view_contract), _scope_of_contracts("Milestone")),
    "milestone.submit": Rule(_submit_milestone),
    "milestone.add_evidence": Rule(_add_evidence),
    "milestone.start_acceptance": Rule(_owner_or_operator),
    "milestone.accept": Rule(_accept_milestone),
    "milestone.fail": Rule(lambda user, item: staff("operator")(user, item.contract.challenge)),
    "payment.view": Rule(_of_contract(_view_contract), _scope_of_contracts("Payment")),
    "payment.request": Rule(_request_payment),
    "payment.approve": Rule(_approve_payment),
    "payment.pay": Rule(_pay),
    "payment.freeze": Rule(_freeze_payment),
    "payment.release": Rule(_freeze_payment),
    "rule_set.view": Rule(_view_rule_set, _scope_rule_sets),
    "rule_set.create": Rule(by_role("operator")),
    "rule_set.edit": Rule(_edit_rule_set),
    "rule_set.propose": Rule(by_role("operator")),
    "rule_set.approve": Rule(_approve_rule_set),
    "rule_set.retire": Rule(platform_only),
    "challenge_document.read": Rule(_read_challenge_document, _scope_challenge_documents),
    "bid_document.read": Rule(
        lambda user, document: _read_envelope(user, document.envelope),
        lambda user: _model("BidDocument").filter(envelope__in=_scope_envelopes(user).values("pk")),
    ),
    "milestone_document.read": Rule(
        _read_milestone_document,
        lambda user: _model("MilestoneDocument").filter(milestone__contract__in=_scope_contracts(user).values("pk")),
    ),
    "objection_document.read": Rule(
        lambda user, document: _view_objection(user, document.objection),
        lambda user: _model("ObjectionDocument").filter(objection__in=_scope_objections(user).values("pk")),
    ),
}
