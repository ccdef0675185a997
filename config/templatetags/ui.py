"""The small tags and filters that pages are composed with; the parts themselves are in `templates/parts/`.

Everything that looks at the clock takes `now` from the server, and the browser counts on from there.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Final

from django import template
from django.conf import settings
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, FileInput, RadioSelect, Select
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from config.states import ENDED_IN, STAGES, look

register = template.Library()

ICONS: Final = settings.BASE_DIR / "config" / "frontend" / "node_modules" / "@tabler" / "icons" / "icons"
YUAN_PER_WAN: Final = 10_000
LIVE_COUNTDOWN: Final = timedelta(days=1)


# Icons


@lru_cache(maxsize=256)
def icon_body(name: str) -> str:
    """The drawing inside one Tabler icon; empty where npm has not been run, so that a page still stands."""
    try:
        source = (ICONS / "outline" / f"{name}.svg").read_text(encoding="utf-8")
    except OSError:
        return ""
    source = re.sub(r"<!--.*?-->", "", source, flags=re.DOTALL)
    body = source[source.index(">", source.index("<svg")) + 1 : source.rindex("</svg>")]
    return re.sub(r">\s+<", "><", body).strip()


@register.simple_tag
def icon(name: str, label: str = "", extra: str = "") -> SafeString:
    """One inline icon: silent for a screen reader, unless `label` gives it a name of its own."""
    voice = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon {}" width="20" height="20" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
        ' stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" focusable="false" {}>{}</svg>',
        extra,
        voice,
        mark_safe(icon_body(name)),  # noqa: S308  # from the icon package, never from a person
    )


# States


@register.inclusion_tag("parts/state.html")
def state(kind: str, value: str, word: str = "") -> dict[str, Any]:
    """The badge of one state; `word` replaces the map's own word."""
    shown = look(kind, value)
    return {"word": word or shown.word or value, "icon": shown.icon, "tone": shown.tone, "kind": kind, "value": value}


@register.filter
def state_word(value: str, kind: str) -> str:
    """The word of a state alone: `{{ bid.state|state_word:"bid" }}`."""
    return str(look(kind, value).word or value)


@register.inclusion_tag("parts/stage_bar.html")
def stage_bar(
    value: str,
    dates: Mapping[str, Any] | None = None,
    branches: Iterable[Any] = (),
    ended_in: str = "",
    brief: bool = False,
) -> dict[str, Any]:
    """The five stages with a challenge's state inside the current one.

    `dates` maps a stage key (publish, bid, review, award, accept) to `{"done": datetime, "due": datetime}`;
    `branches` are `{"word", "url", "tone"}`; `ended_in` is the stage key where an ended challenge stopped;
    `brief`, on pages where work is done, leaves a phone the current stage only.
    """
    dates = dates or {}
    ended = value in ENDED_IN
    keys = [stage.key for stage in STAGES]
    if ended:
        here = keys.index(ended_in or ENDED_IN[value])
    else:
        here = next((i for i, stage in enumerate(STAGES) if value in stage.states), 0)
    finished = value == "completed"
    steps = []
    for i, stage in enumerate(STAGES):
        if i < here or finished:
            position = "done"
        elif i > here:
            position = "none" if ended else "todo"
        else:
            position = "ended" if ended else "current"
        when = dates.get(stage.key) or {}
        steps.append(
            {
                "word": stage.word,
                "position": position,
                "here": i == here,
                "done": when.get("done") if position in {"done", "ended"} else None,
                "due": when.get("due") if position in {"current", "todo"} else None,
            }
        )
    bar = {"steps": steps, "state": value, "branches": list(branches), "number": here + 1, "of": len(STAGES)}
    return bar | {"brief": brief}


# Time


def _span(delta: timedelta) -> str:
    """A length of time in its largest sensible unit: two days, three hours, 40 minutes, 12 seconds."""
    seconds = int(abs(delta).total_seconds())
    if seconds >= 2 * 86400:
        n = seconds // 86400
        return ngettext("%(n)d day", "%(n)d days", n) % {"n": n}
    if seconds >= 2 * 3600:
        n = seconds // 3600
        return ngettext("%(n)d hour", "%(n)d hours", n) % {"n": n}
    if seconds >= 120:
        n = seconds // 60
        return ngettext("%(n)d minute", "%(n)d minutes", n) % {"n": n}
    return ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}


