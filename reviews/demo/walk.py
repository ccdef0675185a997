"""Carries a challenge from stage to stage through the same steps that people take.

Only the clock is helped along: a deadline or the end of a notice is set to a moment ago, as if the time had passed.
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from django.db.models import F
from django.db.models.functions import Now

from accounts import documents
from accounts.models import Membership, Organization, User
from accounts.workflow import take
from challenges import actions
from challenges.models import (
    Award,
    Bid,
    BidDocument,
    Challenge,
    ChallengeDocument,
    Contract,
    Milestone,
    MilestoneDocument,
    Objection,
    PayeeAccount,
    Payment,
    ReviewClass,
)
from challenges.models.milestone_guards import findings
from reviews import actions as judging
from reviews.demo.papers import upload
from reviews.demo.people import Cast
from reviews.models import Assignment, Panel, ScoreSheet

MOMENT = timedelta(seconds=1)
SCORES = (91, 84, 78, 70)


def submit(challenge: Challenge, cast: Cast) -> None:
    """With the proof of funds."""
    if not challenge.documents.filter(purpose="proof_of_funds").exists():
        documents.store(
            upload("资金证明.pdf", "资金证明", "兹证明本项目榜额资金已经落实，专款专用。"),
            actor=cast.owner,
            model=ChallengeDocument,
            challenge=challenge,
            purpose="proof_of_funds",
        )
    take(challenge, "submit", actor=cast.owner)


def vet(challenge: Challenge, cast: Cast) -> None:
    """With the rubric of technical development and three milestones."""
    review_class = challenge.review_class or ReviewClass.DEVELOPMENT
    take(challenge, "vet", actor=cast.operator, review_class=review_class, payment_preset="30/40/30")


def publish(challenge: Challenge, cast: Cast) -> None:
    """By a decider."""
    take(challenge, "publish", actor=cast.decider)


def bid(challenge: Challenge, cast: Cast) -> None:
    """Every invented team bids and seals."""
    for number, bidder in enumerate(cast.bidders):
        one_bid(challenge, bidder, lead_number=number, cast=cast)


def one_bid(challenge: Challenge, bidder: User, *, lead_number: int, cast: Cast) -> Bid:
    """Fill in the three parts, pledge, and submit."""
    draft = write_bid(challenge, bidder, lead=cast.leads[lead_number], percent=97 - 3 * lead_number)
    documents.store(
        upload("技术方案.pdf", "技术方案", f"课题：{challenge.title}", "总体思路、技术路线、验证方法与进度安排。"),
        actor=bidder,
        model=BidDocument,
        envelope=draft.envelopes.get(part="technical"),
    )
    return take(draft, "submit", actor=bidder)


def write_bid(challenge: Challenge, bidder: User, *, lead: Organization, percent: int) -> Bid:
    """A draft of `percent` of the reward with its pledge that lacks only its documents."""
    reward = challenge.reward or Decimal(1_000_000)
    draft = actions.start_bid(challenge, actor=bidder, lead=lead)
    commitments = {str(target.pk): {"value": target.value, "text": target.text} for target in challenge.targets.all()}
    actions.save_envelope(
        draft,
        actor=bidder,
        part="technical",
        version=1,
        content={
            "summary": f"围绕“{challenge.title}”提出分阶段攻关方案，逐项响应技术指标。",
            "approach": "机理研究与工程验证并行：先在小试平台确认关键参数，再在中试线上连续运行，最后现场考核。",
            "schedule": "前三分之一周期完成方案冻结与样件，中期完成中试，末期完成现场考核与移交。",
            "risks": "主要风险为放大后的稳定性，备有两条工艺路线，按节点取舍。",
        },
        commitments=commitments,
    )
    price = (reward * Decimal(percent) / 100).quantize(Decimal("0.01"))
    actions.save_envelope(
        draft, actor=bidder, part="commercial", version=1,
        content={"price": str(price), "budget": "设备 40 %，材料与测试 35 %，人员 25 %。"},
    )  # fmt: skip
    actions.save_envelope(
        draft, actor=bidder, part="identity", version=1,
        content={"leader": bidder.name, "team": "团队十二人，覆盖材料、装备、控制与检测。"},
    )  # fmt: skip
    return actions.set_pledge(draft, actor=bidder, pledged=True)


def close(challenge: Challenge, _cast: Cast) -> None:
    """The deadline passes."""
    Challenge.objects.filter(pk=challenge.pk).update(bid_deadline=Now() - MOMENT)
    actions.close_due_biddings()


def open_bids(challenge: Challenge, cast: Cast) -> None:
    """Two custodians consent, one opens."""
    take(challenge, "consent_to_opening", actor=cast.operator)
    take(challenge, "consent_to_opening", actor=cast.decider)
    take(challenge, "open_bids", actor=cast.operator)


def decide_eligibility(challenge: Challenge, cast: Cast) -> None:
    """Every bid is found eligible."""
    for item in challenge.bids.filter(state="opened"):
        take(item, "accept_eligibility", actor=cast.operator)


def draw_panel(challenge: Challenge, cast: Cast) -> None:
    """Commit, second seed, draw, invitations; everyone drawn accepts."""
    panel = judging.create_panel(challenge, actor=cast.operator)
    panel = take(panel, "give_seed", actor=cast.supervisor, seed="监督员的随机种子 20261123")
    panel = take(panel, "draw", actor=cast.operator)
    panel = take(panel, "release", actor=cast.operator)
    for assignment in Assignment.objects.filter(panel=panel, state="invited").select_related("expert__user"):
        take(assignment, "accept", actor=assignment.expert.user, no_conflict=True)


def start_review(challenge: Challenge, cast: Cast) -> None:
    """Score sheets are handed out."""
    take(challenge, "start_review", actor=cast.operator)


def score(challenge: Challenge, _cast: Cast) -> None:
    """Every reviewer fills in, submits and locks every sheet: technical parts first, then the commercial ones."""
    while sheets := list(open_sheets(challenge)):
        for sheet in sheets:
            fill(sheet)


def open_sheets(challenge: Challenge) -> list[ScoreSheet]:
    sheets = ScoreSheet.objects.filter(assignment__panel__challenge=challenge, state="open")
    return list(sheets.select_related("assignment__expert__user", "assignment__panel__challenge", "bid"))


def fill(sheet: ScoreSheet, *, more: int = 0) -> None:
    """One sheet, scored, submitted and locked by its reviewer."""
    reviewer = sheet.assignment.expert.user
    scores = scores_of(sheet, more=more)
    sheet = judging.save_scores(sheet, actor=reviewer, scores=scores, version=sheet.version)
    sheet = take(sheet, "submit", actor=reviewer)
    take(sheet, "lock", actor=reviewer)


def scores_of(sheet: ScoreSheet, *, more: int = 0) -> dict[str, dict[str, str]]:
    """Scores by the place of the bid's price so that the ranking is the same each time, or by `more`."""
    order = sorted(item.pk for item in sheet.bid.challenge.bids.all())
    base = SCORES[order.index(sheet.bid_id) % len(SCORES)]
    rubric = sheet.assignment.panel.challenge.frozen_rubric
    return {
        item.key: {"score": str(base + more + place % 3), "comment": "依据充分，路线清楚，验证安排与指标对应。"}
        for place, item in enumerate(rubric.criteria)
        if item.part == sheet.part
    }


