"""Acts four and five: the panel is drawn and scores; the award stands in public and survives an objection."""

from config.journey.bidding import CONFLICT, FORBIDDEN, INVALID, SIGN_IN, UNSEEN
from config.journey.client import Failed, Json, Person, until
from config.journey.papers import pdf
from config.journey.stage import REVIEWERS, Stage

BASES = (92, 84, 76)


def draw_panel(stage: Stage) -> None:
    """Two seeds, a draw that anyone can recompute, one who declines, an alternate in the seat."""
    stage.act("The panel: drawn by two seeds, free of conflicts")
    operator, supervisor = stage["operator"], stage["supervisor"]
    stage.refusal("A review without a panel", operator.refused_step(CONFLICT, stage.path, "start_review"))
    stage.refusal("A panel made by a decider", stage["decider"].refused(FORBIDDEN, "POST", f"{stage.path}/panels"))
    panel = operator.post(f"{stage.path}/panels")
    stage.panel = f"panels/{panel['id']}"
    stage.done(f"{operator.shown} commits to the platform's seed by its hash, {panel['platform_commitment'][:12]}…")
    stage.refusal("A draw without the second seed", operator.refused_step(CONFLICT, stage.panel, "draw"))
    stage.refusal(
        "The operator's own second seed",
        operator.refused_step(FORBIDDEN, stage.panel, "give_seed", seed="一二三四五六七八"),
    )
    supervisor.step(stage.panel, "give_seed", seed="监督员当场掷出的种子")
    stage.done(f"{supervisor.shown} gives the second seed")
    operator.step(stage.panel, "draw")
    stage.done(f"{operator.shown} draws {panel['size']} of the pool; until the invitations go out nobody is told")
    invited = operator.step(stage.panel, "release")
    stage.done(f"{operator.shown} sends the {len(invited['seats'])} invitations")
    declined = _answer_invitations(stage, decline=True)
    stage.done(f"{declined} declines; the next alternate is called")
    until("A full panel", lambda: not _answer_invitations(stage, decline=False) and len(stage.seats) == panel["size"])
    stage.done(f"{len(stage.seats)} experts accept and declare to have no conflict of interest")


def score(stage: Stage) -> None:
    """Each alone, blind; the price part after every technical sheet is locked; then the ranking."""
    stage.act("The review: blind, alone, with a comment for every criterion")
    operator = stage["operator"]
    operator.step(stage.path, "start_review")
    stage.state("under_review")
    stage.done(f"{operator.shown} hands out the score sheets")
    order = {operator.get(f"bids/{stage.bids[name]}")["code"]: base
             for name, base in zip(("bidder1", "bidder2", "bidder3"), BASES, strict=True)}  # fmt: skip
    first, second = (stage[name] for name in list(stage.seats)[:2])
    peers = second.items("sheets", challenge=stage.challenge)[0]["id"]
    stage.refusal("A reviewer's look at a peer's sheet", first.refused(UNSEEN, "GET", f"sheets/{peers}"))
    stage.refusal(
        "A reviewer's look at who stands behind a bid",
        first.refused(UNSEEN, "GET", f"bids/{stage.bids['bidder1']}"),
    )
    stage.refusal("The operator's look at an open sheet", operator.refused(UNSEEN, "GET", f"sheets/{peers}"))
    for part in ("technical", "commercial"):
        for name in stage.seats:
            _fill(stage, stage[name], order, part)
        stage.done(f"{len(stage.seats)} reviewers lock every {part} sheet")
    stage.refusal("A ranking before the consensus", operator.refused_step(CONFLICT, stage.path, "finish_review"))
    chair = next(stage[name] for name, seat in stage.seats.items() if seat["is_chair"])
    chair.step(stage.panel, "open_consensus")
    stage.done(f"{chair.shown}, in the chair, opens the consensus; the panel sees the scores")
    stage.refusal(
        "An award before the ranking",
        stage["decider"].refused_step(CONFLICT, stage.path, "propose_award", bids=[stage.bids["bidder1"]]),
    )
    chair.step(stage.path, "finish_review")
    stage.state("ranked")
    ranking = stage["supervisor"].get(f"{stage.path}/ranking")
    stage.done(f"The ranking is kept with its hash, {ranking['sha256'][:12]}…")


