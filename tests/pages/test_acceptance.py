"""How a milestone is accepted, not passed, or closed without success; and what the record says of it."""

from datetime import timedelta
from decimal import Decimal
from importlib import import_module

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import localtime

from accounts.policy import Denied
from accounts.workflow import Refused, take
from challenges.models import Acceptance, Challenge, Contract, Milestone
from challenges.models.milestone_guards import findings, outcome_of
from reviews.demo import walk
from tests.factories.delivery import enter, last_milestone, team
from tests.factories.life import challenge_at
from tests.factories.reviews import place


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def milestone(cast, rules) -> Milestone:
    """The first milestone of a contract, under acceptance."""
    rows = Milestone.objects.filter(contract__challenge=challenge_at(cast, "executing"))
    first = rows.select_related("contract__challenge", "contract__bid__lead").order_by("position").first()
    return take(walk.hand_in(first), "start_acceptance", actor=cast.owner)


def step(milestone, name):
    return reverse("step", args=["milestones", milestone.pk, name])


@pytest.mark.parametrize(
    ("way", "missing"), [("third_party", ["body", "report_number"]), ("on_site", ["held_on", "place", "people"])]
)
def test_each_kind_asks_for_what_it_needs(milestone, cast, visit, way, missing):
    answer = visit(cast.owner).post(step(milestone, "accept"), {"way": way})
    assert answer.status_code == 422
    assert sorted(answer.context["form"].errors) == sorted(missing)
    assert not Acceptance.objects.exists()


def test_third_party_acceptance_names_body_and_report(milestone, cast, visit):
    report = milestone.documents.get()
    data = {
        "way": "third_party",
        "body": "省检测中心（演示）",
        "report_number": "JC-2027-001",
        "report": str(report.pk),
    }
    assert visit(cast.owner).post(step(milestone, "accept"), data).status_code == 302
    record = Acceptance.objects.get()
    assert (record.conclusion, record.by, record.report_sha256) == ("accepted", cast.owner, report.sha256)
    text = visit(cast.supervisor).get(reverse("milestone", args=[milestone.pk])).content.decode()
    for shown in ("By a third party", "省检测中心（演示）", "JC-2027-001", "Passed", report.name):
        assert shown in text


def test_on_site_acceptance_says_when_where_and_who(milestone, cast, visit):
    data = {"way": "on_site", "held_on": "2027-03-01", "place": "一号车间", "people": "验收组三人"}
    assert visit(cast.owner).post(step(milestone, "accept"), data).status_code == 302
    text = visit(cast.owner).get(reverse("milestone", args=[milestone.pk])).content.decode()
    assert all(shown in text for shown in ("On site", "2027-03-01", "一号车间", "验收组三人"))


def test_report_of_another_milestone_is_refused(milestone, cast, visit):
    other = milestone.contract.milestones.select_related("contract__challenge", "contract__bid__lead").get(position=2)
    foreign = walk.hand_in(other).documents.get()
    answer = visit(cast.owner).post(step(milestone, "accept"), {"report": str(foreign.pk)})
    assert answer.status_code == 422
    assert not Acceptance.objects.exists()


def test_failed_milestone_is_closed_by_a_decider_and_the_challenge_completed(milestone, cast):
    milestone = take(milestone, "fail", actor=cast.operator, opinion="未达到约定指标。")
    with pytest.raises(Denied):
        take(milestone, "close", actor=cast.operator, opinion="关键材料停产。")
    milestone = take(milestone, "close", actor=cast.decider2, opinion="关键材料停产，非主观原因，同意结题。")
    assert milestone.state == "closed"
    assert [item.conclusion for item in milestone.acceptances.all()] == ["failed", "closed"]
    challenge = Challenge.objects.get(pk=milestone.contract.challenge_id)
    walk.deliver_rest(challenge, cast)
    assert take(challenge, "complete", actor=cast.operator, outcome="其余节点达到指标。").state == "completed"


