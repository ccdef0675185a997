"""The expert pool: filtered, applied for, kept; ties declared."""

from django.urls import reverse

from reviews.models import Expert
from tests.factories import reviews as court_room


def test_experts_are_found_by_field_state_and_name(db, visit):
    given = court_room.court(bids=0, experts=1)
    court_room.expert(given, "煤化工专家", fields=["coal_chemical"])
    client = visit(given.operator)
    text = client.get(reverse("experts"), {"field": "coal_chemical"}).content.decode()
    assert "煤化工专家" in text
    assert "专家1" not in text
    assert "煤化工专家" in client.get(reverse("experts"), {"q": "煤化工"}).content.decode()
    assert "No expert fits" in client.get(reverse("experts"), {"state": "paused"}).content.decode()


def test_pool_is_seen_by_operators_and_supervisors_and_each_expert_sees_themselves(db, visit):
    given = court_room.court(bids=0, experts=2)
    one, other = given.experts
    assert other.user.name in visit(given.supervisor).get(reverse("experts")).content.decode()
    text = visit(one.user).get(reverse("experts")).content.decode()
    assert one.user.name in text
    assert other.user.name not in text
    assert visit(one.user).get(reverse("expert", args=[other.pk])).status_code == 404


def test_person_applies_and_an_operator_is_shown_the_step(db, visit):
    given = court_room.court(bids=0, experts=0)
    person = court_room.person("申请人")
    answer = visit(person).post(reverse("expert_apply"), {"fields": ["hydrogen"], "biography": "做过电解槽。"})
    applied = Expert.objects.get(user=person)
    assert answer.url == reverse("expert", args=[applied.pk])
    text = visit(given.operator).get(answer.url).content.decode()
    assert reverse("step", args=["experts", applied.pk, "approve"]) in text


def test_application_without_a_field_keeps_what_was_typed(db, visit):
    answer = visit(court_room.person("申请人")).post(reverse("expert_apply"), {"biography": "做过电解槽。"})
    assert answer.status_code == 422
    assert "做过电解槽。" in answer.content.decode()


def test_staff_does_not_apply_and_is_told_why(db, visit):
    answer = visit(court_room.person("决策者", "decider")).get(reverse("expert_apply"))
    assert answer.status_code == 403
    assert "does not review" in answer.content.decode()


def test_expert_declares_a_tie_and_an_unknown_person_is_refused(db, visit):
    given = court_room.court(bids=0, experts=1)
    own = given.experts[0]
    client, url = visit(own.user), reverse("relation_add", args=[own.pk])
    assert client.post(url, {"kind": "consulting", "organization": given.challenge.owner.pk}).status_code == 302
    refused = client.post(url, {"kind": "relative", "person": "nobody@example.org"})
    assert refused.status_code == 422
    assert "nobody@example.org" in refused.content.decode()
    assert own.relations.count() == 1


def test_only_operators_say_who_may_chair(db, visit):
    given = court_room.court(bids=0, experts=1)
    own = given.experts[0]
    data = {"fields": own.fields, "organization": own.organization_id, "biography": "新的简介"}
    assert visit(own.user).post(reverse("expert_edit", args=[own.pk]), data).status_code == 302
    assert Expert.objects.get(pk=own.pk).may_chair
    assert visit(given.operator).post(reverse("expert_edit", args=[own.pk]), data).status_code == 302
    assert not Expert.objects.get(pk=own.pk).may_chair


def test_experts_ask_as_many_queries_for_three_as_for_one(db, visit, django_assert_num_queries):
    given = court_room.court(bids=0, experts=1)
    client = visit(given.operator)
    for _more in range(2):
        with django_assert_num_queries(4):
            client.get(reverse("experts"))
        court_room.expert(given, "又一位")
        court_room.expert(given, "再一位")


def test_reviews_offer_to_apply_only_to_who_may(db, visit):
    address = reverse("expert_apply")
    for person in (court_room.person("申请人"), court_room.person("决策者", "decider")):
        client = visit(person)
        offered = address in client.get(reverse("reviews")).content.decode()
        assert offered == (client.get(address).status_code == 200)
