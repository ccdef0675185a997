"""Evidence target by target: what is entered, what it says, and what cannot be accepted on it."""

from decimal import Decimal

import pgtrigger
import pytest
from django.urls import reverse
from django.utils import translation

from accounts import documents
from accounts.models import LedgerEntry
from accounts.workflow import Refused, take
from challenges import actions
from challenges.models import Challenge, Measurement, Milestone
from challenges.models.milestone_guards import findings
from reviews.demo import walk
from tests.factories.delivery import enter, last_milestone, paper, team
from tests.factories.life import challenge_at

REPORT = "样件与测试全部完成，见附件报告。"


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def last(cast, rules) -> Milestone:
    """The last milestone of a contract, the others delivered; it proves all three targets and is to be delivered."""
    return last_milestone(cast)


def under_acceptance(milestone, cast, *values) -> Milestone:
    enter(milestone, *values)
    milestone = take(milestone, "submit", actor=team(milestone), report=REPORT)
    return take(milestone, "start_acceptance", actor=cast.owner)


def test_submission_waits_for_every_target_and_its_report(last):
    report = paper(last)
    with pytest.raises(Refused, match="位错密度; 外量子效率; 防爆型式"):
        take(last, "submit", actor=team(last), report=REPORT)
    enter(last, "4e8", None, "Ex ib I Mb", report=report)
    with pytest.raises(Refused, match="first: 外量子效率"):
        take(last, "submit", actor=team(last), report=REPORT)
    enter(last, "4e8", "8.1", "Ex ib I Mb", report=report)
    documents.remove(report, actor=team(last))
    paper(last)
    with pytest.raises(Refused, match="which report proves it"):
        take(last, "submit", actor=team(last), report=REPORT)
    enter(last, "4e8", "8.1", "Ex ib I Mb")
    assert take(last, "submit", actor=team(last), report=REPORT).state == "submitted"


def test_unmet_core_target_cannot_be_accepted_and_the_reason_has_the_numbers(last, cast):
    milestone = under_acceptance(last, cast, "6e8", "9", "Ex ib I Mb")
    with pytest.raises(Refused, match=r"“位错密度”: 6e8 cm\^-2 measured, ≤ 5e8 cm\^-2 agreed"):
        take(milestone, "accept", actor=cast.owner)
    assert Milestone.objects.get(pk=last.pk).state == "under_acceptance"


def test_other_targets_are_judged_by_their_share(last, cast):
    milestone = under_acceptance(last, cast, "4e8", "7", "Ex ib I Mb")
    with pytest.raises(Refused, match="1 of 2 other targets are met, and 60 % must be: “外量子效率”: 7 % measured"):
        take(milestone, "accept", actor=cast.owner)
    challenge = milestone.contract.challenge
    half = challenge.rules | {"other_targets_met": "50"}
    _freeze(challenge, half)
    milestone = Milestone.objects.select_related("contract__challenge").get(pk=milestone.pk)
    assert take(milestone, "accept", actor=cast.owner).state == "accepted"


def _freeze(challenge, rules) -> None:
    with pgtrigger.ignore("challenges.Challenge:rules_are_frozen"):
        Challenge.objects.filter(pk=challenge.pk).update(rules=rules)


def test_target_assigned_to_an_earlier_milestone_is_proved_there(cast, rules):
    challenge = challenge_at(cast, "awarded")
    contract = challenge.contracts.get()
    first = contract.milestones.get(position=1)
    actions.edit_contract(contract, actor=cast.owner, data={}, milestones={str(first.pk): {"proves": [0]}})
    walk.sign(challenge, cast)
    rows = contract.milestones.select_related("contract__challenge", "contract__bid__lead").order_by("position")
    first, _second, last = rows
    assert [item.target.name for item in findings(first)] == ["位错密度"]
    assert [item.target.name for item in findings(last)] == ["外量子效率", "防爆型式"]
    milestone = under_acceptance(first, cast, "6e8")
    with pytest.raises(Refused, match="A core target is not met"):
        take(milestone, "accept", actor=cast.owner)


def test_target_of_another_milestone_is_refused(cast, rules):
    challenge = challenge_at(cast, "executing")
    first = Milestone.objects.select_related("contract__challenge", "contract__bid__lead").get(
        contract__challenge=challenge, position=1
    )
    row = {"position": 0, "value": Decimal(1), "text": "", "method": "m", "uncertainty": None, "report": None}
    with pytest.raises(Refused, match="does not prove that target"):
        actions.measure(first, actor=team(first), rows=[row])
    assert not LedgerEntry.objects.filter(action="measure").exists()


def test_team_enters_values_on_the_page_and_reads_the_verdicts(last, cast, visit):
    report, client = paper(last), visit(team(last))
    page, form = reverse("milestone", args=[last.pk]), reverse("milestone_measure", args=[last.pk])
    assert form in client.get(page).content.decode()
    assert form not in visit(cast.owner).get(page).content.decode()
    assert visit(cast.owner).get(form).status_code == 403
    data = {"t0-value": "6e8", "t0-uncertainty": "1e7", "t0-method": "XRD", "t0-report": str(report.pk),
            "t1-value": "九", "t2-value": "Ex ib I Mb", "t2-report": str(report.pk)}  # fmt: skip
    blank = client.get(form).content.decode()
    assert "t1-uncertainty" in blank
    assert "t2-uncertainty" not in blank
    wrong = client.post(form, data)
    assert wrong.status_code == 422
    assert "Write a number" in wrong.content.decode()
    assert "6e8" in wrong.content.decode()
    assert client.post(form, data | {"t1-value": ""}).url == page
    text = client.get(page).content.decode()
    assert "6e8 ± 1e7 cm^-2" in text
    assert text.count("Not met") == 1
    assert text.count("Not measured yet") == 1
    entry = LedgerEntry.objects.get(action="measure")
    assert [item["target"] for item in entry.data["measured"]] == ["位错密度", "防爆型式"]


def test_negative_uncertainty_and_a_foreign_report_are_refused(last, cast, visit):
    other = Milestone.objects.get(contract=last.contract, position=1).documents.first()
    data = {"t0-value": "4e8", "t0-uncertainty": "-1", "t0-report": str(other.pk)}
    answer = visit(team(last)).post(reverse("milestone_measure", args=[last.pk]), data)
    assert answer.status_code == 422
    assert not Measurement.objects.exists()
