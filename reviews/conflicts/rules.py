"""The rules of conflict, each declared once: code, hard or soft, what it means, its query and its evidence in words.

A query answers rows of (expert, bid, facts): the expert's id, the id of the bid that must not be judged or NULL for the
whole challenge, and what was found as a JSON object for the evidence. What stands between an expert and the owner or an
author concerns the whole challenge; what stands between them and a bidder concerns that bid, unless the rule says
`whole`. In a drawn panel, in which everybody reads every bid, either ends a seat; in a matched one the latter ends a
pair. Queries read the relations of `GROUND`:

    pool (id, user_id, organization_id, may_hold)  the experts asked about
    bid (id, lead_id)                     the opened bids asked about; of sealed ones only the team is looked at
    side (bid_id, organization_id, part)  organisations an expert must be free of: owner, lead, partner
    kin (bid_id, organization_id, of_id, part)  parents and subsidiaries of those
    team (bid_id, user_id)                people on the teams, and those who wrote the challenge
    works (expert, organization_id)       where the experts work now: as employees, or as members

and, beside the numbers of the rule set, the parameters challenge, now, since (the beginning of the window) and, as days
of the site's time zone, today, since_day and last_day (of the review).
Source: the region's rules on avoidance in science reviews (回避), as the rule set's numbers set them.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from accounts.policy import Text

NAMES_TO_AVOID = 3  # what the identity part of a bid has room for

GROUND = """
pool AS (
    SELECT e.id, e.user_id, e.organization_id, COALESCE(e.panels_at_most, %(panels_at_once)s) AS may_hold
    FROM reviews_expert e
    WHERE CASE WHEN %(experts)s::uuid[] IS NULL THEN e.state = 'active' ELSE e.id = ANY(%(experts)s::uuid[]) END
), bid AS (
    SELECT b.id, b.lead_id FROM challenges_bid b
    WHERE b.challenge_id = %(challenge)s AND b.state NOT IN ('draft', 'submitted', 'withdrawn')
      AND (%(bids)s::uuid[] IS NULL OR b.id = ANY(%(bids)s::uuid[]))
), side AS (
    SELECT NULL::uuid AS bid_id, c.owner_id AS organization_id, 'owner' AS part
    FROM challenges_challenge c WHERE c.id = %(challenge)s
    UNION ALL SELECT bid.id, bid.lead_id, 'lead' FROM bid
    UNION ALL
    SELECT bid.id, p.organization_id, 'partner' FROM bid JOIN challenges_bidpartner p ON p.bid_id = bid.id
    WHERE p.organization_id <> bid.lead_id
), kin AS (
    SELECT side.bid_id, o.id AS organization_id, side.organization_id AS of_id, side.part
    FROM side JOIN accounts_organization o ON o.parent_id = side.organization_id
    UNION ALL
    SELECT side.bid_id, o.parent_id, side.organization_id, side.part
    FROM side JOIN accounts_organization o ON o.id = side.organization_id WHERE o.parent_id IS NOT NULL
), team AS (
    SELECT m.bid_id, m.user_id FROM bid JOIN challenges_bidmember m ON m.bid_id = bid.id WHERE m.user_id IS NOT NULL
    UNION
    SELECT CASE WHEN b.state IN ('submitted', 'withdrawn') THEN NULL ELSE b.id END, g.user_id
    FROM challenges_bid b
    JOIN challenges_bidgrant g ON g.content_object_id = b.id
    JOIN auth_permission p ON p.id = g.permission_id AND p.codename IN ('view_bid', 'edit_bid')
    WHERE b.challenge_id = %(challenge)s AND b.state <> 'draft'
), author AS (
    SELECT c.created_by_id AS user_id FROM challenges_challenge c WHERE c.id = %(challenge)s
    UNION SELECT c.submitted_by_id FROM challenges_challenge c WHERE c.id = %(challenge)s
), works AS (
    SELECT pool.id AS expert, pool.organization_id FROM pool WHERE pool.organization_id IS NOT NULL
    UNION
    SELECT pool.id, m.organization_id FROM pool JOIN accounts_membership m ON m.user_id = pool.user_id
    WHERE m.ended_at IS NULL
)
"""


@dataclass(frozen=True)
class Rule:
    """One rule; `evidence` names facts of its query, `window` says that it looks back as far as the rule set says.

    `own` is the same in words for the expert, who judges blind: it names whom they are tied to themselves, and neither
    a bid nor a party they have no tie to. `whole` says that it bars from the whole challenge, whatever bid it was found
    with: a rival judges none of the bids. `number` is the rule set's number that a soft rule counts to.
    """

    code: str
    title: Text
    query: str
    evidence: str
    own: str
    hard: bool = True
    whole: bool = False
    window: bool = False
    number: str = ""

    @property
    def sql(self) -> str:
        """The rule's rows with its code in front."""
        bid = "NULL::uuid AS bid" if self.whole else "found.bid"
        columns = f"'{self.code}' AS code, found.expert, {bid}, found.facts"
        return f"SELECT {columns} FROM ({self.query}) AS found (expert, bid, facts)"  # noqa: S608  (constants)


