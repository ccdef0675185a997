"""The page of a mid-term check, and where it waits."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from accounts import clock
from challenges.models import MidtermCheck
from reviews.demo import walk
from tests.factories.life import challenge_at
from tests.factories.outcomes import contract_of

DAY = timedelta(days=1)
WORDS = "样机已运行三个月，数据完整，进度与任务书一致。"


def test_the_check_waits_on_the_work_pages_and_is_done_on_its_own(cast, rules, visit):
    contract = contract_of(challenge_at(cast, "executing"))
    check = MidtermCheck.objects.get(contract=contract)
    today = timezone.localdate(clock.now())
    team, operator, work = visit(walk.team_lead(contract.bid)), visit(cast.operator), reverse("work")
    url = reverse("midterm_check", args=[check.pk])
    assert url not in team.get(work).content.decode()
    assert url in team.get(reverse("contract", args=[contract.pk])).content.decode()
    MidtermCheck.objects.update(opens_on=today - DAY, due_on=today - DAY)
    assert "Hand in the mid-term report" in team.get(work).content.decode()
    assert "A mid-term report is overdue" in operator.get(work).content.decode()
    step = reverse("step", args=["midterm-checks", check.pk, "report"])
    assert step in team.get(url).content.decode()
    assert step not in visit(cast.owner).get(url).content.decode()
    given = {"summary": WORDS, "spent": "12.5", "target_1": "已达6e8。", "target_2": "已达7.5 %。"}
    assert "Progress: 防爆型式" in team.post(step, given).content.decode()
    assert team.post(step, given | {"target_3": "送检中。"}).status_code == 302
    check.refresh_from_db()
    assert (check.state, str(check.spent)) == ("reported", "125000.00")
    assert [item["name"] for item in check.progress] == ["位错密度", "外量子效率", "防爆型式"]
    assert "送检中。" in visit(cast.owner).get(url).content.decode()
    assert "Conclude the mid-term check" in operator.get(work).content.decode()
    conclude = reverse("step", args=["midterm-checks", check.pk, "conclude"])
    assert operator.post(conclude, {"conclusion": "conditions", "opinion": WORDS}).status_code == 302
    assert "On course with conditions" in team.get(url).content.decode()
    assert visit().get(url).status_code == 302
