"""The bureau's workbook on its page and on the command line: a look first, then all rows or none."""

import io
from pathlib import Path

import pytest
import time_machine
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import translation

from accounts.models import Organization
from challenges.models import Challenge
from config.local.ports import free_port

pytestmark = pytest.mark.django_db
DATA = Path(__file__).resolve().parents[1] / "data"
GOOD, FAULTY = DATA / "challenge_list.xlsx", DATA / "challenge_list_faulty.xlsx"


@pytest.fixture(autouse=True)
def _in_time():
    """Before the workbooks' deadlines, and in English."""
    with time_machine.travel("2026-11-10T03:00:00Z", tick=True), translation.override("en"):
        yield


def upload(client, path: Path):
    given = SimpleUploadedFile(path.name, path.read_bytes())
    return client.post(reverse("import"), {"file": given})


def token_of(answer) -> str:
    page = answer.content.decode()
    return page.split('name="token" value="')[1].split('"')[0]


def test_faultless_workbook_is_shown_then_imported(visit, cast):
    client = visit(cast.operator)
    shown = upload(client, GOOD)
    assert shown.status_code == 200
    page = shown.content.decode()
    assert "20 rows, without a fault" in page
    assert "深紫外LED外延缺陷密度控制" in page
    assert not Challenge.objects.exists()
    answer = client.post(reverse("import"), {"token": token_of(shown)}, follow=True)
    assert "20 drafts were made." in answer.content.decode()
    assert Challenge.objects.filter(state="draft", created_by=cast.operator).count() == 20
    assert Organization.objects.filter(state="unverified", challenges__isnull=False).exists()
    assert "深紫外LED外延缺陷密度控制" in answer.content.decode()


def test_faulty_workbook_names_every_cell_and_imports_nothing(visit, cast):
    answer = upload(visit(cast.operator), FAULTY)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "12 of" in page
    assert "Delete this row, and hand it in through your secrecy office." in page
    assert "formulas are not evaluated" in page
    assert 'name="token"' not in page
    assert not Challenge.objects.exists()


def test_confirmation_belongs_to_who_looked(visit, cast):
    from tests.factories.reviews import person

    token = token_of(upload(visit(cast.operator), GOOD))
    answer = visit(person("另一运营员", "operator")).post(reverse("import"), {"token": token})
    assert answer.status_code == 409
    assert not Challenge.objects.exists()


def test_forgotten_file_is_asked_for_again(visit, cast):
    client = visit(cast.operator)
    token = token_of(upload(client, GOOD))
    cache.clear()
    answer = client.post(reverse("import"), {"token": token})
    assert answer.status_code == 409
    assert "no longer kept" in answer.content.decode()


def test_second_press_of_the_same_confirmation_imports_nothing_more(visit, cast):
    client = visit(cast.operator)
    token = token_of(upload(client, GOOD))
    client.post(reverse("import"), {"token": token})
    assert client.post(reverse("import"), {"token": token}).status_code == 409
    assert Challenge.objects.count() == 20
    again = upload(client, GOOD)
    assert again.status_code == 422
    assert "On the platform already" in again.content.decode()


@pytest.mark.parametrize("content", [b"", b"no workbook", b"PK\x03\x04 damaged"])
def test_other_file_is_refused_with_what_to_do(visit, cast, content):
    answer = visit(cast.operator).post(reverse("import"), {"file": SimpleUploadedFile("表.xlsx", content)})
    assert answer.status_code == 422
    assert "field-error" in answer.content.decode()


@pytest.mark.parametrize("who", ["owner", "decider", "supervisor"])
def test_others_may_not_import(visit, cast, who):
    assert visit(getattr(cast, who)).get(reverse("import")).status_code == 403
    assert upload(visit(getattr(cast, who)), GOOD).status_code == 403


def test_command_imports_all_rows(cast):
    out = io.StringIO()
    call_command("import_challenges", str(GOOD), "--dry-run", stdout=out)
    assert not Challenge.objects.exists()
    call_command("import_challenges", str(GOOD), stdout=out)
    assert Challenge.objects.count() == 20
    assert "深紫外LED外延缺陷密度控制" in out.getvalue()
    with pytest.raises(CommandError, match=r"Row 2"):
        call_command("import_challenges", str(GOOD))
    told = io.StringIO()
    with pytest.raises(CommandError, match="20 of 20 rows are on the platform already"):
        call_command("import_challenges", str(GOOD), "--dry-run", stderr=told)
    assert told.getvalue().startswith("Row 2: “")
    assert Challenge.objects.count() == 20


def test_command_names_every_fault_and_imports_nothing(cast):
    told = io.StringIO()
    with pytest.raises(CommandError) as refusal:
        call_command("import_challenges", str(FAULTY), stderr=told)
    assert refusal.value.returncode == 1
    lines = told.getvalue().splitlines()
    assert len({line.split("\t")[0].lstrip("ABCDEFGHIJKLMNO") for line in lines}) == 12
    assert not Challenge.objects.exists()


def test_page_without_its_cache_says_so_and_imports_nothing(visit, cast, settings):
    client = visit(cast.operator)
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": f"redis://127.0.0.1:{free_port()}/0"}}
    answer = upload(client, GOOD)
    assert answer.status_code == 503
    assert "short-term memory does not answer" in answer.content.decode()
    assert not Challenge.objects.exists()


def test_command_says_when_there_is_no_such_file(tmp_path):
    with pytest.raises(CommandError, match=r"missing\.xlsx"):
        call_command("import_challenges", str(tmp_path / "missing.xlsx"))
