"""Asking the people of a workbook into the expert pool: all of them, or none."""

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.policy import require
from accounts.workflow import Refused
from reviews.actions.experts import ask_expert
from reviews.models import Expert
from reviews.pool_workbook import Reading, Row


def import_experts(reading: Reading, *, actor: User) -> list[Expert]:
    """An expert of every row, drawn only after they agree. Raises Refused for faults, or for a row that was overtaken.

    Who has no account gets one without a password: an e-mail tells them, and they choose a password by asking for a new
    one, which confirms the address.
    """
    require(actor, "expert.approve")
    if not reading.ok:
        raise Refused(_("The workbook has faults; nothing was imported."), code="faults")
    with transaction.atomic():
        return [_ask(row, actor) for row in reading.rows]


def _ask(row: Row, actor: User) -> Expert:
    return ask_expert(
        row.user or _open_account(row),
        actor=actor,
        fields=row.fields,
        biography=row.biography,
        organization=row.organization,
        languages=row.languages,
        specialties=row.specialties,
    )


def _open_account(row: Row) -> User:
    if User.objects.filter(email=row.email).exists():
        raise Refused(
            _("Row %(row)d: somebody has signed up with this address just now; upload the workbook again.")
            % {"row": row.row},
            code="overtaken",
        )
    user = User.objects.create_user(row.email, None, name=row.name)
    EmailAddress.objects.create(user=user, email=row.email, verified=False, primary=True)
    return user