def rank(challenge: Challenge, cast: Cast) -> None:
    """Consensus, then the ranking."""
    panel = Panel.objects.get(challenge=challenge, state="scoring")
    chair = panel.assignments.get(is_chair=True, state="accepted").expert.user
    take(panel, "open_consensus", actor=chair)
    take(challenge, "finish_review", actor=cast.operator)


def propose(challenge: Challenge, cast: Cast) -> None:
    """The best of the ranking."""
    best = challenge.bids.filter(state="ranked").order_by("rank").first()
    take(challenge, "propose_award", actor=cast.decider, bids=[best])


def confirm(challenge: Challenge, _cast: Cast) -> None:
    """The notice ends, and with it the time to appeal what was dismissed."""
    awards = Award.objects.filter(challenge=challenge, state__in=("notice", "suspended"))
    awards.update(notice_ends_at=F("notice_opens_at"))
    Objection.objects.filter(award__in=awards, appeal_until__isnull=False).update(appeal_until=F("decided_at"))
    actions.confirm_due_awards()


def sign(challenge: Challenge, cast: Cast) -> None:
    """With each winner."""
    for contract in challenge.contracts.filter(state="draft").select_related("bid__lead").order_by("bid__rank"):
        sign_contract(contract, cast)


def sign_contract(contract: Contract, cast: Cast) -> None:
    """The owner writes the task book and offers; both sides sign."""
    contract = actions.edit_contract(
        contract, actor=cast.owner, data={"task_book": "一、总体目标。二、研究内容。三、里程碑与交付物。四、验收方法。"}
    )
    contract = take(contract, "offer", actor=cast.owner)
    contract = take(contract, "sign_as_owner", actor=cast.owner, **read(contract))
    contract = take(contract, "sign_as_bidder", actor=team_lead(contract.bid), pledge=True, **read(contract))
    fund(contract, cast)


