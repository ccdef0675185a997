"""The work page: what waits for each role at each stage, in a fixed number of queries."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts import clock
from accounts.workflow import take
from challenges import actions
from challenges.models import Challenge, Contract
from reviews.actions.experts import ask_expert
from reviews.demo import walk
from reviews.work import work_of
from tests.factories import reviews as court_room
from tests.factories.life import challenge_at, new_challenge
from tests.factories.reviews import company, place
from tests.reviews.test_consensus import apart, chair_of, others_of

pytestmark = pytest.mark.django_db


def buttons(user, role: str) -> list[str]:
    work = work_of(type(user).objects.get(pk=user.pk), role)
    return [str(item.what) for item in (*work.today, *work.week, *work.later)]


def winner(challenge: Challenge):
    return walk.team_lead(Contract.objects.select_related("bid__lead").get(challenge=challenge).bid)


def waiting(user, role: str) -> list[str]:
    return [str(item.what) for item in work_of(type(user).objects.get(pk=user.pk), role).others]


@pytest.fixture(autouse=True)
def _english():
    from django.utils import translation

    with translation.override("en"):
        yield


def test_consensus_waits_for_the_chair_once_every_sheet_is_locked(cast, rules):
    challenge = challenge_at(cast, "scored")
    panel = challenge.panels.get()
    chair = panel.assignments.get(is_chair=True, state="accepted").expert.user
    assert buttons(chair, "reviewer") == ["Every sheet is locked"]
    take(panel, "open_consensus", actor=chair)
    assert buttons(chair, "reviewer") == ["Lead the consensus and finish the review"]
    assert "Finish the review" in buttons(cast.operator, "operator")


MINE = {
    "submitted": [("operator", "operator", "Vet the challenge")],
    "vetted": [("decider", "decider", "Publish, or leave it vetted")],
    "bidding_closed": [
        ("operator", "operator", "Consent to open the bids, as custodian"),
        ("decider", "decider2", "Consent to open the bids, as custodian"),
    ],
    "opened": [("operator", "operator", "Check the eligibility of the bids")],
    "eligible": [("operator", "operator", "Form the panel")],
    "panel_ready": [("operator", "operator", "Start the review")],
    "scored": [("operator", "operator", "Every sheet is locked"), ("reviewer", "chair", "Every sheet is locked")],
    "ranked": [("decider", "decider", "Propose the award")],
    "awarded": [("member", "owner", "Complete the task book and offer the contract")],
    "executing": [("member", "winner", "Deliver the milestone with its evidence")],
    "delivered": [("operator", "operator", "Every milestone is accepted")],
}
OTHERS = {
    "submitted": [("member", "owner", "An operator vets it")],
    "vetted": [("operator", "operator", "A decider publishes it")],
    "bid": [
        ("member", "owner", "Teams write their bids"),
        ("member", "bidder", "Your bid is in; the next step is the platform's"),
    ],
    "under_review": [("operator", "operator", "The reviewers score")],
    "award_proposed": [("operator", "operator", "The public notice runs")],
    "executing": [("member", "owner", "The team delivers the milestone")],
}


def somebody(who: str, cast, challenge: Challenge):
    match who:
        case "bidder":
            return cast.bidders[0]
        case "winner":
            return winner(challenge)
        case "chair":
            return challenge.panels.get().assignments.get(is_chair=True, state="accepted").expert.user
    return getattr(cast, who)


def test_every_stage_waits_for_whoever_takes_its_step(cast, rules):
    challenge = new_challenge(cast)
    assert buttons(cast.owner, "member") == ["Complete the draft and submit it"]
    for stage, carry in walk.STAGES.items():
        carry(Challenge.objects.get(pk=challenge.pk), cast)
        for role, who, what in MINE.get(stage, []):
            assert what in buttons(somebody(who, cast, challenge), role), stage
        for role, who, what in OTHERS.get(stage, []):
            user = somebody(who, cast, challenge)
            assert what in waiting(user, role), stage
            assert what not in buttons(user, role), stage
    for role, user in (("operator", cast.operator), ("decider", cast.decider), ("member", cast.owner)):
        assert buttons(user, role) == waiting(user, role) == []


def test_step_leaves_the_page_once_it_is_taken(cast, rules):
    challenge = challenge_at(cast, "bidding_closed")
    take(challenge, "consent_to_opening", actor=cast.operator)
    assert "Another custodian consents to the opening" in waiting(cast.operator, "operator")
    take(challenge, "consent_to_opening", actor=cast.decider)
    assert "Enough custodians consent: open the bids" in buttons(cast.operator, "operator")


def test_whoever_acted_in_another_duty_is_left_out(cast, rules):
    challenge = challenge_at(cast, "vetted")
    place(challenge, executors=[cast.decider.pk])
    assert buttons(cast.decider, "decider") == []
    assert buttons(cast.decider2, "decider") == ["Publish, or leave it vetted"]


def test_panel_waits_for_supervisor_then_reviewers(cast, rules):
    from reviews import actions as judging

    challenge = challenge_at(cast, "eligible")
    panel = judging.create_panel(challenge, actor=cast.operator)
    assert buttons(cast.supervisor, "supervisor") == ["Give the second seed of the draw"]
    assert "The supervisor gives the second seed" in waiting(cast.operator, "operator")
    panel = take(panel, "give_seed", actor=cast.supervisor, seed="监督员的随机种子")
    assert "Draw the panel" in buttons(cast.operator, "operator")
    panel = take(panel, "draw", actor=cast.operator)
    assert "Send the invitations to those drawn" in buttons(cast.operator, "operator")
    assert not [user for user in cast.reviewers if buttons(user, "reviewer")]
    panel = take(panel, "release", actor=cast.operator)
    seat = panel.assignments.filter(state="invited").select_related("expert__user").first()
    assert buttons(seat.expert.user, "reviewer") == ["Answer the invitation"]
    assert "5 experts still answer" in waiting(cast.operator, "operator")


def test_reviewer_is_told_how_many_sheets_are_left(cast, rules):
    challenge = challenge_at(cast, "under_review")
    reviewers = [user for user in cast.reviewers if buttons(user, "reviewer")]
    assert len(reviewers) == challenge.panels.get().size
    assert buttons(reviewers[0], "reviewer") == ["4 score sheets to lock"]


def test_question_waits_for_the_owner(cast, rules):
    challenge = challenge_at(cast, "published")
    actions.ask_question(challenge, actor=cast.bidders[0], text="测试温度是多少？")
    assert "Answer a question" in buttons(cast.owner, "member")


def test_payment_goes_from_team_to_decider_to_finance(cast, rules):
    challenge = challenge_at(cast, "delivering")
    contract = Contract.objects.get(challenge=challenge)
    payment = contract.payments.filter(milestone__state="accepted", state="scheduled").first()
    if payment is None:
        milestone = contract.milestones.order_by("position").first()
        place(milestone, state="accepted")
        payment = milestone.payment
        place(payment, state="scheduled", requested_by=None, approved_by=None, paid_by=None)
    assert "Request the payment of the accepted milestone" in buttons(winner(challenge), "member")
    payment = take(payment, "request", actor=winner(challenge))
    assert "Approve or return the payment request" in buttons(cast.decider, "decider")
    take(payment, "approve", actor=cast.decider)
    assert "Pay, and record the bank's reference" in buttons(cast.finance, "finance")


def test_failed_milestone_waits_for_decider_owner_and_operator_until_a_termination_is_open(cast, rules, visit):
    contract = challenge_at(cast, "executing").contracts.get()
    failed = contract.milestones.get(position=1)
    for state in ("submitted", "under_acceptance", "failed"):
        type(failed).objects.filter(pk=failed.pk).update(state=state)
    (close,) = [item for item in buttons(cast.decider2, "decider") if "milestone failed" in item]
    assert close.startswith("A milestone failed: close it")
    page = visit(cast.decider2).get(reverse("work")).content.decode()
    assert reverse("milestone", args=[failed.pk]) in page
    end = "A milestone failed: propose to end the contract, unless a decider closes it"
    for user, role in ((cast.owner, "member"), (cast.operator, "operator")):
        assert end in buttons(user, role)
        assert reverse("contract", args=[contract.pk]) in visit(user).get(reverse("work")).content.decode()
    take(contract, "propose_termination", actor=cast.owner, facts="两次整改后核心指标仍未达到。")
    assert end not in buttons(cast.operator, "operator")
    assert close not in buttons(cast.decider2, "decider")


def test_new_organization_waits_for_an_operator(cast):
    company("待核验公司")
    assert "Compare name and code with the licence" in buttons(cast.operator, "operator")


def test_imported_expert_is_asked_to_agree_and_operators_see_how_many_wait(visit, cast):
    court = court_room.court(bids=0, experts=0)
    people = [court_room.person(f"导入{number}") for number in range(2)]
    for user in people:
        asked = ask_expert(user, actor=court.operator, fields=["hydrogen"])
    assert buttons(people[1], "reviewer") == ["You are asked to join the expert pool"]
    assert "2 people have not agreed to join yet" in waiting(court.operator, "operator")
    page = visit(people[1]).get(reverse("expert", args=[asked.pk])).content.decode()
    assert "Agree and join the pool" in page
    assert visit(people[1]).post(reverse("step", args=["experts", asked.pk, "agree"])).status_code == 302
    assert buttons(people[1], "reviewer") == []
    assert "1 person has not agreed to join yet" in waiting(court.operator, "operator")


def test_groups_are_by_when(cast, rules):
    for title, ahead in (("今天截止", 0), ("本周截止", 4), ("以后截止", 60)):
        challenge = challenge_at(cast, "published", title=title)
        actions.start_bid(challenge, actor=cast.bidders[0], lead=cast.leads[0])
        deadline = clock.now() + timedelta(days=ahead, minutes=0 if ahead else 1)
        Challenge.objects.filter(pk=challenge.pk).update(bid_deadline=deadline)
    work = work_of(type(cast.bidders[0]).objects.get(pk=cast.bidders[0].pk), "member")
    assert [item.subject for item in work.week] == ["本周截止"]
    assert [item.subject for item in work.later] == ["以后截止"]
    assert len(work.today) <= 1  # a minute before midnight the day ends first


def test_page_shows_one_button_for_each_row(visit, cast, rules):
    challenge_at(cast, "submitted")
    page = visit(cast.operator).get(reverse("work")).content.decode()
    main = page[page.index("<main") : page.index("</main>")]
    assert "Vet the challenge" in main
    assert len(re.findall(r'class="row-item"', main)) == len(re.findall(r'class="btn"', main)) == 1


def test_empty_page_says_what_will_be_here(visit, cast):
    assert "Nothing waits" in visit(cast.finance).get(reverse("work")).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_page_costs_the_same_whatever_waits(visit, cast, rules, django_assert_num_queries, count):
    for number in range(count):
        challenge_at(cast, "vetted", title=f"待发{number}")
        challenge_at(cast, "opened", title=f"待评{number}")
        company(f"待核验公司{number}")
    queries = {"operator": 15, "decider": 16, "supervisor": 5, "finance": 7, "owner": 19}
    for who, literal in queries.items():
        client = visit(getattr(cast, who))
        with django_assert_num_queries(literal):
            assert client.get(reverse("work")).status_code == 200


def test_tie_waits_for_each_member_then_for_the_supervisor():
    court = court_room.court(bids=3, experts=5)
    panel = court_room.consensus(court)
    users = [seat.expert.user for seat in court_room.seats(panel, "accepted")]
    ids = [str(bid.pk) for bid in court.bids]
    assert "The panel votes on a tie" in waiting(court.operator, "operator")
    for user, choice in zip(users, (0, 0, 1, 1, 2), strict=True):
        assert buttons(user, "reviewer") == ["Vote on the tie"]
        take(panel, "vote", actor=user, bids=[ids[choice]])
        assert buttons(user, "reviewer") == []
    assert waiting(users[0], "reviewer") == ["The supervisor gives the seed for the lots"]
    assert buttons(court.supervisor, "supervisor") == ["Give the seed for the lots"]
    assert "The supervisor gives the seed for the lots" in waiting(court.operator, "operator")
    take(panel, "give_lot_seed", actor=court.supervisor, seed=court_room.SEED)
    assert buttons(court.supervisor, "supervisor") == []
    assert "Finish the review" in buttons(court.operator, "operator")


def test_page_counts_what_waits_for_today_and_for_others(client, cast):
    new_challenge(cast)
    challenge_at(cast, "submitted")
    client.force_login(cast.owner, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("work"), headers={"accept-language": "en"}).content.decode()
    counts = re.search(r'<nav class="work-counts".*?</nav>', page, re.DOTALL)[0]
    said = re.findall(r'href="#(\w+)">[^<]*<strong class="num">(\d+)', counts)
    assert said == [("today", "0"), ("later", "1"), ("others", "1")]
    assert all(f'id="{place}"' in page for place, _count in said)


def test_award_notices_are_one_step_from_any_page_for_the_public(client, db):
    page = client.get(reverse("challenge_list")).content.decode()
    bar, foot = (re.search(pattern, page, re.DOTALL)[0] for pattern in (r"<header.*?</header>", r"<footer.*?</footer>"))
    assert f'href="{reverse("awards")}"' in bar
    assert f'href="{reverse("awards")}"' in foot


def meeting_rows(court, panel) -> dict[str, tuple[list[str], list[str]]]:
    """For chair, a member who has done nothing, and operator: what waits for them, and what for others."""
    people = {
        "chair": (chair_of(panel), "reviewer"),
        "member": (others_of(panel)[-1], "reviewer"),
        "operator": (court.operator, "operator"),
    }
    licence = "Compare name and code with the licence"
    return {
        who: ([what for what in buttons(user, role) if what != licence], waiting(user, role))
        for who, (user, role) in people.items()
    }


def test_consensus_waits_for_voices_then_minutes_then_confirmations():
    court, panel = apart()
    thread = panel.discussions.get()
    own_voice = "The discussion of diverging scores waits for your word"
    discussed = "The members discuss diverging scores"
    assert panel.consensus_waits_for() == "discussion"
    assert meeting_rows(court, panel) == {
        "chair": ([own_voice], []), "member": ([own_voice], []), "operator": ([], [discussed]),
    }  # fmt: skip
    take(panel, "discuss", actor=chair_of(panel), discussion=thread, text="我的依据是第三方检测报告。")
    assert meeting_rows(court, panel)["chair"] == ([], [discussed])
    assert meeting_rows(court, panel)["member"] == ([own_voice], [])
    take(panel, "discuss", actor=others_of(panel)[0], discussion=thread, text="我的依据是样本数。")
    written = "The chair writes the minutes of the consensus"
    assert panel.consensus_waits_for() == "minutes"
    assert meeting_rows(court, panel) == {
        "chair": (["Write the minutes of the consensus"], []), "member": ([], [written]), "operator": ([], [written]),
    }  # fmt: skip
    take(panel, "write_minutes", actor=chair_of(panel), text="经讨论，分歧在于验证方法。")
    own_word, confirmed = "The minutes wait for your confirmation", "The members confirm the minutes"
    assert panel.consensus_waits_for() == "confirmation"
    assert meeting_rows(court, panel) == {
        "chair": ([], [confirmed]), "member": ([own_word], []), "operator": ([], [confirmed]),
    }  # fmt: skip
    for user in others_of(panel)[:2]:
        take(panel, "confirm_minutes", actor=user)
        assert own_word not in buttons(user, "reviewer")
    assert panel.consensus_waits_for() == ""
    assert meeting_rows(court, panel) == {
        "chair": (["Lead the consensus and finish the review"], []),
        "member": ([own_word], []),
        "operator": (["Finish the review"], []),
    }


def test_rows_of_a_meeting_lead_where_their_step_can_be_taken(visit):
    _court, panel = apart()
    for user in (chair_of(panel), others_of(panel)[0]):
        [item] = work_of(type(user).objects.get(pk=user.pk), "reviewer").later
        assert item.url == reverse("consensus", args=[panel.pk])
        assert "/discuss/" in visit(user).get(item.url).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_meetings_cost_the_same_however_many(visit, django_assert_num_queries, count):
    courts = [apart() for _number in range(count)]
    chair, operator = chair_of(courts[0][1]), courts[0][0].operator
    for who, literal in ((operator, 15), (chair, 7)):
        client = visit(who)
        with django_assert_num_queries(literal):
            assert client.get(reverse("work")).status_code == 200
