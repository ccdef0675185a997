"""What must be true of reviews after every test: no conflicted expert holds, scores or reads anything.

One statement a panel at work: the hard rules of conflict as they stand, joined with whatever an expert can hold there.
"""

from django.db import connection

from reviews.actions import recheck_panels
from reviews.conflicts.rules import GROUND, HARD
from reviews.conflicts.search import _parameters
from reviews.models import Expert, Panel

AT_WORK = ("drawn", "scoring", "consensus")

FOUND = f"""
WITH {GROUND}, found AS ({" UNION ALL ".join(rule.sql for rule in HARD)}),
held (what, expert, bid) AS (
    SELECT 'seat ' || a.state, a.expert_id, NULL::uuid FROM reviews_assignment a
    WHERE a.panel_id = %(panel)s AND a.state IN ('invited', 'accepted')
    UNION ALL
    SELECT 'chair ' || a.state, a.expert_id, NULL::uuid FROM reviews_assignment a
    WHERE a.panel_id = %(panel)s AND a.state IN ('invited', 'accepted') AND a.is_chair AND %(way)s = 'matched'
    UNION ALL
    SELECT 'match', m.expert_id, m.bid_id FROM reviews_match m
    JOIN reviews_assignment a ON a.expert_id = m.expert_id AND a.panel_id = %(panel)s
     AND a.state IN ('invited', 'accepted')
    WHERE m.freed_at IS NULL AND m.matching_id = (
        SELECT id FROM reviews_matching WHERE panel_id = %(panel)s AND state = 'released'
        ORDER BY released_at DESC LIMIT 1)
    UNION ALL
    SELECT 'sheet ' || s.state, a.expert_id, s.bid_id FROM reviews_scoresheet s
    JOIN reviews_assignment a ON a.id = s.assignment_id
    WHERE a.panel_id = %(panel)s AND s.state <> 'void'
    UNION ALL
    SELECT 'grant ' || p.codename, e.id, b.id FROM challenges_bidgrant g
    JOIN auth_permission p ON p.id = g.permission_id AND p.codename IN ('score_bid', 'price_bid')
    JOIN challenges_bid b ON b.id = g.content_object_id AND b.challenge_id = %(challenge)s
    JOIN reviews_expert e ON e.user_id = g.user_id
)
SELECT DISTINCT held.what, found.code, u.name FROM found
JOIN held ON held.expert = found.expert AND (
    %(way)s = 'drawn' OR found.bid IS NULL OR found.bid = held.bid OR held.what LIKE 'chair %%'
)
JOIN reviews_expert e ON e.id = found.expert JOIN accounts_user u ON u.id = e.user_id
ORDER BY 1, 2, 3
"""


def broken() -> list[tuple[str, str, str]]:
    """(what is held, code of the conflict, name) of every conflicted pair on a panel at work; nothing if all is well.

    In a drawn panel everybody reads every bid: a conflict with one keeps an expert from the whole challenge, so any
    seat, sheet or grant there is one too many. In a matched one it keeps them from that bid: no match in force, sheet
    or grant of it, and no chair, who has no tie to any bid; one with the whole challenge keeps them from all.
    """
    everyone = list(Expert.objects.all())
    found: list[tuple[str, str, str]] = []
    for panel in Panel.objects.filter(state__in=AT_WORK).select_related("challenge"):
        with connection.cursor() as cursor:
            cursor.execute(FOUND, _parameters(panel.challenge, everyone, None) | {"panel": panel.pk, "way": panel.way})
            found += cursor.fetchall()
    return found


def check() -> None:
    """Let the platform look at its panels again, as it does by the clock; then no conflicted pair may be left."""
    if connection.needs_rollback:  # the test ended inside a statement that failed on purpose; nothing can be asked
        return
    recheck_panels()
    assert broken() == []
