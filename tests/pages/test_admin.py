"""The admin: opens for superusers, shows what the policy shows, changes nothing."""

import pytest
from django.urls import reverse

from accounts.admin import site
from accounts.models import User
from challenges.models import Bid, Envelope
from tests.factories.life import challenge_at


@pytest.fixture
def superuser(db):
    return User.objects.create_superuser("root@example.org", None, name="超级用户")


def address(model, name="changelist", *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def test_admin_is_for_superusers_alone(cast, superuser, visit):
    assert visit(superuser).get(reverse("admin:index")).status_code == 200
    cast.operator.is_staff = True
    cast.operator.save()
    for user in (cast.operator, cast.owner, None):
        assert visit(user).get(reverse("admin:index")).status_code in (302, 403)


def test_every_list_opens_and_offers_nothing_to_change(superuser, visit):
    client = visit(superuser)
    for model, shown in site._registry.items():
        assert client.get(address(model)).status_code == 200
        assert client.get(address(model, "add")).status_code == 403
        assert not shown.has_change_permission(None)
        assert not shown.has_delete_permission(None)


def test_superuser_finds_no_sealed_bid_by_list_address_search_or_lookup(cast, rules, superuser, visit):
    challenge = challenge_at(cast, "bid")
    client = visit(superuser)
    for model in (Bid, Envelope):
        text = client.get(address(model)).content.decode()
        assert "0 " in text
        assert not any(lead.name in text for lead in cast.leads)
    for bid in Bid.objects.all():
        assert client.get(address(Bid, "change", bid.pk), follow=True).redirect_chain
        assert client.get(address(Bid, "history", bid.pk), follow=True).redirect_chain
    shown = address(type(challenge))
    for query in ("bids__isnull=False", "bids__state=submitted", "bids__lead__name__startswith=示范", "id__gt=0"):
        answer = client.get(f"{shown}?{query}")
        assert answer.status_code in (302, 400)
        assert challenge.title not in answer.content.decode()


def test_superuser_reads_the_published_challenge_but_cannot_post_it(cast, rules, superuser, visit):
    challenge = challenge_at(cast, "published")
    client, url = visit(superuser), address(type(challenge), "change", challenge.pk)
    text = client.get(url).content.decode()
    assert challenge.title in text
    assert challenge.contact_phone not in text
    assert client.post(url, {"title": "改了"}).status_code == 403
