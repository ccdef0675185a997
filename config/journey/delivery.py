"""Acts six to eight: the contract signed by both sides, milestones delivered and paid, the record whole at the end."""

import datetime as dt

from config.journey.bidding import CONFLICT, FORBIDDEN, INVALID, UNSEEN
from config.journey.client import Failed, Json, moment, site_time
from config.journey.papers import pdf
from config.journey.stage import Stage


def sign(stage: Stage) -> None:
    """Task book by the owner, pledge by the team; in force when both have confirmed."""
    stage.act("The contract: task book and pledge, confirmed by both sides")
    owner, winner, loser = stage["owner"], stage[stage.winner], stage["bidder2"]
    row = owner.items("contracts", challenge=stage.challenge)[0]
    stage.contract = f"contracts/{row['id']}"
    stage.refusal("A loser's look at the contract", loser.refused(UNSEEN, "GET", stage.contract))
    stage.refusal("An offer without a task book", owner.refused_step(CONFLICT, stage.contract, "offer"))
    stage.refusal(
        "The team's hand on the task book",
        winner.refused(FORBIDDEN, "PATCH", stage.contract, json={"task_book": "由乙方改写"}),
    )
    draft = owner.get(stage.contract)
    today = site_time(owner).date()
    milestones = {
        item["id"]: {
            "title": title,
            "deliverable": f"{title}及第三方检测报告",
            "due_on": (today + dt.timedelta(days=180 * item["position"])).isoformat(),
        }
        for item, title in zip(draft["milestones"], ("样机", "中试联机", "产线验收"), strict=True)
    }
    body = {"task_book": "一、目标：建成在线检测系统。\n二、内容：成像、算法、联机。\n三、验收：按指标逐项实测。"}
    owner.patch(stage.contract, {**body, "milestones": milestones})
    owner.step(stage.contract, "offer")
    stage.done(f"{owner.shown} writes the task book and offers the contract, {draft['amount']} yuan")
    stage.refusal(
        "The operator's signature", stage["operator"].refused_step(FORBIDDEN, stage.contract, "sign_as_owner")
    )
    owner.step(stage.contract, "sign_as_owner")
    stage.refusal("The owner's signature for the team",
                  owner.refused_step(FORBIDDEN, stage.contract, "sign_as_bidder", pledge=True))  # fmt: skip
    stage.refusal("A signature without the pledge",
                  winner.refused_step(INVALID, stage.contract, "sign_as_bidder", pledge=False))  # fmt: skip
    winner.step(stage.contract, "sign_as_bidder", pledge=True)
    stage.state("executing")
    stage.done(f"{owner.shown} and {winner.shown} have confirmed; the work starts")
    receipt = {"source": "enterprise", "amount": draft["amount"], "reference": f"SK-{row['id'][:8].upper()}"}
    finance = stage["finance"]
    stage.refusal("A receipt recorded by the team",
                  winner.refused(FORBIDDEN, "POST", f"{stage.contract}/receipts", json=receipt))  # fmt: skip
    for _again in range(2):
        finance.post(f"{stage.contract}/receipts", receipt)
    held = finance.get(f"{stage.contract}/money")["sources"][0]["held"]
    if held != draft["amount"]:
        raise Failed(f"A receipt sent twice counts as {held} yuan.")
    stage.done(f"{finance.shown} records what has arrived: {held} yuan, sent twice and counted once")
    stage.refusal("Completing before delivery", stage["operator"].refused_step(CONFLICT, stage.path, "complete"))


def deliver(stage: Stage) -> None:
    """Every milestone with evidence, the first one after a rectification; each share paid by three hands."""
    stage.act("The milestones: evidence, acceptance, payment by three different people")
    for milestone in stage["owner"].get(stage.contract)["milestones"]:
        path = f"milestones/{milestone['id']}"
        if milestone["position"] == 1:
            _refusals_before_delivery(stage, path, f"payments/{milestone['payment']}")
        _submit(stage, path, milestone["title"])
        if milestone["position"] == 1:
            _rectify(stage, path, milestone["title"])
        stage["owner"].step(path, "accept", opinion="按约定指标验收，同意通过。")
        stage.done(f"{stage['owner'].shown} accepts “{milestone['title']}”")
        _pay(stage, f"payments/{milestone['payment']}", first=milestone["position"] == 1)