def _tie(kind: str, *, window: bool) -> str:
    """The rows of declared ties of one kind: to an organisation of a side, or to a person of a team."""
    alive = "(r.until IS NULL OR r.until >= %(since_day)s)" if window else "TRUE"
    return f"""
        SELECT r.expert_id, side.bid_id, jsonb_build_object(
            'other', o.name, 'part', side.part, 'since', r.since, 'until', r.until, 'source', r.source)
        FROM pool JOIN reviews_relation r ON r.expert_id = pool.id AND r.kind = '{kind}' AND {alive}
        JOIN side ON side.organization_id = r.organization_id
        JOIN accounts_organization o ON o.id = side.organization_id
        UNION ALL
        SELECT r.expert_id, team.bid_id, jsonb_build_object(
            'other', u.name, 'part', 'member', 'since', r.since, 'until', r.until, 'source', r.source)
        FROM pool JOIN reviews_relation r ON r.expert_id = pool.id AND r.kind = '{kind}' AND {alive}
        JOIN team ON team.user_id = r.person_id
        JOIN accounts_user u ON u.id = r.person_id
        UNION ALL
        SELECT r.expert_id, NULL, jsonb_build_object(
            'other', u.name, 'part', 'author', 'since', r.since, 'until', r.until, 'source', r.source)
        FROM pool JOIN reviews_relation r ON r.expert_id = pool.id AND r.kind = '{kind}' AND {alive}
        JOIN author ON author.user_id = r.person_id
        JOIN accounts_user u ON u.id = r.person_id
    """  # noqa: S608  (both inserted texts are constants of this module)


# Memberships that ended within the window.
_LEFT = """
    SELECT pool.id, side.bid_id, jsonb_build_object(
        'other', o.name, 'part', side.part, 'until', (m.ended_at AT TIME ZONE %(zone)s)::date)
    FROM pool JOIN accounts_membership m ON m.user_id = pool.user_id AND m.ended_at >= %(since)s
    JOIN side ON side.organization_id = m.organization_id
    JOIN accounts_organization o ON o.id = m.organization_id
"""

