"""Turns off the straight road that the demo site shows: each begins at a stage of `walk`, by the real steps."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from accounts import clock, documents
from accounts.workflow import take
from challenges import actions
from challenges.models import Challenge, Contract, MidtermCheck, Milestone, OutcomeDocument
from reviews import actions as judging
from reviews.demo import walk
from reviews.demo.papers import upload
from reviews.demo.people import Cast
from reviews.models import Panel, ScoreSheet

TEST_AHEAD = timedelta(days=150)
REPORT_AHEAD = timedelta(days=30)


def converse(challenge: Challenge, cast: Cast) -> None:
    """A team asks in public, and the owner answers; every team has begun its bid."""
    for place, bidder in enumerate(cast.bidders):
        walk.write_bid(challenge, bidder, lead=cast.leads[place], percent=90 + place)
    question = actions.ask_question(challenge, actor=cast.bidders[0], text="中试验证可否使用揭榜方自有场地？")
    actions.answer_question(question, actor=cast.owner, text="可以，须在技术方案中写明场地条件，并接受现场核查。")
    actions.ask_question(challenge, actor=cast.bidders[1], text="指标测试可否由双方共同委托的第三方机构完成？")


def cancel(challenge: Challenge, cast: Cast) -> None:
    """The owner asks, a decider consents."""
    reason = "发榜单位调整了技术路线，原需求不再成立。"
    challenge = take(challenge, "request_cancellation", actor=cast.owner, reason=reason)
    take(challenge, "cancel", actor=cast.decider, reason=reason)


def meet(challenge: Challenge, _cast: Cast) -> None:
    """The panel is in its consensus, far apart on one bid: two members have written, one has amended a score."""
    panel = Panel.objects.get(challenge=challenge, state="scoring")
    seats = list(panel.assignments.filter(state="accepted").select_related("expert__user").order_by("pk"))
    places = {seat.pk: place for place, seat in enumerate(seats)}
    contested = min(bid.code for bid in challenge.bids.filter(state="eligible"))
    while sheets := walk.open_sheets(challenge):
        for sheet in sheets:
            place = places[sheet.assignment_id]
            stricter = -24 if place == 0 and sheet.bid.code == contested else 0
            walk.fill(sheet, more=stricter + 2 * (place % 3) - 2)
    chair = next(seat.expert.user for seat in seats if seat.is_chair)
    take(panel, "open_consensus", actor=chair)
    thread = panel.discussions.get(bid__code=contested)
    for seat, text in (
        (seats[0], "测试方法只列了自检，没有第三方复测安排，我据此扣分；如有补充依据可以再议。"),
        (seats[1], "附件第三节写明了委托检测机构与批次，我认为验证方法是充分的。"),
    ):
        take(panel, "discuss", actor=seat.expert.user, discussion=thread, text=text)
    sheet = ScoreSheet.objects.get(assignment=seats[0], bid__code=contested, part="technical")
    reason = "核对附件第三节后，认可第三方检测安排，上调此项。"
    take(sheet, "amend", actor=seats[0].expert.user, criterion="feasibility", score="78", reason=reason)


def give_up(challenge: Challenge, cast: Cast) -> None:
    """The decider awards nobody."""
    take(challenge, "declare_no_award", actor=cast.decider, reason="各方案均未达到核心指标的验证要求，本次不定榜。")


def object_to_award(challenge: Challenge, cast: Cast) -> None:
    """A bidder objects, and the award waits for the decision."""
    actions.file_objection(
        challenge.awards.get(),
        actor=cast.bidders[3],
        name="揭榜人四",
        contact="0355-5550014",
        ground="procedure",
        text="公示的测试方法与榜单所列标准不一致，请复核评审程序。",
        evidence_note="榜单公告第三条所列测试标准，与公示所附检测报告第二页比对。",
    )


def form_panel(challenge: Challenge, cast: Cast) -> None:
    """The platform has committed to its seed; the supervisor's is wanted before anybody is drawn."""
    judging.create_panel(challenge, actor=cast.operator)


def run_race(challenge: Challenge, cast: Cast) -> None:
    """The two best are both awarded (赛马) and run side by side; what both delivered so far is at the bank."""
    best = list(challenge.bids.filter(state="ranked").order_by("rank")[:2])
    plan = {
        "test_on": timezone.localdate(clock.now()) + TEST_AHEAD, "early_share": Decimal(30), "places": 1,
        "subject": "同一批次样件在第三方试验台连续运行七十二小时，逐项测量全部指标。",
    }  # fmt: skip
    take(challenge, "propose_award", actor=cast.decider, bids=best, race=plan)
    walk.carry(challenge, cast, to="executing", since="award_proposed")
    due = []
    for contract in Contract.objects.filter(challenge=challenge).select_related("bid__lead").order_by("bid__rank"):
        take(walk.name_account(contract), "confirm", actor=cast.finance)
        due.append(walk.deliver_unpaid(_first_milestone(contract), cast).pk)
    actions.make_batch(due, actor=cast.finance)


