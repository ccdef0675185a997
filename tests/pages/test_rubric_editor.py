"""The rubric of one challenge: adapted by an operator, compared with its template, frozen when it is published."""

import pytest
from django.db import ProgrammingError, transaction
from django.urls import reverse

from accounts.models import LedgerEntry, Notification
from accounts.policy import Denied
from accounts.workflow import Refused, take
from challenges.actions import adapt_rubric
from challenges.models import Challenge
from challenges.rubric_forms import ChallengeRubricForm
from challenges.rubrics import asks_for, counted_words
from challenges.rules import REVIEW_CLASSES, rubric_of
from tests.factories.life import challenge_at


@pytest.fixture
def vetted(cast, rules):
    return challenge_at(cast, "vetted")


def page(challenge):
    return reverse("challenge_rubric", args=[challenge.pk])


def filled(challenge, **changes):
    """What the editor holds as it is opened."""
    form = ChallengeRubricForm(challenge=challenge)
    given = {bound.html_name: bound.value() for bound in form if bound.value() is not None}
    return given | {f"rubric-{name.replace('__', '-')}": value for name, value in changes.items()}


def heavier(challenge):
    """The template with five points moved from the first criterion to the second."""
    first, second, *rest = challenge.rubric_template.criteria
    moved = [item.model_copy(update={"weight": item.weight + n}) for item, n in ((first, -5), (second, 5))]
    return challenge.rubric_template.model_copy(update={"criteria": [*moved, *rest]})


def again(challenge):
    return Challenge.objects.get(pk=challenge.pk)


def test_operator_adapts_the_rubric_and_the_deciders_are_told(cast, vetted, visit):
    first, second = vetted.rubric_template.criteria[:2]
    data = filled(vetted, **{"0__weight": first.weight - 5, "1__weight": second.weight + 5, "total": "70"})
    assert visit(cast.operator).post(page(vetted), data).status_code == 302
    adapted = again(vetted).adapted_rubric
    assert [item.weight for item in adapted.criteria[:2]] == [first.weight - 5, second.weight + 5]
    assert adapted.total_threshold == 70
    entry = LedgerEntry.objects.get(object_id=vetted.pk, action="adapt_rubric")
    assert entry.actor == cast.operator
    assert entry.data["rubric"]["total_threshold"] == "70"
    told = set(Notification.objects.filter(kind="rubric_adapted").values_list("recipient", flat=True))
    assert told == {cast.decider.pk, cast.decider2.pk, cast.decider3.pk}


def test_editor_saved_as_it_was_opened_changes_nothing(cast, vetted, visit):
    assert visit(cast.operator).post(page(vetted), filled(vetted)).status_code == 302
    assert again(vetted).rubric is None
    assert not LedgerEntry.objects.filter(action="adapt_rubric").exists()
    assert not Notification.objects.filter(kind="rubric_adapted").exists()


def test_new_criterion_is_written_in_both_languages_and_gets_a_key(cast, vetted, visit):
    client = visit(cast.operator)
    shown = client.post(page(vetted), filled(vetted) | {"add": "rubric"})
    count = len(vetted.rubric_template.criteria)
    assert shown.status_code == 200
    assert f'name="rubric-{count}-name"' in shown.content.decode()
    new = {"name": "工程安全", "name_en": "Safety at work", "weight": 10, "part": "technical", "axis": "performance"}
    first = vetted.rubric_template.criteria[0]
    data = filled(vetted, **{"rows": count + 1, "0__weight": first.weight - 10})
    data |= {f"rubric-{count}-{name}": value for name, value in new.items()}
    assert client.post(page(vetted), data).status_code == 302
    made = again(vetted).adapted_rubric.criteria[-1]
    assert (made.key, made.name, made.axis) == ("safety_at_work", "工程安全", "performance")


def test_row_is_taken_away_and_the_rest_stays_as_typed(cast, vetted, visit):
    data = filled(vetted, **{"1__guide": "这句话不能丢"}) | {"remove": "rubric-0"}
    text = visit(cast.operator).post(page(vetted), data).content.decode()
    names = [item.name for item in vetted.rubric_template.criteria]
    assert f'name="rubric-0-name" value="{names[1]}"' in text
    assert "这句话不能丢" in text
    assert f'name="rubric-{len(names) - 1}-name"' not in text
    assert again(vetted).rubric is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"0__weight": 1}, "not to 100"),
        ({"0__weight": -1}, "greater than or equal to 0"),
        ({"0__weight": "abc"}, "Enter a whole number"),
        ({"0__name": "  "}, "This field is required"),
        ({"scale": 3}, "greater than or equal to 5"),
        ({"total": 101}, "less than or equal to 100"),
        ({"core": 99}, "not one of the available choices"),
        ({"0__guide": "长" * 1001}, "at most 1000 characters"),
        ({"0__threshold": 11, "scale": 10}, "higher than the highest raw score"),
    ],
)
def test_what_does_not_fit_is_told_at_its_field_and_kept(cast, vetted, visit, changes, said):
    data = filled(vetted, **changes) | {"rubric-1-guide": "这句话不能丢"}
    answer = visit(cast.operator).post(page(vetted), data)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert "这句话不能丢" in answer.content.decode()
    assert again(vetted).rubric is None


