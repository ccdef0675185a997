"""Registering organisations, their members, and a person's own page."""

import pytest
from django.urls import reverse

from accounts import ledger, notifications
from accounts.models import Membership, MembershipOffer, Notification, Organization, User
from tests.factories.reviews import company, join, person

pytestmark = pytest.mark.django_db
CODE = "91350100M000100Y43"


def register(client, **change: str):
    return client.post(
        reverse("organization_create"),
        {"name": "福建示范公司", "uscc": CODE, "kind": "enterprise", "region": "福建"} | change,
    )


@pytest.fixture
def admin(db) -> User:
    user = person("管理员")
    organization = company("示范公司")
    Membership.objects.create(user=user, organization=organization, role="admin")
    user.organization = organization
    return user


def test_registered_organization_has_its_administrator_and_waits(visit, cast):
    user = person("新人")
    answer = register(visit(user), uscc=f" {CODE.lower()} ")
    organization = Organization.objects.get(uscc=CODE)
    assert answer["Location"] == reverse("organization", args=[organization.pk])
    assert organization.state == "unverified"
    assert Membership.objects.get(organization=organization).role == "admin"
    assert Notification.objects.filter(kind="organization_registered", recipient=cast.operator).exists()
    assert ledger.verify(organization.ledger_chain).entries == 1


def test_wrong_check_character_is_refused_and_text_stays(visit, db):
    answer = register(visit(person("新人")), uscc="91350100M000100Y4Z")
    assert answer.status_code == 422
    assert "not a valid unified social credit code" in answer.content.decode()
    assert "福建示范公司" in answer.content.decode()
    assert not Organization.objects.filter(name="福建示范公司").exists()


def test_known_code_tells_how_to_be_added(visit, db):
    Organization.objects.create(name="先来公司", uscc=CODE)
    page = register(visit(person("后到"))).content.decode()
    assert "先来公司" in page
    assert "Ask one of its administrators" in page


def test_administrator_adds_changes_and_ends_members(visit, admin):
    client, colleague = visit(admin), person("同事")
    url = reverse("organization", args=[admin.organization.pk])
    add = reverse("member_add", args=[admin.organization.pk])
    assert client.post(add, {"email": colleague.email.upper(), "role": "member"})["Location"] == url
    assert client.post(add, {"email": colleague.email, "role": "member"}).status_code == 422, "asked already"
    membership = join_by_offer(visit, colleague)
    assert Notification.objects.filter(recipient=admin, kind="membership_begun").exists()
    assert client.post(add, {"email": colleague.email, "role": "member"}).status_code == 422, "a member already"
    edit = reverse("member", args=[admin.organization.pk, membership.pk])
    client.post(edit, {"role": "signatory"})
    assert Membership.objects.get(pk=membership.pk).role == "signatory"
    end = reverse("member_end", args=[admin.organization.pk, membership.pk])
    assert "conflicts of interest look back" in client.get(end).content.decode()
    client.post(end)
    assert Membership.objects.get(pk=membership.pk).ended_at is not None
    assert client.post(end).status_code == 404
    assert "1 former member" in client.get(url).content.decode()
    verdict = ledger.verify(admin.organization.pk)
    assert verdict.intact
    assert verdict.entries == 4


def join_by_offer(visit, user) -> Membership:
    """Follow the notification, take the place that is offered there."""
    client = visit(user)
    row = Notification.objects.get(recipient=user, kind="membership_offered")
    asked = client.get(reverse("inbox_item", args=[row.pk]), follow=True).content.decode()
    assert notifications.title(row).startswith("示范公司")
    offer = MembershipOffer.objects.get(user=user)
    assert reverse("offer_accept", args=[offer.pk]) in asked
    assert client.post(reverse("offer_accept", args=[offer.pk])).status_code == 302
    assert client.post(reverse("offer_accept", args=[offer.pk])).status_code == 404
    return Membership.objects.get(user=user)


