"""`manage.py catalogues`: what code and templates say, written into the message catalogues without xgettext."""

import ast
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, Final, NamedTuple

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po, write_po
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation.template import templatize

BASE_DIR = Path(__file__).resolve().parent.parent.parent.parent
LOCALE = BASE_DIR / "config" / "locale"
LANGUAGES: Final = ("zh_Hans", "en")
PACKAGES: Final = ("accounts", "challenges", "config", "reviews")
TEMPLATES: Final = (".html", ".txt")
SKIPPED: Final = {"migrations", "node_modules"}

# Sentences of django-allauth whose own Chinese mixes in English or calls things otherwise than the rest of the site.
REWORDED: Final = (
    "Account Already Exists",
    "Add Email",
    "Add Email Address",
    "Already have an account? Then please %(link)ssign in%(end_link)s.",
    "Are you sure you want to sign out?",
    "Bad Token",
    "Change Email",
    "Code",
    "Confirm Email Address",
    "Current email",
    "Do you really want to remove the selected email address?",
    "Email",
    "Email Address",
    "Email Addresses",
    "Email Changed",
    "Email Confirmation",
    "Email Removed",
    "Email address",
    "Email address %(deleted_email)s has been removed from your account.",
    "Enter your password:",
    "Hello from %(site_name)s!",
    "If you have not created an account yet, then please %(link)ssign up%(end_link)s first.",
    "In case you forgot, your username is %(username)s.",
    "Last seen at",
    "Please Confirm Your Email Address",
    "Primary",
    "Primary email address set.",
    "Re-send Verification",
    "Recovery Codes",
    "Recovery codes",
    "Remember Me",
    "Removed email address %(email)s.",
    "Sessions",
    "Sign Out",
    "Sign Out Other Sessions",
    "Signed out of all other sessions.",
    "Successfully signed in as %(name)s.",
    "The following email addresses are associated with your account:",
    "The password reset token was invalid.",
    "Two-Factor Authentication",
    "Verify Your Email Address",
    "You cannot activate two-factor authentication until you have verified your email address.",
    "You cannot remove your primary email address (%(email)s).",
    "You have confirmed %(email)s.",
    "You have signed out.",
    "Your account is protected by two-factor authentication. Please enter an authenticator code:",
    "Your email has been confirmed.",
)

# Of each function's arguments, which is the context and which are the message; the lazy and no-op twins are the same.
CALLS: Final[dict[str, tuple[int | None, tuple[int, ...]]]] = {
    "gettext": (None, (0,)),
    "ngettext": (None, (0, 1)),
    "pgettext": (0, (1,)),
    "npgettext": (0, (1, 2)),
}
BABEL_CALLS: Final[dict[str, Any]] = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}

Id = str | tuple[str, str]


class Found(NamedTuple):
    """One message where it stands."""

    context: str | None
    id: Id
    place: str


def used() -> list[Found]:
    """Every message of the project's own code and templates, in the order of their files, and those reworded."""
    found: list[Found] = []
    for package in PACKAGES:
        for path in sorted((BASE_DIR / package).rglob("*")):
            place = path.relative_to(BASE_DIR)
            if SKIPPED & set(place.parts):
                continue
            if path.suffix == ".py":
                found += in_python(path.read_text(), str(place))
            elif path.suffix in TEMPLATES and "templates" in place.parts:
                found += in_template(path.read_text(), str(place))
    return [*found, *(Found(None, text, "django-allauth") for text in REWORDED)]


def in_python(source: str, place: str) -> Iterator[Found]:
    """The messages of a Python file, those inside f-strings too; what is no literal is somebody else's message."""
    tree = ast.parse(source)
    calls = {"_": CALLS["gettext"]}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            for alias in node.names:
                base = alias.name.removesuffix("_lazy").removesuffix("_noop")
                if base in CALLS:
                    calls[alias.asname or alias.name] = CALLS[base]
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name not in calls:
            continue
        context_at, message_at = calls[name]
        texts = [_literal(node.args[at]) if at < len(node.args) else None for at in message_at]
        context = _literal(node.args[context_at]) if context_at is not None and node.args else None
        if all(texts) and (context_at is None or context):
            yield Found(context, _id([text for text in texts if text]), place)


