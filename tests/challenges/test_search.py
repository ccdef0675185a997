"""Full-text search in Chinese without a dictionary."""

import pytest

from challenges.models import Challenge
from challenges.queries import searched
from tests.factories.life import new_challenge


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("深紫外", 1),
        ("外延缺陷", 1),
        ("紫外 led", 1),
        ("LED", 1),
        ("位", 1),
        ("发光效率", 1),
        ("缺陷外延", 0),
        ("氢能", 0),
        ("，", 0),
        ("' | ! & :*", 0),
        ("\\", 0),
        ("深紫\x00外", 1),
        ("   ", 1),
        ("", 1),
    ],
)
def test_search_finds_every_term_in_title_or_background(cast, text, found):
    new_challenge(cast)
    assert searched(Challenge.objects.all(), text).count() == found


@pytest.mark.django_db
def test_search_finds_the_number_and_follows_an_edit(cast):
    challenge = new_challenge(cast)
    number = Challenge.objects.get(pk=challenge.pk).number
    assert searched(Challenge.objects.all(), number).get() == challenge
    Challenge.objects.filter(pk=challenge.pk).update(title="氢能储运")
    assert searched(Challenge.objects.all(), "氢能").get() == challenge
