"""The pool over the API: the same rules as its pages."""

from datetime import timedelta

import pytest

from accounts import clock
from accounts.models import Organization
from reviews.models import Assignment, Expert, Specialty
from tests.factories import reviews as make

pytestmark = pytest.mark.django_db


def test_profile_ties_and_absences_are_kept(as_):
    own, other = make.court(bids=0, experts=2).experts
    caller, path = as_(own.user), f"experts/{own.pk}"
    uv = Specialty.objects.get(name="紫外与深紫外光源")
    found = caller.patch(path, {"specialties": [{"specialty": str(uv.pk), "level": 3}], "panels_at_most": 2}).json()
    assert [(item["specialty"]["name"], item["level"]) for item in found["specialties"]] == [(uv.name, 3)]
    assert found["organization"]["id"] == str(own.organization_id)
    assert caller.patch(path, {"biography": "新的简介"}).json()["specialties"] == found["specialties"]
    assert caller.patch(path, {"organization": str(other.organization_id)}).status_code == 403
    assert caller.patch(path, {"panels_at_most": 21}).status_code == 422
    assert caller.patch(path, {"fields": ["hydrogen"]}).status_code == 422
    made = caller.post(f"{path}/relations", {"kind": "consulting", "organization": str(other.organization_id)})
    tie = made.json()["relations"][0]["id"]
    ended = caller.patch(f"{path}/relations/{tie}", {"until": "2024-01-01", "reason": "合同已到期"})
    assert ended.json()["relations"][0]["until"] == "2024-01-01"
    assert caller.patch(f"{path}/relations/{tie}", {"reason": "没有变化"}).status_code == 409
    assert as_(other.user).patch(f"{path}/relations/{tie}", {"reason": "别人的事"}).status_code == 404
    day = (clock.now() + timedelta(days=3)).date().isoformat()
    away = caller.post(f"{path}/absences", {"since": day, "until": day}).json()["absences"]
    assert caller.delete(f"{path}/absences/{away[0]['id']}").json()["absences"] == []


def test_operators_invite_add_specialties_and_place_organisations(as_):
    given = make.court(bids=0, experts=1)
    caller = as_(given.operator)
    body = {"name": "受邀人", "email": "asked@example.org"}
    assert as_(given.owner).post("expert-invitations", body).status_code == 403
    made = caller.post("expert-invitations", body)
    assert made.status_code == 201
    assert caller.post("expert-invitations", body).status_code == 409
    assert as_(given.supervisor).get("expert-invitations").json()["total"] == 0
    path = f"expert-invitations/{made.json()['id']}"
    assert caller.step(path, "resend").status_code == 409
    assert caller.step(path, "withdraw").json()["state"] == "withdrawn"
    new = {"industry": "hydrogen", "name": "液氢", "name_en": "Liquid hydrogen"}
    assert as_(given.owner).post("specialties", new).status_code == 403
    assert caller.post("specialties", new).status_code == 201
    assert caller.post("specialties", new).status_code == 422
    assert "液氢" in [item["name"] for item in as_(given.owner).get("specialties").json()]
    firm, group = make.company("子公司"), make.company("集团")
    where = f"organizations/{firm.pk}/parent"
    assert as_(given.owner).post(where, {"parent": group.uscc}).status_code == 404
    assert caller.post(where, {"parent": group.uscc}).json()["parent"]["name"] == "集团"
    assert caller.post(where, {"parent": ""}).json()["parent"] is None
    assert Organization.objects.get(pk=firm.pk).parent is None


def test_matrix_is_for_who_arranges_and_a_late_tie_recuses(as_):
    given = make.court(bids=2, experts=8)
    seat = make.seats(make.scoring(given), "accepted")[0]
    path = f"challenges/{given.challenge.pk}/conflicts"
    assert as_(seat.expert.user).get(path).status_code in (403, 404)
    assert as_(given.operator).get(path, show="hard").json()["items"] == []
    tie = {"kind": "consulting", "organization": str(given.bids[0].lead_id)}
    assert as_(given.operator).post(f"assignments/{seat.pk}/ties", tie).status_code == 403
    assert as_(seat.expert.user).post(f"assignments/{seat.pk}/ties", tie).status_code == 200
    assert Assignment.objects.get(pk=seat.pk).state in ("recused", "replaced")
    found = as_(given.supervisor).get(path, bid=given.bids[0].code).json()
    [row] = found["items"]
    assert row["expert"]["name"] == seat.expert.user.name
    assert row["findings"][0]["bid"]["code"] == given.bids[0].code
    assert {rule["code"] for rule in found["rules"]} >= {"employer", "workload"}
    assert Expert.objects.count() == 8
