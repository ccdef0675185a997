"""Objections and the one appeal over HTTP: ground, evidence, clocks, and each remedy carried out."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models.functions import Now
from django.urls import reverse

from accounts.models import Notification
from accounts.policy import can
from challenges import actions
from challenges.models import Award, Bid, BidGrant, Challenge, Objection
from config import storage
from reviews.actions import add_expert
from reviews.actions.panels import pool_of
from reviews.demo import walk
from reviews.demo.papers import upload
from reviews.models import Panel
from reviews.work import work_of
from tests.factories.life import challenge_at
from tests.factories.reviews import company, person, place

pytestmark = pytest.mark.django_db
TEXT = "公示所附检测报告的编号在检测机构网站上查不到，请核实。"
NOTE = "检测机构网站的报告查询页，报告编号见公示第二页。"
FACTS = {"text": TEXT, "ground": "fact", "evidence_note": NOTE}
GIVEN = FACTS | {"name": "某异议单位", "contact": "0355-5550100"}
DECISION = "经向检测机构函证并核对原始记录，作出如下决定。"
REASON = "经核实，检测报告编号不存在，承诺值没有依据。"
SOON = timedelta(minutes=1)


@pytest.fixture
def award(cast, rules) -> Award:
    """An award in its public notice, with the hour to object in."""
    challenge = challenge_at(cast, "award_proposed")
    Award.objects.filter(challenge=challenge).update(notice_ends_at=Now() + timedelta(days=1))
    return now(Award.objects.get(challenge=challenge))


@pytest.fixture
def objector():
    """A member of the public who belongs to no organisation."""
    return person("异议人")


def now(obj):
    return type(obj).objects.get(pk=obj.pk)


def file(award, objector) -> Objection:
    return actions.file_objection(award, actor=objector, **GIVEN)


def step(client, kind, obj, name, **data):
    return client.post(reverse("step", args=[kind, obj.pk, name]), data)


def decide(visit, handler, objection, verdict, **data):
    client = visit(handler)
    assert step(client, "objections", objection, "acknowledge").status_code == 302
    answer = step(client, "objections", objection, verdict, decision=DECISION, **data)
    assert answer.status_code == 302, answer.content.decode()


def told(kind):
    return set(Notification.objects.filter(kind=kind).values_list("recipient__email", flat=True))


def lapse(objection):
    """The time to appeal runs out, and the clock looks."""
    place(objection, appeal_until=now(objection).decided_at)
    actions.confirm_due_awards()


# ── filing ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_academic_judgement_is_refused_with_what_can_be_objected_to(award, objector, visit):
    answer = visit(objector).post(reverse("award_object", args=[award.pk]), GIVEN | {"ground": "judgement"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "academic judgement" in page
    assert "conflict of interest" in page
    assert TEXT in page
    assert not Objection.objects.exists()


def test_objection_without_evidence_is_refused_and_a_statement_of_where_it_is_suffices(award, objector, visit):
    client, url = visit(objector), reverse("award_object", args=[award.pk])
    answer = client.post(url, GIVEN | {"evidence_note": ""})
    assert answer.status_code == 422
    assert "Give evidence" in answer.content.decode()
    assert now(award).state == "notice"
    assert client.post(url, GIVEN).status_code == 302
    filed = Objection.objects.get()
    assert (filed.ground, filed.evidence_note, now(award).state) == ("fact", NOTE, "suspended")
    assert NOTE in client.get(reverse("objection", args=[filed.pk])).content.decode()


def test_file_is_stored_before_the_award_is_locked_and_its_row_comes_with_the_objection(
    award, objector, visit, monkeypatch
):
    seen = []
    put = storage.put

    def watch(*args, **kwargs):
        seen.append(Objection.objects.count())
        return put(*args, **kwargs)

    monkeypatch.setattr(storage, "put", watch)
    data = GIVEN | {"evidence_note": "", "evidence": upload("证据.pdf", "证据", "评分记录")}
    assert visit(objector).post(reverse("award_object", args=[award.pk]), data).status_code == 302
    assert seen == [0]
    assert Objection.objects.get().documents.get().name == "证据.pdf"


def test_file_of_no_accepted_type_leaves_no_objection(award, objector, visit):
    data = GIVEN | {"evidence": SimpleUploadedFile("证据.exe", b"MZ")}
    assert visit(objector).post(reverse("award_object", args=[award.pk]), data).status_code == 422
    assert not Objection.objects.exists()


def test_api_refuses_another_ground_and_asks_for_evidence(award, objector, client):
    client.force_login(objector)
    url = f"/api/awards/{award.pk}/objections"
    wrong = client.post(url, GIVEN | {"ground": "judgement"}, content_type="application/json")
    assert wrong.status_code == 409
    bare = client.post(url, GIVEN | {"evidence_note": ""}, content_type="application/json")
    assert bare.status_code == 422
    made = client.post(url, GIVEN, content_type="application/json")
    assert (made.status_code, made.json()["ground"]) == (201, "fact")


# ── clocks ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_overdue_acknowledgement_is_told_to_the_supervisor_once(award, objector, cast):
    filed = file(award, objector)
    actions.remind()
    assert "acknowledgement_overdue" not in set(Notification.objects.values_list("kind", flat=True))
    Objection.objects.filter(pk=filed.pk).update(acknowledge_by=Now() - SOON)
    assert actions.remind() == 1
    assert actions.remind() == 0
    assert {cast.supervisor.email, cast.decider2.email} <= told("acknowledgement_overdue")


def test_award_waits_for_the_time_to_appeal_then_the_clock_goes_on(award, objector, cast, visit):
    filed = file(award, objector)
    decide(visit, cast.decider2, filed, "dismiss")
    filed = now(filed)
    assert now(award).state == "suspended"
    Award.objects.filter(pk=award.pk).update(notice_ends_at=Now() - SOON)
    actions.confirm_due_awards()
    assert now(award).state == "suspended"
    actions.remind()
    assert told("appeal_due") == {objector.email}
    assert "Appeal the decision, or let it stand" in [item.what for item in work_of(objector, "member").today]
    lapse(filed)
    assert now(award).state == "confirmed"
    page = visit(objector).get(reverse("objection", args=[filed.pk])).content.decode()
    assert "appeal is open against a dismissal" in page


# ── the appeal ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_appeal_is_heard_by_somebody_else_and_its_dismissal_lets_the_notice_go_on(award, objector, cast, visit):
    filed = file(award, objector)
    decide(visit, cast.decider2, filed, "dismiss")
    url = reverse("objection_appeal", args=[filed.pk])
    assert visit(person("旁人")).get(url).status_code == 404
    client = visit(objector)
    assert url in client.get(reverse("objection", args=[filed.pk])).content.decode()
    assert client.post(url, FACTS | {"ground": "judgement"}).status_code == 422
    assert client.post(url, FACTS).status_code == 302
    appeal = Objection.objects.get(against=filed)
    assert (appeal.name, now(award).state) == (filed.name, "suspended")
    assert client.post(url, FACTS).status_code == 403
    refused = step(visit(cast.decider2), "objections", appeal, "acknowledge")
    assert refused.status_code == 403
    assert "somebody else hears the appeal" in refused.content.decode()
    assert "Acknowledge the appeal" not in [item.what for item in work_of(cast.decider2, "decider").today]
    assert "Acknowledge the appeal" in [item.what for item in work_of(cast.decider3, "decider").today]
    decide(visit, cast.decider3, appeal, "dismiss")
    assert now(award).state == "notice"
    assert client.get(reverse("objection_appeal", args=[appeal.pk])).status_code == 403


def test_appeal_after_its_time_is_refused(award, objector, cast, visit):
    filed = file(award, objector)
    decide(visit, cast.decider2, filed, "dismiss")
    place(filed, appeal_until=now(filed).decided_at)
    answer = visit(objector).post(reverse("objection_appeal", args=[filed.pk]), FACTS)
    assert answer.status_code == 403
    assert "time to appeal is over" in answer.content.decode()


def test_appeal_over_the_api_stands_against_the_first_and_its_remedy_counts(award, objector, cast, visit, client):
    filed = file(award, objector)
    decide(visit, cast.decider2, filed, "dismiss")
    client.force_login(objector)
    made = client.post(f"/api/objections/{filed.pk}/appeal", FACTS, content_type="application/json")
    assert (made.status_code, made.json()["against"]) == (201, str(filed.pk))
    decide(visit, cast.decider3, Objection.objects.get(against=filed), "uphold", remedy="cancel")
    assert now(award).remedy_due() == "cancel"


# ── remedies ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_remedy_that_disqualifies_names_a_bid_and_no_other_does(award, objector, cast, visit):
    filed = file(award, objector)
    client = visit(cast.decider2)
    step(client, "objections", filed, "acknowledge")
    bid = award.bids.get()
    without = step(client, "objections", filed, "uphold", decision=DECISION, remedy="disqualify")
    beside = step(client, "objections", filed, "uphold", decision=DECISION, remedy="rescore", bid=bid.pk)
    assert (without.status_code, beside.status_code) == (422, 422)
    assert now(filed).state == "acknowledged"


def test_disqualified_bid_leaves_the_ranking_with_a_public_reason_and_the_next_can_win(award, objector, cast, visit):
    filed, winner = file(award, objector), award.bids.select_related("lead").get()
    decide(visit, cast.decider2, filed, "uphold", remedy="disqualify", bid=winner.pk)
    waiting = "An objection was upheld: carry out the remedy"
    assert waiting in [item.what for item in work_of(cast.decider, "decider").later]
    decider = visit(cast.decider)
    assert step(decider, "challenges", award.challenge, "rescore", reason=REASON).status_code == 409
    assert step(decider, "challenges", award.challenge, "reopen_award", reason=REASON).status_code == 302
    fallen = now(award)
    assert (fallen.state, fallen.remedy, fallen.revoked_reason) == ("revoked", "disqualify", REASON)
    assert (now(winner).state, now(winner).ineligible_reason) == ("ineligible", REASON)
    page = visit().get(reverse("award", args=[award.pk])).content.decode()
    assert REASON in page
    assert winner.lead.name in page
    assert "Disqualified" in page
    assert objector.name not in page
    assert GIVEN["name"] not in page
    challenge = now(award.challenge)
    best = challenge.bids.filter(state="ranked").order_by("rank").first()
    answer = step(decider, "challenges", challenge, "propose_award", bids=[best.pk])
    assert answer.status_code == 302
    second = Award.objects.get(challenge=challenge, state="notice")
    assert (list(second.bids.all()), second.departs_from_ranking) == ([best], False)


def test_rescoring_forms_a_new_panel_without_the_old_one_and_keeps_both_on_record(award, objector, cast, visit):
    filed, challenge = file(award, objector), award.challenge
    before = award.shown_ranking
    old = Panel.objects.get(challenge=challenge)
    sat = set(old.assignments.filter(state="accepted").values_list("expert", flat=True))
    decide(visit, cast.decider2, filed, "uphold", remedy="rescore")
    assert step(visit(cast.decider), "challenges", challenge, "rescore", reason=REASON).status_code == 302
    challenge = now(challenge)
    assert (challenge.state, challenge.ranked_at, challenge.ranking_sha256) == ("opened", None, "")
    assert set(challenge.bids.values_list("state", flat=True)) == {"eligible"}
    assert not challenge.bids.exclude(rank=None, score=None).exists()
    assert not BidGrant.objects.filter(content_object__challenge=challenge, permission__codename="score_bid").exists()
    pool, left_out, _whence = pool_of(challenge)
    assert sat.isdisjoint(item["id"] for item in pool)
    assert {str(pk) for pk in sat} <= {item["id"] for item in left_out if "earlier_panel" in item["reasons"]}
    page = visit(cast.operator).get(reverse("challenge", args=[challenge.pk])).content.decode()
    assert reverse("panel_create", args=[challenge.pk]) in page
    assert reverse("panel", args=[old.pk]) in page
    fallen = now(award)
    assert (fallen.state, fallen.shown_ranking) == ("revoked", before)
    shown = visit().get(reverse("award", args=[award.pk])).content.decode()
    assert all(bid.lead.name in shown for bid in Bid.objects.filter(challenge=challenge).select_related("lead"))


def test_new_panel_ranks_the_bids_again_and_both_rankings_are_proved_in_public(award, objector, cast, visit):
    filed, challenge = file(award, objector), award.challenge
    old = Panel.objects.get(challenge=challenge)
    decide(visit, cast.decider2, filed, "uphold", remedy="rescore")
    step(visit(cast.decider), "challenges", challenge, "rescore", reason=REASON)
    sheet = old.assignments.filter(state="accepted").select_related("expert__user").first()
    fields = [challenge.industry]
    for number in range(6):
        add_expert(
            person(f"新专家{number}"), actor=cast.operator, fields=fields, organization=company(f"新单位{number}")
        )
    challenge = walk.carry(challenge, cast, to="under_review", since="eligible")
    bid = challenge.bids.first()
    assert not can(sheet.expert.user, "envelope.read", bid.envelopes.get(part="technical"))
    challenge = walk.carry(challenge, cast, to="awarded", since="under_review")
    new = Panel.objects.filter(challenge=challenge).exclude(pk=old.pk).get()
    seated = [set(panel.assignments.values_list("expert", flat=True)) for panel in (old, new)]
    assert len(seated[1]) >= 5
    assert not set(old.assignments.filter(state="accepted").values_list("expert", flat=True)) & seated[1]
    assert challenge.ranking_sha256 == new.ranking.sha256 != old.ranking.sha256
    proof = visit().get(reverse("proof", args=[challenge.pk])).content.decode()
    assert old.ranking.sha256 in proof
    assert new.ranking.sha256 in proof
    states = dict(Award.objects.filter(challenge=challenge).values_list("ranking_sha256", "state"))
    assert states == {old.ranking.sha256: "revoked", new.ranking.sha256: "confirmed"}


def test_cancelled_procedure_ends_without_an_award_and_settles_every_bid(award, objector, cast, visit):
    filed, challenge = file(award, objector), award.challenge
    decide(visit, cast.decider2, filed, "uphold", remedy="cancel")
    offered = visit(cast.decider).get(reverse("award", args=[award.pk])).content.decode()
    assert reverse("step", args=["challenges", challenge.pk, "annul_award"]) in offered
    assert "have the bids scored again" not in offered
    assert step(visit(cast.decider), "challenges", challenge, "annul_award", reason=REASON).status_code == 302
    challenge = now(challenge)
    assert (challenge.state, challenge.end_reason) == ("no_award", REASON)
    assert set(challenge.bids.values_list("state", flat=True)) == {"not_awarded"}
    assert (now(award).state, now(award).remedy) == ("revoked", "cancel")


def test_strongest_of_several_remedies_is_due_and_only_when_nothing_is_open(award, objector, cast, visit):
    first, second = file(award, objector), file(award, person("另一异议人"))
    decide(visit, cast.decider2, first, "uphold", remedy="disqualify", bid=award.bids.get().pk)
    assert now(award).remedy_due() == ""
    decide(visit, cast.decider3, second, "uphold", remedy="rescore")
    assert now(award).remedy_due() == "rescore"
    assert step(visit(cast.decider), "challenges", award.challenge, "rescore", reason=REASON).status_code == 302
    states = sorted(Challenge.objects.get(pk=award.challenge_id).bids.values_list("state", flat=True))
    assert states == ["eligible", "eligible", "eligible", "ineligible"]
