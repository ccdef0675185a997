"""The pool's pages and API: a profile kept by its expert, ties corrected, invitations, workbook, matrix, late ties."""

import io
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.translation import override

from accounts import clock
from accounts.models import Organization
from reviews import pool_workbook
from reviews.actions import declare_relation
from reviews.models import Assignment, Expert, ExpertInvitation, Relation, Specialty
from tests.factories import reviews as court_room

pytestmark = pytest.mark.django_db


def text_of(answer) -> str:
    return answer.content.decode()


def test_expert_keeps_their_profile_and_reads_why_not_the_employer(visit):
    own = court_room.court(bids=0, experts=1).experts[0]
    client, url = visit(own.user), reverse("expert_edit", args=[own.pk])
    page = text_of(client.get(url))
    assert "Operators keep this" in page
    assert "Operators say who may chair" in page
    uv = Specialty.objects.get(name="紫外与深紫外光源")
    data = {
        "fields": ["optoelectronics"], f"specialties_{uv.pk}": "3", "languages": ["zh", "en"], "panels_at_most": "2",
        "organization": court_room.company("别处").uscc, "biography": "做外延。",
    }  # fmt: skip
    assert client.post(url, data).status_code == 302
    found = Expert.objects.get(pk=own.pk)
    assert (found.organization_id, found.panels_at_most, found.languages) == (own.organization_id, 2, ["zh", "en"])
    page = text_of(client.get(reverse("expert", args=[own.pk])))
    assert "Leads work in it" in page
    refused = client.post(url, data | {"fields": ["hydrogen"]})
    assert refused.status_code == 422
    assert "tick that field as well" in text_of(refused)
    assert client.post(url, data | {f"specialties_{uv.pk}": "9"}).status_code == 422
    assert client.post(url, data | {"panels_at_most": "99"}).status_code == 422


def test_tie_is_corrected_on_its_page_and_a_strangers_is_out_of_sight(visit):
    own, other = court_room.court(bids=0, experts=2).experts
    company = court_room.company("某单位")
    tie = declare_relation(own, actor=own.user, kind="consulting", organization=company)
    url = reverse("relation", args=[own.pk, tie.pk])
    assert visit(other.user).get(url).status_code == 404
    assert visit(own.user).get(reverse("relation", args=[own.pk, other.pk])).status_code == 404
    client = visit(own.user)
    assert company.uscc in text_of(client.get(url))
    data = {"kind": "consulting", "organization": company.uscc, "since": "2020-01-01", "until": "2021-01-01"}
    assert client.post(url, data).status_code == 422
    assert client.post(url, data | {"reason": "合同已到期", "until": "2019-01-01"}).status_code == 422
    assert client.post(url, data | {"reason": "合同已到期"}).status_code == 302
    assert str(Relation.objects.get().until) == "2021-01-01"


def test_absence_is_noted_and_struck_on_the_profile(visit):
    own = court_room.court(bids=0, experts=1).experts[0]
    client, day = visit(own.user), (clock.now() + timedelta(days=5)).date()
    url = reverse("absence_add", args=[own.pk])
    assert client.post(url, {"since": day, "until": day - timedelta(days=1)}).status_code == 422
    assert client.post(url, {"since": day, "until": day}).status_code == 302
    absence = own.absences.get()
    assert client.post(reverse("absence_strike", args=[own.pk, absence.pk])).status_code == 302
    assert client.post(reverse("absence_strike", args=[own.pk, absence.pk])).status_code == 404


def test_only_operators_find_the_ways_into_the_pool(visit):
    given = court_room.court(bids=0, experts=1)
    names = ("expert_invitations", "specialties", "expert_import", "expert_template", "expert_export")
    for name in names:
        assert visit(given.operator).get(reverse(name)).status_code == 200
        for person in (given.supervisor, given.owner, given.experts[0].user):
            assert visit(person).get(reverse(name)).status_code == 403, name
        assert visit().get(reverse(name)).status_code == 302


def test_operator_invites_and_withdraws(visit):
    given = court_room.court(bids=0, experts=1)
    client, url = visit(given.operator), reverse("expert_invitations")
    asked = {"name": "受邀人", "email": "asked@example.org", "message": "", "language": "en"}
    assert client.post(url, asked).status_code == 302
    assert "受邀人" in text_of(client.get(url))
    assert "send that one again" in text_of(client.post(url, asked))
    known = client.post(url, asked | {"email": given.experts[0].user.email})
    assert known.status_code == 422
    made = ExpertInvitation.objects.get()
    page = text_of(client.get(reverse("expert_invitation", args=[made.pk])))
    assert "ten minutes lie between" in page
    assert client.post(reverse("step", args=["expert-invitations", made.pk, "withdraw"])).status_code == 302
    assert "受邀人" not in text_of(client.get(url))
    assert "受邀人" in text_of(client.get(url, {"all": ""}))
    assert visit(given.supervisor).get(reverse("expert_invitation", args=[made.pk])).status_code == 404