@pytest.mark.parametrize("rows", ["", "0", "-1", "9999", "٣", "1e9"])
def test_editor_answers_any_number_of_rows(cast, vetted, visit, rows):
    answer = visit(cast.operator).post(page(vetted), filled(vetted, rows=rows) | {"remove": "rubric-7"})
    assert answer.status_code == 200


def test_decider_sees_what_differs_before_publishing(cast, vetted, visit):
    adapt_rubric(vetted, actor=cast.operator, rubric=heavier(vetted))
    first = vetted.rubric_template.criteria[0]
    text = visit(cast.decider).get(reverse("step", args=["challenges", vetted.pk, "publish"])).content.decode()
    assert "adapted for this challenge" in text
    assert f"was {first.weight}" in text
    assert again(vetted).rubric_to_freeze.fingerprint in text


def test_publishing_a_rubric_other_than_the_one_read_is_refused(cast, vetted, visit):
    read = vetted.rubric_to_freeze.fingerprint
    adapt_rubric(vetted, actor=cast.operator, rubric=heavier(vetted))
    url = reverse("step", args=["challenges", vetted.pk, "publish"])
    answer = visit(cast.decider).post(url, {"rubric": read})
    assert answer.status_code == 409
    assert "changed while you read it" in answer.content.decode()
    assert again(vetted).state == "vetted"
    assert visit(cast.decider).post(url, {"rubric": again(vetted).rubric_to_freeze.fingerprint}).status_code == 302


def test_adapted_rubric_is_frozen_at_publication_for_good(cast, vetted):
    adapted = adapt_rubric(vetted, actor=cast.operator, rubric=heavier(vetted))
    wanted = adapted.adapted_rubric
    published = take(adapted, "publish", actor=cast.decider)
    assert published.frozen_rubric == wanted
    assert published.frozen_rules.rubrics[published.review_class] != wanted
    with pytest.raises(Denied) as denied:
        adapt_rubric(published, actor=cast.operator, rubric=None)
    assert denied.value.code == "state"
    with pytest.raises(ProgrammingError, match="rules_are_frozen"), transaction.atomic():
        Challenge.objects.filter(pk=published.pk).update(rubric=None)
    assert again(published).frozen_rubric == wanted


def test_template_is_taken_again(cast, vetted, visit):
    adapt_rubric(vetted, actor=cast.operator, rubric=heavier(vetted))
    assert visit(cast.operator).post(page(vetted), {"template": "1"}).status_code == 302
    assert again(vetted).rubric is None
    assert LedgerEntry.objects.filter(action="adapt_rubric").count() == 2


def test_only_operators_adapt_and_only_what_is_vetted(cast, rules, vetted, visit):
    for user in (cast.owner, cast.decider, cast.supervisor):
        assert visit(user).get(page(vetted)).status_code == 403
        assert visit(user).post(page(vetted), filled(vetted, total=70)).status_code == 403
    assert visit(cast.bidders[0]).get(page(vetted)).status_code == 404
    submitted = challenge_at(cast, "submitted", title="另一个榜")
    assert "once the challenge is vetted" in visit(cast.operator).get(page(submitted)).content.decode()
    assert not LedgerEntry.objects.filter(action="adapt_rubric").exists()


def test_who_adapted_the_rubric_does_not_publish(cast, vetted):
    adapted = adapt_rubric(vetted, actor=cast.operator, rubric=heavier(vetted))
    assert cast.operator.pk in adapted.executors
    with pytest.raises((Denied, Refused)):
        take(adapted, "publish", actor=cast.operator)


def test_public_reads_how_bids_are_judged(cast, vetted, visit):
    adapt_rubric(vetted, actor=cast.operator, rubric=heavier(vetted))
    published = take(again(vetted), "publish", actor=cast.decider)
    text = visit().get(reverse("challenge", args=[published.pk])).content.decode()
    assert "How bids are judged" in text
    assert f"was {vetted.rubric_template.criteria[0].weight}" in text


def test_rubric_that_counts_papers_is_warned_of(cast, vetted, visit):
    first = vetted.rubric_template.criteria[0].model_copy(update={"guide": "看近三年SCI论文数量与职称。"})
    rubric = vetted.rubric_template
    asking = rubric.model_copy(update={"criteria": [first, *rubric.criteria[1:]]})
    adapted = adapt_rubric(vetted, actor=cast.operator, rubric=asking)
    for user, url in ((cast.operator, page(adapted)), (cast.decider, reverse("challenge", args=[adapted.pk]))):
        assert "no rubric counts papers, titles or degrees" in visit(user).get(url).content.decode()


def test_words_that_no_rubric_counts_are_found_unless_they_are_refused():
    assert counted_words("看近三年SCI论文数量，职称优先。") == ["SCI", "论文", "职称"]
    assert counted_words("Number of papers and academic titles.") == ["papers", "academic titles"]
    assert counted_words("不数论文、职称与学历。", "Judge the work; not papers, titles or degrees.") == []
    assert counted_words("The title of the project names its object.") == []
    assert not any(asks_for(item) for name in REVIEW_CLASSES for item in rubric_of(name).criteria)
