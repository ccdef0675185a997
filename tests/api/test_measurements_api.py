"""Measured values over the API."""

from challenges.models import Measurement
from tests.factories.delivery import last_milestone, paper, team


def test_programs_enter_values_and_read_the_verdicts(cast, rules, as_):
    last = last_milestone(cast)
    path, report = f"milestones/{last.pk}", str(paper(last).pk)
    caller = as_(team(last))
    rows = [{"target": 0, "value": "4e8", "report": report}, {"target": 1, "value": "7.9", "uncertainty": "0.2"}]
    body = caller.put(f"{path}/measurements", {"measurements": rows}).json()
    assert [(item["measured"], item["met"]) for item in body["findings"]] == [
        ("4e8", True), ("7.9", False), (None, False)
    ]  # fmt: skip
    again = caller.put(f"{path}/measurements", {"measurements": [{"target": 7, "value": "1"}]})
    assert again.status_code == 409
    assert caller.put(f"{path}/measurements", {"measurements": [{"target": 1, "value": "x"}]}).status_code == 422
    assert as_(cast.owner).put(f"{path}/measurements", {"measurements": rows}).status_code == 403
    assert Measurement.objects.count() == 2
