"""Reviews' querysets, named for the screens that use them."""

import uuid
from typing import Any

from django.db.models import QuerySet

from accounts.policy import visible


def readable_chains(user: Any, challenge_id: uuid.UUID) -> QuerySet[Any]:
    """The ledger chains of panels and sheets on a challenge that `user` may read."""
    panels = visible(user, "panel.view").filter(challenge=challenge_id).order_by().values("pk")
    sheets = visible(user, "sheet.view").filter(assignment__panel__challenge=challenge_id).order_by().values("pk")
    return panels.union(sheets)
