"""The region: targets beside what is counted and what documents say; a figure is confirmed by a second person."""

import io
from datetime import timedelta
from decimal import Decimal

import openpyxl
import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import translation

from accounts import clock
from accounts.models import LedgerEntry
from accounts.workflow import find, take
from challenges.models import Contract, Outcome, RegionDocument, RegionFigure, RegionTarget
from challenges.region import lines
from reviews.demo.papers import upload
from reviews.work import work_of
from tests.factories import outcomes
from tests.factories.life import challenge_at
from tests.factories.rows import figure_of

pytestmark = pytest.mark.django_db


def line(user, measure):
    return next(item for item in lines(user) if item.target.measure == measure)


def typed(**more):
    day = clock.now().date() - timedelta(days=9)
    return {
        "value": "9",
        "as_of": f"{day}",
        "source": "示例公报〔2026〕2号",
        "document": upload("公报.pdf", "公报", "示例"),
    } | more


def test_targets_are_those_of_the_plan(db):
    wanted = {
        (target.measure, target.wanted, target.by_year, target.each_year) for target in RegionTarget.objects.all()
    }
    assert wanted == {
        ("platforms", "≥ 15", None, False), ("alliances", "5–8", None, False), ("high_tech", "≥ 50", None, True),
        ("firms", "≥ 100", 2025, False), ("rd_bodies", "≥ 30", 2025, False), ("outcomes", "≥ 50", 2025, False),
        ("output", "≥ 50", 2025, False), ("jobs", "≥ 6,000", 2025, False),
    }  # fmt: skip


def test_operator_enters_with_a_document_and_a_decider_confirms(cast, visit):
    target = RegionTarget.objects.get(measure="platforms")
    enter, page = reverse("region_figure_enter", args=[target.pk]), reverse("region_target", args=[target.pk])
    assert enter in visit(cast.operator).get(page).content.decode()
    assert visit(cast.decider).get(enter).status_code == 403
    answer = visit(cast.operator).post(enter, typed())
    figure = RegionFigure.objects.get()
    assert answer.url == reverse("region_figure", args=[figure.pk])
    assert RegionDocument.objects.get().figure == figure
    assert visit().get(answer.url).status_code == 404
    assert line(cast.operator, "platforms").reported is None
    waiting = "A figure of the region waits for confirmation"
    assert waiting in [item.what for item in work_of(cast.decider, "decider").later]
    step = reverse("step", args=["region-figures", figure.pk, "confirm"])
    assert visit(cast.operator).post(step).status_code == 403
    assert visit(cast.decider).post(step).status_code == 302
    assert line(AnonymousUser(), "platforms").reported == figure
    assert line(AnonymousUser(), "platforms").reported_share == 60
    public = visit().get(answer.url).content.decode()
    assert "示例公报〔2026〕2号" in public
    assert "公报.pdf" not in public
    assert cast.operator.name not in public
    acts = LedgerEntry.objects.filter(chain=target.pk).order_by("at").values_list("action", flat=True)
    assert list(acts) == ["create", "add_document", "confirm"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"value": "9.5"}, "whole number"),
        ({"value": "-1"}, "greater than or equal"),
        ({"as_of": "2999-01-01"}, "has not come"),
        ({"source": ""}, "required"),
        ({"document": ""}, "required"),
        ({"document": SimpleUploadedFile("x.exe", b"MZ", "application/pdf")}, "x.exe"),
    ],
)
def test_a_figure_that_cannot_be_is_refused_and_what_was_typed_is_kept(cast, visit, wrong, words):
    target = RegionTarget.objects.get(measure="platforms")
    answer = visit(cast.operator).post(reverse("region_figure_enter", args=[target.pk]), typed(**wrong))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not RegionFigure.objects.exists()
    assert not LedgerEntry.objects.filter(chain=target.pk).exists()


