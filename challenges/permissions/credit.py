"""Policy of credit records: read by the staff and the organisation concerned, decided by a second person."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.policy import Decision, Rule, allow, deny, holds, is_person, platform_only
from challenges.permissions.duties import READERS, SIGNATORIES, rows_of, staff


def _view_record(user: Any, record: Any) -> Decision:
    role = holds(user, *READERS)
    if role:
        return allow(role)
    if is_person(user) and user.belongs_to(record.organization_id):
        return allow("member")
    return deny(_("A credit record is read by the organisation concerned and the platform's staff."))


def _scope_records(user: Any) -> QuerySet[Any]:
    rows = rows_of("CreditRecord")
    if holds(user, *READERS):
        return rows.all()
    return rows.filter(organization__in=list(user.membership_roles)) if is_person(user) else rows.none()


def _record(user: Any, challenge: Any) -> Decision:
    decision = staff("operator", "decider")(user, challenge)
    if decision and challenge.published_at is None:
        return deny(_("Nothing is recorded on a challenge that was never published."), code="state")
    return decision


def _answer(user: Any, record: Any) -> Decision:
    if not is_person(user) or user.membership_roles.get(record.organization_id) not in SIGNATORIES:
        return deny(_("A signatory of the organisation concerned answers."))
    if record.answered_at is not None:
        return deny(_("The organisation has answered."), code="done")
    if record.now >= record.answer_by:
        return deny(_("The period to answer is over."), code="state")
    return allow("member")


def _decide(user: Any, record: Any) -> Decision:
    if user is not None and user.pk == record.recorded_by_id:
        return deny(_("You recorded this; somebody else must decide."), code="separation")
    if is_person(user) and user.belongs_to(record.organization_id):
        return deny(_("You belong to the organisation concerned."), code="separation")
    role = holds(user, "decider")
    return allow(role) if role else deny(_("A decider decides on credit records."))


def _add_evidence(user: Any, record: Any) -> Decision:
    if record.state != "recorded":
        return deny(_("The record has been decided."), code="state")
    if is_person(user) and user.pk == record.recorded_by_id:
        return allow("operator")
    return _answer(user, record)


def _scope_documents(user: Any) -> QuerySet[Any]:
    return rows_of("CreditDocument").filter(record__in=_scope_records(user).values("pk"))


POLICY = {
    "credit_record.view": Rule(_view_record, _scope_records),
    "credit_record.create": Rule(_record),
    "credit_record.answer": Rule(_answer),
    "credit_record.decide": Rule(_decide),
    "credit_record.expire": Rule(platform_only),
    "credit_record.add_evidence": Rule(_add_evidence),
    "credit_document.read": Rule(lambda user, document: _view_record(user, document.record), _scope_documents),
}