def complete(stage: Stage) -> None:
    """The operator completes; the record is whole and public."""
    stage.act("The end: completed, and the record is whole")
    operator = stage["operator"]
    operator.step(stage.path, "complete", outcome="检出率 99.6 %，单片 96 秒，已在产线连续运行。")
    stage.state("completed")
    stage.done(f"{operator.shown} completes the challenge")
    public = stage.public.get(stage.path)
    if not public["end_reason"] or any(item["allowed"] for item in public["transitions"]):
        raise Failed("The completed challenge does not show its outcome to the public.")
    supervisor = stage["supervisor"]
    verdict = supervisor.get(f"{stage.path}/ledger/verify")
    if not verdict["intact"]:
        raise Failed("A chain of the ledger does not verify.")
    entries = sum(chain["entries"] for chain in verdict["chains"])
    stage.done(f"{supervisor.shown} verifies {entries} ledger entries in {len(verdict['chains'])} chains")
    paid = [row for row in supervisor.items("payments", challenge=stage.challenge) if row["state"] == "paid"]
    stage.done(f"{len(paid)} payments are made: {', '.join(row['amount'] for row in paid)} yuan")


def _refusals_before_delivery(stage: Stage, milestone: str, payment: str) -> None:
    winner = stage[stage.winner]
    report = "样机已完成出厂测试，报告见附件。"
    stage.refusal("A milestone without evidence", winner.refused_step(CONFLICT, milestone, "submit", report=report))
    stage.refusal("A payment before acceptance", winner.refused_step(CONFLICT, payment, "request"))


def _submit(stage: Stage, path: str, title: str) -> None:
    winner, owner = stage[stage.winner], stage["owner"]
    content = pdf(f"{title}验收材料", "逐项列出指标、实测值、方法与第三方报告编号。")
    winner.upload(f"{path}/documents", f"{title}验收材料.pdf", content)
    winner.step(path, "submit", report=f"{title}已按任务书完成，各项指标达到约定值。")
    stage.done(f"{winner.shown} delivers “{title}” with its evidence")
    owner.step(path, "start_acceptance")


def _rectify(stage: Stage, path: str, title: str) -> None:
    owner, winner = stage["owner"], stage[stage.winner]
    files = {"file": ("补充.pdf", pdf("补充", "补充材料"), "application/pdf")}
    stage.refusal("Evidence after the submission", winner.refused(FORBIDDEN, "POST", f"{path}/documents", files=files))
    stage.refusal("Accepting one's own delivery", winner.refused_step(FORBIDDEN, path, "accept"))
    by = moment(site_time(owner), after=600)
    owner.step(path, "require_rectification", opinion="补充高温工况下的检出率数据。", rectify_by=by)
    stage.done(f"{owner.shown} asks to rectify “{title}”")
    _submit(stage, path, title)


def _pay(stage: Stage, path: str, *, first: bool) -> None:
    winner, approver, payer = stage[stage.winner], stage["decider2"], stage["finance"]
    winner.step(path, "request")
    if first:
        stage.refusal("Approving one's own request", winner.refused_step(FORBIDDEN, path, "approve"))
        stage.refusal("Approving by who pays", payer.refused_step(FORBIDDEN, path, "approve"))
        stage.refusal("Paying before the approval", payer.refused_step(CONFLICT, path, "pay", reference="JRN-0"))
    approver.step(path, "approve")
    if first:
        stage.refusal("Paying by who approved", approver.refused_step(FORBIDDEN, path, "pay", reference="JRN-0"))
    paid: Json = payer.step(path, "pay", reference=f"JRN-{path[-8:].upper()}")
    stage.done(f"{winner.shown} requests, {approver.shown} approves, {payer.shown} pays {paid['amount']} yuan")
