"""The clock's sweep: whoever refuses is passed over, and the fault of one keeps no other waiting nor is it hidden."""

import pytest

from accounts.models import Organization
from accounts.workflow import Refused, perform, sweep
from tests.factories.reviews import company, person

pytestmark = pytest.mark.django_db


def test_sweep_goes_on_past_refusals_and_faults_and_raises_the_faults_at_the_end():
    operator = person("运营员", "operator")
    rows = [company(name) for name in ("甲", "乙", "丙", "丁")]

    def act(row):
        if row.name == "乙":
            raise Refused("已有人处理")
        if row.name == "丙":
            Organization.objects.filter(pk=row.pk).update(region="半途")
            raise ZeroDivisionError
        perform(row.verify, actor=operator)

    with pytest.raises(ExceptionGroup) as raised:
        sweep(rows, act)
    assert [type(fault) for fault in raised.value.exceptions] == [ZeroDivisionError]
    assert str(rows[2].pk) in raised.value.exceptions[0].__notes__[0]
    states = dict(Organization.objects.values_list("name", "state"))
    assert states == {"甲": "verified", "乙": "unverified", "丙": "unverified", "丁": "verified"}
    assert Organization.objects.get(name="丙").region == ""


def test_sweep_counts_what_was_done():
    operator = person("运营员", "operator")
    rows = [company("甲"), company("乙")]
    assert sweep(rows, lambda row: perform(row.verify, actor=operator)) == 2
    assert sweep(rows, lambda row: perform(row.verify, actor=operator)) == 0
