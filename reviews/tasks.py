"""The clock's work on reviews; every task may run twice or late without harm."""

from celery import shared_task

from reviews import actions


@shared_task
def lapse_invitations() -> None:
    """Pass on the invitations that nobody answered in time."""
    actions.lapse_invitations()


@shared_task
def remind_reviewers() -> None:
    """Remind those whose sheets are not locked shortly before the review ends."""
    actions.remind_reviewers()


@shared_task
def send_invitations() -> None:
    """E-mail the invitations into the pool that are owed."""
    actions.send_invitations()


@shared_task
def recheck_panels() -> None:
    """Look again for conflicts of interest on panels at work."""
    actions.recheck_panels()
