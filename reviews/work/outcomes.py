"""What waits after the delivery: outcomes to register and to confirm."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from accounts.models import User
from challenges.models import Bid, Outcome
from challenges.permissions import granted
from reviews.work.items import AT_MOST, Item, link


def of_sides(user: User) -> Iterator[Item]:
    """The team's drafts, and what the owner confirms."""
    mine = Bid.objects.filter(pk=OuterRef("contract__bid")).filter(pk__in=granted(user, "edit_bid"))
    owns = Q(contract__challenge__owner__in=list(user.membership_roles))
    rows = Outcome.objects.annotate(mine=Exists(mine)).filter(
        Q(mine=True, state__in=["draft", "returned", "registered"]) | owns & Q(state="registered")
    )
    for outcome in rows.select_related("contract__challenge").order_by("created_at", "id")[:AT_MOST]:
        yield _outcome(user, outcome)


def _outcome(user: User, outcome: Any) -> Item:
    owns = outcome.contract.challenge.owner_id in user.membership_roles
    if outcome.state == "registered" and owns and outcome.registered_by_id != user.pk:
        what, button = _("Compare the outcome with its evidence and confirm it"), _("Look at it")
    elif outcome.state == "registered":
        what, button = _("The owner confirms the outcome"), ""
    elif outcome.state == "returned":
        what, button = _("Mend the outcome that was returned"), _("Mend it")
    else:
        what, button = _("Finish the outcome and register it"), _("Go on")
    subject = f"{outcome.contract.challenge.title} · {outcome.title}"
    return Item(what, subject, link("outcome", outcome), button, None, "outcome", outcome.state)