@register.filter
def ago(at: datetime | None) -> str:
    """How long ago (or ahead) a moment is: “3 days ago”, “in 2 hours”, “just now”."""
    if at is None:
        return ""
    delta = at - timezone.now()
    if abs(delta) < timedelta(seconds=10):
        return _("just now")
    words = _("in %(span)s") if delta > timedelta(0) else _("%(span)s ago")
    return words % {"span": _span(delta)}


@register.filter
def time_left(at: datetime | None) -> str:
    """What is left until a deadline, or how long ago it passed: “3 days left”, “2 hours over”."""
    if at is None:
        return ""
    delta = at - timezone.now()
    words = _("%(span)s left") if delta > timedelta(0) else _("%(span)s over")
    return words % {"span": _span(delta)}


@register.filter
def moment(at: datetime | None) -> str:
    """The absolute time in the server's zone, `2027-02-06 17:00`, with seconds only where they are not zero."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    return local.strftime("%Y-%m-%d %H:%M:%S" if local.second else "%Y-%m-%d %H:%M")


@register.filter
def day(at: datetime | None) -> str:
    """The date alone, in the server's zone."""
    return timezone.localtime(at).strftime("%Y-%m-%d") if at else ""


@register.filter
def urgency(at: datetime | None) -> str:
    """`over`, `soon` (within a day, counted live), `near` (within three days) or empty."""
    if at is None:
        return ""
    delta = at - timezone.now()
    if delta <= timedelta(0):
        return "over"
    if delta <= LIVE_COUNTDOWN:
        return "soon"
    return "near" if delta <= 3 * LIVE_COUNTDOWN else ""


@register.simple_tag
def server_now() -> str:
    """The server's clock in ISO 8601: what the browser's countdown is set by."""
    return timezone.now().isoformat()


# Numbers


def _decimal(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


@register.filter
def yuan(value: Any) -> str:
    """Exact yuan with thousands separators: `20,000,000.00 元`, without empty fen."""
    amount = _decimal(value)
    if amount is None:
        return ""
    places = 0 if amount == amount.to_integral_value() else 2
    return _("%(amount)s yuan") % {"amount": f"{amount:,.{places}f}"}


@register.filter
def wan(value: Any) -> str:
    """Money as people say it: `2,000 万元` in Chinese, exact yuan in other languages. Input in yuan.

    Grouped by three, as accounts are, where Django would group Chinese numbers by four.
    """
    amount = _decimal(value)
    if amount is None:
        return ""
    if not (get_language() or "").startswith("zh") or abs(amount) < YUAN_PER_WAN:
        return yuan(value)
    tens = f"{(amount / YUAN_PER_WAN).quantize(Decimal('0.01'), ROUND_HALF_UP):,.2f}"
    return _("%(amount)s ten thousand yuan") % {"amount": tens.rstrip("0").rstrip(".")}


@register.filter
def grouped(count: int) -> str:
    """A count with its thousands parted: `1,939`."""
    return f"{count:,}"


@register.filter
def short_hash(value: str | bytes | None) -> str:
    """The first eight characters of a hash, as it is shown in a line."""
    text = value.hex() if isinstance(value, bytes) else (value or "")
    return text[:8]


# Forms


@register.filter
def control(field: BoundField) -> SafeString:
    """A form field's widget with the frame's classes; Django adds `aria-describedby` and `aria-invalid`."""
    widget = field.field.widget
    if isinstance(widget, CheckboxInput):
        name = "form-check-input"
    elif isinstance(widget, (RadioSelect, CheckboxSelectMultiple)):
        name = ""
    elif isinstance(widget, Select):
        name = "form-select"
    else:
        name = "form-control"
    given = widget.attrs.get("class", "")
    classes = " ".join(part for part in (given, name, "is-invalid" if field.errors else "") if part)
    return field.as_widget(attrs={"class": classes} if classes else {})


@register.filter
def control_kind(field: BoundField) -> str:
    """`check`, `choices`, `file` or `text`: how the part lays the field out."""
    widget = field.field.widget
    if isinstance(widget, CheckboxInput):
        return "check"
    if isinstance(widget, (RadioSelect, CheckboxSelectMultiple)):
        return "choices"
    return "file" if isinstance(widget, FileInput) else "text"


# People


@register.filter
def initial(name: str) -> str:
    """The one character that stands for a person or an organisation: a surname, or a first letter."""
    return (name or "·").strip()[:1].upper()
