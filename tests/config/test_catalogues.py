"""Both message catalogues say exactly what code and templates ask for, each in its own language."""

import re
from functools import cache
from io import StringIO
from pathlib import Path

import allauth
import pytest
from babel.messages.catalog import Catalog, Message
from django.core.management import call_command
from django.utils import translation

from config.management.commands import catalogues

LANGUAGES = pytest.mark.parametrize("language", catalogues.LANGUAGES)
HAN = re.compile(r"[\u4e00-\u9fff]")
PLACEHOLDER = re.compile(r"%\(\w+\)[sdif]|%[sdif](?![a-z])|%%|\{\w*\}")
TYPED_SPACE = re.compile(r"[\u4e00-\u9fff] [A-Za-z0-9]|[A-Za-z0-9] [\u4e00-\u9fff]")
HALF_WIDTH = re.compile(
    r"[\u4e00-\u9fff\u201d][,;:?!]|[\u4e00-\u9fff]\.(?:\s|$)|[\u4e00-\u9fff][()]|[()][\u4e00-\u9fff]"
)
# What is written alike in both languages: names, formats, a choice of words that a filter splits at its comma.
MONEY = {"%(amount)s 元", "%(amount)s 万元"}  # a number and its unit, which also stand outside the pages
ALIKE = {"English", "Page {n} of {all}", "yes,no"}


@cache
def wanted() -> Catalog:
    return catalogues.template_of(catalogues.used())


@cache
def catalog(language: str) -> Catalog:
    return catalogues.read(language)


def messages(language: str) -> list[Message]:
    return [message for message in catalog(language) if message.id]


def ids(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def texts(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


@LANGUAGES
def test_catalogue_holds_exactly_what_is_said(language: str) -> None:
    said, held = catalogues.keys(wanted()), catalogues.keys(catalog(language))
    assert sorted(said - held, key=str) == [], "run manage.py catalogues, then write the texts"
    assert sorted(held - said, key=str) == [], "said nowhere any more: run manage.py catalogues"
    assert not catalog(language).obsolete


@LANGUAGES
def test_every_message_has_its_text_and_none_is_a_guess(language: str) -> None:
    assert [ids(message) for message in messages(language) if not all(texts(message))] == []
    assert [ids(message) for message in messages(language) if message.fuzzy] == []


@LANGUAGES
def test_plural_forms_are_the_languages_own(language: str) -> None:
    count, rule = {"zh_Hans": (1, "0"), "en": (2, "(n != 1)")}[language]
    assert (catalog(language).num_plurals, catalog(language).plural_expr) == (count, rule)
    wrong = [ids(message) for message in messages(language) if message.pluralizable and len(texts(message)) != count]
    assert wrong == []


@LANGUAGES
def test_placeholders_are_the_messages_own(language: str) -> None:
    wrong = []
    for message in messages(language):
        asked = set(PLACEHOLDER.findall(ids(message)[-1]))
        # A singular may leave its number out; a text of one form serves every number.
        allowed = [asked, set(PLACEHOLDER.findall(ids(message)[0]))] if len(texts(message)) > 1 else [asked]
        wrong += [text for text in texts(message) if set(PLACEHOLDER.findall(text)) not in allowed]
    assert wrong == []


@LANGUAGES
def test_lines_begin_and_end_as_the_message_does(language: str) -> None:
    wrong = [
        text
        for message in messages(language)
        for text in texts(message)
        if text != text.strip() and ids(message)[0] == ids(message)[0].strip()
    ]
    assert wrong == []


def test_chinese_texts_are_chinese() -> None:
    words = re.compile(r"[A-Za-z]{2,}")
    wrong = [
        ids(message)[0]
        for message in messages("zh_Hans")
        if words.search(PLACEHOLDER.sub("", ids(message)[0]))
        and ids(message)[0] not in ALIKE
        and not all(HAN.search(text) for text in texts(message))
    ]
    assert wrong == []


def test_chinese_texts_have_full_width_marks_and_no_typed_gaps() -> None:
    said = [text for message in messages("zh_Hans") for text in texts(message)]
    assert [text for text in said if HALF_WIDTH.search(text) and text != "是,否"] == []
    assert [text for text in said if TYPED_SPACE.search(text) and text not in MONEY] == []


def test_english_texts_are_english() -> None:
    assert [
        text for message in messages("en") for text in texts(message) if HAN.sub("", text).strip("()（） .") == ""
    ] == []
    named = {"万元", "军令状", "赛马", "个月"}  # given beside the English word, or asked for in a Chinese workbook
    left = [
        text
        for message in messages("en")
        for text in texts(message)
        if HAN.search(re.sub("|".join(sorted(named)), "", text))
    ]
    assert left == []


def test_english_spells_organisation_one_way() -> None:
    said = [PLACEHOLDER.sub("", text) for message in messages("en") for text in texts(message)]
    assert [text for text in said if "organization" in text.lower()] == []


def test_the_field_calls_things_by_their_names() -> None:
    with translation.override("zh-hans"):
        for english, chinese in {
            "Challenge owner": "发榜方",
            "Bidder": "揭榜方",
            "Reviewer": "评审专家",
            "Panel chair": "评审组长",
            "Operator": "运营方",
            "Decider": "决策者",
            "Supervisor": "监督",
            "Finance": "财务",
            "Rule set": "规则集",
            "Ledger": "存证台账",
            "Pledge": "军令状",
            "Open for bids": "揭榜中",
        }.items():
            assert translation.gettext(english) == chinese


def test_the_command_finds_nothing_to_do() -> None:
    out = StringIO()
    call_command("catalogues", "--check", stdout=out)
    assert "0 new, 0 gone" in out.getvalue()


def test_what_is_reworded_is_still_said_by_allauth() -> None:
    root = Path(allauth.__file__).parent
    said = {
        message.id
        for path in root.rglob("*")
        if path.suffix in {".py", ".html", ".txt"}
        for message in (catalogues.in_python if path.suffix == ".py" else catalogues.in_template)(
            path.read_text(), str(path)
        )
    }
    assert sorted(set(catalogues.REWORDED) - said) == []


def test_messages_are_read_where_they_hide() -> None:
    source = (
        "from django.utils.translation import gettext as _, pgettext_lazy, ngettext as many\n"
        "a = f\"{_('inside')} {x}\"\n"
        "b = pgettext_lazy('seal', 'Open')\nc = many('%(n)d day', '%(n)d days', n) % {'n': n}\n"
        "d = _('two '\n  'lines')\ne = _(variable)\n"
    )
    found = {(message.context, message.id) for message in catalogues.in_python(source, "a.py")}
    assert found == {
        (None, "inside"),
        ("seal", "Open"),
        (None, ("%(n)d day", "%(n)d days")),
        (None, "two lines"),
    }


def test_messages_of_templates_are_read_as_django_reads_them() -> None:
    source = """
      {% load i18n %}<p title="{% translate 'A title' %}">{{ _("In a variable") }}{{ x|default:_("Default") }}
        {% include "a.html" with label=_("Label") only %}{% translate "Open" context "seal" %}
    {% blocktranslate trimmed count n=n with at=moment %}
        {{ n }} file,
        {{ at }}
      {% plural %}{{ n }} files, {{ at }}{% endblocktranslate %} it's 50 % ("unbalanced
    """
    found = {(message.context, message.id) for message in catalogues.in_template(source, "a.html")}
    assert found == {
        (None, "A title"),
        (None, "In a variable"),
        (None, "Default"),
        (None, "Label"),
        ("seal", "Open"),
        (None, ("%(n)s file, %(at)s", "%(n)s files, %(at)s")),
    }
