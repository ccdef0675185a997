"""Credit records: opened by the platform's staff, expired by the clock."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts import documents, ledger, notifications, workflow
from accounts.models import Organization, User
from accounts.policy import require
from accounts.workflow import Refused, perform
from challenges.calendar import CalendarUnknown, why_uncounted
from challenges.models import Challenge, CreditDocument, CreditRecord

OPEN = (CreditRecord.State.RECORDED, CreditRecord.State.CONFIRMED)


def organizations_of(challenge: Challenge) -> QuerySet[Organization]:
    """Who can be recorded on a challenge: its owner, and after the opening the leads and partners of its bids."""
    found = Q(pk=challenge.owner_id)
    if challenge.opened_at is not None:
        bids = challenge.bids.exclude(state__in=("draft", "submitted", "withdrawn"))
        found |= Q(pk__in=bids.order_by().values("lead")) | Q(pk__in=bids.order_by().values("partners__organization"))
    return Organization.objects.filter(found).order_by("name", "id")


def open_credit_record(
    challenge: Challenge,
    *,
    actor: User,
    organization: Organization,
    kind: str,
    facts: str,
    evidence: Iterable[documents.Upload] = (),
) -> CreditRecord:
    """Record a failing; the organisation is told and may answer, then a second person decides.

    Raises Refused when the organisation has no part in the challenge, or the same stands recorded already.
    """
    with transaction.atomic():
        challenge = workflow.lock(challenge)
        decision = require(actor, "credit_record.create", challenge)
        if not organizations_of(challenge).filter(pk=organization.pk).exists():
            raise Refused(_("Choose the owner or a bidder of this challenge."), code="organization")
        if challenge.credit_records.filter(organization=organization, kind=kind, state__in=OPEN).exists():
            raise Refused(_("The same is recorded already."), code="kind")
        try:
            answer_by = challenge.frozen_rules.credit_answered_within.after(challenge.now)
        except CalendarUnknown as unknown:
            raise Refused(why_uncounted(unknown), code="calendar") from unknown
        record = CreditRecord(
            challenge=challenge, organization=organization, kind=kind, facts=facts, recorded_by=actor,
            answer_by=answer_by,
        )  # fmt: skip
        record.save(force_insert=True)
        ledger.append(
            record, "create", actor=actor, acting_as=decision.role, target="recorded",
            data={"credit_record": record.pk, "organization": organization.pk, "kind": kind},
        )  # fmt: skip
        notifications.tell("credit_recorded", record, actor=actor)
    for file in evidence:
        documents.store(file, actor=actor, model=CreditDocument, record=record)
    return record


def expire_due_records() -> int:
    """End every record whose term is over; answers how many. Run by the clock."""
    due = CreditRecord.objects.filter(state=CreditRecord.State.CONFIRMED, expires_at__lte=Now())
    return workflow.sweep(due, _expire)


def _expire(record: CreditRecord) -> Any:
    return perform(record.expire, actor=None)


def in_force(organizations: Iterable[UUID]) -> QuerySet[CreditRecord]:
    """The records in force of these organisations, newest first; the argument takes keys."""
    rows = CreditRecord.objects.filter(state=CreditRecord.State.CONFIRMED, organization__in=list(organizations))
    return rows.select_related("organization", "challenge").order_by("-created_at", "id")
