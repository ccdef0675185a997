"""Acts one to three: the notice, the sealed bids, the opening."""

import hashlib
from typing import Any

from config.journey.client import Failed, Json, Person, moment, site_time, until
from config.journey.papers import pdf
from config.journey.stage import Stage

TITLE = "碳化硅外延片缺陷在线检测"
BIDDING_SECONDS = 60
LIVE = {"submitted", "opened", "eligible", "ranked", "awarded", "reserve"}
ENDED = {"completed", "terminated"}
CONFLICT, FORBIDDEN, UNSEEN, SIGN_IN, INVALID = 409, 403, 404, 401, 422


def write_and_publish(stage: Stage) -> None:
    """The owner writes, the operator vets, the decider publishes; nobody does two of these."""
    stage.act("The notice: written, vetted, published by three different hands")
    owner, operator, decider = stage["owner"], stage["operator"], stage["decider"]
    draft = owner.post("challenges", _notice(owner))
    stage.challenge = draft["id"]
    stage.done(f"{owner.shown} writes “{draft['title']}”, {draft['number']}")
    stage.refusal("Submitting without the proof of funds", owner.refused_step(CONFLICT, stage.path, "submit"))
    stage.refusal("A rival's look at the draft", stage.bidders[0].refused(UNSEEN, "GET", stage.path))
    stage.refusal("The operator's look at the draft", operator.refused(UNSEEN, "GET", stage.path))
    _add(stage, owner, f"{stage.path}/documents", "资金证明.pdf", purpose="proof_of_funds")
    attachment = _add(stage, owner, f"{stage.path}/documents", "技术需求说明.pdf", purpose="attachment")
    owner.step(stage.path, "submit")
    stage.done(f"{owner.shown} submits it for vetting")
    stage.refusal("An edit after the submission", owner.refused(FORBIDDEN, "PATCH", stage.path, json={"title": "改"}))
    vetting = {"review_class": "development", "payment_preset": "30/40/30"}
    stage.refusal("Vetting by a decider", decider.refused_step(FORBIDDEN, stage.path, "vet", **vetting))
    stage.refusal(
        "Vetting without a rubric", operator.refused_step(INVALID, stage.path, "vet", payment_preset="30/40/30")
    )
    operator.step(stage.path, "vet", **vetting)
    stage.done(f"{operator.shown} vets it")
    stage.refusal("Publishing by the vetter", operator.refused_step(FORBIDDEN, stage.path, "publish"))
    stage.refusal("Publishing by the owner", owner.refused_step(FORBIDDEN, stage.path, "publish"))
    stage.refusal("The public's look before publication", stage.public.refused(UNSEEN, "GET", stage.path))
    answer = decider.call("POST", f"{stage.path}/transitions/publish", json={})
    if answer.status_code == CONFLICT:
        raise Failed(f"{answer.json()['reason']} The journey needs a rule set with periods of seconds (RULE_SET=demo).")
    stage.state("published")
    stage.done(f"{decider.shown} publishes it")
    notice = stage.public.get(stage.path)
    if stage.public.download(attachment["id"]) != stage.documents[attachment["id"]]["content"]:
        raise Failed("The attachment came back changed.")
    stage.done(f"Anyone reads {notice['number']}, with {len(notice['documents'])} attachment")


def ask_and_bid(stage: Stage) -> None:
    """A question in public, four sealed bids, an amendment that asks to confirm them again."""
    stage.act("The bids: written in three parts, sealed, unseen")
    owner, operator, decider = stage["owner"], stage["operator"], stage["decider"]
    text = {"text": "在线检测速度是否可以分阶段达到？"}
    stage.refusal(
        "A question without an account",
        stage.public.refused(SIGN_IN, "POST", f"{stage.path}/questions", json=text),
    )
    question = stage.bidders[0].post(f"{stage.path}/questions", text)
    answer = {"text": "可以，第一阶段不低于每小时十片。"}
    owner.call("POST", f"questions/{question['id']}/answer", json=answer)
    stage.done(f"{owner.shown} answers a question in public: {stage.public.get(stage.path)['questions'][0]['answer']}")
    stage.refusal("The owner's own bid", owner.refused(FORBIDDEN, "POST", f"{stage.path}/bids", json={}))
    stage.refusal("The operator's bid", operator.refused(FORBIDDEN, "POST", f"{stage.path}/bids", json={}))
    for number, bidder in enumerate(stage.bidders):
        _bid(stage, bidder, number)
    first = f"bids/{stage.bids['bidder1']}"
    stage.refusal(
        "A change of a sealed bid", stage["bidder1"].refused(FORBIDDEN, "PATCH", first, json={"pledged": False})
    )
    _look_at_the_seal(stage)
    operator.step(stage.path, "request_amendment", text="验收地点改为示范工厂二期。")
    stage.refusal("Confirming one's own amendment", operator.refused_step(FORBIDDEN, stage.path, "amend_notice"))
    decider.step(stage.path, "amend_notice")
    stage.done(f"{decider.shown} confirms the amendment that {operator.shown} wrote")
    for name in ("bidder1", "bidder2", "bidder3"):
        stage[name].step(f"bids/{stage.bids[name]}", "reconfirm")
        stage.done(f"{stage[name].shown} confirms the bid for the amended notice")
    stage["bidder4"].step(f"bids/{stage.bids['bidder4']}", "withdraw")
    stage.done(f"{stage['bidder4'].shown} takes the bid back")