def test_a_figure_without_its_document_cannot_be_confirmed(cast, client):
    client.force_login(cast.operator)
    target = RegionTarget.objects.get(measure="output")
    day = clock.now().date() - timedelta(days=1)
    given = {"value": "12.5", "as_of": f"{day}", "source": "=HYPERLINK(1)"}
    made = client.post(f"/api/region/targets/{target.pk}/figures", given, content_type="application/json")
    assert (made.status_code, made.json()["value"], made.json()["target"]["unit"]) == (201, "12.5", "hundred_million")
    figure = RegionFigure.objects.get()
    assert not find(figure, "confirm", cast.decider).allowed
    added = client.post(f"/api/region-figures/{figure.pk}/documents", {"file": upload("公报.pdf", "公报", "示例")})
    assert added.status_code == 201
    take(RegionFigure.objects.get(), "confirm", actor=cast.decider)
    again = client.post(f"/api/region-figures/{figure.pk}/documents", {"file": upload("后.pdf", "后", "示例")})
    assert again.status_code == 403
    told = {item["target"]["measure"]: item for item in client.get("/api/region/targets").json()}
    assert told["output"]["reported"]["value"] == "12.5"
    assert told["high_tech"]["counted"] is None
    answer = client.get(reverse("region_export", args=["xlsx"]), headers={"accept-language": "en"})
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    row = next(row for row in sheet.iter_rows() if row[1].value == "Output value")
    assert [(cell.value, cell.data_type) for cell in (row[2], row[9], row[11])] == [
        (50, "n"), (12.5, "n"), ("=HYPERLINK(1)", "s"),
    ]  # fmt: skip
    assert ",'=HYPERLINK(1)" in client.get(reverse("region_export", args=["csv"])).content.decode("utf-8-sig")


def test_rejected_figures_count_nothing_and_the_latest_confirmed_day_holds(cast, visit):
    today = clock.now().date()
    first = figure_of(cast, Decimal(3), as_of=today - timedelta(days=60))
    later = figure_of(cast, Decimal(7), as_of=today - timedelta(days=20))
    late_entered = figure_of(cast, Decimal(5), as_of=today - timedelta(days=40))
    for figure in (later, first, late_entered):
        take(figure, "confirm", actor=cast.decider)
    wrong = take(figure_of(cast, Decimal(99)), "reject", actor=cast.decider, reason="与公报原文不一致。")
    assert line(cast.operator, "platforms").reported.value == 7
    page = visit().get(reverse("region_target", args=[first.target_id])).content.decode()
    assert [f"{n} items" in page for n in (3, 5, 7, 99)] == [True, True, True, False]
    assert "与公报原文不一致" in visit(cast.operator).get(reverse("region_figure", args=[wrong.pk])).content.decode()


def test_what_was_entered_is_neither_changed_nor_deleted_even_in_the_database(cast):
    figure = figure_of(cast)
    for change in (lambda rows: rows.update(value=99), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
            change(RegionFigure.objects.filter(pk=figure.pk))
    assert RegionFigure.objects.get().value == 12


def test_counts_are_of_what_is_confirmed_and_undisclosed_figures_are_for_staff(cast, rules):
    contract: Contract = outcomes.contract_of(challenge_at(cast, "delivering"))
    before = line(cast.operator, "firms").counted
    outcome: Outcome = outcomes.confirmed(contract, cast)
    outcome.figures.all().delete()
    for year, kind, value in ((2027, "sales", 150_000_000), (2028, "sales", 50_000_000), (2027, "jobs", 12)):
        outcome.figures.create(year=year, kind=kind, value=value, source="台账")
    Outcome.objects.filter(pk=outcome.pk).update(team_discloses=True, owner_discloses=False)
    staff = {item.target.measure: item.counted for item in lines(cast.operator)}
    assert (staff["outcomes"], staff["output"], staff["jobs"]) == (1, 2, 12)
    assert staff["high_tech"] is None
    assert staff["firms"] == before > 0
    members = contract.shares.count()
    assert staff["alliances"] == (1 if members > 1 else 0)
    public = {item.target.measure: item.counted for item in lines(AnonymousUser())}
    assert (public["outcomes"], public["output"], public["jobs"]) == (1, 0, 0)
    with translation.override("en"):
        assert "both sides agreed" in line(AnonymousUser(), "jobs").how
        assert "both sides agreed" not in line(cast.operator, "jobs").how
    Outcome.objects.filter(pk=outcome.pk).update(owner_discloses=True)
    assert line(AnonymousUser(), "jobs").counted == 12


def test_page_costs_as_many_queries_with_figures_as_without(cast, visit, django_assert_num_queries):
    url, seen = reverse("region"), []
    for measure in (None, "platforms", "jobs"):
        if measure:
            take(figure_of(cast, measure=measure), "confirm", actor=cast.decider)
        with django_assert_num_queries(6):
            seen.append(visit().get(url).content.decode())
    assert [page.count("示例统计公报") for page in seen] == [0, 1, 2]
    assert "6,000" in seen[0]
    assert "5–8" in seen[0]
