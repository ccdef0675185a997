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
    read = {"content": owner.get(stage.contract)["versions"][0]["sha256"], "password": stage.password}
    guessed, other = read | {"password": "guessed"}, read | {"content": "0" * 64}
    stage.refusal("A confirmation with a wrong password",
                  owner.refused_step(INVALID, stage.contract, "sign_as_owner", **guessed))  # fmt: skip
    stage.refusal("A confirmation of another text",
                  owner.refused_step(CONFLICT, stage.contract, "sign_as_owner", **other))  # fmt: skip
    owner.step(stage.contract, "sign_as_owner", **read)
    stage.refusal("The owner's signature for the team",
                  owner.refused_step(FORBIDDEN, stage.contract, "sign_as_bidder", pledge=True, **read))  # fmt: skip
    stage.refusal("A signature without the pledge",
                  winner.refused_step(INVALID, stage.contract, "sign_as_bidder", pledge=False, **read))  # fmt: skip
    winner.step(stage.contract, "sign_as_bidder", pledge=True, **read)
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
    _bring_results(stage)
    supervisor = stage["supervisor"]
    verdict = supervisor.get(f"{stage.path}/ledger/verify")
    if not verdict["intact"]:
        raise Failed("A chain of the ledger does not verify.")
    entries = sum(chain["entries"] for chain in verdict["chains"])
    stage.done(f"{supervisor.shown} verifies {entries} ledger entries in {len(verdict['chains'])} chains")
    paid = [row for row in supervisor.items("payments", challenge=stage.challenge) if row["state"] == "paid"]
    stage.done(f"{len(paid)} payments are made: {', '.join(row['amount'] for row in paid)} yuan")


def _bring_results(stage: Stage) -> None:
    """An outcome registered by the team and confirmed by the owner, public without its shares."""
    winner, owner = stage[stage.winner], stage["owner"]
    holder = owner.get(stage.contract)["lead"]["id"]
    outcome = {"kind": "product", "title": "在线检测系统", "dated_on": "2026-11-01", "standing": "in_use"}
    half = {**outcome, "shares": [{"holder": holder, "rights": "60.00", "benefit": "60.00"}]}
    path = f"outcomes/{winner.post(f'{stage.contract}/outcomes', half)['id']}"
    winner.upload(f"{path}/documents", "验收记录.pdf", pdf("验收记录", "系统已在产线连续运行。"))
    stage.refusal("An outcome that is not given away whole", winner.refused_step(CONFLICT, path, "register"))
    winner.patch(path, {"shares": [{"holder": holder, "rights": "100.00", "benefit": "100.00"}]})
    winner.step(path, "register")
    stage.refusal("Confirming one's own outcome", winner.refused_step(FORBIDDEN, path, "confirm"))
    owner.step(path, "confirm")
    if stage.public.get(path)["shares"] is not None:
        raise Failed("The public reads the shares of an outcome that nobody agreed to show.")
    stage.done(f"{winner.shown} registers “{outcome['title']}”, {owner.shown} confirms it")
    planned = winner.items("follow-ups", challenge=stage.challenge)
    stage.done(f"{len(planned)} follow-ups are planned: {', '.join(row['due_on'] for row in planned)}")


def _refusals_before_delivery(stage: Stage, milestone: str, payment: str) -> None:
    winner = stage[stage.winner]
    report = "样机已完成出厂测试，报告见附件。"
    stage.refusal("A milestone without evidence", winner.refused_step(CONFLICT, milestone, "submit", report=report))
    stage.refusal("A payment before acceptance", winner.refused_step(CONFLICT, payment, "request"))


def _submit(stage: Stage, path: str, title: str) -> None:
    winner, owner = stage[stage.winner], stage["owner"]
    content = pdf(f"{title}验收材料", "逐项列出指标、实测值、方法与第三方报告编号。")
    report = winner.upload(f"{path}/documents", f"{title}验收材料.pdf", content)
    if targets := winner.get(path)["findings"]:
        _measure(stage, path, title, report, targets)
    winner.step(path, "submit", report=f"{title}已按任务书完成，各项指标达到约定值。")
    stage.done(f"{winner.shown} delivers “{title}” with its evidence")
    owner.step(path, "start_acceptance")


def _measure(stage: Stage, path: str, title: str, report: Json, targets: list[Json]) -> None:
    """Each target at just what was agreed on."""
    winner = stage[stage.winner]
    rows = [
        {"target": item["target"], "value": item["goal"].split(" ", 1)[1], "report": report["id"]} for item in targets
    ]
    stage.refusal("A submission before the targets are measured",
                  winner.refused_step(CONFLICT, path, "submit", report="样机已完成出厂测试，报告见附件。"))  # fmt: skip
    measured = winner.put(f"{path}/measurements", {"measurements": rows})
    met = sum(item["met"] for item in measured["findings"])
    if met != len(rows):
        raise Failed("A target measured at its goal does not count as met.")
    stage.done(f"{winner.shown} enters what was measured for “{title}”: {met} of {len(rows)} targets are met")


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