def read(contract: Contract) -> dict[str, str]:
    """What a confirmation brings along: the content that was read, and how it was proved who confirms."""
    return {"content": contract.versions.get(number=contract.version).sha256, "proof": "password"}


def fund(contract: Contract, cast: Cast) -> None:
    """What the enterprise promised arrives, and finance records it."""
    reference = f"SK-{contract.challenge.number}"
    actions.receive(
        contract, actor=cast.finance, source="enterprise", amount=contract.sources["enterprise"], reference=reference
    )


def name_account(contract: Contract) -> PayeeAccount:
    """The team names an invented account at an invented bank; it waits for a second person's confirmation."""
    lead = contract.bid.lead
    number = "".join(sign for sign in lead.uscc if sign.isdigit())
    return actions.give_payee(
        contract, actor=team_lead(contract.bid), holder=lead.name, bank="示例银行演示支行", number=number
    )


def team_lead(item: Bid) -> User:
    """Who signs for the bid."""
    return Membership.objects.filter(organization=item.lead, role="admin", ended_at=None).get().user


def hand_in(milestone: Milestone) -> Milestone:
    """Evidence, measured values and submission by the team."""
    leader = team_lead(milestone.contract.bid)
    report = documents.store(
        upload("里程碑报告.pdf", "里程碑报告", "逐项列出指标、实测值、方法与第三方报告。"),
        actor=leader,
        model=MilestoneDocument,
        milestone=milestone,
    )
    measure(milestone, report, actor=leader)
    return take(milestone, "submit", actor=leader, report="各项指标达到约定值，检测报告见附件。")


def measure(milestone: Milestone, report: MilestoneDocument, *, actor: User) -> None:
    """Each target that the milestone proves is met exactly, by one report."""
    rows = [
        {
            "position": item.position, "value": item.target.value, "text": item.target.text,
            "method": item.target.method, "uncertainty": None, "report": report,
        }
        for item in findings(milestone)
    ]  # fmt: skip
    if rows:
        actions.measure(milestone, actor=actor, rows=rows)


def deliver(milestone: Milestone, cast: Cast) -> None:
    """Evidence, submission, acceptance, payment by three different people."""
    take(deliver_unpaid(milestone, cast), "pay", actor=cast.finance, reference=f"PAY-{milestone.position:04d}")


def deliver_unpaid(milestone: Milestone, cast: Cast) -> Payment:
    """Evidence, submission, acceptance; the payment is asked for and approved, and waits for finance."""
    leader = team_lead(milestone.contract.bid)
    milestone = take(hand_in(milestone), "start_acceptance", actor=cast.owner)
    take(milestone, "accept", actor=cast.owner, opinion="同意通过。")
    payment = Payment.objects.get(milestone=milestone)
    payment = take(payment, "request", actor=leader)
    return take(payment, "approve", actor=cast.decider2)


def deliver_first(challenge: Challenge, cast: Cast) -> None:
    """The first milestone."""
    deliver(_milestones(challenge)[0], cast)


def deliver_rest(challenge: Challenge, cast: Cast) -> None:
    """All others."""
    for milestone in _milestones(challenge):
        if milestone.state == "planned":
            deliver(milestone, cast)


def _milestones(challenge: Challenge) -> list[Milestone]:
    contract = Contract.objects.get(challenge=challenge, state="effective")
    return list(contract.milestones.select_related("contract__challenge", "contract__bid__lead"))


def complete(challenge: Challenge, cast: Cast) -> None:
    """The challenge is done."""
    take(challenge, "complete", actor=cast.operator, outcome="指标全部达到，成果已在现场连续运行。")


Stage = Callable[[Challenge, Cast], None]
STAGES: dict[str, Stage] = {
    "submitted": submit,
    "vetted": vet,
    "published": publish,
    "bid": bid,
    "bidding_closed": close,
    "opened": open_bids,
    "eligible": decide_eligibility,
    "panel_ready": draw_panel,
    "under_review": start_review,
    "scored": score,
    "ranked": rank,
    "award_proposed": propose,
    "awarded": confirm,
    "executing": sign,
    "delivering": deliver_first,
    "delivered": deliver_rest,
    "completed": complete,
}


def carry(challenge: Challenge, cast: Cast, *, to: str, since: str | None = None) -> Challenge:
    """Take every step up to the stage `to`, beginning after `since` (None: from the draft); answers it as saved."""
    names = list(STAGES)
    begin = names.index(since) + 1 if since else 0
    for name in names[begin : names.index(to) + 1]:
        STAGES[name](Challenge.objects.get(pk=challenge.pk), cast)
    return Challenge.objects.get(pk=challenge.pk)
