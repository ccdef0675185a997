"""Policy of challenges: who sees, writes, vets, publishes, opens and ends them."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.policy import Decision, Rule, allow, by_role, deny, holds, is_person, platform_only
from challenges.permissions.duties import READERS, STAFF, rows_of, staff


def view_challenge(user: Any, challenge: Any) -> Decision:
    if is_person(user) and user.belongs_to(challenge.owner_id):
        return allow("owner")
    if challenge.published_at is not None and (challenge.secrecy == "public" or is_person(user)):
        return allow("public")
    if holds(user, "operator") and challenge.created_by_id == user.pk:  # drafts that an operator imported
        return allow("operator")
    role = holds(user, *READERS)
    if role and challenge.submitted_at is not None:
        return allow(role)
    return deny(_("This challenge is not public."))


def scope_challenges(user: Any) -> QuerySet[Any]:
    seen = Q(published_at__isnull=False)
    if not is_person(user):
        return rows_of("Challenge").filter(seen, secrecy="public")
    seen |= Q(owner__in=list(user.membership_roles))
    if holds(user, "operator"):
        seen |= Q(created_by=user)
    if holds(user, *READERS):
        seen |= Q(submitted_at__isnull=False)
    return rows_of("Challenge").filter(seen)


def _create_challenge(user: Any, organization: Any) -> Decision:
    if is_person(user) and user.belongs_to(organization.pk if organization else None):
        return allow("owner")
    if is_person(user) and organization is None and user.membership_roles:
        return allow("owner")
    return deny(_("Join or register the enterprise's organisation first; its members write its challenges."))


def owner(user: Any, challenge: Any) -> Decision:
    if is_person(user) and user.belongs_to(challenge.owner_id):
        return allow("owner")
    return deny(_("Only members of the challenge owner's organisation may do this."))


def _edit_challenge(user: Any, challenge: Any) -> Decision:
    decision = owner(user, challenge)
    if decision and challenge.state != "draft":
        return deny(_("Only a draft can be edited."), code="state")
    return decision


def _adapt_rubric(user: Any, challenge: Any) -> Decision:
    decision = staff("operator")(user, challenge)
    if decision and challenge.state in ("draft", "submitted"):
        return deny(_("The rubric is adapted once the challenge is vetted."), code="state")
    if decision and challenge.state != "vetted":
        return deny(_("The rubric is frozen since the challenge was published."), code="state")
    return decision


def _ask(user: Any, challenge: Any) -> Decision:
    if not is_person(user):
        return deny(_("Sign in to ask a question."), code="sign_in")
    if challenge.state != "published":
        return deny(_("Questions are open while bids are."), code="state")
    if user.belongs_to(challenge.owner_id):
        return deny(_("The owner answers questions."))
    return allow("public")


def _ask_to_withdraw(user: Any, challenge: Any) -> Decision:
    decision = owner(user, challenge)
    if decision and challenge.cancellation_requested_by_id is not None:
        return deny(_("You have asked; a decider decides."), code="done")
    return decision


def _decide_withdrawal(user: Any, challenge: Any) -> Decision:
    if challenge.cancellation_requested_by_id is None:
        return deny(_("The owner has not asked to withdraw."))
    return staff("decider")(user, challenge)


def _read_ledger(user: Any, challenge: Any) -> Decision:
    if is_person(user) and user.belongs_to(challenge.owner_id):
        return allow("owner")
    role = holds(user, *STAFF)
    if role and view_challenge(user, challenge):
        return allow(role)
    return deny(_("The ledger is read by the challenge owner and the platform's staff."))


def _read_challenge_document(user: Any, document: Any) -> Decision:
    decision = view_challenge(user, document.challenge)
    if decision and document.purpose != "attachment":
        return owner(user, document.challenge) or by_role(*READERS)(user, document)
    return decision


def _scope_challenge_documents(user: Any) -> QuerySet[Any]:
    rows = rows_of("ChallengeDocument").filter(challenge__in=scope_challenges(user).values("pk"))
    if holds(user, *READERS):
        return rows
    mine = list(user.membership_roles) if is_person(user) else []
    return rows.filter(Q(purpose="attachment") | Q(challenge__owner__in=mine))


POLICY = {
    "challenge.view": Rule(view_challenge, scope_challenges),
    "challenge.create": Rule(_create_challenge),
    "challenge.import": Rule(by_role("operator")),
    "challenge.edit": Rule(_edit_challenge),
    "challenge.submit": Rule(owner),
    "challenge.return_for_revision": Rule(staff("operator")),
    "challenge.vet": Rule(staff("operator")),
    "challenge.adapt_rubric": Rule(_adapt_rubric),
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
    "challenge.rescore": Rule(staff("decider")),
    "challenge.annul_award": Rule(staff("decider")),
    "challenge.sign": Rule(platform_only),
    "challenge.complete": Rule(staff("operator")),
    "challenge.terminate": Rule(platform_only),
    "challenge.request_cancellation": Rule(owner),
    "challenge.cancel": Rule(staff("decider")),
    "challenge.lose_winner": Rule(platform_only),
    "challenge.request_withdrawal": Rule(_ask_to_withdraw),
    "challenge.decide_withdrawal": Rule(_decide_withdrawal),
    "challenge.ask": Rule(_ask),
    "challenge.answer": Rule(owner),
    "challenge.ledger": Rule(_read_ledger),
    "challenge_document.read": Rule(_read_challenge_document, _scope_challenge_documents),
}
