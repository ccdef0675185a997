"""Credit records over the API: opened by the staff, listed to who may read them."""

from tests.factories.credit import FACTS
from tests.factories.life import challenge_at


def test_staff_record_a_failing_and_others_see_none(cast, rules, as_):
    challenge = challenge_at(cast, "awarded")
    lead = challenge.bids.get(state="awarded").lead
    given = {"organization": str(lead.pk), "kind": "default", "facts": FACTS}
    url = f"challenges/{challenge.pk}/credit-records"
    made = as_(cast.operator).post(url, given)
    assert made.status_code == 201, made.content
    assert as_(cast.operator).post(url, given).status_code == 409
    assert as_(cast.owner).post(url, given).status_code == 403
    assert [item["id"] for item in as_(cast.operator).get("credit-records").json()["items"]] == [made.json()["id"]]
    assert as_(cast.owner).get("credit-records").json()["items"] == []
    nobody = given | {"organization": str(challenge.pk)}
    assert as_(cast.operator).post(url, nobody).json()["code"] == "organization"
