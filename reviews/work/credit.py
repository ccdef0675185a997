"""Credit records that wait for an answer or a decision."""

from collections.abc import Iterator

from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.models import User
from challenges.models import CreditRecord
from challenges.permissions import SIGNATORIES
from reviews.work.items import AT_MOST, Item, link


def to_answer(user: User) -> Iterator[Item]:
    """What was recorded of the organisations `user` signs for."""
    mine = [pk for pk, role in user.membership_roles.items() if role in SIGNATORIES]
    rows = CreditRecord.objects.filter(
        state="recorded", answered_at=None, organization__in=mine, answer_by__gt=Now()
    ).select_related("organization", "challenge")
    for record in rows.order_by("answer_by")[:AT_MOST]:
        yield _item(record, _("Answer a credit record of your organisation"), _("Answer"), due=True)


def to_decide(user: User) -> Iterator[Item]:
    """Records whose organisation was heard, and that `user` did not open."""
    heard = Q(answered_at__isnull=False) | Q(answer_by__lte=Now())
    rows = CreditRecord.objects.filter(heard, state="recorded").exclude(recorded_by=user)
    rows = rows.exclude(organization__in=list(user.membership_roles)).select_related("organization", "challenge")
    for record in rows.order_by("created_at")[:AT_MOST]:
        yield _item(record, _("Decide on a credit record"), _("Look at it"))


def _item(record: CreditRecord, what: str, button: str, *, due: bool = False) -> Item:
    subject = f"{record.organization.name} · {record.challenge.title}"
    url = link("credit_record", record)
    return Item(what, subject, url, button, record.answer_by if due else None, "creditrecord", record.state)
