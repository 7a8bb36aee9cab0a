"""The address check: what may be configured, and what a pinned session accepts."""

import pytest

from connectors.addresses import parse_address


@pytest.mark.parametrize(
    ("text", "url", "loopback"),
    [
        ("https://acme.zendesk.com", "https://acme.zendesk.com", False),
        ("https://ACME.zendesk.com/", "https://acme.zendesk.com", False),
        (" https://jira.example.com:8443/jira/ ", "https://jira.example.com:8443/jira", False),
        ("https://jira.example.com:443", "https://jira.example.com", False),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080", True),
        ("http://localhost:9/", "http://localhost:9", True),
        ("http://[::1]:9", "http://[::1]:9", True),
        ("https://localhost", "https://localhost", True),
    ],
)
def test_allowed_addresses_are_normalised(text: str, url: str, loopback: bool) -> None:
    address = parse_address(text)
    assert address.url == url
    assert address.is_loopback is loopback


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("http://acme.zendesk.com", "in the clear"),
        ("http://127.0.0.1.evil.example", "in the clear"),
        ("ftp://acme.zendesk.com", "not a web address"),
        ("acme.zendesk.com", "not a web address"),
        ("", "not a web address"),
        ("https://", "not a web address"),
        ("https://bob:secret@acme.zendesk.com", "credentials"),
        ("https://acme.zendesk.com/?x=1", "query"),
        ("https://acme.zendesk.com/#x", "query"),
        ("https://acme.zendesk.com:port", "not a URL"),
    ],
)
def test_other_addresses_are_refused_with_advice(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        parse_address(text)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "covered"),
    [
        ("https://acme.zendesk.com/api/v2/tickets.json?page=2", True),
        ("https://ACME.zendesk.com:443/x", True),
        ("http://acme.zendesk.com/x", False),
        ("https://acme.zendesk.com:8443/x", False),
        ("https://acme.zendesk.com.evil.example/x", False),
        ("https://evil.example/acme.zendesk.com", False),
        ("https://acme.zendesk.com@evil.example/x", False),
        ("https://me@acme.zendesk.com/x", False),
        # The parser that sends reads a backslash as the end of the host, so this one does stay at home.
        ("https://acme.zendesk.com\\@evil.example/x", True),
        ("https://evil.example\\@acme.zendesk.com/x", False),
        ("//acme.zendesk.com/x", False),
        ("/api/v2/tickets", False),
        ("https://[acme.zendesk.com/x", False),
        ("", False),
    ],
)
def test_only_the_same_scheme_host_and_port_are_covered(url: str, covered: bool) -> None:
    assert parse_address("https://acme.zendesk.com").covers(url) is covered


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("api/v2/tickets/1", "https://j.example/jira/api/v2/tickets/1"),
        ("/rest/api/3/issue/A-1", "https://j.example/jira/rest/api/3/issue/A-1"),
        ("/x?y#z w", "https://j.example/jira/x%3Fy%23z%20w"),
    ],
)
def test_a_path_cannot_become_a_query(path: str, url: str) -> None:
    assert parse_address("https://j.example/jira").join(path) == url
