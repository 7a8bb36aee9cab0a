"""Every page and order in a real Chromium: with and without scripts, wide and narrow, light and dark, and for axe."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.dashboard.pages import serve_dashboard
from tests.dashboard.story import HOSTILE, OPERATOR, PLAN, REFUSED, VIEWER, Played
from tests.dashboard.test_orders import list_events
from tests.dashboard.test_pages import PAGES, find_escalation
from worker.core.assessment import Severity
from worker.store.database import Database
from worker.store.escalations import change_escalation
from worker.store.subjects import SubjectKind

pytestmark = pytest.mark.slow

CHROMIUM = shutil.which("chromium")
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
LOOKS = [
    pytest.param(
        {"viewport": size, "color_scheme": scheme, "java_script_enabled": scripts},
        id=f"{name}-{scheme}-{'scripts' if scripts else 'plain'}",
    )
    for name, size in (("wide", WIDE), ("narrow", NARROW))
    for scheme in ("light", "dark")
    for scripts in (True, False)
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no chromium here; install it with: apt-get install chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def url(played_copy: Played) -> Iterator[str]:
    with serve_dashboard(played_copy) as address:
        yield address


def open_page(browser: Browser, url: str, credentials: str = OPERATOR, **options: Any) -> tuple[Page, list[str]]:
    """A page of somebody who logged in, and what went wrong on it so far."""
    context: BrowserContext = browser.new_context(**options)
    page, troubles = context.new_page(), list[str]()
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("dialog", lambda dialog: troubles.append(f"dialog {dialog.message}"))
    page.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
    page.on("request", lambda sent: troubles.append(sent.url) if not sent.url.startswith(url) else None)
    name, _, password = credentials.partition(":")
    page.goto(f"{url}/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    return page, troubles


def list_pages(played: Played) -> list[str]:
    return [*(path for path in PAGES if path != "/find?q=zzz"), f"/escalations/{find_escalation(played)}"]


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_fits_and_runs_nothing_strange(
    browser: Browser, url: str, played_copy: Played, look: dict[str, Any]
) -> None:
    page, troubles = open_page(browser, url, **look)
    for path in list_pages(played_copy):
        answer = page.goto(url + path)
        assert answer is not None
        assert answer.status == 200
        assert "pwned" not in page.title().split("·")[-1]
        assert page.locator("h1").count() == 1
        for details in page.locator("details").all():
            details.evaluate("each => each.open = true")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= look["viewport"]["width"], f"{path} is {wide} wide"
    assert troubles == []


@pytest.mark.parametrize(("size", "scheme"), [(WIDE, "light"), (WIDE, "dark"), (NARROW, "light"), (NARROW, "dark")])
def test_axe_finds_nothing_serious(
    browser: Browser, url: str, played_copy: Played, size: dict[str, int], scheme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415 - reads its script when imported

    page, _ = open_page(browser, url, viewport=size, color_scheme=scheme, bypass_csp=True)
    found = []
    for path in ("/login", *list_pages(played_copy)):
        page.goto(url + path)
        for details in page.locator("details").all():
            details.evaluate("each => each.open = true")
        for violation in Axe().run(page).response["violations"]:
            if violation["impact"] in {"serious", "critical"}:
                nodes = [node["html"][:120] for node in violation["nodes"][:3]]
                found.append((path, violation["id"], nodes))
    assert found == []


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_orders_are_given_with_the_mouse_and_the_keyboard(
    browser: Browser, url: str, played_copy: Played, scripts: bool
) -> None:
    name = find_escalation(played_copy)
    page, troubles = open_page(browser, url, viewport=NARROW, java_script_enabled=scripts)
    page.goto(f"{url}/escalations/{name}")
    page.get_by_text("Put a clock to sleep").click()
    page.locator("#snooze-lasting").fill("6h")
    page.locator("#snooze-reason").fill("they asked for a day")
    page.get_by_role("button", name="Let it sleep").click()
    assert page.get_by_role("status").inner_text().startswith("The clock sleeps")
    page.get_by_text("Add a lesson").focus()
    page.keyboard.press("Enter")
    page.locator("#lesson").fill("a row limit in the export")
    page.locator("#lesson").press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("a row limit in the export").wait_for()
    page.get_by_text("Take back into support").click()
    page.locator("#deescalate-reason").fill("the customer found a way around")
    page.get_by_role("button", name="Take it back").click()
    assert list_events(played_copy, SubjectKind.ESCALATION, name)[-1]["order"] == "stand_down"
    page.goto(f"{url}/tickets/510")
    page.get_by_text("Escalate it, whatever the rules say").click()
    page.locator("#target").select_option("product")
    page.locator("#escalate-reason").fill("a partner asks")
    page.get_by_role("button", name="Escalate it").click()
    assert list_events(played_copy, SubjectKind.TICKET, "510")[-1]["target"] == "product"
    page.goto(f"{url}/patterns/9001")
    page.get_by_text("Split some tickets off").click()
    page.get_by_label("#9002").check()
    page.locator("#split-reason").fill("another screen")
    page.get_by_role("button", name="Split them off").click()
    assert page.get_by_role("status").inner_text().startswith("The verdict is given")
    page.goto(f"{url}/ops/letters/ticket:{REFUSED}")
    page.get_by_role("button", name="Replay").click()
    assert page.get_by_role("status").inner_text().startswith("It is tried again")
    page.goto(f"{url}/ops")
    page.get_by_role("link", name=PLAN, exact=True).click()
    page.get_by_text("Pause it").first.click()
    page.locator("#pause-reason").fill("the desk is busy")
    page.get_by_role("button", name="Pause it").click()
    assert page.get_by_role("status").inner_text().startswith("Done.")
    assert page.get_by_text("Let it run on").count() > 0
    page.get_by_role("button", name="Log out").click()
    assert page.get_by_role("button", name="Log in").count() == 1
    assert troubles == []


def test_a_form_that_somebody_was_faster_with_loses_no_word(browser: Browser, url: str) -> None:
    one, _ = open_page(browser, url)
    two, _ = open_page(browser, url)
    for page in (one, two):
        page.goto(f"{url}/ops/letters/ticket:{REFUSED}")
    one.get_by_role("button", name="Replay").click()
    two.get_by_text("Give it up").click()
    two.locator("#drop-reason").fill("not needed any more")
    two.get_by_role("button", name="Drop").click()
    assert "this has changed since you opened the page" in two.get_by_role("alert").first.inner_text()
    assert two.locator("#drop-reason").input_value() == "not needed any more"


def test_a_stale_form_shows_what_changed_and_can_be_sent_again(
    browser: Browser, url: str, played_copy: Played
) -> None:
    name = find_escalation(played_copy)
    page, _ = open_page(browser, url)
    page.goto(f"{url}/escalations/{name}")
    database = Database(played_copy.settings.database_url.get_secret_value())
    with database, database.transaction() as connection:
        change_escalation(connection, name, played_copy.now, severity=Severity.CRITICAL)
    page.get_by_text("Take back into support").click()
    page.locator("#deescalate-reason").fill("it can wait")
    page.get_by_role("button", name="Take it back").click()
    assert "Nothing was done" in page.get_by_role("alert").first.inner_text()
    assert page.locator("#deescalate-reason").input_value() == "it can wait"
    page.get_by_role("button", name="Take it back").click()
    assert list_events(played_copy, SubjectKind.ESCALATION, name)[-1]["reason"] == "it can wait"


def test_the_page_keeps_itself_up_to_date_unless_somebody_writes(browser: Browser, url: str) -> None:
    page, troubles = open_page(browser, url)
    page.clock.install()
    page.goto(f"{url}/")
    before = page.locator("main time[data-near]").first.inner_text()
    with page.expect_request(lambda sent: sent.headers.get("x-refresh") == "1"):
        page.clock.run_for(61_000)
    assert before != ""
    assert troubles == []


def test_a_viewer_has_nothing_to_press(browser: Browser, url: str, played_copy: Played) -> None:
    page, _ = open_page(browser, url, VIEWER)
    page.goto(f"{url}/escalations/{find_escalation(played_copy)}")
    assert page.locator("main button, main textarea").count() == 0
    page.goto(f"{url}/tickets/{HOSTILE}")
    assert page.locator("main button").count() == 0