def test_record_is_never_rewritten(milestone, cast):
    take(milestone, "accept", actor=cast.owner)
    for change in (lambda rows: rows.update(opinion="改写"), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
            change(Acceptance.objects.all())
    assert Acceptance.objects.get().opinion == ""


def test_certificate_states_the_conclusion_and_the_targets(milestone, cast, visit):
    url = reverse("certificate", args=[milestone.pk])
    assert visit(cast.owner).get(url).status_code == 404
    take(milestone, "accept", actor=cast.owner, way="on_site", held_on="2027-03-01", place="一号车间", people="三人")
    assert url in visit(cast.owner).get(reverse("milestone", args=[milestone.pk])).content.decode()
    text = visit(walk.team_lead(milestone.contract.bid)).get(url).content.decode()
    assert all(shown in text for shown in ("Passed", "一号车间", "2027-03-01", milestone.contract.bid.lead.name))
    loser = next(user for user in cast.bidders if user != walk.team_lead(milestone.contract.bid))
    assert visit(loser).get(url).status_code == 404


def test_public_reads_which_targets_were_reached_and_no_evidence(cast, rules, visit):
    challenge = challenge_at(cast, "completed")
    text = visit().get(reverse("challenge", args=[challenge.pk])).content.decode()
    assert "Targets reached" in text
    assert text.count(">Met<") == 3
    assert "里程碑报告.pdf" not in text
    last = challenge.contracts.get().milestones.select_related("contract__challenge", "contract__bid").last()
    page = visit(cast.supervisor).get(reverse("certificate", args=[last.pk])).content.decode()
    assert page.count(">Met<") == 3


def test_rectification_leaves_a_record_with_what_was_measured(milestone, cast, visit):
    by = (localtime(milestone.now) + timedelta(minutes=20)).strftime("%Y-%m-%dT%H:%M")
    data = {"way": "on_site", "held_on": "2027-03-01", "place": "一号车间", "people": "验收组三人"}
    asked = data | {"opinion": "请补充连续运行数据。", "rectify_by": by}
    missing = visit(cast.owner).post(step(milestone, "require_rectification"), asked | {"place": ""})
    assert missing.status_code == 422
    assert not Acceptance.objects.exists()
    assert visit(cast.owner).post(step(milestone, "require_rectification"), asked).status_code == 302
    record = Acceptance.objects.get()
    assert (record.conclusion, record.by, record.version, record.place) == ("rectification", cast.owner, 1, "一号车间")
    assert record.rectify_by == Milestone.objects.get(pk=milestone.pk).rectify_by
    text = visit(cast.owner).get(reverse("milestone", args=[milestone.pk])).content.decode()
    assert all(shown in text for shown in ("To be mended", "一号车间", "请补充连续运行数据。"))


def test_accepted_milestone_keeps_the_targets_it_was_measured_against(cast, rules, visit):
    last = last_milestone(cast)
    challenge, contract = last.contract.challenge, last.contract
    enter(last, "4e8", "9", "Ex ib I Mb")
    milestone = take(
        take(last, "submit", actor=team(last), report="达到约定值。"), "start_acceptance", actor=cast.owner
    )
    milestone = take(milestone, "accept", actor=cast.owner)
    changed = [dict(item) for item in contract.targets]
    changed[0] |= {"value": "1e8"}
    place(Contract.objects.get(pk=contract.pk), targets=changed, version=2)
    milestone = Milestone.objects.select_related("contract__challenge", "contract__bid").get(pk=milestone.pk)
    first, *_others = findings(milestone)
    assert (first.target.value, first.met) == (Decimal("5e8"), True)
    assert [item.met for item in outcome_of(Contract.objects.get(challenge=challenge))] == [True, True, True]
    text = visit(cast.owner).get(reverse("milestone", args=[milestone.pk])).content.decode()
    assert "Measured against version 1 of the contract" in text


def test_time_to_mend_is_not_cut_short(milestone, cast):
    until = milestone.now + timedelta(minutes=20)
    milestone = take(milestone, "require_rectification", actor=cast.owner, opinion="请补充数据。", rectify_by=until)
    with pytest.raises(Refused, match="The team may mend it until"):
        take(milestone, "fail", actor=cast.operator, opinion="未达到约定指标。")
    place(milestone, rectify_by=milestone.now - timedelta(seconds=1))
    milestone = Milestone.objects.select_related("contract__challenge", "contract__bid").get(pk=milestone.pk)
    assert take(milestone, "fail", actor=cast.operator, opinion="逾期未整改。").state == "failed"


def test_records_from_before_keep_the_targets_of_the_day_of_the_migration(milestone, cast):
    take(milestone, "accept", actor=cast.owner)
    place(Acceptance.objects.get(), targets=[], version=None)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(import_module("challenges.migrations.0034_targets_of_old_records").KEEP)
    record = Acceptance.objects.get()
    assert (record.targets, record.version, record.findings) == (milestone.contract.targets, None, [])
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
        Acceptance.objects.update(opinion="改写")
