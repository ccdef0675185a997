"""Credit records for tests, opened by the real action."""

from accounts.models import Organization
from challenges import actions
from challenges.models import Challenge, CreditRecord
from reviews.demo.people import Cast

FACTS = "公示期满确认后，三十日内未签署任务书，两次书面催告未复。"


def record(challenge: Challenge, organization: Organization, cast: Cast, kind: str = "default") -> CreditRecord:
    """A record that waits for the organisation's answer."""
    return actions.open_credit_record(challenge, actor=cast.operator, organization=organization, kind=kind, facts=FACTS)
