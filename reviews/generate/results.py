"""What came of a completed contract: outcomes, their transfer and referral, and the reports of later years."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.utils import timezone

from challenges.actions.follow_ups import years_after
from challenges.models import (
    FollowUp,
    Outcome,
    OutcomeFigure,
    OutcomeShare,
    Referral,
    Transfer,
    TransferObjection,
)
from reviews.generate.contract import Deal
from reviews.generate.scene import Scene
from reviews.generate.story import DAY, MOMENT

# Kind, what the title adds, its office's mark, its standing, and whether it is one of the three firsts.
KINDS = (
    ("patent", "的制备方法与装置", "示例专利〔{year}〕{n:05d}号", "granted", ""),
    ("line", "示范线", "", "in_use", ""),
    ("standard", "技术规范", "T/SF {n:05d}-{year}", "granted", ""),
    ("product", "产品", "", "in_use", "equipment"),
    ("software", "控制软件", "示例软著登字第{n:05d}号", "granted", "software"),
    ("process", "工艺包", "", "in_use", "batch"),
)
STATES = ("confirmed", "confirmed", "registered", "confirmed", "superseded", "confirmed", "returned", "confirmed",
          "draft", "confirmed")  # fmt: skip
TRANSFERS = ("concluded", "publicity", "", "concluded", "draft", "", "withdrawn", "")
REFERRALS = ("taken_up", "", "referred", "", "declined", "")
TO = {"fund": "示例成果转化基金", "insurance": "示例首台套保险共保体", "pilot_base": "示例中试基地"}
FIGURES = ("sales", "jobs", "saved", "invested")


def register(scene: Scene, deal: Deal) -> None:
    """One to three outcomes of the contract."""
    for place in range(1 + scene.turn("results") % 3):
        _outcome(scene, deal, scene.during(0.96 + 0.01 * place))


def _outcome(scene: Scene, deal: Deal, at: datetime) -> None:
    turn = scene.turn("outcome")
    state = STATES[turn % len(STATES)]
    first = _version(scene, deal, at, turn, state, None)
    if state == "superseded":
        newer = _version(scene, deal, at + MOMENT, turn, "confirmed", first)
        scene.act("supersede", "outcome", first, "confirmed", "superseded", at + MOMENT)
        first, state = newer, "confirmed"
    if state == "confirmed":
        _transfer(scene, deal, first, at)
        _refer(scene, first, at)


def _version(scene: Scene, deal: Deal, at: datetime, turn: int, state: str, previous: UUID | None) -> UUID:
    story, author = scene.story, deal.offer.author
    kind, adds, mark, standing, first_set = KINDS[turn % len(KINDS)]
    number = mark.format(year=at.year, n=turn + 1)
    sent, done = state != "draft", state in ("confirmed", "superseded")
    made = scene.add(
        Outcome, state=state, created_at=at, contract_id=deal.id, previous_id=previous, version=2 if previous else 1,
        kind=kind, title=f"{story.title}{adds}", number=number, dated_on=timezone.localdate(at), standing=standing,
        summary="由本榜题形成，已在发榜方现场连续运行。", first_set=first_set,
        first_set_certificate=f"示例首台套〔{at.year}〕{turn + 1:04d}号" if first_set else "",
        team_discloses=turn % 3 > 0,
        owner_discloses=done and turn % 4 > 0, registered_by_id=author.id if sent else None,
        registered_at=at if sent else None, confirmed_by_id=story.owner.id if done else None,
        confirmed_at=at + MOMENT / 2 if done else None,
        return_reason="请补充登记证书扫描件。" if state == "returned" else "",
    )  # fmt: skip
    for holder, rights, benefit in ((deal.offer.lead, 60, 55), (story.owner.house, 40, 45)):
        scene.add(OutcomeShare, outcome_id=made, holder_id=holder, rights=Decimal(rights), benefit=Decimal(benefit))
    for place, figure in enumerate(FIGURES if kind in ("line", "product", "process") else ()):
        value = (
            Decimal(20 + turn % 60) if figure == "jobs" else Decimal(800_000 + 37_000 * (turn % 90) + place * 50_000)
        )
        scene.add(
            OutcomeFigure, outcome_id=made, year=at.year, kind=figure, value=value, source="销售合同、社保与财务汇总"
        )
    scene.act("create", "outcome", made, "", "draft", at, author, "bidder")
    if sent:
        scene.act("register", "outcome", made, "draft", "registered", at, author, "bidder")
    if done:
        scene.act("confirm", "outcome", made, "registered", "confirmed", at + MOMENT / 2, story.owner, "owner")
    if state == "returned":
        scene.act("send_back", "outcome", made, "registered", "returned", at + MOMENT / 2, story.owner, "owner")
    return made


def _transfer(scene: Scene, deal: Deal, outcome: UUID, at: datetime) -> None:
    turn, author, operator = scene.turn("transfer"), deal.offer.author, scene.story.operator
    state = TRANSFERS[turn % len(TRANSFERS)]
    if not state:
        return
    way = "agreed" if state != "concluded" or turn % 2 == 0 else ("listing", "auction")[turn // 2 % 2]
    days = scene.frozen.rules.price_publicity
    shown = way == "agreed" and state != "draft"
    opens = scene.today - 5 * DAY if state == "publicity" else at + MOMENT
    if state != "publicity" and opens + days > scene.today - MOMENT:  # the challenge ended only lately
        state, opens = ("publicity", max(at + MOMENT, scene.today - 5 * DAY)) if shown else (state, opens)
    opens = max(opens, at + MOMENT)
    done = opens + days + MOMENT if shown else at + MOMENT
    made = scene.add(
        Transfer, state=state, created_at=at + MOMENT / 2, outcome_id=outcome, way=way, name=scene.story.title,
        price=Decimal(300_000 + 50_000 * (turn % 40)), buyer="示例受让有限公司", grounds="评估报告与同类成交价。",
        drafted_by_id=author.id, publicity_opens_at=opens if shown else None,
        publicity_ends_at=opens + days if shown else None, concluded_at=done if state == "concluded" else None,
        withdraw_reason="异议成立，重新评估后再议。" if state == "withdrawn" else "",
    )  # fmt: skip
    scene.act("create", "transfer", made, "", "draft", at + MOMENT / 2, author, "bidder")
    if shown:
        scene.act("open_publicity", "transfer", made, "draft", "publicity", opens, operator, "operator")
    if state == "concluded":
        source = "publicity" if shown else "draft"
        scene.act("conclude", "transfer", made, source, "concluded", done, operator, "operator")
    if state == "withdrawn" or (state == "publicity" and turn % 2):
        _object_to_price(scene, made, opens + MOMENT, upheld=state == "withdrawn")


def _object_to_price(scene: Scene, transfer: UUID, at: datetime, *, upheld: bool) -> None:
    filer, operator = scene.chance.choice(scene.crowd.bidders), scene.story.operator
    answered = at + MOMENT / 2 if upheld else None
    made = scene.add(
        TransferObjection, transfer_id=transfer, filed_by_id=filer.id, filed_at=at, name=filer.name,
        text="同类成果近期成交价高于公示价格，请复核评估报告。", upheld=True if upheld else None,
        answer="经复核，评估报告遗漏一项可比交易，异议成立。" if upheld else "",
        answered_by_id=operator.id if upheld else None, answered_at=answered,
    )  # fmt: skip
    scene.act("object", "transfer", transfer, "publicity", "publicity", at, filer, "public", objection=str(made))
    if answered:
        scene.act("answer_objection", "transfer", transfer, "publicity", "publicity", answered, operator, "operator",
                  objection=str(made), upheld=True)  # fmt: skip
        scene.act("withdraw", "transfer", transfer, "publicity", "withdrawn", answered, operator, "operator")


def _refer(scene: Scene, outcome: UUID, at: datetime) -> None:
    turn, operator = scene.turn("referral"), scene.story.operator
    state = REFERRALS[turn % len(REFERRALS)]
    if not state:
        return
    kind = list(TO)[turn // 2 % 3]
    answered = at + 2 * MOMENT if state != "referred" else None
    answer = {"taken_up": "已受理，进入尽调。", "declined": "当前不在支持方向，建议成熟后再报。"}.get(state, "")
    made = scene.add(
        Referral, state=state, created_at=at + MOMENT, outcome_id=outcome, kind=kind, to=TO[kind],
        note="拟推广应用，需资金、保险或中试场地支持。", referred_by_id=operator.id, answer=answer,
        answered_at=answered,
    )  # fmt: skip
    scene.act("create", "referral", made, "", "referred", at + MOMENT, operator, "operator")
    if answered:
        step = "take_up" if state == "taken_up" else "decline"
        scene.act(step, "referral", made, "referred", state, answered, operator, "operator")


def follow_up(scene: Scene, deal: Deal) -> None:
    """The reports that the rules ask for in later years; those whose day has come are there, but for some."""
    rules, author, end = scene.frozen.rules, deal.offer.author, scene.end
    completed, today = timezone.localdate(end), timezone.localdate(scene.today)
    for years in (rules.first_follow_up_years, rules.second_follow_up_years):
        due = years_after(completed, years)
        remind = due - rules.follow_up_reminder
        late = remind < today and scene.turn("follow_up") % 6 == 5
        handed = (
            end + timedelta(days=(remind - completed).days + 3)
            if remind + timedelta(days=4) < today and not late
            else None
        )
        made = scene.add(
            FollowUp, state="reported" if handed else "due", created_at=end, contract_id=deal.id, years=years,
            due_on=due, remind_on=remind, usage="已在两条产线应用，运行稳定。" if handed else "",
            problems="推广中需适配不同工况。" if handed else "", sales=deal.amount * years if handed else None,
            jobs=12 * years if handed else None, source="企业年度财务与社保记录" if handed else "",
            reported_by_id=author.id if handed else None, reported_at=handed,
        )  # fmt: skip
        scene.act("create", "followup", made, "", "due", end, years=years)
        if handed:
            scene.act("report", "followup", made, "due", "reported", handed, author, "bidder")
