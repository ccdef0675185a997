"""Rule sets on pages: in words, compared, copied, edited with errors at their fields, approved by another."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.workflow import take
from challenges import rule_words
from challenges.models import RuleSet
from challenges.rule_set_forms import RuleSetForm
from challenges.rules import PRESETS, Rules


@pytest.fixture
def in_force(cast, rules):
    return RuleSet.objects.get(name="demo", state="in_force")


def filled(rule_set, **changes):
    """What the edit form holds as it is opened."""
    data = {}
    form = RuleSetForm(rule_set=rule_set)
    for bound in form:
        value = bound.value()
        widgets = getattr(bound.field.widget, "widgets", None)
        if widgets:
            for place, part in enumerate(bound.field.widget.decompress(value)):
                data[f"{bound.html_name}_{place}"] = part
        elif value is not None:
            data[bound.html_name] = value
    return data | changes


def test_every_number_of_the_rules_has_its_words():
    named = {name for _title, names in rule_words.GROUPS for name in names}
    assert named | {"payment_presets", "rubrics"} == set(Rules.model_fields)
    assert named == set(rule_words.LABELS)


def test_public_reads_the_version_in_force_in_words(in_force, visit):
    text = visit().get(reverse("rule_set", args=[in_force.pk])).content.decode()
    assert "Public notice of an award" in text
    assert "15 seconds" in text
    assert "Scientific and innovative quality" in text
    assert "30 % / 40 % / 30 %" in text


def test_draft_is_out_of_the_publics_sight(cast, in_force, visit):
    visit(cast.operator).post(reverse("rule_set_copy", args=[in_force.pk]))
    draft = RuleSet.objects.get(state="draft", name="demo")
    assert visit().get(reverse("rule_set", args=[draft.pk])).status_code == 404
    assert visit(cast.decider).get(reverse("rule_set", args=[draft.pk])).status_code == 200


def test_operator_copies_edits_and_sees_what_differs(cast, in_force, visit):
    client = visit(cast.operator)
    answer = client.post(reverse("rule_set_copy", args=[in_force.pk]))
    draft = RuleSet.objects.get(state="draft", name="demo")
    assert answer.url == reverse("rule_set_edit", args=[draft.pk])
    changes = {"panel_size": 7, "notice_0": 3, "notice_1": "working_days", "note": "公示期按工作日计算"}
    assert client.post(answer.url, filled(draft, **changes)).status_code == 302
    text = client.get(reverse("rule_set", args=[draft.pk])).content.decode()
    assert "was 5" in text
    assert "was 15 seconds" in text
    assert "3 working days" in text
    assert reverse("step", args=["rule-sets", draft.pk, "propose"]) in text


def test_form_opened_and_saved_changes_no_number(cast, in_force, visit):
    client = visit(cast.operator)
    for name, preset in PRESETS.items():
        source = RuleSet.objects.filter(name=name).order_by("-version").first()
        client.post(reverse("rule_set_copy", args=[source.pk]))
        draft = RuleSet.objects.filter(name=name, state="draft").order_by("-version").first()
        assert client.post(reverse("rule_set_edit", args=[draft.pk]), filled(draft)).status_code == 302
        assert RuleSet.objects.get(pk=draft.pk).parsed == preset()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"panel_size": 6}, "odd number of seats"),
        ({"basic-0-weight": 44}, "sum to 99, not to 100"),
        ({"payment_presets": "30/40/20"}, "sums to 90"),
        ({"payment_presets": "dreißig"}, "is not a line of shares"),
        ({"review_period_0": ""}, "review_period"),
        ({"basic-core": 5}, "needs a weight"),
        ({"basic-0-name_en": ""}, "This field is required"),
        ({"basic-0-threshold": 11, "basic-scale": 10}, "higher than the highest raw score"),
    ],
)
def test_numbers_that_contradict_are_told_at_their_fields(cast, in_force, visit, changes, said):
    client = visit(cast.operator)
    client.post(reverse("rule_set_copy", args=[in_force.pk]))
    draft = RuleSet.objects.get(state="draft", name="demo")
    data = filled(draft, **changes, note="这句话不能丢")
    answer = client.post(reverse("rule_set_edit", args=[draft.pk]), data)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert "这句话不能丢" in answer.content.decode()
    assert RuleSet.objects.get(pk=draft.pk).parsed == in_force.parsed


def test_editor_is_shown_no_approval_and_another_decider_is(cast, in_force, visit):
    visit(cast.operator).post(reverse("rule_set_copy", args=[in_force.pk]))
    draft = RuleSet.objects.get(state="draft", name="demo")
    take(draft, "propose", actor=cast.operator)
    approve = reverse("step", args=["rule-sets", draft.pk, "approve"])
    url = reverse("rule_set", args=[draft.pk])
    assert approve not in visit(cast.operator).get(url).content.decode()
    assert approve in visit(cast.decider).get(url).content.decode()


def test_only_operators_edit_and_only_drafts(cast, in_force, visit):
    assert visit(cast.decider).get(reverse("rule_set_edit", args=[in_force.pk])).status_code == 403
    assert visit(cast.operator).get(reverse("rule_set_edit", args=[in_force.pk])).status_code == 403
    assert visit(cast.decider).post(reverse("rule_set_copy", args=[in_force.pk])).status_code == 403


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(days=20), "20 days"),
        (timedelta(hours=36), "36 hours"),
        (timedelta(minutes=30), "30 minutes"),
        (timedelta(seconds=90), "90 seconds"),
    ],
)
def test_span_is_said_in_the_largest_unit_that_states_it_exactly(length, words):
    from django.utils import translation

    with translation.override("en"):
        assert rule_words.span(length) == words


def test_rule_sets_ask_as_many_queries_for_three_as_for_one(cast, in_force, visit, django_assert_num_queries):
    client = visit(cast.operator)
    for _more in range(2):
        with django_assert_num_queries(4):
            client.get(reverse("rule_sets"))
        client.post(reverse("rule_set_copy", args=[in_force.pk]))
        client.post(reverse("rule_set_copy", args=[in_force.pk]))