def award(stage: Stage) -> None:
    """Proposed, public, objected to, decided by somebody who acted in nothing, confirmed by the clock."""
    stage.act("The award: in public notice, open to objection")
    decider, judge = stage["decider"], stage["decider2"]
    best, second = stage.bids["bidder1"], stage.bids["bidder2"]
    stage.refusal(
        "An award by the operator", stage["operator"].refused_step(FORBIDDEN, stage.path, "propose_award", bids=[best])
    )
    stage.refusal(
        "A departure from the ranking without a reason",
        decider.refused_step(INVALID, stage.path, "propose_award", bids=[second]),
    )
    decider.step(stage.path, "propose_award", bids=[best])
    stage.winner = "bidder1"
    row = stage.public.get("awards", challenge=stage.challenge)["items"][0]
    stage.award = f"awards/{row['id']}"
    shown = stage.public.get(stage.award)
    stage.done(f"{decider.shown} proposes {shown['bids'][0]['lead']['name']}; anyone reads the notice")
    text = {"name": "另一申报团队", "contact": "0355-5550300", "text": "请核查第二项指标的测试条件是否与公告一致。",
            "ground": "fact", "evidence_note": "公示所附检测报告第二页，与公告第三条比对。"}  # fmt: skip
    stage.refusal(
        "An objection without a name",
        stage.public.refused(SIGN_IN, "POST", f"{stage.award}/objections", json=text),
    )
    objection = f"objections/{stage['bidder2'].post(f'{stage.award}/objections', text)['id']}"
    stage["bidder2"].upload(f"{objection}/documents", "异议材料.pdf", pdf("异议材料", text["text"]))
    stage.done(
        f"{stage['bidder2'].shown} objects, with evidence; the award is {stage.public.get(stage.award)['state']}"
    )
    stage.refusal("A rival's look at the objection", stage["bidder3"].refused(UNSEEN, "GET", objection))
    stage.refusal("The proposer's hand on the objection", decider.refused_step(FORBIDDEN, objection, "acknowledge"))
    judge.step(objection, "acknowledge")
    judge.step(objection, "dismiss", decision="经核查，测试条件与公告一致，异议不成立。")
    stage.done(f"{judge.shown}, who acted in nothing before, dismisses it with reasons")
    stage.refusal("Confirming by hand", decider.refused_step(UNSEEN, stage.path, "confirm_award"))
    stage.say(f"    … waiting for the end of the notice, {shown['notice_ends_at']}")
    until("The confirmation of the award", lambda: stage.public.get(stage.path)["state"] == "awarded")
    stage.done("The clock confirms the award")
    feedback = stage["bidder3"].get(f"bids/{stage.bids['bidder3']}/feedback")
    stage.done(f"{stage['bidder3'].shown} reads the panel's words on {len(feedback['criteria'])} criteria")


def _answer_invitations(stage: Stage, *, decline: bool) -> str:
    """Everyone invited accepts; the first one declines when asked to, and is named."""
    declined = ""
    for name in REVIEWERS:
        person = stage[name]
        for seat in person.items("assignments", challenge=stage.challenge, state="invited"):
            path = f"assignments/{seat['id']}"
            if decline and not declined:
                person.step(path, "decline", reason="当周已有其他评审任务。")
                declined = person.shown
                continue
            if not stage.seats:
                reason = person.refused_step(INVALID, path, "accept", no_conflict=False)
                stage.refusal("A seat without the declaration", reason)
            stage.seats[name] = person.step(path, "accept", no_conflict=True)
    if decline and not declined:
        raise Failed("Nobody was invited by the draw.")
    return declined


def _fill(stage: Stage, person: Person, order: dict[str, int], part: str) -> None:
    rows = person.items("sheets", challenge=stage.challenge, part=part, state="open")
    if len(rows) != len(order):
        raise Failed(f"{person.shown} has {len(rows)} {part} sheets to fill in, not {len(order)}.")
    for place, row in enumerate(rows):
        path = f"sheets/{row['id']}"
        sheet = person.get(path)
        _is_blind(stage, person, sheet)
        scores = {
            item["key"]: {
                "score": f"{order[sheet['code']] + index % 3 - 1}",
                "comment": "依据充分，逐项对应指标，验证安排可行。",
            }
            for index, item in enumerate(sheet["criteria"])
        }
        if place == 0 and part == "technical" and person.name == next(iter(stage.seats)):
            one = dict(list(scores.items())[:1])
            person.patch(path, {"version": sheet["version"], "scores": one})
            stage.refusal("Half a sheet", person.refused_step(CONFLICT, path, "submit"))
            stage.refusal(
                "A save over a newer version",
                person.refused(CONFLICT, "PATCH", path, json={"version": sheet["version"], "scores": scores}),
            )
            sheet = person.get(path)
        person.patch(path, {"version": sheet["version"], "scores": scores})
        person.step(path, "submit")
        person.step(path, "lock")


def _is_blind(stage: Stage, person: Person, sheet: Json) -> None:
    text = str(sheet)
    for name in ("bidder1", "bidder2", "bidder3"):
        if stage[name].get("me")["name"] in text:
            raise Failed(f"{person.shown} reads who stands behind a bid.")
    if any(part["part"] == "identity" for part in sheet["envelopes"]):
        raise Failed(f"{person.shown} reads the identity part.")
