"""Figures of the region: entered from a document, for a second person to confirm."""

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import clock, documents, ledger, notifications
from accounts.models import User
from accounts.policy import require
from accounts.workflow import Refused
from challenges.calendar import SHANGHAI
from challenges.models import RegionDocument, RegionFigure, RegionTarget


def enter_region_figure(
    target: RegionTarget,
    *,
    actor: User,
    value: Decimal,
    as_of: date,
    source: str,
    document: "documents.Upload | None" = None,
) -> RegionFigure:
    """A figure waiting for a decider, with its document if it is at hand.

    Raises Refused for a day that has not come, and for a part of a thing that is counted.
    """
    with transaction.atomic():
        decision = require(actor, "region_figure.create")
        if as_of > timezone.localdate(clock.now(), SHANGHAI):
            raise Refused(_("This day has not come yet."), code="as_of")
        if target.whole and value != value.to_integral_value():
            raise Refused(_("Enter a whole number."), code="value")
        made = RegionFigure(target=target, value=value, as_of=as_of, source=source, entered_by=actor)
        made.save(force_insert=True)
        data = {"target": str(target.pk), "value": str(value), "as_of": as_of, "source": source}
        ledger.append(made, "create", actor=actor, acting_as=decision.role, target="proposed", data=data)
        if document is not None:
            documents.store(document, actor=actor, model=RegionDocument, figure=made)
        notifications.tell("region_figure_proposed", made, actor=actor)
    return made