def close_and_open(stage: Stage) -> None:
    """The clock closes; two custodians consent, one opens; everyone's hash is as the receipt said."""
    stage.act("The opening: by the clock and two custodians")
    operator, decider = stage["operator"], stage["decider"]
    stage.refusal("Opening before the deadline", operator.refused_step(CONFLICT, stage.path, "open_bids"))
    deadline = stage.public.get(stage.path)["bid_deadline"]
    stage.say(f"    … waiting for the deadline, {deadline}")
    until("The close of the bidding", lambda: stage.public.get(stage.path)["state"] == "bidding_closed")
    stage.done("The clock closes the bidding")
    stage.refusal(
        "A bid after the deadline", stage["bidder4"].refused_step(CONFLICT, f"bids/{stage.bids['bidder4']}", "submit")
    )
    _look_at_the_seal(stage)
    operator.step(stage.path, "consent_to_opening")
    stage.done(f"{operator.shown} consents as custodian")
    stage.refusal("Opening by one custodian", operator.refused_step(CONFLICT, stage.path, "open_bids"))
    stage.refusal("The same custodian's second consent",
                  operator.refused_step(CONFLICT, stage.path, "consent_to_opening"))  # fmt: skip
    decider.step(stage.path, "consent_to_opening")
    stage.done(f"{decider.shown} consents as custodian")
    operator.step(stage.path, "open_bids")
    stage.state("opened")
    opened = operator.items("bids", challenge=stage.challenge)
    stage.done(f"{operator.shown} opens {len(opened)} bids")
    for name in ("bidder1", "bidder2", "bidder3"):
        _compare(stage, name)
    stage.refusal("The withdrawn bid, read by the operator",
                  operator.refused(UNSEEN, "GET", f"bids/{stage.bids['bidder4']}"))  # fmt: skip
    for row in opened:
        operator.step(f"bids/{row['id']}", "accept_eligibility")
    stage.done(f"{operator.shown} finds {len(opened)} bids eligible")


def _notice(owner: Person) -> Json:
    organization = _verified(owner)
    deadline = moment(site_time(owner), after=BIDDING_SECONDS)
    return {
        "organization": organization,
        "title": TITLE,
        "industry": "optoelectronics",
        "kind": "bottleneck",
        "background": "外延片微管与堆垛层错依赖离线抽检，漏检率高，节拍跟不上产线。",
        "reward": "8000000.00",
        "duration_months": 18,
        "ip_clause": "知识产权双方共有，发榜方优先实施。",
        "contact_name": "联系人",
        "contact_phone": "0355-5550100",
        "bid_deadline": deadline,
        "targets": [
            {
                "name": "缺陷检出率",
                "comparator": ">=",
                "value": "99.5",
                "unit": "%",
                "method": "标准片对照",
                "core": True,
            },
            {"name": "单片检测时间", "comparator": "<=", "value": "120", "unit": "s", "method": "现场计时"},
            {"name": "接口协议", "comparator": "=", "text": "SECS/GEM", "method": "联机测试"},
        ],
    }


def _verified(person: Person) -> str:
    for item in person.get("me")["organizations"]:
        organization = item["organization"]["id"]
        if item["role"] == "admin" and person.get(f"organizations/{organization}")["state"] == "verified":
            return str(organization)
    raise Failed(f"{person.shown} administers no verified organisation; load the demo data.")


def _lead_with_room(bidder: Person) -> str:
    """The organisation of this bidder that leads the fewest live bids."""
    leads = [item["organization"]["id"] for item in bidder.get("me")["organizations"] if item["role"] == "admin"]
    rows = bidder.items("bids")
    busy = [row["lead"]["id"] for row in rows if row["state"] in LIVE and row["challenge"]["state"] not in ENDED]
    return str(min(leads, key=busy.count))


