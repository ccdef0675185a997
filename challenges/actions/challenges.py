"""Challenges from draft to opening: writing, importing, publishing, custody."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts import clock, ledger, notifications, workflow
from accounts.models import Organization, User
from accounts.policy import require
from accounts.workflow import Refused, perform, step
from challenges.models import Amendment, Challenge, OpeningConsent, Question, RuleSet, Target, default_review_class
from challenges.workbook import Reading, Row

STANDS_THERE = _("Row %(row)d: “%(title)s” of this owner is already on the platform; remove the row from the workbook.")
EDITABLE = (
    "title",
    "industry",
    "kind",
    "background",
    "reward",
    "duration_months",
    "ip_clause",
    "secrecy",
    "contact_name",
    "contact_phone",
    "bid_deadline",
)


def create_challenge(
    *, actor: User, organization: Organization, data: dict[str, Any], targets: Iterable[dict[str, Any]] = ()
) -> Challenge:
    """A new draft of the organisation. `data` holds the columns of EDITABLE, `targets` the columns of Target."""
    require(actor, "challenge.create", organization)
    return _draft(actor, organization, data, targets, role="owner")


def edit_challenge(
    challenge: Challenge, *, actor: User, data: dict[str, Any], targets: Iterable[dict[str, Any]] | None = None
) -> Challenge:
    """Change a draft; `targets` replaces all of them, None leaves them as they are."""
    with transaction.atomic():
        challenge = workflow.lock(challenge)
        decision = require(actor, "challenge.edit", challenge)
        for name in EDITABLE:
            if name in data:
                setattr(challenge, name, data[name])
        challenge.save()
        if targets is not None:
            challenge.targets.all().delete()
            _add_targets(challenge, targets)
        ledger.append(
            challenge,
            "edit",
            actor=actor,
            acting_as=decision.role,
            source=challenge.state,
            target=challenge.state,
            data={"fields": sorted(name for name in EDITABLE if name in data), "targets": targets is not None},
        )
    return challenge


def republish(challenge: Challenge, *, actor: User, invited: Organization | None = None, reason: str = "") -> Challenge:
    """A new draft linked to a challenge that ended without an award or was cancelled, with the same content.

    With `invited` it is offered to that organisation alone (定向委托), for a public reason: only it may bid, one bid is
    enough, and vetting, publication, review, notice and objection are those of any challenge.
    """
    with transaction.atomic():
        challenge = workflow.lock(challenge)
        require(actor, "challenge.create", challenge.owner)
        if challenge.state not in ("no_award", "cancelled"):
            raise Refused(_("Only a challenge that ended without an award can be published again."), code="state")
        if Challenge.objects.filter(previous=challenge).exists():
            raise Refused(_("A new version of this challenge already exists."), code="done")
        if invited is not None:
            _refuse_invited(challenge, invited, reason)
        data = {name: getattr(challenge, name) for name in EDITABLE if name != "bid_deadline"}
        targets = challenge.targets.values("name", "comparator", "value", "text", "unit", "method", "core")
        direct = {"invited": invited, "direct_reason": reason} if invited else {}
        return _draft(actor, challenge.owner, data, targets, role="owner", previous=challenge, **direct)


def _refuse_invited(challenge: Challenge, invited: Organization, reason: str) -> None:
    if challenge.state != Challenge.State.NO_AWARD:
        raise Refused(_("Only what ended without an award is offered directly."), code="invited")
    if invited.pk == challenge.owner_id:
        raise Refused(_("The owner cannot be invited to its own challenge."), code="invited")
    if invited.state != Organization.State.VERIFIED:
        raise Refused(_("This organisation is not verified on the platform."), code="invited")
    if not reason.strip():
        raise Refused(_("Write why it is offered directly; the reason stays public."), code="reason")


def import_challenges(reading: Reading, *, actor: User | None) -> list[Challenge]:
    """Drafts of all rows, or none. Owners are found by USCC or created as unverified.

    Raises Refused when the reading holds faults or a title already stands under the same owner.
    `actor` is None on the command line, where whoever holds the machine acts for the platform.
    """
    if actor is not None:
        require(actor, "challenge.import")
    if not reading.ok:
        raise Refused(_("The workbook has faults; nothing was imported."), code="faults")
    with transaction.atomic():
        _lock_owners(reading)
        return [_import_row(row, actor) for row in reading.rows]


def _lock_owners(reading: Reading) -> None:
    """Make and lock every owner of the workbook, in order, so that of two imports at once the second sees the first."""
    names = {row.uscc: row.owner_name for row in reading.rows}
    for code in sorted(names):
        Organization.objects.get_or_create(uscc=code, defaults={"name": names[code]})
    list(Organization.objects.select_for_update().filter(uscc__in=names).order_by("uscc"))


def already_imported(reading: Reading) -> list[Row]:
    """The rows whose title already stands under the same owner."""
    titles = [row.title for row in reading.rows]
    known = set(Challenge.objects.filter(title__in=titles).values_list("title", "owner__uscc"))
    return [row for row in reading.rows if (row.title, row.uscc) in known]


def _import_row(row: Row, actor: User | None) -> Challenge:
    owner = Organization.objects.get(uscc=row.uscc)
    if owner.state == Organization.State.UNVERIFIED and owner.memberships.filter(ended_at=None).exists():
        raise Refused(
            _("Row %(row)d: somebody registered the code %(uscc)s and is not verified; verify the organisation first.")
            % {"row": row.row, "uscc": row.uscc},
            code="unverified",
        )
    if Challenge.objects.filter(owner=owner, title=row.title).exists():
        raise Refused(STANDS_THERE % {"row": row.row, "title": row.title}, code="duplicate")
    data = {
        "title": row.title, "industry": row.industry, "kind": row.kind, "background": row.background,
        "reward": row.reward, "duration_months": row.duration_months, "ip_clause": row.ip_clause,
        "secrecy": row.secrecy, "contact_name": row.contact, "contact_phone": row.phone,
        "bid_deadline": row.bid_deadline,
    }  # fmt: skip
    targets = [
        {
            "name": item.name, "comparator": item.comparator, "unit": "" if item.unit == "-" else item.unit,
            "method": item.method, "core": position == 0,
            "value": item.value if isinstance(item.value, Decimal) else None,
            "text": "" if isinstance(item.value, Decimal) else item.value,
        }
        for position, item in enumerate(row.targets)
    ]  # fmt: skip
    return _draft(actor, owner, data, targets, role="operator" if actor else "platform")


def _draft(
    actor: User | None,
    owner: Organization,
    data: dict[str, Any],
    targets: Iterable[Mapping[str, Any]],
    *,
    role: str,
    previous: Challenge | None = None,
    **direct: Any,
) -> Challenge:
    with transaction.atomic():
        fields = {name: data[name] for name in EDITABLE if name in data}
        challenge = Challenge(
            owner=owner, created_by=actor, previous=previous,
            review_class=default_review_class(fields["kind"]), **fields, **direct,
        )  # fmt: skip
        challenge.save(force_insert=True)
        _add_targets(challenge, targets)
        ledger.append(challenge, "create", actor=actor, acting_as=role, target="draft", data={"title": challenge.title})
    return challenge


def _add_targets(challenge: Challenge, targets: Iterable[Mapping[str, Any]]) -> None:
    Target.objects.bulk_create(
        Target(challenge=challenge, position=position, **target) for position, target in enumerate(targets, start=1)
    )


def ask_question(challenge: Challenge, *, actor: User, text: str) -> Question:
    """Ask publicly; the asker is not named."""
    with transaction.atomic():
        decision = require(actor, "challenge.ask", challenge)
        question = Question.objects.create(challenge=challenge, text=text, asked_by=actor)
        # Who asks may be about to bid: the ledger's entry names the question, not the person.
        ledger.append(challenge, "ask", actor=None, acting_as=decision.role, data={"question": question.pk})
        notifications.tell("question_asked", challenge)
    return question


def answer_question(question: Question, *, actor: User, text: str) -> Question:
    """The owner answers, publicly."""
    with transaction.atomic():
        question = (
            Question.objects.select_for_update(of=("self",)).select_related("challenge__owner").get(pk=question.pk)
        )
        decision = require(actor, "challenge.answer", question.challenge)
        question.answer, question.answered_by, question.answered_at = text, actor, clock.now()
        question.save()
        ledger.append(
            question.challenge, "answer", actor=actor, acting_as=decision.role, data={"question": question.pk}
        )
        notifications.write("question_answered", question.challenge, [question.asked_by])
    return question


@step(Challenge, "publish")
def publish(challenge: Challenge, *, actor: User, rubric: str = "") -> Challenge:
    """Freeze the rule set in force; `rubric` is the fingerprint of the rubric that the decider read, if any."""
    if rubric and rubric != workflow.lock(challenge).rubric_to_freeze.fingerprint:
        raise Refused(_("The rubric was changed while you read it; read it again."), code="changed")
    return perform(challenge.publish, actor=actor, rule_set=RuleSet.current())  # type: ignore[no-any-return]


@step(Challenge, "amend_notice")
def amend_notice(challenge: Challenge, *, actor: User) -> Challenge:
    """The confirmed change becomes a numbered public amendment."""
    text = workflow.lock(challenge).amendment_requested
    challenge = perform(challenge.amend_notice, actor=actor)
    Amendment.objects.create(challenge=challenge, version=challenge.notice_version, text=text)
    return challenge


@step(Challenge, "consent_to_opening")
def consent_to_opening(challenge: Challenge, *, actor: User) -> Challenge:
    """Record one custodian's consent; the same person cannot give it twice."""
    challenge = perform(challenge.consent_to_opening, actor=actor)
    role = "operator" if "operator" in actor.roles else "decider"
    try:
        with transaction.atomic():
            OpeningConsent.objects.create(challenge=challenge, custodian=actor, role=role)
    except IntegrityError as error:
        raise Refused(_("You have already consented; another custodian must."), code="done") from error
    return challenge


@step(Challenge, "extend_bidding")
def extend_bidding(challenge: Challenge, *, actor: User) -> Challenge:
    """One more bidding period; the custodians must consent afresh when it ends."""
    challenge = perform(challenge.extend_bidding, actor=actor)
    challenge.opening_consents.all().delete()
    return challenge