def test_offer_is_declined_or_taken_back_and_nobody_belongs(visit, admin):
    client, colleague, stranger = visit(admin), person("同事"), person("外人")
    url = reverse("organization", args=[admin.organization.pk])
    for ends in (visit(colleague), client):
        client.post(reverse("member_add", args=[admin.organization.pk]), {"email": colleague.email, "role": "admin"})
        offer = MembershipOffer.objects.get()
        end = reverse("offer_end", args=[offer.pk])
        assert end in client.get(url).content.decode()
        assert visit(stranger).post(end).status_code == 404
        assert visit(stranger).post(reverse("offer_accept", args=[offer.pk])).status_code == 404
        assert client.post(reverse("offer_accept", args=[offer.pk])).status_code == 404, (
            "not the administrator's to take"
        )
        assert visit(colleague).get(url).status_code == 404, "asked is not a member yet"
        assert ends.post(end).status_code == 302
        assert not MembershipOffer.objects.exists()
    assert not Membership.objects.filter(user=colleague).exists()


def test_unknown_address_is_refused_and_stays_typed(visit, admin):
    add = reverse("member_add", args=[admin.organization.pk])
    answer = visit(admin).post(add, {"email": "nobody@example.org", "role": "member"})
    assert answer.status_code == 422
    assert "No account has this e-mail" in answer.content.decode()
    assert 'value="nobody@example.org"' in answer.content.decode()


def test_last_administrator_stays(visit, admin):
    own = Membership.objects.get(user=admin)
    client = visit(admin)
    answer = client.post(reverse("member_end", args=[admin.organization.pk, own.pk]))
    assert answer.status_code == 409
    assert "at least one administrator" in answer.content.decode()
    assert client.post(reverse("member", args=[admin.organization.pk, own.pk]), {"role": "member"}).status_code == 409


def test_members_are_managed_by_administrators_alone(visit, admin, cast):
    colleague, stranger = person("同事"), person("外人")
    join(colleague, admin.organization)
    add = reverse("member_add", args=[admin.organization.pk])
    given = {"email": stranger.email, "role": "admin"}
    assert visit(colleague).post(add, given).status_code == 403
    assert visit(cast.operator).post(add, given).status_code == 403
    assert visit(stranger).post(add, given).status_code == 404
    assert not Membership.objects.filter(user=stranger).exists()
    assert visit(stranger).get(reverse("organization", args=[admin.organization.pk])).status_code == 404


def test_operator_finds_any_organization_and_a_member_their_own(visit, cast, admin):
    listed = visit(cast.operator).get(reverse("organizations"), {"q": "示范公司"}).content.decode()
    assert admin.organization.name in listed
    code = visit(cast.operator).get(reverse("organizations"), {"q": admin.organization.uscc[:12]}).content.decode()
    assert admin.organization.uscc in code
    mine = visit(admin).get(reverse("organizations")).content.decode()
    assert mine.count("row-item") == 1


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_whatever_its_length(visit, cast, django_assert_num_queries, count):
    for number in range(count):
        company(f"一号楼{number}")
    client = visit(cast.operator)
    with django_assert_num_queries(5):
        page = client.get(reverse("organizations"), {"q": "一号楼"}).content.decode()
    assert page.count("row-item") == count


def test_profile_is_saved_and_its_language_kept(visit, db):
    user = person("旧名")
    client = visit(user)
    assert "旧名" in client.get(reverse("profile")).content.decode()
    given = {"name": "新名", "phone": "13812345678", "language": "en", "email_preference": "none"}
    answer = client.post(reverse("profile"), given)
    assert answer.cookies["django_language"].value == "en"
    fresh = User.objects.get(pk=user.pk)
    assert (fresh.name, fresh.language, fresh.email_preference) == ("新名", "en", "none")
    wrong = client.post(reverse("profile"), given | {"name": ""})
    assert wrong.status_code == 422
    assert "13812345678" in wrong.content.decode()


@pytest.mark.parametrize("name", ["work", "inbox", "profile", "organizations", "bids", "import", "challenge_create"])
def test_signed_out_person_is_asked_to_sign_in(visit, db, name):
    answer = visit().get(reverse(name))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))
