"""The frame and its parts say what a reader needs, and carry nothing a strict content policy would refuse."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.http import HttpRequest
from django.template import engines
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import timezone, translation

from accounts.models import Notification, StateField, User
from config import context, states, vendor
from config.templatetags import ui

NOW = datetime(2027, 2, 3, 9, 0, tzinfo=UTC)
SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
TEMPLATES = sorted(
    path
    for app in ("config", "accounts", "challenges", "reviews")
    for path in (settings.BASE_DIR / app).rglob("templates/**/*.html")
    if "node_modules" not in path.parts
)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def at_noon(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


def part(name: str, **given: Any) -> str:
    return re.sub(r"\s+", " ", render_to_string(f"parts/{name}.html", given))


def text(source: str, **given: Any) -> str:
    return re.sub(r"\s+", " ", engines["django"].from_string("{% load ui %}" + source).render(given))


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()


def asking(path: str = "/", user: Any = None, **session: str) -> HttpRequest:
    request = RequestFactory().get(path)
    request.user = user or AnonymousUser()
    request.session = SessionStore()
    request.session.update(session)
    return request


class Question(forms.Form):
    title = forms.CharField(label="Title", help_text="One sentence.")
    reward = forms.DecimalField(label="Reward", required=False)
    agreed = forms.BooleanField(label="The funds are there.")


# States


def state_fields() -> list[tuple[str, StateField]]:
    return [
        (str(model._meta.model_name), field)
        for model in apps.get_models()
        for field in model._meta.fields
        if isinstance(field, StateField)
    ]


def test_states_every_machine_has_a_word_icon_and_tone_for_every_state() -> None:
    missing = [
        f"{name}.{value}"
        for name, field in state_fields()
        for value, _label in field.choices or []
        if states.look(name, value) is states.UNKNOWN
    ]
    assert missing == []


def test_states_map_has_no_state_that_no_machine_knows() -> None:
    known = {f"{name}.{value}" for name, field in state_fields() for value, _label in field.choices or []}
    assert {f"{kind}.{value}" for kind, table in states.STATES.items() for value in table} <= known


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_states_badge_says_what_filters_refusals_and_the_api_say(language: str) -> None:
    with translation.override(language):
        said = {
            f"{name}.{value}": (str(states.look(name, value).word), str(label))
            for name, field in state_fields()
            for value, label in field.choices or []
        }
    assert {state: both for state, both in said.items() if both[0] != both[1]} == {}


def test_states_every_challenge_state_stands_in_one_stage() -> None:
    placed = [value for stage in states.STAGES for value in stage.states] + list(states.ENDED_IN)
    assert sorted(placed) == sorted(states.STATES["challenge"])


def test_state_badge_says_the_word_beside_icon_and_colour() -> None:
    html = text('{% state "rule-sets" "in_force" %}')
    assert words(html) == "In force"
    assert 'aria-hidden="true"' in html
    assert "tone-done" in html


def test_state_badge_of_an_unknown_state_shows_its_name() -> None:
    assert words(text('{% state "bid" "elsewhere" %}')) == "elsewhere"


# Stage bar


def test_stage_bar_marks_the_current_stage_with_its_state_and_dates() -> None:
    dates = {"publish": {"done": NOW - timedelta(days=9)}, "bid": {"due": NOW + timedelta(days=9)}}
    branches = [{"word": "Objection 1"}]
    html = text("{% stage_bar 'published' dates=dates branches=branches %}", dates=dates, branches=branches)
    assert 'aria-label="Stage 2 of 5"' in html
    assert html.count("aria-current") == 1
    assert [word for word in ("Publish", "Bid", "Review", "Award", "Accept") if word in words(html)] == [
        "Publish",
        "Bid",
        "Review",
        "Award",
        "Accept",
    ]
    assert "Publish done 2027-01-25 2 Bid Open for bids due 2027-02-12 Objection 1" in words(html)


def test_stage_bar_of_a_completed_challenge_has_every_stage_done() -> None:
    assert text("{% stage_bar 'completed' %}").count("is-done") == 5


def test_stage_bar_of_a_cancelled_challenge_stops_where_it_ended() -> None:
    html = text("{% stage_bar 'cancelled' ended_in='bid' %}")
    assert (html.count("is-done"), html.count("is-ended"), html.count("is-none")) == (1, 1, 3)
    assert "Cancelled" in words(html)


# Time and money


@pytest.mark.parametrize(
    ("ahead", "urgency", "left"),
    [
        (timedelta(days=12), "", "12 days left"),
        (timedelta(hours=50), "near", "2 days left"),
        (timedelta(hours=3), "soon", "3 hours left"),
        (timedelta(seconds=40), "soon", "40 seconds left"),
        (timedelta(seconds=1), "soon", "1 second left"),
        (-timedelta(days=3), "over", "3 days over"),
    ],
)
@pytest.mark.usefixtures("at_noon")
def test_deadline_says_absolute_and_relative_together(ahead: timedelta, urgency: str, left: str) -> None:
    at = NOW + ahead
    html = part("deadline", at=at)
    assert f"is-{urgency}" in html
    assert words(html) == f"{ui.moment(at)} · {left}"
    assert f'data-deadline="{timezone.localtime(at).isoformat()}"' in html


@pytest.mark.usefixtures("at_noon")
def test_deadline_is_written_in_beijing_time() -> None:
    assert "2027-02-03 17:00" in part("deadline", at=NOW)
    assert "UTC+8" in part("deadline", at=NOW)


def test_deadline_without_a_date_says_so() -> None:
    assert words(part("deadline", at=None, label="Bids close")) == "Bids close no date set"


def test_money_in_chinese_is_in_wan_with_the_exact_yuan_at_hand() -> None:
    with translation.override("zh-hans"):
        assert ui.wan(Decimal("20000000.00")).startswith("2,000 ")
        assert ui.wan(Decimal("12345678.90")).startswith("1,234.57 ")
        assert ui.wan(Decimal(800)) == ui.yuan(Decimal(800))
        assert ui.yuan(Decimal("20000000.5")) in part("money", amount=Decimal("20000000.5"))


def test_money_in_english_is_exact() -> None:
    assert words(part("money", amount=Decimal("20000000.00"))) == "20,000,000 yuan"
    assert words(part("money", amount=None)) == "not given"


# Actions and forms


def test_actions_not_allowed_stay_with_their_reason_and_cannot_be_pressed() -> None:
    reason = "You vetted this challenge; somebody else must publish it."
    html = part(
        "actions",
        actions=[
            {"name": "publish", "label": "Publish the challenge", "allowed": False, "reason": reason, "url": "/x/"},
            {"name": "cancel", "label": "Cancel it", "allowed": True, "reason": "", "url": "/y/", "style": "danger"},
        ],
    )
    assert "/x/" not in html
    described = re.search(r'aria-disabled="true" aria-describedby="([^"]+)"', html)
    assert described
    assert f'id="{described[1]}"' in html
    assert reason in html
    assert '<a class="btn btn-danger" href="/y/">' in html


def test_actions_that_act_at_once_are_posted_with_the_token() -> None:
    actions = [{"name": "read", "label": "Mark read", "allowed": True, "reason": "", "url": "/z/", "method": "post"}]
    html = part("actions", actions=actions, csrf_token="t0ken")
    assert 'method="post" action="/z/"' in html
    assert 'value="t0ken"' in html


def test_form_with_errors_sums_them_up_and_marks_the_field() -> None:
    html = part("form", form=Question({"title": "", "reward": "1", "agreed": ""}))
    assert 'role="alert"' in html
    assert 'href="#id_title"' in html
    assert 'aria-invalid="true"' in html
    ids = {name for found in re.findall(r'aria-describedby="([^"]+)"', html) for name in found.split()}
    assert ids
    assert all(f'id="{name}"' in html for name in ids)
    assert "2 things to put right" in html


def test_form_keeps_what_was_typed_and_says_what_is_optional() -> None:
    html = part("form", form=Question({"title": "Defect density", "reward": ""}))
    assert 'value="Defect density"' in html
    assert words(html).count("optional") == 1


def test_confirm_lists_consequences_and_its_button_says_what_happens() -> None:
    given = {"consequences": ["Everybody can read it."], "label": "Publish the challenge", "back": "/c/"}
    html = part("confirm", csrf_token="t", **given)
    assert "What will happen Everybody can read it." in words(html)
    assert "Publish the challenge" in re.findall(r"<button[^>]*>(.*?)</button>", html)
    assert 'href="/c/"' in html


# Documents, people, ledger


def test_document_shows_name_size_and_hash_to_copy() -> None:
    document = SimpleNamespace(name="技术方案（最终版）.pdf", size=4_812_345, sha256=SHA, uploaded_at=NOW)
    html = part("document", document=document, url="/d/")
    assert "技术方案（最终版）.pdf" in words(html)
    assert SHA[:8] in words(html)
    assert f'data-copy="{SHA}"' in html
    assert 'aria-label="Download 技术方案（最终版）.pdf"' in html


def test_document_that_may_not_be_read_says_why_and_has_no_link() -> None:
    html = part("document", document=SimpleNamespace(name="a.pdf", size=1, sha256=SHA), reason="Sealed until opening.")
    assert "<a " not in html
    assert "Sealed until opening." in html


def test_ledger_row_says_who_as_what_did_what_from_where_to_where() -> None:
    entry = SimpleNamespace(
        seq=4,
        actor="李敏",
        acting_as="decider",
        action="publish",
        object_kind="challenge",
        source="vetted",
        target="published",
        at=NOW,
        hash=SHA,
    )
    html = part("ledger_row", entry=entry, label="Publish", role="Decider")
    assert "4 李敏 Decider Publish Waiting for publication → to Open for bids 2027-02-03 17:00:00" in words(html)


def test_ledger_row_without_an_actor_is_the_clock() -> None:
    entry = SimpleNamespace(
        seq=5,
        actor=None,
        acting_as="",
        action="close_bidding",
        object_kind="challenge",
        source="published",
        target="bidding_closed",
        at=NOW,
        hash=SHA,
    )
    assert "The clock" in words(part("ledger_row", entry=entry))


def test_pager_keeps_the_filters_in_the_address() -> None:
    page = SimpleNamespace(number=2, has_previous=True, has_next=True)
    html = render_to_string("parts/pager.html", {"page": page}, request=asking("/?kind=frontier&page=2"))
    assert 'rel="prev" href="?kind=frontier&amp;page=1"' in html
    assert 'rel="next" href="?kind=frontier&amp;page=3"' in html


# The frame


@pytest.fixture
def person(db: None) -> User:
    return User.objects.create_user("operator@example.org", name="王敏", roles=["operator", "supervisor"])


def test_frame_of_a_stranger_asks_nothing_of_the_database() -> None:
    html = render_to_string("layout_public.html", request=asking())
    assert 'href="#main"' in html
    assert "Sign in" in words(html)


def test_frame_of_a_person_takes_one_query(person: User, django_assert_num_queries: Any) -> None:
    challenge = person.pk
    for read_at in (None, None, NOW):
        Notification.objects.create(
            recipient=person, kind="x", object_kind="challenge", object_id=challenge, read_at=read_at
        )
    with django_assert_num_queries(1):
        html = render_to_string("layout_work.html", request=asking(user=person))
    assert 'aria-label="Inbox, 2 unread"' in html


def test_frame_lets_a_person_with_two_roles_switch_and_keeps_the_choice(person: User) -> None:
    request = asking("/work/?role=supervisor", user=person)
    frame = context.Frame(request)
    assert [role["key"] for role in frame.roles if role["active"]] == ["supervisor"]
    assert context.Frame(asking(user=person, **dict(request.session.items()))).role == "supervisor"


def test_frame_gives_no_role_that_is_not_held(person: User) -> None:
    frame = context.Frame(asking("/?role=decider", user=person, role="finance"))
    assert frame.role == "operator"
    assert {item["key"] for item in frame.nav}.isdisjoint({"reviews"})


def test_frame_shows_the_demo_rule_set(settings: Any) -> None:
    settings.RULE_SET = "demo"
    assert "Demo rule set" in render_to_string("layout_public.html", request=asking())
    settings.RULE_SET = "standard"
    assert "Demo rule set" not in render_to_string("layout_public.html", request=asking())


@pytest.mark.parametrize("name", ["403", "404", "409", "503"])
def test_error_pages_say_what_happened_and_why(name: str) -> None:
    html = render_to_string(f"{name}.html", {"reason": "You vetted it."}, request=asking())
    assert html.count("<h1") == 1
    assert ("You vetted it." in html) == (name != "404")


def test_error_page_500_stands_without_a_request() -> None:
    assert "Something went wrong" in render_to_string("500.html")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"])
def test_account_pages_wear_the_frame(client: Any, path: str) -> None:
    html = client.get(path, headers={"accept-language": "en"}).content.decode()
    assert html.count("<h1") == 1
    assert 'id="main"' in html
    assert '<form method="post"' in html


# What the content policy refuses


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_templates_carry_no_inline_style_or_script(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"""\sstyle\s*=|<style|\son[a-z]+\s*=\s*["']|hx-on|javascript:|\bjs:""", source)
    inline = [tag for tag in re.findall(r"<script[^>]*>", source) if " src=" not in tag]
    assert [tag for tag in inline if 'type="application/json"' not in tag] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_templates_leave_the_colon_to_the_language_and_scrolling_to_the_keyboard(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert re.findall(r"translate [^%]*%}: ?(?={{|<)", source) == [], "Chinese has a colon of its own: blocktranslate"
    scrolled = re.findall(r"<[^>]*\btable-scroll\b[^>]*>", source)
    assert [tag for tag in scrolled if 'tabindex="0"' not in tag] == []


def test_templates_use_only_icons_that_exist() -> None:
    assert ui.ICONS.is_dir(), "the icons come from npm: cd config/frontend && npm ci --ignore-scripts"
    sources = [path.read_text(encoding="utf-8") for path in TEMPLATES]
    used = {name for source in sources for name in re.findall(r'(?:{% icon |icon_name=)"([\w-]+)"', source)}
    used |= {look.icon for table in states.STATES.values() for look in table.values()}
    used |= {place.icon for place in (*context.NAV, *context.PUBLIC, *context.SETTINGS)}
    assert sorted(name for name in used if not ui.icon_body(name)) == []


def test_vendor_serves_what_the_frame_asks_for_and_nothing_besides() -> None:
    finder = vendor.VendorFinder()
    listed = {f"{storage.prefix}/{name}" for name, storage in finder.list(None)}
    assert {"vendor/tabler.min.css", "vendor/echarts.min.js", "vendor/pdf.min.mjs"} <= listed
    assert all(finder.find(path) for path in listed)
    assert finder.find("vendor/package.json") == []
