"""The seal before the platform's staff, as `tests.seal.watch` says."""

import pytest

from tests.seal.watch import assert_sealed_at_every_address


@pytest.mark.django_db
@pytest.mark.parametrize("persona", ["operator", "decider", "supervisor", "finance"])
def test_seal_holds_at_every_address(cast, rules, persona):
    assert_sealed_at_every_address(cast, persona)
