"""The one form for every change of state, and what objects are born with over the API."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from accounts.models import LedgerEntry, Notification
from challenges.models import Bid, Challenge
from challenges.permissions import ANOTHER_ROLE
from reviews.demo import papers
from reviews.models import ScoreSheet
from tests.factories.life import challenge_at, new_challenge

DRAFT = {
    "title": "氢燃料电池低温启动",
    "industry": "hydrogen",
    "kind": "core_technology",
    "background": "零下三十度启动慢。",
    "reward": "12000000.00",
    "duration_months": 24,
    "ip_clause": "双方共有",
    "targets": [
        {"name": "启动时间", "comparator": "<=", "value": "30", "unit": "s", "method": "GB/T 24554", "core": True},
        {"name": "防护等级", "comparator": "=", "text": "IP67", "method": "GB/T 4208"},
    ],
}
ENGLISH = {"Accept-Language": "en"}


def written():
    """Everything a refused call must leave as it was."""
    return (
        list(Challenge.objects.order_by("pk").values_list("pk", "state")),
        list(Bid.objects.order_by("pk").values_list("pk", "state")),
        LedgerEntry.objects.count(),
        Notification.objects.count(),
    )


def pdf(name="资金证明.pdf"):
    return papers.upload(name, "资金证明", "款项已经落实。")


def step_of(body, name):
    return next(item for item in body["transitions"] if item["name"] == name)


GROUNDED = {"ground": "procedure", "evidence_note": "见公示所附检测报告第二页。"}


@pytest.mark.django_db
def test_challenge_from_draft_to_published(cast, rules, as_):
    owner = as_(cast.owner)
    body = DRAFT | {"bid_deadline": (timezone.now() + timedelta(days=60)).isoformat()}
    draft = owner.post("challenges", body)
    assert draft.status_code == 201
    path = f"challenges/{draft.json()['id']}"
    refused = owner.step(path, "submit")
    assert (refused.status_code, refused.json()["code"]) == (409, "condition")
    assert owner.upload(f"{path}/documents", file=pdf(), purpose="proof_of_funds").status_code == 201
    submitted = owner.step(path, "submit").json()
    assert submitted["state"] == "submitted"
    assert [(item["value"], item["text"]) for item in submitted["targets"]] == [("30", ""), (None, "IP67")]
    vetted = as_(cast.operator).step(path, "vet", review_class="development", payment_preset="30/40/30")
    assert vetted.json()["state"] == "vetted"
    assert as_(None).get(path).status_code == 404
    published = as_(cast.decider).step(path, "publish")
    assert published.json()["state"] == "published"
    public = as_(None).get(path).json()
    assert public["rules"]["bids_at_least"] == 3
    assert public["internal"] is None
    assert public["documents"] == [], "the proof of funds is not the public's"


@pytest.mark.django_db
def test_step_refused_leaves_everything_as_it_was(cast, rules, as_):
    challenge = challenge_at(cast, "vetted")
    path = f"challenges/{challenge.pk}"
    before = written()
    for person, name, status, code in (
        (cast.operator, "publish", 403, "role"),
        (cast.decider, "vet", 409, "state"),
        (cast.owner, "no_such_step", 404, "not_found"),
        (cast.owner, "close_bidding", 404, "not_found"),
        (cast.bidders[0], "publish", 404, "not_found"),
        (None, "publish", 401, "sign_in"),
    ):
        answer = as_(person, **ENGLISH).step(path, name)
        assert (answer.status_code, answer.json()["code"]) == (status, code), (name, answer.json())
        assert answer.json()["reason"]
    assert written() == before


@pytest.mark.django_db
def test_step_inputs_refused_by_field(cast, rules, as_):
    path = f"challenges/{challenge_at(cast, 'submitted').pk}"
    before = written()
    answer = as_(cast.operator).step(path, "vet", review_class="none", surprise=1)
    assert answer.status_code == 422
    assert set(answer.json()["errors"]) == {"surprise"}
    answer = as_(cast.operator).step(path, "vet", review_class="none")
    assert set(answer.json()["errors"]) == {"review_class", "payment_preset"}
    answer = as_(cast.decider).step(path, "vet", review_class="none")
    assert answer.status_code == 403, "who may not act learns that first"
    assert written() == before


@pytest.mark.django_db
def test_reasons_follow_the_accepted_language(cast, rules, as_):
    path = f"challenges/{challenge_at(cast, 'vetted').pk}"
    english = as_(cast.operator, **ENGLISH).step(path, "publish").json()["reason"]
    assert english == "This belongs to another role."
    with translation.override("zh-hans"):
        expected = str(ANOTHER_ROLE)
    chinese = as_(cast.operator, **{"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"}).step(path, "publish")
    assert chinese.json()["reason"] == expected


@pytest.mark.django_db
def test_transitions_tell_who_may_and_why_not(cast, rules, as_):
    path = f"challenges/{challenge_at(cast, 'vetted').pk}"
    for_decider = step_of(as_(cast.decider).get(path).json(), "publish")
    assert for_decider["allowed"]
    assert for_decider["reason"] == ""
    for_operator = step_of(as_(cast.operator).get(path).json(), "publish")
    assert not for_operator["allowed"]
    assert for_operator["reason"]


@pytest.mark.django_db
def test_challenge_inputs_refused_by_field(cast, as_):
    answer = as_(cast.owner).post(
        "challenges", DRAFT | {"reward": "-1", "targets": [{"name": "x", "comparator": ">=", "method": "m"}]}
    )
    assert answer.status_code == 422
    assert set(answer.json()["errors"]) == {"reward", "targets.0"}
    assert Challenge.objects.count() == 0


@pytest.mark.django_db
def test_draft_is_edited_by_its_owner_alone(cast, rules, as_):
    challenge = new_challenge(cast)
    path = f"challenges/{challenge.pk}"
    changed = as_(cast.owner).patch(path, {"reward": "5000000", "targets": DRAFT["targets"][:1]}).json()
    assert (changed["reward"], len(changed["targets"]), changed["title"]) == ("5000000.00", 1, challenge.title)
    assert as_(cast.operator).patch(path, {"reward": "1"}).status_code == 404
    assert as_(cast.owner).patch(path, {"title": ""}).status_code == 422


@pytest.mark.django_db
def test_bid_is_written_sealed_and_unseen(cast, rules, as_):
    challenge = challenge_at(cast, "published")
    bidder = as_(cast.bidders[0])
    bid = bidder.post(f"challenges/{challenge.pk}/bids", {}).json()
    path = f"bids/{bid['id']}"
    target = as_(None).get(f"challenges/{challenge.pk}").json()["targets"]
    body = {
        "technical": {"version": 1, "content": {"summary": "总体方案", "approach": "技术路线"}},
        "commitments": {item["id"]: {"value": item["value"], "text": item["text"]} for item in target},
        "commercial": {"version": 1, "content": {"price": "9000000"}},
        "identity": {"version": 1, "content": {"leader": "负责人"}},
        "partners": [
            {"uscc": cast.leads[0].uscc, "cost_share": 60, "result_share": 60, "benefit_share": 60, "risk_share": 60},
            {"uscc": cast.leads[3].uscc, "cost_share": 40, "result_share": 40, "benefit_share": 40, "risk_share": 40},
        ],
        "members": [{"name": "协作人", "email": cast.bidders[3].email, "duty": "检测"}],
        "pledged": True,
    }
    edited = bidder.patch(path, body)
    assert edited.status_code == 200, edited.json()
    assert bidder.upload(f"{path}/documents", file=pdf("技术方案.pdf"), part="technical").json()["part"] == "technical"
    sealed = bidder.step(path, "submit").json()
    assert sealed["state"] == "submitted"
    assert sealed["receipt_number"]
    assert {item["part"]: item["version"] for item in sealed["envelopes"]} == {
        "technical": 2,
        "commercial": 2,
        "identity": 2,
    }
    assert as_(cast.bidders[3]).get(path).status_code == 200, "a member with an account is on the team"
    assert bidder.patch(path, {"pledged": False}).status_code == 403
    for person in (cast.operator, cast.decider, cast.supervisor, cast.owner, cast.bidders[1], cast.reviewers[0]):
        caller = as_(person)
        assert caller.get(path).status_code == 404
        assert caller.get("bids").json()["total"] == 0
        assert caller.step(path, "withdraw").status_code == 404


@pytest.mark.django_db
def test_bid_edit_with_an_old_version_changes_nothing(cast, rules, as_):
    challenge = challenge_at(cast, "published")
    bidder = as_(cast.bidders[0])
    path = f"bids/{bidder.post(f'challenges/{challenge.pk}/bids', {}).json()['id']}"
    part = {"version": 1, "content": {"price": "1"}}
    assert bidder.patch(path, {"commercial": part, "pledged": True}).status_code == 200
    again = bidder.patch(path, {"commercial": part, "pledged": False})
    assert (again.status_code, again.json()["code"]) == (409, "version")
    assert bidder.get(path).json()["pledged"] is True
    unknown = bidder.patch(path, {"partners": [{"uscc": "91350100M000100Y43"}], "pledged": False})
    assert set(unknown.json()["errors"]) == {"partners"}
    assert bidder.get(path).json()["pledged"] is True


@pytest.mark.django_db
def test_bid_after_the_deadline_is_refused_before_anybody_closed(cast, rules, as_):
    challenge = challenge_at(cast, "published")
    bidder = as_(cast.bidders[0])
    bid = bidder.post(f"challenges/{challenge.pk}/bids", {}).json()
    Challenge.objects.filter(pk=challenge.pk).update(bid_deadline=timezone.now())
    before = written()
    assert bidder.step(f"bids/{bid['id']}", "submit").status_code == 409
    assert bidder.patch(f"bids/{bid['id']}", {"pledged": True}).status_code == 403
    assert as_(cast.bidders[1]).post(f"challenges/{challenge.pk}/bids", {}).status_code == 403
    assert written() == before


@pytest.mark.django_db
def test_reviewer_reads_the_technical_part_alone(cast, rules, as_):
    challenge = challenge_at(cast, "under_review")
    sheet = ScoreSheet.objects.filter(assignment__panel__challenge=challenge).select_related("bid").first()
    reviewer = as_(sheet.assignment.expert.user)
    body = reviewer.get(f"sheets/{sheet.pk}").json()
    assert [item["part"] for item in body["envelopes"]] == ["technical"]
    assert len(body["commitments"]) == 3
    text = str(body)
    for secret in (sheet.bid.lead.name, sheet.bid.created_by.name, "技术方案.pdf"):
        assert secret not in text
    assert reviewer.get(f"bids/{sheet.bid_id}").status_code == 404
    theirs = ScoreSheet.objects.filter(assignment__panel__challenge=challenge).exclude(assignment=sheet.assignment)
    assert reviewer.get(f"sheets/{theirs.first().pk}").status_code == 404
    keys = [item["key"] for item in body["criteria"]]
    scores = {key: {"score": "81.5", "comment": "依据充分"} for key in keys}
    assert reviewer.patch(f"sheets/{sheet.pk}", {"version": 1, "scores": scores}).json()["version"] == 2
    too_high = reviewer.patch(f"sheets/{sheet.pk}", {"version": 2, "scores": {keys[0]: {"score": "101"}}})
    assert set(too_high.json()["errors"]) == {f"{keys[0]}_score"}
    assert reviewer.step(f"sheets/{sheet.pk}", "submit").json()["state"] == "submitted"


@pytest.mark.django_db
def test_award_is_public_and_open_to_objection(cast, rules, as_):
    challenge = challenge_at(cast, "award_proposed")
    award = as_(None).get("awards", challenge=challenge.pk).json()["items"][0]
    detail = as_(None).get(f"awards/{award['id']}").json()
    assert [item["rank"] for item in detail["ranking"]] == [1, 2, 3, 4]
    assert len(detail["bids"]) == 1
    text = {"name": "某单位", "contact": "0355-1234567", "text": "程序上存在问题，请予核查。"} | GROUNDED
    assert as_(None).post(f"awards/{award['id']}/objections", text).status_code == 401
    objection = as_(cast.bidders[1]).post(f"awards/{award['id']}/objections", text).json()
    evidence = as_(cast.bidders[1]).upload(f"objections/{objection['id']}/documents", file=pdf("证据.pdf"))
    assert evidence.status_code == 201
    assert as_(cast.decider2).step(f"objections/{objection['id']}", "acknowledge").status_code == 200
    assert (
        as_(cast.decider)
        .step(f"objections/{objection['id']}", "dismiss", decision="理由不成立，予以驳回。")
        .status_code
        == 403
    )
    assert as_(cast.bidders[2]).get(f"objections/{objection['id']}").status_code == 404


@pytest.mark.django_db
def test_contract_milestone_and_payment_over_the_api(cast, rules, as_):  # noqa: PLR0915  (one road, step by step)
    challenge = challenge_at(cast, "awarded")
    contract = as_(cast.owner).get("contracts", challenge=challenge.pk).json()["items"][0]
    path = f"contracts/{contract['id']}"
    milestone = as_(cast.owner).get(path).json()["milestones"][0]
    body = {
        "task_book": "目标、内容、交付。",
        "milestones": {milestone["id"]: {"title": "样件", "due_on": "2028-05-01"}},
    }
    edited = as_(cast.owner).patch(path, body).json()
    assert (edited["task_book"], edited["milestones"][0]["title"]) == ("目标、内容、交付。", "样件")
    amount = Decimal(edited["amount"])
    winner = Bid.objects.get(challenge=challenge, state="awarded").created_by
    loser = next(user for user in cast.bidders if user != winner)
    sources = {"from_fund": "100000.00", "from_fiscal": str(amount)}
    assert as_(cast.owner).put(f"{path}/sources", sources).status_code == 409
    sources["from_fiscal"] = str(amount * 51 / 100)
    assert "50" in as_(cast.owner).put(f"{path}/sources", sources).json()["reason"]
    sources["from_fiscal"] = "200000.00"
    assert as_(loser).put(f"{path}/sources", sources).status_code == 404
    given = as_(cast.owner).put(f"{path}/sources", sources).json()["sources"]
    assert [Decimal(line["committed"]) for line in given] == [amount - 300_000, 100_000, 200_000]
    as_(cast.owner).step(path, "offer")
    winner = Bid.objects.get(challenge=challenge, state="awarded").created_by
    for signatory in (cast.owner, winner):
        signatory.set_password("long-and-only-for-tests")
        signatory.save()
    read = {"content": as_(cast.owner).get(path).json()["versions"][0]["sha256"], "password": "long-and-only-for-tests"}
    assert as_(cast.owner).step(path, "sign_as_owner", **read | {"password": "guessed"}).status_code == 422
    assert as_(cast.owner).step(path, "sign_as_owner", **read | {"content": "0" * 64}).status_code == 409
    assert as_(cast.owner).step(path, "sign_as_owner", **read).json()["state"] == "signing"
    assert as_(winner).step(path, "sign_as_bidder", pledge=False, **read).status_code == 422
    assert as_(winner).step(path, "sign_as_bidder", pledge=True, **read).json()["state"] == "effective"
    paper = as_(winner).get(f"{path}/papers/pdf", version=1)
    assert paper.content.startswith(b"%PDF")
    assert as_(winner).get(f"{path}/papers/pdf", version=2).status_code == 404
    where = f"milestones/{milestone['id']}"
    assert as_(winner).upload(f"{where}/documents", file=pdf("报告.pdf")).status_code == 201
    assert as_(winner).step(where, "submit", report="各项指标达到约定值。").json()["state"] == "submitted"
    assert as_(winner).upload(f"{where}/documents", file=pdf("补充.pdf")).status_code == 403
    as_(cast.owner).step(where, "start_acceptance")
    assert as_(cast.owner).step(where, "accept").json()["state"] == "accepted"
    payment = f"payments/{milestone['payment']}"
    assert as_(winner).step(payment, "request").json()["state"] == "requested"
    assert as_(cast.finance).step(payment, "approve").status_code == 403
    assert as_(cast.decider2).step(payment, "approve").status_code == 409
    receipt = {"source": "enterprise", "amount": str(amount - 300_000), "reference": "SK-0001"}
    assert as_(winner).post(f"{path}/receipts", receipt).status_code == 403
    booked = as_(cast.finance).post(f"{path}/receipts", receipt).json()
    assert as_(cast.finance).post(f"{path}/receipts", receipt).json()["id"] == booked["id"]
    assert as_(cast.finance).post(f"{path}/receipts", receipt | {"amount": "1.00"}).status_code == 409
    assert as_(cast.decider2).step(payment, "approve").json()["state"] == "approved"
    assert as_(cast.finance).post(f"bookings/{booked['id']}/reversal", {"reason": "登记有误。"}).status_code == 409
    paid = as_(cast.finance).step(payment, "pay", reference="PAY-1").json()
    assert paid["paid_by"] == cast.finance.name
    money = as_(winner).get(f"{path}/money").json()
    assert money["sources"][0]["paid"] == paid["amount"]
    asked = {"amount": paid["amount"], "reason": "设备未采购，结余退回。"}
    recovery = f"recoveries/{as_(cast.operator).post(f'{path}/recoveries', asked).json()['id']}"
    assert as_(cast.decider2).step(recovery, "approve").json()["state"] == "approved"
    assert as_(cast.finance).step(recovery, "record", reference="BACK-1").json()["state"] == "recovered"
    kinds = [item["kind"] for item in as_(winner).get("bookings", contract=contract["id"]).json()["items"]]
    assert kinds == ["recover", "pay", "reserve", "receive", "commit"]
    assert as_(loser).get("bookings").json()["total"] == 0


@pytest.mark.django_db
def test_ledger_is_read_and_verified_by_those_who_may(cast, rules, as_):
    challenge = challenge_at(cast, "opened")
    path = f"challenges/{challenge.pk}/ledger"
    page = as_(cast.supervisor).get(path, size=100).json()
    assert page["total"] == len(page["items"]) > 10
    verdict = as_(cast.supervisor).get(f"{path}/verify").json()
    assert verdict["intact"]
    assert sum(item["entries"] for item in verdict["chains"]) == page["total"]
    assert as_(cast.reviewers[0]).get(path).status_code == 403
    own = as_(cast.bidders[0]).get(path, size=100).json()["items"]
    assert {item["chain"] for item in own} == {str(Bid.objects.get(challenge=challenge, lead=cast.leads[0]).pk)}
    sealed = challenge_at(cast, "bidding_closed")
    entries = as_(cast.operator).get(f"challenges/{sealed.pk}/ledger", size=100).json()["items"]
    assert {item["chain"] for item in entries} == {str(sealed.pk)}


@pytest.mark.django_db
def test_ranking_snapshot_goes_to_those_in_charge(cast, rules, as_):
    challenge = challenge_at(cast, "ranked")
    path = f"challenges/{challenge.pk}/ranking"
    assert as_(cast.decider).get(path).json()["sha256"] == challenge.ranking_sha256
    assert as_(cast.bidders[0]).get(path).status_code == 404
    assert as_(cast.owner).get(path).status_code == 404


@pytest.mark.django_db
def test_inbox_gives_each_notification_once(cast, rules, as_):
    decider = as_(cast.decider)
    cursor = decider.get("inbox").json()["cursor"]
    challenge_at(cast, "vetted")
    news = decider.get("inbox", after=cursor).json()
    assert [item["kind"] for item in news["items"]] == ["challenge_vetted"]
    assert decider.get("inbox", after=news["cursor"]).json()["items"] == []
    row = news["items"][0]["id"]
    assert decider.post(f"inbox/{row}/read").json()["read_at"]
    assert decider.get("inbox", unread=True).json()["total"] == news["unread"] - 1
    assert as_(cast.owner).post(f"inbox/{row}/read").status_code == 404


@pytest.mark.django_db
def test_question_is_answered_in_public_without_its_asker(cast, rules, as_):
    challenge = challenge_at(cast, "published")
    asked = as_(cast.bidders[0]).post(f"challenges/{challenge.pk}/questions", {"text": "指标可以分期吗？"}).json()
    answer = {"text": "可以。"}
    assert as_(cast.operator).post(f"questions/{asked['id']}/answer", answer).status_code == 403
    assert as_(cast.owner).post(f"questions/{asked['id']}/answer", answer).status_code == 200
    public = as_(None).get(f"challenges/{challenge.pk}").json()["questions"]
    assert [(item["text"], item["answer"]) for item in public] == [("指标可以分期吗？", "可以。")]
    assert cast.bidders[0].name not in str(public)


@pytest.mark.django_db
def test_rule_set_is_versioned_over_the_api(cast, rules, as_):
    operator = as_(cast.operator)
    source = as_(None).get("rule-sets", name="demo").json()["items"][0]
    draft = operator.post("rule-sets", {"source": source["id"]}).json()
    assert (draft["version"], draft["state"]) == (source["version"] + 1, "draft")
    rules = draft["rules"] | {"panel_size": 6}
    operator.patch(f"rule-sets/{draft['id']}", {"rules": rules, "note": "席位"})
    assert operator.step(f"rule-sets/{draft['id']}", "propose").status_code == 409
    operator.patch(f"rule-sets/{draft['id']}", {"rules": rules | {"panel_size": 7}})
    assert operator.step(f"rule-sets/{draft['id']}", "propose").json()["state"] == "proposed"
    assert operator.step(f"rule-sets/{draft['id']}", "approve").status_code == 403
    assert as_(cast.decider).step(f"rule-sets/{draft['id']}", "approve").json()["state"] == "in_force"


@pytest.mark.django_db
def test_rubric_is_adapted_over_the_api_until_it_is_frozen(cast, rules, as_):
    challenge = challenge_at(cast, "vetted")
    path, operator = f"challenges/{challenge.pk}/rubric", as_(cast.operator)
    rubric = challenge.rubric_template.model_dump(mode="json") | {"total_threshold": "70"}
    assert as_(cast.decider).put(path, {"rubric": rubric}).status_code == 403
    assert as_(None).put(path, {"rubric": rubric}).status_code == 401
    assert operator.put(path, {"rubric": rubric}).json()["rubric"]["total_threshold"] == "70"
    light = [item | {"weight": 1} for item in rubric["criteria"]]
    twice = [*rubric["criteria"], rubric["criteria"][0] | {"weight": 0, "core": False}]
    for criteria in (light, twice, [], "x"):
        answer = operator.put(path, {"rubric": rubric | {"criteria": criteria}})
        assert answer.status_code == 422
        assert answer.json()["reason"]
    read = {"rubric": challenge.rubric_template.fingerprint}
    assert as_(cast.decider).step(f"challenges/{challenge.pk}", "publish", **read).status_code == 409
    assert as_(cast.decider).step(f"challenges/{challenge.pk}", "publish").json()["rubric"]["total_threshold"] == "70"
    assert operator.put(path, {"rubric": None}).status_code == 403


@pytest.mark.django_db
def test_expert_applies_and_keeps_a_profile(cast, as_):
    person = as_(cast.bidders[0])
    assert set(person.post("experts", {}).json()["errors"]) == {"fields"}
    made = person.post("experts", {"fields": ["hydrogen"], "biography": "从事氢能研究。"}).json()
    assert made["state"] == "applied"
    path = f"experts/{made['id']}"
    assert person.patch(path, {"biography": "从事制氢研究。"}).json()["fields"] == ["hydrogen"]
    assert person.post(f"{path}/relations", {"kind": "consulting", "organization": str(cast.leads[1].pk)}).json()[
        "relations"
    ][0]["organization"]
    assert person.step(path, "approve").status_code == 403
    assert as_(cast.operator).step(path, "approve").json()["state"] == "active"
    assert as_(cast.decider).get(path).status_code == 404
