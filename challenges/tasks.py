"""The clock's work on challenges; every task may run twice or late without harm."""

from celery import shared_task

from challenges import actions


@shared_task
def close_due_biddings() -> None:
    """Close the biddings whose deadline has passed."""
    actions.close_due_biddings()


@shared_task
def confirm_due_awards() -> None:
    """Confirm the awards whose notice is over."""
    actions.confirm_due_awards()


@shared_task
def expire_due_records() -> None:
    """End the credit records whose term is over."""
    actions.expire_due_records()


@shared_task
def remind() -> None:
    """Tell people of deadlines that are near or past."""
    actions.date_acknowledgements()
    actions.remind()
