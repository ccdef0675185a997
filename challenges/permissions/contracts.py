"""Policy of contracts, and who stands on which side of one."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.policy import Decision, Rule, allow, deny, holds, is_person, platform_only
from challenges.permissions.bids import on_team, sign_for_bid
from challenges.permissions.challenges import owner
from challenges.permissions.duties import SIGNATORIES, STAFF, Allows, challenge_of, either, granted, rows_of, staff

BOTH_SIDES = _("You confirmed for the other side; somebody else confirms for this one.")


def view_contract(user: Any, contract: Any) -> Decision:
    role = holds(user, *STAFF)
    if role:
        return allow(role)
    if is_person(user) and user.belongs_to(contract.challenge.owner_id):
        return allow("owner")
    return on_team(user, contract.bid, "view_bid")


def scope_contracts(user: Any) -> QuerySet[Any]:
    rows = rows_of("Contract")
    if holds(user, *STAFF):
        return rows.all()
    if not is_person(user):
        return rows.none()
    own = rows.filter(challenge__owner__in=list(user.membership_roles))
    return either(rows, own, rows.filter(bid__in=granted(user, "view_bid")))


def contract_owner(user: Any, contract: Any) -> Decision:
    return owner(user, contract.challenge)


def _edit_contract(user: Any, contract: Any) -> Decision:
    decision = contract_owner(user, contract)
    if decision and contract.state != "draft":
        return deny(_("Only a draft can be edited; take the contract back for revision first."), code="state")
    return decision


def _sign_as_owner(user: Any, contract: Any) -> Decision:
    decision = contract_owner(user, contract)
    if not decision:
        return decision
    if user.membership_roles.get(contract.challenge.owner_id) not in SIGNATORIES:
        return deny(_("An administrator or signatory of the owner's organisation must do this."), code="signatory")
    if contract.owner_signed_at is not None:
        return deny(_("Your side has already confirmed."), code="done")
    return deny(BOTH_SIDES, code="separation") if contract.bidder_signed_by_id == user.pk else decision


def _sign_as_bidder(user: Any, contract: Any) -> Decision:
    decision = sign_for_bid(user, contract.bid)
    if decision and contract.bidder_signed_at is not None:
        return deny(_("Your side has already confirmed."), code="done")
    if decision and contract.owner_signed_by_id == user.pk:
        return deny(BOTH_SIDES, code="separation")
    return decision


def _either_side(user: Any, contract: Any) -> Decision:
    return contract_owner(user, contract) or on_team(user, contract.bid)


def of_contract(allows: Allows) -> Allows:
    return lambda user, item: allows(user, item.contract)


def scope_of_contracts(name: str) -> Callable[[Any], QuerySet[Any]]:
    def scope(user: Any) -> QuerySet[Any]:
        rows = rows_of(name)
        return rows.all() if holds(user, *STAFF) else rows.filter(contract__in=scope_contracts(user).values("pk"))

    return scope


POLICY = {
    "contract.view": Rule(view_contract, scope_contracts),
    "contract.edit": Rule(_edit_contract),
    "contract.declare_default": Rule(staff("decider", of=challenge_of)),
    "contract.offer": Rule(contract_owner),
    "contract.revise": Rule(_either_side),
    "contract.sign_as_owner": Rule(_sign_as_owner),
    "contract.sign_as_bidder": Rule(_sign_as_bidder),
    "contract.take_effect": Rule(platform_only),
    "contract.settle": Rule(platform_only),
}