def in_template(source: str, place: str) -> Iterator[Found]:
    """The messages of a Django template, in Django's own reading of it."""
    # The reading is a heap of words that happens to be Python; without indents it always has tokens.
    heap = "\n".join(line.lstrip() for line in templatize(source, origin=place).splitlines())
    for _line, call, texts, _comments in extract_python(BytesIO(heap.encode()), BABEL_CALLS, (), {}):
        parts = [texts] if isinstance(texts, str) else [text for text in texts if text]
        context = parts.pop(0) if "pgettext" in call else None
        yield Found(context, _id(parts), place)


def template_of(found: list[Found]) -> Catalog:
    """One catalogue without texts of all that was found; a word said with and without its plural is one message."""
    merged: dict[tuple[str | None, str], tuple[Id, set[str]]] = {}
    for message in found:
        held, places = merged.setdefault((message.context, _first(message.id)), (message.id, set()))
        places.add(message.place)
        if isinstance(held, str) and not isinstance(message.id, str):
            merged[message.context, _first(message.id)] = (message.id, places)
    catalog = Catalog(charset="utf-8")
    for (context, _first_form), (name, places) in merged.items():
        catalog.add(name, locations=[(place, 1) for place in sorted(places)], context=context)
    return catalog


def path_of(language: str) -> Path:
    """Where a language's catalogue lies."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    """A language's catalogue as it lies in the project; an empty one when there is none."""
    path = path_of(language)
    if not path.is_file():
        return Catalog(locale=language, charset="utf-8")
    with path.open("rb") as source:
        return read_po(source, locale=language)


def keys(catalog: Catalog) -> set[tuple[str | None, Id]]:
    """Every message of a catalogue by context and id."""
    return {(message.context, _key(message)) for message in catalog if message.id}


def renewed(language: str, wanted: Catalog) -> Catalog:
    """The language's catalogue with exactly the wanted messages: texts kept, obsolete ones dropped, new ones empty.

    A new message of the English catalogue is its own text.
    """
    known = read(language)
    catalog = Catalog(locale=language, charset="utf-8", project="bangdan", fuzzy=False)
    for message in wanted:
        if not message.id:
            continue
        before = known.get(_first(_key(message)), message.context)
        text: Any = before.string if before is not None and _key(before) == _key(message) else None
        if not text or (isinstance(text, tuple) and not any(text)):
            text = message.id if language == "en" else None
        catalog.add(message.id, text, locations=message.locations, context=message.context)
    return catalog


def written(catalog: Catalog) -> bytes:
    """A catalogue as the bytes of its file: no dates and no line numbers, which would differ for nothing."""
    buffer = BytesIO()
    write_po(buffer, catalog, width=120, omit_header=True, include_lineno=False, sort_output=False)
    count, rule = catalog.num_plurals, catalog.plural_expr
    header = (
        'msgid ""\nmsgstr ""\n'
        f'"Language: {catalog.locale_identifier}\\n"\n'
        '"MIME-Version: 1.0\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: nplurals={count}; plural={rule};\\n"\n\n'
    )
    return header.encode() + buffer.getvalue().strip() + b"\n"


def missing(catalog: Catalog) -> list[Message]:
    """The messages without a text."""
    return [m for m in catalog if m.id and not (all(m.string) if isinstance(m.string, (tuple, list)) else m.string)]


class Command(BaseCommand):
    """Brings both catalogues up to what is said, or with --check only tells whether they are."""

    help = "Write every message of code and templates into config/locale and list those without a text."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Whether to write."""
        parser.add_argument("--check", action="store_true", help="write nothing; fail when something is missing")

    def handle(self, *_arguments: str, **options: bool) -> None:
        """Extract, write, report."""
        wanted = template_of(used())
        short = 0
        for language in LANGUAGES:
            path = path_of(language)
            before = keys(read(language))
            catalog = renewed(language, wanted)
            if not options["check"]:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(written(catalog))
            untold = missing(catalog)
            new, gone = keys(catalog) - before, before - keys(catalog)
            short += len(untold) + (len(new) + len(gone) if options["check"] else 0)
            self.stdout.write(f"{language}: {len(keys(catalog))} messages, {len(new)} new, {len(gone)} gone")
            for message in untold:
                self.stdout.write(f"  no text: {message.context or ''} {_first(_key(message))!r}")
        if short and options["check"]:
            raise CommandError("The catalogues are behind: run manage.py catalogues and write the texts.")


def _literal(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _id(texts: list[str]) -> Id:
    return (texts[0], texts[1]) if len(texts) > 1 else texts[0]


def _first(name: Id) -> str:
    return name if isinstance(name, str) else name[0]


def _key(message: Message) -> Id:
    return message.id if isinstance(message.id, str) else (message.id[0], message.id[1])
