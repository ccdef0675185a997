"""A contract at work, its milestones, and what is measured for its targets."""

from decimal import Decimal

from accounts import documents
from accounts.models import User
from challenges import actions
from challenges.models import Milestone, MilestoneDocument
from challenges.models.milestone_guards import findings
from reviews.demo import walk
from reviews.demo.papers import upload
from reviews.demo.people import Cast
from tests.factories.life import challenge_at


def last_milestone(cast: Cast) -> Milestone:
    """The last milestone of a contract, the others submitted; it proves all three targets and is to be delivered."""
    rows = Milestone.objects.filter(contract__challenge=challenge_at(cast, "executing"))
    *earlier, last = rows.select_related("contract__challenge", "contract__bid__lead").order_by("position")
    for milestone in earlier:
        walk.hand_in(milestone)
    return last


def team(milestone: Milestone) -> User:
    """Who leads the team that delivers."""
    return walk.team_lead(milestone.contract.bid)


def paper(milestone: Milestone) -> MilestoneDocument:
    """A test report among the evidence."""
    given = upload("检测报告.pdf", "检测报告", "逐项列出实测值与方法。")
    return documents.store(given, actor=team(milestone), model=MilestoneDocument, milestone=milestone)


def enter(milestone: Milestone, *values: str | None, report: MilestoneDocument | None = None) -> Milestone:
    """One value for each target that the milestone proves, in turn; None leaves the target out."""
    report = report or paper(milestone)
    rows = [
        {
            "position": item.position, "value": None if item.target.text else Decimal(value),
            "text": value if item.target.text else "", "method": item.target.method, "uncertainty": None,
            "report": report,
        }
        for item, value in zip(findings(milestone), values, strict=True)
        if value is not None
    ]  # fmt: skip
    return actions.measure(milestone, actor=team(milestone), rows=rows)