def _bid(stage: Stage, bidder: Person, number: int) -> None:
    bid = bidder.post(f"{stage.path}/bids", {"lead": _lead_with_room(bidder)})
    stage.bids[bidder.name] = bid["id"]
    path = f"bids/{bid['id']}"
    versions = {item["part"]: item["version"] for item in bid["envelopes"]}
    targets = stage.public.get(stage.path)["targets"]
    body: dict[str, Any] = {
        "technical": {
            "version": versions["technical"],
            "content": {
                "summary": "多光谱共焦成像与深度学习分类，边生长边检测。",
                "approach": "先建缺陷样本库，再在中试线联机，最后在产线连续运行三个月。",
                "schedule": "六个月样机，十二个月中试，十八个月验收。",
                "risks": "高温视窗污染；备有旁路取样方案。",
            },
        },
        "commitments": {item["id"]: {"value": item["value"], "text": item["text"]} for item in targets},
        "commercial": {
            "version": versions["commercial"],
            "content": {"price": f"{7_800_000 - number * 100_000}", "budget": "设备 45 %，材料 20 %，人员 35 %。"},
        },
        "identity": {
            "version": versions["identity"],
            "content": {"leader": bidder.shown, "leader_phone": "0355-5550200", "team": "团队十人，分四组。"},
        },
        "pledged": True,
    }
    bidder.patch(path, body)
    if number == 0:
        stage.refusal("An edit with an old version", bidder.refused(CONFLICT, "PATCH", path, json=body))
        stage.refusal("Sealing without the proposal", bidder.refused_step(CONFLICT, path, "submit"))
    _add(stage, bidder, f"{path}/documents", "技术方案.pdf", part="technical")
    sealed = bidder.step(path, "submit")
    stage.documents[bid["id"]] = {"sha256": sealed["sha256"]}
    stage.done(f"{bidder.shown} seals the bid, receipt {sealed['receipt_number']}, SHA-256 {sealed['sha256'][:12]}…")


def _add(stage: Stage, person: Person, path: str, name: str, **fields: str) -> Json:
    content = pdf(name.removesuffix(".pdf"), TITLE, f"上传人：{person.shown}", "本文件由全流程演练生成。")
    made: Json = person.upload(path, name, content, **fields)
    if made["sha256"] != hashlib.sha256(content).hexdigest() or made["name"] != name:
        raise Failed(f"{name} was stored as something else.")
    stage.documents[made["id"]] = {"content": content, **made}
    return made


def _look_at_the_seal(stage: Stage) -> None:
    """Nobody but the team sees a sealed bid: not by address, list, document, ledger."""
    bid = stage.bids["bidder1"]
    document = stage["bidder1"].get(f"bids/{bid}")["envelopes"]
    file = next(item["id"] for part in document for item in part["documents"])
    for name in ("operator", "decider", "supervisor", "finance", "owner", "bidder2", "reviewer1"):
        person = stage[name]
        person.refused(UNSEEN, "GET", f"bids/{bid}")
        person.refused(UNSEEN, "GET", f"documents/{file}")
        person.refused(UNSEEN, "POST", f"bids/{bid}/transitions/withdraw", json={})
        seen = {row["id"] for row in person.items("bids", challenge=stage.challenge)}
        mine = {stage.bids[name]} if name in stage.bids else set()
        if seen - mine:
            raise Failed(f"{person.shown} sees sealed bids in the list.")
    entries = stage["operator"].items(f"{stage.path}/ledger")
    if any(entry["chain"] != stage.challenge for entry in entries):
        raise Failed("The operator's ledger shows entries of sealed bids.")
    stage.refusal(
        "Reading a sealed bid, by seven roles and every door", stage["operator"].refused(UNSEEN, "GET", f"bids/{bid}")
    )


def _compare(stage: Stage, name: str) -> None:
    bid = stage["supervisor"].get(f"bids/{stage.bids[name]}")
    if bid["sha256"] != stage.documents[bid["id"]]["sha256"]:
        raise Failed(f"The bid of {stage[name].shown} is not what the receipt says.")
    file = next(item for part in bid["envelopes"] for item in part["documents"])
    if stage["supervisor"].download(file["id"]) != stage.documents[file["id"]]["content"]:
        raise Failed(f"The proposal of {stage[name].shown} came back changed.")
    stage.done(f"{stage['supervisor'].shown} finds the bid of {stage[name].shown} as its receipt says")
