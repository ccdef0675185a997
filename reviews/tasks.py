"""The clock's work on reviews; every task may run twice or late without harm."""

import logging

from celery import shared_task
from kombu.exceptions import OperationalError

from config import realtime
from reviews import actions, board
from reviews.models import Panel

logger = logging.getLogger(__name__)


def tell_board_soon(panel: Panel) -> None:
    """Have the open boards of a panel look again; without the queue they do so when they are next opened."""
    try:
        tell_board.delay(str(panel.pk))
    except OperationalError as fault:
        logger.warning("The queue is down, the board of a panel is not told: %s", fault)


@shared_task
def tell_board(panel: str) -> None:
    """Nudge those who may see how far the panel is, and nobody else."""
    for user in board.watchers(Panel.objects.get(pk=panel)):
        realtime.nudge(user, {"type": "changed", "about": f"board:{panel}"})


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
    """Look again for conflicts of interest on panels at work, and for whoever can fill an empty seat by now."""
    actions.recheck_panels()
    actions.call_again()


@shared_task
def compute_matchings() -> None:
    """Compute the matchings that wait."""
    actions.compute_waiting()
