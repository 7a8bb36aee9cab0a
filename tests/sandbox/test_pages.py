"""The pages for people: what they show, and that nothing hostile runs on them."""

import re

import pytest
import requests

from connectors.sandbox.server import Sandbox
from tests.sandbox.conftest import CUSTOMER, Api, make_document, make_fields, make_record

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def get(url: str) -> requests.Response:
    return requests.get(url, timeout=10)


@pytest.fixture(autouse=True)
def loaded(box: Sandbox) -> None:
    box.zendesk.load_records([make_record(501, subject=f"Kiln {EVIL}"), make_record(502)])


def test_the_ticket_page_tells_notes_from_replies(box: Sandbox, zendesk: Api) -> None:
    note = {"html_body": f"<h3>Escalated</h3>{EVIL}", "public": False}
    zendesk(
        "PUT", "/tickets/501", json={"ticket": {"comment": note, "custom_fields": [{"id": 900105, "value": "ENG-1"}]}}
    )
    box.zendesk.set_sla(501, "next_reply_time", breach_in_s=-5400)
    page = get(f"{box.zendesk_url}/agent/tickets/501")
    assert page.status_code == 200
    assert page.text.count('class="card comment note"') == 1
    assert "<h3>Escalated</h3>" in page.text
    for shown in ("Internal note", "Public reply", "Jira issue", "ENG-1", "breached 1 h ago", "Potters Row"):
        assert shown in page.text


def test_no_script_and_no_handler_reaches_a_page(box: Sandbox, zendesk: Api, jira: Api) -> None:
    zendesk("PUT", "/tickets/501", json={"ticket": {"comment": {"html_body": EVIL, "public": False}}})
    box.zendesk.add_comment(501, author_id=CUSTOMER, body=EVIL)
    fields = make_fields(summary=EVIL, description=make_document(EVIL), labels=["<b>"])
    key = jira("POST", "/issue", json={"fields": fields}).json()["key"]
    link = {"globalId": "g", "object": {"url": "javascript:alert(3)", "title": EVIL}}
    jira("POST", f"/issue/{key}/remotelink", json=link)
    paths = ("/agent", "/agent/tickets/501")
    urls = [f"{box.zendesk_url}{path}" for path in paths] + [f"{box.jira_url}/", f"{box.jira_url}/browse/{key}"]
    for url in urls:
        page = get(url)
        assert page.status_code == 200
        assert not re.search(r"<script|<img|javascript:", page.text), url
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_the_issue_page_works_on_the_issue(box: Sandbox, jira: Api) -> None:
    key = jira("POST", "/issue", json={"fields": make_fields(labels=["escalation"])}).json()["key"]
    page = f"{box.jira_url}/browse/{key}"
    account = "712020:00000000-0000-4000-8000-0000000000a1"
    for action, form in (
        ("assignee", {"account": account}),
        ("priority", {"priority": "1"}),
        ("comment", {"body": "On it"}),
        ("transition", {"to": "41", "resolution": "10001"}),
    ):
        assert requests.post(f"{page}/{action}", data=form, timeout=10, allow_redirects=False).status_code == 303
    text = get(page).text
    for shown in ("Marit Solheim", "Highest", "On it", "Won&#39;t Do", "escalation", "Something broke."):
        assert shown in text
    assert requests.post(f"{page}/priority", data={"priority": "9"}, timeout=10).status_code == 400


def test_replies_come_from_the_page_but_not_from_another_site(box: Sandbox) -> None:
    url = f"{box.zendesk_url}/agent/tickets/502"
    form = {"as": "customer", "body": "Still broken"}
    foreign = requests.post(f"{url}/reply", data=form, headers={"Origin": "https://evil.example"}, timeout=10)
    assert foreign.status_code == 403
    requests.post(f"{url}/reply", data=form, headers={"Origin": box.zendesk_url}, timeout=10)
    comments = box.zendesk.comments(502)
    assert [comment["body"] for comment in comments][-1] == "Still broken"
    assert comments[-1]["author_id"] == CUSTOMER


def test_attachments_download_and_never_show_inline(box: Sandbox, jira: Api) -> None:
    key = jira("POST", "/issue", json={"fields": make_fields()}).json()["key"]
    headers = {"X-Atlassian-Token": "no-check"}
    files = {"file": ("x.html", b"<script>1</script>", "text/html")}
    stored = jira("POST", f"/issue/{key}/attachments", files=files, headers=headers).json()[0]
    answer = get(f"{box.jira_url}/browse/{key}/attachment/{stored['id']}")
    assert (answer.content, answer.headers["Content-Disposition"]) == (b"<script>1</script>", "attachment")
    assert answer.headers["Content-Type"] == "application/octet-stream"


def test_what_does_not_exist_is_named(box: Sandbox) -> None:
    for url in (f"{box.zendesk_url}/agent/tickets/9", f"{box.jira_url}/browse/ENG-9"):
        answer = get(url)
        assert answer.status_code == 404
        assert "was not found" in answer.text


def test_an_old_key_leads_to_the_moved_issue(box: Sandbox, jira: Api) -> None:
    key = jira("POST", "/issue", json={"fields": make_fields()}).json()["key"]
    box.jira.move_issue(key, "SUP")
    assert get(f"{box.jira_url}/browse/{key}").url.endswith("/browse/SUP-1")
