"""The rubric of one challenge, adapted while it is vetted and frozen when it is published."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import ledger, notifications, workflow
from accounts.models import User
from accounts.policy import require
from accounts.workflow import Refused
from challenges.models import Challenge
from challenges.rules import Rubric


def adapt_rubric(challenge: Challenge, *, actor: User, rubric: Rubric | None) -> Challenge:
    """Judge this challenge by `rubric`, or by its template again when None; what changes nothing leaves no trace."""
    with transaction.atomic():
        challenge = workflow.lock(challenge)
        decision = require(actor, "challenge.adapt_rubric", challenge)
        try:
            template = challenge.rubric_template
        except LookupError as error:
            raise Refused(_("No rule set is in force, so there is no template to adapt."), code="rules") from error
        given = None if rubric is None or rubric == template else rubric.model_dump(mode="json")
        if given == challenge.rubric:
            return challenge
        challenge.rubric = given
        if actor.pk not in challenge.executors:
            challenge.executors.append(actor.pk)
        challenge.save()
        ledger.append(
            challenge, "adapt_rubric", actor=actor, acting_as=decision.role,
            source=challenge.state, target=challenge.state, data={"rubric": given},
        )  # fmt: skip
        notifications.tell("rubric_adapted", challenge, actor=actor)
    return challenge
