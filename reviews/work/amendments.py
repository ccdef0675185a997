"""Changes of contracts that wait: for the other side, for whoever approves them, for the panel's experts."""

from collections.abc import Iterator
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.policy import can, visible
from challenges.models import ContractAmendment
from reviews.work.items import AT_MOST, Item, link


def amendments_of(user: User, *actions: str) -> Iterator[Item]:
    """The open changes on which `user` may take one of these actions; those of the other side as under way."""
    rows = visible(user, "amendment.view").filter(state__in=ContractAmendment.OPEN)
    rows = rows.select_related("contract__challenge__owner", "contract__bid__lead")
    for amendment in rows.order_by("created_at", "id")[:AT_MOST]:
        for action in actions:
            state, what = _WAITS[action]
            if state == amendment.state and can(user, action, amendment):
                yield _item(amendment, str(what), _("Look at it"))


def _item(amendment: Any, what: str, button: str) -> Item:
    subject = amendment.contract.challenge.title
    return Item(what, subject, link("amendment", amendment), button, None, "amendment", amendment.state)


_WAITS: dict[str, tuple[str, Promise]] = {
    "amendment.agree": ("requested", gettext_lazy("Agree to a change of the contract, or refuse it")),
    "amendment.approve": ("agreed", gettext_lazy("Approve a change of a contract, or not")),
    "amendment.opine": ("agreed", gettext_lazy("Say whether a core target may be weakened")),
}