def test_operator_adds_a_specialty_once(visit):
    client, url = visit(court_room.person("运营员", "operator")), reverse("specialties")
    data = {"industry": "hydrogen", "name": "液氢", "name_en": "Liquid hydrogen"}
    assert client.post(url, data).status_code == 302
    assert client.post(url, data).status_code == 422
    assert Specialty.objects.filter(name="液氢").count() == 1


def workbook(*rows) -> SimpleUploadedFile:
    book = openpyxl.Workbook()
    book.active.append(pool_workbook.COLUMNS)
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return SimpleUploadedFile("experts.xlsx", stream.getvalue())


def test_workbook_is_looked_at_first_then_imported_by_who_looked(visit):
    operator = court_room.person("运营员", "operator")
    client, url = visit(operator), reverse("expert_import")
    good = ("导入甲", "a@example.org", "", "氢能", "燃料电池|主持", "", "")
    with override("en"):
        faulty = client.post(url, {"file": workbook(good, ("=1+1", "b@example.org", "", "氢能", "", "", ""))})
        assert faulty.status_code == 422
        assert "A3" in text_of(faulty)
        shown = client.post(url, {"file": workbook(good)})
    assert shown.status_code == 200
    assert not Expert.objects.exists()
    token = text_of(shown).split('name="token" value="')[1].split('"')[0]
    assert visit(court_room.person("另一人", "operator")).post(url, {"token": token}).status_code == 409
    assert client.post(url, {"token": token}).status_code == 302
    assert Expert.objects.get().user.name == "导入甲"
    assert client.post(url, {"token": token}).status_code == 409
    assert client.post(url, {"file": SimpleUploadedFile("x.xlsx", b"no workbook")}).status_code == 422


def test_matrix_is_read_by_who_arranges(visit):
    given = court_room.court(bids=2, experts=2)
    tied = given.experts[0]
    declare_relation(tied, actor=tied.user, kind="consulting", organization=given.bids[0].lead)
    url = reverse("conflicts", args=[given.challenge.pk])
    page = text_of(visit(given.supervisor).get(url, {"show": "hard"}))
    assert "May not judge" in page
    assert given.bids[0].lead.name in page
    assert given.experts[1].user.name not in page.split('id="results"')[1].split('id="rules"')[0]
    for person in (given.owner, tied.user, given.bids[0].created_by):
        assert visit(person).get(url).status_code in (403, 404)
    assert visit(given.operator).get(url, {"page": "²", "rule": "nonsense"}).status_code == 200
    assert "Nobody fits" in text_of(visit(given.operator).get(url, {"bid": "B99"}))


def test_matrix_asks_as_many_queries_for_many_as_for_few(visit, django_assert_max_num_queries):
    given = court_room.court(bids=1, experts=1)
    client, url = visit(given.operator), reverse("conflicts", args=[given.challenge.pk])
    client.get(url)
    for _more in range(2):
        with django_assert_max_num_queries(12):
            client.get(url, {"show": "free"})
        court_room.bid(given, "又一家")
        court_room.expert(given, "又一位")


def test_late_tie_on_the_seat_recuses_and_the_button_says_why_not_afterwards(visit):
    given = court_room.court(bids=2, experts=8)
    seat = court_room.seats(court_room.scoring(given), "accepted")[0]
    client, page = visit(seat.expert.user), reverse("assignment", args=[seat.pk])
    url = reverse("assignment_tie", args=[seat.pk])
    assert url in text_of(client.get(page))
    assert visit(given.operator).get(url).status_code == 403
    assert client.post(url, {"kind": "consulting"}).status_code == 422
    lead = given.bids[0].lead
    assert client.post(url, {"kind": "consulting", "organization": lead.uscc}).status_code == 302
    assert Assignment.objects.get(pk=seat.pk).state in ("recused", "replaced")
    text = text_of(client.get(page))
    assert "You no longer hold this seat" in text
    assert client.get(url).status_code == 403


def test_parent_organisation_is_set_by_operators_alone(visit):
    operator, group, firm = (
        court_room.person("运营员", "operator"),
        court_room.company("集团"),
        court_room.company("子公司"),
    )
    member = court_room.person("成员")
    court_room.join(member, firm)
    url = reverse("organization_parent", args=[firm.pk])
    assert visit(member).get(url).status_code == 403
    assert url not in text_of(visit(member).get(reverse("organization", args=[firm.pk])))
    client = visit(operator)
    assert url in text_of(client.get(reverse("organization", args=[firm.pk])))
    assert client.post(url, {"parent": group.uscc}).status_code == 302
    assert Organization.objects.get(pk=firm.pk).parent == group
    assert "集团" in text_of(client.get(reverse("organization", args=[firm.pk])))
    circle = client.post(reverse("organization_parent", args=[group.pk]), {"parent": firm.uscc})
    assert circle.status_code == 422
    assert "cannot come under itself" in text_of(circle)
    assert client.post(url, {"parent": "91350100M000100Y43"}).status_code == 422
