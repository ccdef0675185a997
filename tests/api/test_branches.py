"""Each way a challenge can go after its ranking, played over the API by the people whose turn it is."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models.functions import Now

from challenges.models import Award, Bid, Challenge, Contract, CreditRecord, Transfer
from reviews.demo import walk
from reviews.demo.papers import upload
from tests.factories.life import challenge_at

pytestmark = pytest.mark.django_db
PASSWORD = "long-and-only-for-tests"
REASON = "经核实并集体研究，作出如下决定。"
DOSSIER = {"tried": "三种替代原料均已试制。", "records": "试验记录与停产函。", "cause": "原料停产，无法预见。"}


@pytest.fixture
def go(as_):
    """Takes one step as somebody and answers the object; says the refusal where there is one."""

    def go(person, path, name, **inputs):
        answer = as_(person).step(path, name, **inputs)
        assert answer.status_code == 200, answer.content.decode()
        return answer.json()

    return go


@pytest.fixture
def refused(as_):
    """Takes one step as somebody and answers the status and the code of the refusal."""

    def refused(person, path, name, **inputs):
        answer = as_(person).step(path, name, **inputs)
        return answer.status_code, answer.json()["code"]

    return refused


def of(challenge):
    return f"challenges/{challenge.pk}"


def state(as_, path):
    return as_(None).get(path).json()["state"]


def winner_of(challenge):
    return walk.team_lead(Bid.objects.get(challenge=challenge, state="awarded"))


def best_of(challenge):
    return str(challenge.bids.filter(state="ranked").order_by("rank").first().pk)


def contract_of(challenge):
    return f"contracts/{Contract.objects.exclude(state__in=('terminated', 'ended')).get(challenge=challenge).pk}"


def give_passwords(*people):
    for person in people:
        person.set_password(PASSWORD)
        person.save()


def sign(as_, go, cast, challenge):
    """Both sides read the offered contract and confirm it."""
    path, winner = contract_of(challenge), winner_of(challenge)
    give_passwords(cast.owner, winner)
    as_(cast.owner).patch(path, {"task_book": "目标、内容、交付与验收方法。"})
    go(cast.owner, path, "offer")
    read = {"content": as_(cast.owner).get(path).json()["versions"][0]["sha256"], "password": PASSWORD}
    go(cast.owner, path, "sign_as_owner", **read)
    assert go(winner, path, "sign_as_bidder", pledge=True, **read)["state"] == "effective"


def test_winner_declines_and_the_runner_up_signs_after_a_fresh_notice(cast, rules, as_, go, refused):
    challenge = challenge_at(cast, "awarded")
    winner = winner_of(challenge)
    loser = next(user for user in cast.bidders if user != winner)
    assert refused(loser, of(challenge), "decline", reason=REASON)[0] == 403
    go(winner, of(challenge), "decline", reason="核心人员调动，无力承担。")
    assert state(as_, of(challenge)) == "ranked"
    assert refused(cast.operator, of(challenge), "propose_award", bids=[best_of(challenge)])[0] == 403
    go(cast.decider, of(challenge), "propose_award", bids=[best_of(challenge)])
    walk.confirm(challenge, cast)
    assert state(as_, of(challenge)) == "awarded"
    assert [item["state"] for item in as_(None).get("awards", challenge=challenge.pk).json()["items"]] == [
        "confirmed", "declined"
    ]  # fmt: skip
    assert winner_of(challenge) != winner
    sign(as_, go, cast, challenge)
    assert state(as_, of(challenge)) == "executing"


def test_team_that_does_not_sign_is_recorded_heard_and_loses_the_award(cast, rules, as_, go, refused):
    challenge = challenge_at(cast, "awarded")
    path, winner = contract_of(challenge), winner_of(challenge)
    assert refused(cast.decider, path, "declare_default", reason=REASON)[0] == 409
    Contract.objects.filter(challenge=challenge).update(sign_by=Now() - timedelta(seconds=1))
    lead = str(Bid.objects.get(challenge=challenge, state="awarded").lead_id)
    failing = {"organization": lead, "kind": "default", "facts": "签约期满，两次书面催告未复。"}
    record = as_(cast.operator).post(f"{of(challenge)}/credit-records", failing).json()
    where = f"credit-records/{record['id']}"
    assert refused(cast.decider, where, "confirm", decision=REASON)[0] == 409
    go(winner, where, "answer", answer="单位改制，用印停办，现无法签署。")
    assert refused(cast.operator, where, "confirm", decision=REASON)[0] == 403
    assert go(cast.decider, where, "confirm", decision=REASON)["state"] == "confirmed"
    go(cast.decider2, path, "declare_default", reason="逾期未签约。")
    assert state(as_, of(challenge)) == "ranked"
    assert as_(None).get("awards", challenge=challenge.pk).json()["items"][0]["state"] == "declined"


def test_no_award_is_posted_again_and_offered_to_one_team(cast, rules, as_, go):
    challenge = challenge_at(cast, "ranked")
    go(cast.decider, of(challenge), "declare_no_award", reason="均不足以立项。")
    assert as_(cast.operator).post(f"{of(challenge)}/republish").status_code == 403
    again = {"invited": str(cast.leads[1].pk)}
    assert as_(cast.owner).post(f"{of(challenge)}/republish", again).status_code == 409
    made = as_(cast.owner).post(f"{of(challenge)}/republish", again | {"reason": "其技术路线经评审最为接近。"})
    assert made.status_code == 201
    draft = Challenge.objects.get(pk=made.json()["id"])
    assert draft.previous == challenge
    soon = (draft.now + timedelta(days=30)).isoformat()
    assert as_(cast.owner).patch(of(draft), {"bid_deadline": soon}).status_code == 200
    proof = upload("资金证明.pdf", "资金证明", "资金已经落实。")
    assert as_(cast.owner).upload(f"{of(draft)}/documents", file=proof, purpose="proof_of_funds").status_code == 201
    go(cast.owner, of(draft), "submit")
    go(cast.operator, of(draft), "vet", review_class="development", payment_preset="30/40/30")
    go(cast.decider, of(draft), "publish")
    bids = f"{of(draft)}/bids"
    assert as_(cast.bidders[0]).post(bids, {"lead": str(cast.leads[0].pk)}).status_code == 403
    assert as_(cast.bidders[1]).post(bids, {"lead": str(cast.leads[1].pk)}).status_code == 201


def test_owner_withdraws_without_good_reason_and_another_decider_rules_on_the_record(cast, rules, as_, go, refused):
    challenge = challenge_at(cast, "awarded")
    go(cast.owner, of(challenge), "request_withdrawal", reason="本单位另有安排。")
    assert refused(cast.operator, of(challenge), "grant_withdrawal", reason=REASON, good_reason=False)[0] == 403
    ended = go(cast.decider, of(challenge), "grant_withdrawal", reason=REASON, good_reason=False)
    assert (ended["state"], ended["end_reason"]) == ("no_award", REASON)
    record = f"credit-records/{as_(cast.operator).get('credit-records').json()['items'][0]['id']}"
    go(cast.owner, record, "answer", answer="确因产线停产，附停产公告。")
    assert refused(cast.decider, record, "lift", decision=REASON)[0] == 403
    assert go(cast.decider2, record, "lift", decision=REASON)["state"] == "lifted"


def test_contract_is_extended_once_by_both_sides_and_a_decider(cast, rules, as_, go, refused):
    challenge = challenge_at(cast, "executing")
    path, winner = contract_of(challenge), winner_of(challenge)
    give_passwords(cast.owner)
    asked = {"kind": "extension", "reason": "关键设备到货推迟。", "changes": {"months": 12}}
    too_long = asked | {"changes": {"months": 13}}
    assert as_(winner).post(f"{path}/amendments", too_long).status_code in (409, 422)
    made = as_(winner).post(f"{path}/amendments", asked)
    assert made.status_code == 201, made.content.decode()
    change = f"amendments/{made.json()['id']}"
    assert refused(cast.decider, change, "approve")[0] == 409
    assert refused(winner, change, "agree", password=PASSWORD)[0] == 403
    go(cast.owner, change, "agree", password=PASSWORD)
    assert refused(cast.operator, change, "approve")[0] == 403
    assert go(cast.decider, change, "approve")["version"] == 2
    assert as_(winner).get(path).json()["version"] == 2
    assert as_(winner).post(f"{path}/amendments", asked).status_code == 409


def test_failed_milestone_is_closed_as_nobodys_fault_and_the_challenge_completed(cast, rules, as_, go, refused):
    challenge = challenge_at(cast, "executing")
    path, winner = contract_of(challenge), winner_of(challenge)
    first, *others = [item["id"] for item in as_(winner).get(path).json()["milestones"]]
    where = f"milestones/{first}"
    assert as_(winner).upload(f"{where}/documents", file=upload("报告.pdf", "报告", "实测值。")).status_code == 201
    go(winner, where, "submit", report="样件未达到约定值，原因见报告。")
    go(cast.owner, where, "start_acceptance")
    assert go(cast.operator, where, "fail", opinion="未达到约定指标。")["state"] == "failed"
    assert refused(cast.owner, where, "close", opinion=REASON)[0] == 403
    assert go(cast.decider2, where, "close", opinion="关键材料停产，非主观原因。")["state"] == "closed"
    assert refused(cast.operator, of(challenge), "complete", outcome="其余达到指标。")[0] == 409
    walk.deliver_rest(challenge, cast)
    assert len(others) == 2
    assert go(cast.operator, of(challenge), "complete", outcome="其余达到指标。")["state"] == "completed"


@pytest.mark.parametrize("exempt", [True, False])
def test_contract_is_terminated_by_another_than_the_accuser_and_its_money_goes_back(
    cast, rules, as_, go, refused, exempt
):
    challenge = challenge_at(cast, "delivering")
    path, winner = contract_of(challenge), winner_of(challenge)
    go(cast.owner, path, "propose_termination", facts="第二节点逾期，未提交任何记录。")
    where = f"terminations/{as_(winner).get('terminations').json()['items'][0]['id']}"
    assert refused(cast.decider2, where, "decide", exempt=exempt, reasons=REASON)[0] == 409
    go(winner, where, "answer", **DOSSIER)
    assert refused(cast.owner, where, "decide", exempt=exempt, reasons=REASON)[0] == 403
    assert refused(cast.decider2, where, "decide", exempt=True, fraud=True, reasons=REASON)[0] in (409, 422)
    go(cast.decider2, where, "decide", exempt=exempt, reasons=REASON)
    assert state(as_, of(challenge)) == "terminated"
    payments = as_(cast.finance).get("payments", contract=path.split("/")[1]).json()["items"]
    assert sorted(item["state"] for item in payments) == ["frozen", "frozen", "paid"]
    source = as_(cast.finance).get(f"{path}/money").json()["sources"][0]
    assert Decimal(source["held"]) == Decimal(source["frozen"]) == 0
    assert Decimal(source["returned"]) + Decimal(source["paid"]) == Decimal(source["committed"])
    assert CreditRecord.objects.filter(kind="at_fault").exists() is not exempt
    unused = {"amount": "1000.00", "reason": "未使用的材料费退回。"}
    recovery = f"recoveries/{as_(cast.operator).post(f'{path}/recoveries', unused).json()['id']}"
    assert refused(cast.finance, recovery, "record", reference="BACK-1")[0] == 409
    go(cast.decider, recovery, "approve")
    assert go(cast.finance, recovery, "record", reference="BACK-1")["state"] == "recovered"


def test_outcome_is_sold_after_its_price_was_public_and_an_objection_answered(cast, rules, as_, go, refused):
    challenge = challenge_at(cast, "delivering")
    path, winner = contract_of(challenge), winner_of(challenge)
    lead = str(Bid.objects.get(challenge=challenge, state="awarded").lead_id)
    made = as_(winner).post(
        f"{path}/outcomes",
        {
            "kind": "product", "title": "深紫外LED模组", "dated_on": "2027-05-01", "standing": "in_use",
            "shares": [{"holder": lead, "rights": "100.00", "benefit": "100.00"}],
        },
    ).json()  # fmt: skip
    outcome = f"outcomes/{made['id']}"
    proof = upload("检测报告.pdf", "检测报告", "整机检测合格。")
    assert as_(winner).upload(f"{outcome}/documents", file=proof).status_code == 201
    go(winner, outcome, "register")
    go(cast.owner, outcome, "confirm", discloses=True)
    terms = {
        "way": "agreed", "name": "深紫外LED模组", "price": "3500000.00", "buyer": "长治示例光电有限公司",
        "grounds": "按评估报告与同类成交价。",
    }  # fmt: skip
    sale = f"transfers/{as_(winner).post(f'{outcome}/transfers', terms).json()['id']}"
    go(cast.operator, sale, "open_publicity")
    assert as_(None).get(sale).json()["price"] == "3500000.00"
    assert refused(cast.operator, sale, "conclude")[0] == 409
    told = {"name": "某研究所", "text": "该价格低于同类成交价，请说明评估依据。"}
    assert as_(cast.bidders[2]).post(f"{sale}/objections", told).status_code == 201
    objection = as_(cast.operator).get(sale).json()["objections"][0]["id"]
    answer = {"upheld": False, "answer": "评估报告与三笔同类成交价相符，已书面说明。"}
    assert as_(cast.owner).post(f"{sale}/objections/{objection}/answer", answer).status_code == 403
    answered = as_(cast.operator).post(f"{sale}/objections/{objection}/answer", answer)
    assert answered.status_code == 200, answered.content.decode()
    Transfer.objects.update(publicity_ends_at=Now())
    assert go(cast.operator, sale, "conclude")["state"] == "concluded"


def test_award_that_fell_stays_on_record_beside_the_one_that_holds(cast, rules, as_, go, refused):
    challenge = challenge_at(cast, "award_proposed")
    Award.objects.filter(challenge=challenge).update(notice_ends_at=Now() + timedelta(days=1))
    award, loser = Award.objects.get(challenge=challenge), cast.bidders[1]
    given = {
        "name": "某异议单位", "contact": "0355-5550100", "ground": "fact", "text": "公示所附检测报告的编号查不到。",
        "evidence_note": "检测机构网站的报告查询页，编号见公示第二页。",
    }  # fmt: skip
    objection = f"objections/{as_(loser).post(f'awards/{award.pk}/objections', given).json()['id']}"
    assert state(as_, f"awards/{award.pk}") == "suspended"
    go(cast.decider2, objection, "acknowledge")
    assert refused(cast.decider, objection, "dismiss", decision=REASON)[0] == 403
    go(cast.decider2, objection, "dismiss", decision=REASON)
    appealed = as_(loser).post(
        f"{objection}/appeal", {name: given[name] for name in ("ground", "text", "evidence_note")}
    )
    assert appealed.status_code == 201
    assert as_(loser).post(f"{objection}/appeal", given).status_code in (403, 409)
    appeal = f"objections/{appealed.json()['id']}"
    assert refused(cast.decider2, appeal, "acknowledge")[0] == 403
    go(cast.decider3, appeal, "acknowledge")
    fallen = str(award.bids.get().pk)
    go(cast.decider3, appeal, "uphold", decision=REASON, remedy="disqualify", bid=fallen)
    assert refused(cast.decider, of(challenge), "rescore", reason=REASON)[0] == 409
    go(cast.decider, of(challenge), "reopen_award", reason=REASON)
    go(cast.decider, of(challenge), "propose_award", bids=[best_of(challenge)])
    walk.confirm(challenge, cast)
    shown = as_(None).get("awards", challenge=challenge.pk).json()["items"]
    assert [item["state"] for item in shown] == ["confirmed", "revoked"]
