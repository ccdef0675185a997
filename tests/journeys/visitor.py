"""Somebody with a browser, who notices errors in the console, refused scripts, pages too wide, and what axe finds."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urljoin

from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext, ngettext
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect

from accounts.tasks import deliver_pending

DESK = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
AXE_OPTIONS = {"resultTypes": ["violations"], "preload": False, "rules": {"target-size": {"enabled": True}}}
PATIENCE = 20_000  # milliseconds; a busy machine is no failure

# Told to the console by the page itself, before any other script of it runs.
LISTEN = """addEventListener("securitypolicyviolation",
    (event) => console.error(`CSP ${event.violatedDirective} refused ${event.blockedURI}`));"""

# Whether whoever looks can tell where the focus is: an outline or a shadow, on something with a place on the screen.
FOCUS = """() => {
    const element = document.activeElement, style = getComputedStyle(element), box = element.getBoundingClientRect();
    const drawn = [element, element.parentElement].some((item) => {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(item);
        return (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
    });
    return {
        visible: element === document.body || (drawn && style.visibility === "visible" && box.width > 0),
        html: element.outerHTML.slice(0, 200),
    };
}"""

expect.set_options(timeout=PATIENCE)


def deliver() -> None:
    """What the worker does soon after a step; in a thread of its own, as Playwright keeps an event loop in this one."""

    def work() -> None:
        with closing(connection):
            deliver_pending()

    with ThreadPoolExecutor(1) as worker:
        worker.submit(work).result()


class Visitor:
    """One person at one browser; every page is looked at with `look`, and nothing may have gone wrong by the end."""

    def __init__(
        self,
        browser: Browser,
        url: str,
        user: Any = None,
        *,
        phone: bool = False,
        dark: bool = False,
        language: str = "",
    ) -> None:
        self.url, self.language = url, language or "zh-hans"
        self.context = browser.new_context(
            base_url=url,
            viewport=PHONE if phone else DESK,
            has_touch=phone,
            is_mobile=phone,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
        )
        self.context.set_default_timeout(PATIENCE)
        self.context.add_init_script(LISTEN)
        self.troubles: list[str] = []
        self.expected: tuple[str, ...] = ()
        if user is not None:
            self.sign_in(user)
        if language:
            self.context.add_cookies([{"name": "django_language", "value": language, "url": url}])
        self.page = self.new_tab()

    def sign_in(self, user: Any) -> None:
        """Give the browser a session of this person, where signing in is not what is looked at."""
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        self.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": self.url}])

    def new_tab(self) -> Page:
        """Another tab of the same browser, listened to as well."""
        page = self.context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.troubles.append(f"{page.url}: {error}"))
        page.on("response", lambda answer: self._hear_status(answer.status, answer.url))
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.troubles.append(f"{message.location.get('url', '')}: {message.text}")

    def _hear_status(self, status: int, url: str) -> None:
        if status >= 500:
            self.troubles.append(f"{url}: {status}")

    def go(self, path: str, *, page: Page | None = None) -> None:
        """Open a page of the site and look at it."""
        (page or self.page).goto(urljoin(self.url, path))
        self.look(page)

    def turn(self, *, phone: bool = False, dark: bool = False) -> None:
        """Take the open page to another screen in another light."""
        self.page.set_viewport_size(PHONE if phone else DESK)
        self.page.emulate_media(color_scheme="dark" if dark else "light")

    def look(self, page: Page | None = None, *, within: str = "") -> None:
        """The page that is open: axe finds nothing, nothing is too wide or empty, nothing was complained of."""
        page = page or self.page
        page.wait_for_load_state("load")
        found = Axe().run(page, context=within or None, options=AXE_OPTIONS).response["violations"]
        said = [f"{item['id']}: {item['help']}: {item['nodes'][0]['html'][:200]}" for item in found]
        assert not said, f"axe on {page.url}: {said}"
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{page.url} is {wide} pixels too wide"
        assert page.locator(".notice-title:empty").count() == 0, f"{page.url} has a notice that says nothing"
        assert page.locator("h1").count() == 1, f"{page.url} has {page.locator('h1').count()} main headings"
        self.is_untroubled()

    def is_untroubled(self) -> None:
        """Nothing went wrong so far, but for what belongs to the story."""
        self.troubles = [said for said in self.troubles if not any(re.search(part, said) for part in self.expected)]
        assert not self.troubles, self.troubles

    @contextmanager
    def expecting(self, *patterns: str) -> Iterator[None]:
        """Troubles that belong to the story: a refusal by its status, a lost connection."""
        self.expected = patterns
        yield
        self.is_untroubled()
        self.expected = ()

    # ── the words of the page ──

    def say(self, message: str, **values: object) -> str:
        """A message of the site in this visitor's language."""
        with translation.override(self.language):
            return gettext(message) % values if values else gettext(message)

    def say_count(self, one: str, many: str, n: int) -> str:
        """A message with a number in it."""
        with translation.override(self.language):
            return ngettext(one, many, n) % {"n": n}

    def button(self, message: str, **values: object) -> Locator:
        """The button of that name."""
        return self.page.get_by_role("button", name=self.say(message, **values))

    def link(self, message: str, **values: object) -> Locator:
        """The first link of that name in the main part of the page."""
        return self.page.get_by_role("main").get_by_role("link", name=self.say(message, **values)).first

    def field(self, message: str, **values: object) -> Locator:
        """The first field with that label."""
        return self.page.get_by_label(self.say(message, **values)).first

    def sees(self, text: str) -> None:
        """The main part of the page shows the text."""
        expect(self.page.get_by_role("main").get_by_text(text).first).to_be_visible()

    def sees_not(self, text: str) -> None:
        """The page holds the text nowhere, shown or hidden."""
        assert text not in self.page.content()

    # ── the keyboard ──

    def reach(self, wanted: Locator, *, at_most: int = 80) -> None:
        """Press Tab until the element has the focus; wherever the focus comes to on the way, it can be seen."""
        expect(wanted).to_be_visible()
        for _press in range(at_most):
            self.page.keyboard.press("Tab")
            seen = self.page.evaluate(FOCUS)
            assert seen["visible"], f"the focus cannot be seen on {seen['html']}"
            if wanted.evaluate("(element) => element === document.activeElement"):
                return
        raise AssertionError(f"{wanted} was not reached with {at_most} presses of Tab")