RULES: tuple[Rule, ...] = (
    Rule(
        code="staff",
        title=_("Holds a duty of the platform's staff"),
        evidence=gettext_noop("%(expert)s holds a duty of the platform's staff."),
        own=gettext_noop("You hold a duty of the platform's staff."),
        whole=True,
        query="""
            SELECT pool.id, NULL::uuid, '{}'::jsonb FROM pool JOIN accounts_user u ON u.id = pool.user_id
            WHERE u.roles && %(staff)s::varchar[]
        """,
    ),
    Rule(
        code="acted",
        title=_("Took a step of this challenge"),
        evidence=gettext_noop("%(expert)s took a step of this challenge."),
        own=gettext_noop("You took a step of this challenge."),
        whole=True,
        query="""
            SELECT pool.id, NULL::uuid, '{}'::jsonb FROM pool, challenges_challenge c
            WHERE c.id = %(challenge)s AND pool.user_id = ANY(c.executors || c.deciders)
        """,
    ),
    Rule(
        code="bid_team",
        title=_("On the team of a bid; holds for the whole challenge"),
        evidence=gettext_noop("%(expert)s is on the team of a bid on this challenge."),
        own=gettext_noop("You are on the team of a bid on this challenge."),
        whole=True,
        query="SELECT DISTINCT pool.id, NULL::uuid, '{}'::jsonb FROM pool JOIN team ON team.user_id = pool.user_id",
    ),
    Rule(
        code="avoided",
        title=_("A bidder asks for avoidance, three names at most"),
        evidence=gettext_noop("A bidder asks that %(expert)s does not judge."),
        own=gettext_noop("It was asked that you do not judge here."),
        query="""
            SELECT pool.id, wish.bid_id, '{}'::jsonb FROM pool JOIN accounts_user u ON u.id = pool.user_id
            JOIN (
                SELECT e.bid_id, btrim(named.name) AS name,
                       row_number() OVER (PARTITION BY e.bid_id ORDER BY named.place) AS place
                FROM bid JOIN challenges_envelope e ON e.bid_id = bid.id AND e.part = 'identity'
                CROSS JOIN LATERAL regexp_split_to_table(e.content ->> 'avoid', %(between_names)s)
                    WITH ORDINALITY AS named (name, place)
                WHERE btrim(named.name) <> ''
            ) AS wish ON wish.name = u.name AND wish.place <= %(names_to_avoid)s
        """,
    ),
    Rule(
        code="employer",
        title=_("Works for the owner, a lead or a partner"),
        evidence=gettext_noop("%(expert)s belongs to %(other)s, %(side)s."),
        own=gettext_noop("You belong to %(other)s, %(side)s."),
        query="""
            SELECT works.expert, side.bid_id, jsonb_build_object('other', o.name, 'part', side.part)
            FROM works JOIN side ON side.organization_id = works.organization_id
            JOIN accounts_organization o ON o.id = works.organization_id
        """,
    ),
    Rule(
        code="affiliate",
        title=_("Works for a parent or subsidiary of one of them"),
        evidence=gettext_noop("%(expert)s belongs to %(other)s, parent or subsidiary of %(of)s, %(side)s."),
        own=gettext_noop("You belong to %(other)s, parent or subsidiary of an organisation concerned."),
        query="""
            SELECT works.expert, kin.bid_id,
                   jsonb_build_object('other', o.name, 'of', head.name, 'part', kin.part)
            FROM works JOIN kin ON kin.organization_id = works.organization_id
            JOIN accounts_organization o ON o.id = works.organization_id
            JOIN accounts_organization head ON head.id = kin.of_id
        """,
    ),
    Rule(
        code="former_employer",
        title=_("Worked for one of them within the window"),
        evidence=gettext_noop("%(expert)s worked for %(other)s, %(side)s, %(when)s."),
        own=gettext_noop("You worked for %(other)s, %(side)s, %(when)s."),
        window=True,
        query=f"{_LEFT} UNION ALL {_tie('former_employer', window=True)}",
    ),
    Rule(
        code="coauthor",
        title=_("Wrote with one of them within the window"),
        evidence=gettext_noop("%(expert)s is co-author with %(other)s, %(side)s, %(when)s."),
        own=gettext_noop("You are co-author with %(other)s, %(side)s, %(when)s."),
        window=True,
        query=_tie("coauthor", window=True),
    ),
    Rule(
        code="coproject",
        title=_("Joint project with one of them within the window"),
        evidence=gettext_noop("%(expert)s has a joint project with %(other)s, %(side)s, %(when)s."),
        own=gettext_noop("You have a joint project with %(other)s, %(side)s, %(when)s."),
        window=True,
        query=_tie("coproject", window=True),
    ),
    Rule(
        code="shareholder",
        title=_("Holds shares of one of them, or did within the window"),
        evidence=gettext_noop("%(expert)s holds shares of %(other)s, %(side)s, %(when)s."),
        own=gettext_noop("You hold shares of %(other)s, %(side)s, %(when)s."),
        window=True,
        query=_tie("shareholder", window=True),
    ),
    Rule(
        code="consulting",
        title=_("Advised or was paid by one of them within the window"),
        evidence=gettext_noop("%(expert)s advises or is paid by %(other)s, %(side)s, %(when)s."),
        own=gettext_noop("You advise or are paid by %(other)s, %(side)s, %(when)s."),
        window=True,
        query=_tie("consulting", window=True),
    ),
    Rule(
        code="relative",
        title=_("Near relative of a person concerned; does not age"),
        evidence=gettext_noop("%(expert)s is a near relative of %(other)s, %(side)s."),
        own=gettext_noop("You are a near relative of %(other)s, %(side)s."),
        query=_tie("relative", window=False),
    ),
    Rule(
        code="supervision",
        title=_("Supervisor or student of a person concerned; does not age"),
        evidence=gettext_noop("%(expert)s and %(other)s, %(side)s, are supervisor and student."),
        own=gettext_noop("You and %(other)s, %(side)s, are supervisor and student."),
        query=_tie("supervision", window=False),
    ),
    Rule(
        code="away",
        title=_("Not available during the review"),
        evidence=gettext_noop("%(expert)s is not available %(when)s."),
        own=gettext_noop("You are not available %(when)s."),
        hard=False,
        whole=True,
        query="""
            SELECT DISTINCT ON (pool.id) pool.id, NULL::uuid,
                   jsonb_build_object('since', a.since, 'until', a.until)
            FROM pool JOIN reviews_absence a ON a.expert_id = pool.id
             AND a.since <= %(last_day)s AND a.until >= %(today)s
            ORDER BY pool.id, a.since
        """,
    ),
    Rule(
        code="earlier_panel",
        title=_("Sat on the panel whose ranking fell"),
        evidence=gettext_noop("%(expert)s sat on the panel whose ranking of this challenge fell."),
        own=gettext_noop("You sat on the panel whose ranking of this challenge fell."),
        whole=True,
        query="""
            SELECT DISTINCT pool.id, NULL::uuid, '{}'::jsonb
            FROM pool JOIN reviews_assignment s ON s.expert_id = pool.id
             AND s.state IN ('accepted', 'recused', 'replaced')
            JOIN reviews_panel p ON p.id = s.panel_id AND p.state = 'closed' AND p.challenge_id = %(challenge)s
            JOIN challenges_challenge c ON c.id = p.challenge_id AND c.state IN ('opened', 'under_review')
        """,
    ),
    Rule(
        code="workload",
        title=_("Sits on as many panels as they may at once"),
        evidence=gettext_noop("%(expert)s sits on %(count)s panels at once already."),
        own=gettext_noop("You sit on %(count)s panels at once already."),
        number="panels_at_once",
        hard=False,
        whole=True,
        query="""
            SELECT pool.id, NULL::uuid, jsonb_build_object('count', count(*))
            FROM pool JOIN reviews_assignment s ON s.expert_id = pool.id AND s.state IN ('invited', 'accepted')
            JOIN reviews_panel p ON p.id = s.panel_id AND p.state <> 'closed' AND p.challenge_id <> %(challenge)s
            GROUP BY pool.id, pool.may_hold HAVING count(*) >= pool.may_hold
        """,
    ),
    Rule(
        code="consecutive",
        title=_("Sat on the last panels of this industry, one after the other"),
        evidence=gettext_noop("%(expert)s sat on the last %(count)s panels of this industry."),
        own=gettext_noop("You sat on the last %(count)s panels of this industry."),
        number="panels_in_a_row",
        hard=False,
        whole=True,
        query="""
            SELECT pool.id, NULL::uuid, jsonb_build_object('count', count(*))
            FROM pool JOIN reviews_assignment s ON s.expert_id = pool.id AND s.state IN ('invited', 'accepted')
            JOIN (
                SELECT p.id FROM reviews_panel p JOIN challenges_challenge c ON c.id = p.challenge_id
                WHERE p.drawn_at IS NOT NULL AND c.id <> %(challenge)s
                  AND c.industry = (SELECT industry FROM challenges_challenge WHERE id = %(challenge)s)
                ORDER BY p.drawn_at DESC, p.id LIMIT %(panels_in_a_row)s
            ) AS latest ON latest.id = s.panel_id
            GROUP BY pool.id HAVING count(*) >= %(panels_in_a_row)s
        """,
    ),
    Rule(
        code="chairs",
        title=_("Chaired as many panels as one may in a year; may be a member"),
        evidence=gettext_noop("%(expert)s chaired %(count)s panels within a year."),
        own=gettext_noop("You chaired %(count)s panels within a year."),
        number="chairs_a_year",
        hard=False,
        whole=True,
        query="""
            SELECT pool.id, NULL::uuid, jsonb_build_object('count', count(*))
            FROM pool JOIN reviews_assignment s ON s.expert_id = pool.id AND s.is_chair
             AND s.state IN ('invited', 'accepted')
            JOIN reviews_panel p ON p.id = s.panel_id AND p.challenge_id <> %(challenge)s
             AND p.drawn_at >= (%(now)s)::timestamptz - interval '1 year'
            GROUP BY pool.id HAVING count(*) >= %(chairs_a_year)s
        """,
    ),
)

BY_CODE = {rule.code: rule for rule in RULES}
HARD = tuple(rule for rule in RULES if rule.hard)
