"""How far a reviewer's order of the bids is that of the others on the panel: Kendall's tau-b, round by round.

A round is one closed panel. Of each pair of bids the reviewer scored, the sign of the difference between the own totals
(x) is set against that between the means of the others' totals (y): tau-b = Σxy / √(Σx²·Σy²), from −1 for the opposite
order to 1 for the same; a pair that either side holds equal weighs less (Kendall, Biometrika 33, 1945). Less than three
bids, or one side without any order, says nothing.

It is counted in the database, over pairs: the means are compared by cross-multiplication, so that equal stays equal.
"""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import connection

LEAST_BIDS_OF_A_ROUND = 3
# One row for each total that was ranked on a panel closed in the last `days`, with its bid's sum and number of totals.
TOLD = """
    told AS (
        SELECT (sheet ->> 'reviewer')::uuid AS seat, line ->> 'id' AS bid,
            (sheet ->> 'total')::numeric AS total,
            sum((sheet ->> 'total')::numeric) OVER bid AS everyone,
            count(*) OVER bid AS n
        FROM reviews_ranking ranking
        JOIN reviews_panel panel ON panel.id = ranking.panel_id AND panel.state = 'closed'
        CROSS JOIN LATERAL jsonb_array_elements(ranking.snapshot -> 'result' -> 'bids') AS line
        CROSS JOIN LATERAL jsonb_array_elements(line -> 'sheets') AS sheet
        WHERE panel.closed_at > clock_timestamp() - make_interval(days => %(days)s)
        WINDOW bid AS (PARTITION BY ranking.id, line ->> 'id')
    )
"""
_STATEMENT = f"""
    WITH {TOLD}, compared AS (
        SELECT a.seat, a.bid, sign(a.total - b.total) AS x,
            sign((a.everyone - a.total) * (b.n - 1) - (b.everyone - b.total) * (a.n - 1)) AS y
        FROM told a JOIN told b ON b.seat = a.seat AND b.bid <> a.bid
        WHERE a.n > 1 AND b.n > 1
    )
    SELECT seat.expert_id, challenge.title, count(DISTINCT compared.bid),
        sum(x * y) / nullif(sqrt(sum(x * x) * sum(y * y)), 0)
    FROM compared
    JOIN reviews_assignment seat ON seat.id = compared.seat
    JOIN reviews_panel panel ON panel.id = seat.panel_id
    JOIN challenges_challenge challenge ON challenge.id = panel.challenge_id
    GROUP BY seat.id, challenge.id, panel.closed_at
    ORDER BY panel.closed_at, seat.id
"""  # noqa: S608  (put together from constants alone)


@dataclass(frozen=True)
class Round:
    """One reviewer on one closed panel: of how many bids the two orders were compared, and tau-b or None."""

    challenge: str
    bids: int
    tau: Decimal | None


def rounds(*, days: int) -> dict[UUID, list[Round]]:
    """The rounds of each expert on panels closed in the last `days`, the oldest first. One query."""
    found: dict[UUID, list[Round]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT, {"days": days})
        for expert, challenge, bids, tau in cursor.fetchall():
            told = tau if bids >= LEAST_BIDS_OF_A_ROUND else None
            found.setdefault(expert, []).append(Round(challenge, bids, told))
    return found


def mean_tau(of: list[Round]) -> Decimal | None:
    """The mean of the rounds that say something."""
    told = [item.tau for item in of if item.tau is not None]
    return sum(told, Decimal()) / len(told) if told else None