def come_halfway(challenge: Challenge, cast: Cast) -> None:
    """The first milestone is accepted and its payment waits; half of the time is over: the mid-term report is due."""
    contract = Contract.objects.select_related("bid__lead").get(challenge=challenge)
    take(walk.name_account(contract), "confirm", actor=cast.finance)
    walk.deliver_unpaid(_first_milestone(contract), cast)
    today = timezone.localdate(clock.now())
    checks = MidtermCheck.objects.filter(contract__challenge=challenge, state="due")
    checks.update(opens_on=today, due_on=today + REPORT_AHEAD)


def _first_milestone(contract: Contract) -> Milestone:
    return contract.milestones.select_related("contract__challenge", "contract__bid__lead").earliest("position")


def send_back(challenge: Challenge, cast: Cast) -> None:
    """The second milestone is handed in, and something is missing; the account to pay to waits for confirmation."""
    contract = Contract.objects.select_related("bid__lead").get(challenge=challenge, state="effective")
    walk.name_account(contract)
    milestone = contract.milestones.filter(state="planned").select_related("contract__bid__lead").first()
    if milestone is None:
        raise LookupError("every milestone is handed in already")
    milestone = walk.hand_in(milestone)
    milestone = take(milestone, "start_acceptance", actor=cast.owner)
    rectify_by = clock.now() + challenge.frozen_rules.rectification_at_most - timedelta(minutes=1)
    take(
        milestone, "require_rectification", actor=cast.owner, rectify_by=rectify_by,
        opinion="缺少连续运行七十二小时的原始记录，请补充后再次提交。",
    )  # fmt: skip


def terminate(challenge: Challenge, cast: Cast) -> None:
    """The work cannot go on, and nobody is at fault."""
    contract = challenge.contracts.select_related("bid__lead").get(state="effective")
    take(contract, "propose_termination", actor=cast.owner, facts="关键原材料停产，第二节点无法按期交付。")
    termination = take(
        contract.terminations.get(), "answer", actor=walk.team_lead(contract.bid),
        tried="先后验证三种替代原料，并改造提纯工艺两轮。", records="试验记录、供应商停产函与工艺评审纪要齐全。",
        cause="原料纯度达不到下限，属供应中断，立项时无法预见。",
    )  # fmt: skip
    reasons = "关键原材料停产且无替代，团队已尽职履责，记录齐全，予以免责终止。"
    take(termination, "decide", actor=cast.decider2, exempt=True, reasons=reasons)


def bring_results(challenge: Challenge, cast: Cast) -> None:
    """The team registers what came of it, the owner confirms, an agreed price is published, a fund is asked."""
    contract = Contract.objects.select_related("bid__lead", "challenge").get(challenge=challenge)
    leader = walk.team_lead(contract.bid)
    shares = {
        contract.bid.lead_id: (Decimal("66.67"), Decimal(60)),
        challenge.owner_id: (Decimal("33.33"), Decimal(40)),
    }
    today = timezone.localdate(clock.now())
    for kind, title, number, standing in (
        ("patent", "一种用于本榜题的工艺与装置", "示例专利〔2026〕0001号", "granted"),
        ("line", "揭榜技术示范线", "", "in_use"),
    ):
        data = {
            "kind": kind, "title": title, "number": number, "dated_on": today, "standing": standing,
            "summary": "由本榜题形成，已在发榜方现场连续运行。", "team_discloses": True,
        }  # fmt: skip
        figures = [{"year": today.year, "kind": "sales", "value": Decimal(3_200_000), "source": "销售合同与发票汇总"}]
        outcome = actions.create_outcome(
            contract, actor=leader, data=data, shares=shares, figures=figures if kind == "line" else ()
        )
        proof = upload("证明材料.pdf", title, "登记编号、日期与持有方。")
        documents.store(proof, actor=leader, model=OutcomeDocument, outcome=outcome)
        outcome = take(outcome, "register", actor=leader)
        outcome = take(outcome, "confirm", actor=cast.owner, discloses=kind == "patent")
        if kind == "patent":
            price = {"way": "agreed", "name": title, "price": Decimal(2_600_000), "buyer": "示例受让有限公司"}
            transfer = actions.create_transfer(
                outcome, actor=leader, data=price | {"grounds": "评估报告与同类成交价。"}
            )
            take(transfer, "open_publicity", actor=cast.operator)
        else:
            note = "拟申请中试放大，需场地与公用工程条件。"
            actions.refer_outcome(outcome, actor=cast.operator, kind="pilot_base", to="示例中试基地", note=note)


# name: (the stage it begins at, what happens there)
BRANCHES: dict[str, tuple[str, Callable[[Challenge, Cast], None]]] = {
    "conversing": ("published", converse),
    "cancelled": ("published", cancel),
    "meeting": ("under_review", meet),
    "no_award": ("ranked", give_up),
    "objected": ("award_proposed", object_to_award),
    "racing": ("ranked", run_race),
    "halfway": ("executing", come_halfway),
    "seeding": ("opened", form_panel),
    "rectifying": ("delivering", send_back),
    "terminated": ("delivering", terminate),
    "completed": ("completed", bring_results),
}
