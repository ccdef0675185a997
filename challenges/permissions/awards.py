"""Policy of awards and objections."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.policy import Decision, Rule, allow, deny, holds, is_person, platform_only
from challenges.permissions.challenges import scope_challenges, view_challenge
from challenges.permissions.duties import READERS, acted_as, rows_of, staff


def _view_award(user: Any, award: Any) -> Decision:
    return view_challenge(user, award.challenge)


def _scope_awards(user: Any) -> QuerySet[Any]:
    return rows_of("Award").filter(challenge__in=scope_challenges(user).values("pk"))


def _file_objection(user: Any, award: Any) -> Decision:
    if not is_person(user):
        return deny(_("Sign in to object; objections are named."), code="sign_in")
    if award.state not in ("notice", "suspended") or award.now >= award.notice_ends_at:
        return deny(_("The notice period is over."), code="state")
    return allow("public")


def _handle_objection(user: Any, objection: Any) -> Decision:
    challenge = objection.award.challenge
    decision = staff("decider", "operator")(user, challenge)
    if decision and (
        user.pk in (*challenge.executors, *challenge.deciders)
        or acted_as(user, challenge, "operator", "decider", before=objection.created_at)
    ):
        return deny(
            _("You acted on this challenge; an objection is handled by someone who acted in nothing before."),
            code="separation",
        )
    if decision and rows_of("Objection").filter(award__challenge=challenge.pk, filed_by=user.pk).exists():
        return deny(
            _("You objected to an award of this challenge yourself; somebody else handles this."), code="separation"
        )
    if decision and objection.against_id and objection.against.handler_id == user.pk:
        return deny(_("You decided on the objection; somebody else hears the appeal."), code="separation")
    return decision


def _appeal(user: Any, objection: Any) -> Decision:
    if not is_person(user) or objection.filed_by_id != user.pk:
        return deny(_("Whoever filed the objection may appeal."))
    if objection.against_id is not None:
        return deny(_("There is one appeal, and this was it."), code="state")
    if objection.state != "dismissed" or objection.award.state != "suspended":
        return deny(_("An appeal is open against a dismissal while the award waits."), code="state")
    if rows_of("Objection").filter(against=objection.pk).exists():
        return deny(_("You have appealed already; there is one appeal."), code="state")
    if objection.appeal_until is None or objection.now >= objection.appeal_until:
        return deny(_("The time to appeal is over."), code="state")
    return allow("public")


def _decide_objection(user: Any, objection: Any) -> Decision:
    decision = _handle_objection(user, objection)
    if decision and objection.handler_id != user.pk:
        return deny(_("The handler who took the case decides it."), code="separation")
    return decision


def _add_objection_evidence(user: Any, objection: Any) -> Decision:
    if not is_person(user) or objection.filed_by_id != user.pk:
        return deny(_("Whoever filed the objection adds its evidence."))
    if objection.state not in ("filed", "acknowledged"):
        return deny(_("The objection has been decided."), code="state")
    return allow("public")


def _view_objection(user: Any, objection: Any) -> Decision:
    role = holds(user, *READERS)
    if role:
        return allow(role)
    if is_person(user) and objection.filed_by_id == user.pk:
        return allow("public")
    return deny(_("An objection is read by who filed it and by those in charge."))


def _scope_objections(user: Any) -> QuerySet[Any]:
    rows = rows_of("Objection")
    if holds(user, *READERS):
        return rows.all()
    return rows.filter(filed_by=user) if is_person(user) else rows.none()


POLICY = {
    "award.view": Rule(_view_award, _scope_awards),
    "award.open_notice": Rule(platform_only),
    "award.suspend": Rule(platform_only),
    "award.resume": Rule(platform_only),
    "award.confirm": Rule(platform_only),
    "award.revoke": Rule(platform_only),
    "award.decline": Rule(platform_only),
    "award.object": Rule(_file_objection),
    "objection.view": Rule(_view_objection, _scope_objections),
    "objection.handle": Rule(_handle_objection),
    "objection.appeal": Rule(_appeal),
    "objection.add_evidence": Rule(_add_objection_evidence),
    "objection.decide": Rule(_decide_objection),
    "objection_document.read": Rule(
        lambda user, document: _view_objection(user, document.objection),
        lambda user: rows_of("ObjectionDocument").filter(objection__in=_scope_objections(user).values("pk")),
    ),
}
