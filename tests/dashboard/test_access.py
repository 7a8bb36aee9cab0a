"""Who gets in, for how long, and what a stranger's page can make a browser do."""

from datetime import timedelta

import httpx
import pytest

from tests.dashboard.conftest import Open
from tests.dashboard.pages import find_field, log_in, serve_dashboard
from tests.dashboard.story import OPERATOR, VIEWER, Played
from tests.dashboard.test_pages import find_escalation
from worker.credentials import BadCredentials, Role, check_password, check_shape, read_accounts, write_hash
from worker.store.database import Database
from worker.web.dashboard.limiter import LoginLimiter
from worker.web.dashboard.sessions import LONGEST, LONGEST_UNUSED


def test_a_stranger_is_sent_to_the_login_and_on_from_there(open_pages: Open) -> None:
    client = open_pages("")
    answer = client.get("/reports?days=7", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?to=%2Freports%3Fdays%3D7")
    form = client.get(answer.headers["location"]).text
    assert find_field(form, "to") == "/reports?days=7"
    assert log_in(client, OPERATOR, "/reports?days=7").url.path == "/reports"


@pytest.mark.parametrize(
    "to", ["//evil.example", "https://evil.example", "/\\evil.example", "/login", "javascript:x", ""]
)
def test_a_login_leads_to_no_other_site(open_pages: Open, to: str) -> None:
    answer = log_in(open_pages(""), OPERATOR, to)
    assert answer.status_code == 200
    assert answer.url.path == "/"


def test_the_cookie_is_for_this_site_and_no_script(open_pages: Open) -> None:
    client = open_pages("")
    token = find_field(client.get("/login").text, "token")
    sent = {"name": "otto", "password": OPERATOR.partition(":")[2], "token": token}
    answer = client.post("/login", data=sent, follow_redirects=False)
    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith("escalator_session="))
    for part in ("HttpOnly", "SameSite=lax", "Path=/", f"Max-Age={int(LONGEST.total_seconds())}"):
        assert part in cookie
    assert "Secure" not in cookie
    # Elsewhere than on this machine a browser keeps it for https alone.
    client.cookies.clear()
    outside = {"Host": "desk.example"}
    form = client.get("/login", headers=outside)
    assert "Secure" in form.headers["set-cookie"]


@pytest.mark.parametrize("credentials", ["otto:wrong", "nobody:wrong", "vera:an-operating-word", "otto:" + "x" * 900])
def test_a_wrong_password_opens_nothing(open_pages: Open, credentials: str) -> None:
    client = open_pages("")
    answer = log_in(client, credentials)
    assert answer.status_code == 401
    assert "wrong" in answer.text
    assert client.get("/", follow_redirects=False).status_code == 303


def test_after_eight_wrong_passwords_even_the_right_one_waits(open_pages: Open) -> None:
    client = open_pages("")
    assert [log_in(client, "otto:wrong").status_code for _ in range(9)] == [401] * 8 + [429]
    answer = log_in(client, OPERATOR)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 600
    assert log_in(client, VIEWER).status_code == 200


def test_the_limiter_forgets_and_stays_small() -> None:
    clock = [0.0]
    limiter = LoginLimiter(lambda: clock[0])
    for _ in range(8):
        limiter.note_failure("otto", "192.0.2.1")
    assert limiter.find_wait("OTTO", "192.0.2.2") == 600
    clock[0] = 601
    assert limiter.find_wait("otto", "192.0.2.1") == 0
    for number in range(30_000):
        limiter.note_failure(f"name{number}", "192.0.2.9")
    assert len(limiter._failures) <= 10_001
    assert limiter.find_wait("somebody", "192.0.2.9") > 0


def test_logging_out_ends_the_session_for_good(open_copy: Open) -> None:
    client = open_copy()
    kept = dict(client.cookies)
    assert client.post("/logout", data={"token": "wrong"}).status_code == 403
    token = find_field(client.get("/").text, "token")
    assert client.post("/logout", data={"token": token}).url.path == "/login"
    client.cookies.update(kept)
    assert client.get("/", follow_redirects=False).status_code == 303


@pytest.mark.parametrize("later", [LONGEST, LONGEST_UNUSED], ids=["old", "unused"])
def test_a_session_ends_by_itself(played_copy: Played, later: timedelta) -> None:
    times = [played_copy.now]
    with serve_dashboard(played_copy, lambda: times[0]) as url, httpx.Client(base_url=url, timeout=30) as client:
        log_in(client)
        for step in range(1, 30):
            times[0] = played_copy.now + step * timedelta(minutes=30)
            expected = 200 if later is LONGEST and times[0] - played_copy.now <= LONGEST else 303
            if later is LONGEST_UNUSED:
                # What a page does by itself is no use of it.
                expected = 200 if times[0] - played_copy.now <= LONGEST_UNUSED else 303
                assert client.get("/", headers={"X-Refresh": "1"}).status_code == expected
            else:
                assert client.get("/").status_code == expected


def test_a_changed_password_ends_the_sessions_that_the_old_one_opened(played_copy: Played) -> None:
    with serve_dashboard(played_copy) as url, httpx.Client(base_url=url, timeout=30) as client:
        log_in(client)
        cookies = dict(client.cookies)
    for changed, status in ((OPERATOR, 200), ("otto:another-word", 303), ("vera2:x", 303)):
        settings = played_copy.settings.model_copy(
            update={"dashboard_operator": type(played_copy.settings.dashboard_operator)(changed)}
        )  # type: ignore[misc, call-arg]
        with serve_dashboard(Played(settings=settings, now=played_copy.now)) as url:
            assert httpx.get(url, cookies=cookies, timeout=30).status_code == status


def test_the_database_keeps_nothing_that_opens_a_session(open_copy: Open, played_copy: Played) -> None:
    client = open_copy()
    token = client.cookies["escalator_session"]
    with (
        Database(played_copy.settings.database_url.get_secret_value()) as database,
        database.snapshot() as connection,
    ):
        rows = connection.exec_driver_sql("SELECT * FROM sessions").all()
    told = repr(rows)
    assert "otto" in told
    assert token not in told
    assert OPERATOR.partition(":")[2] not in told
    for value in (str(rows[0][0]), "x" * 5000, ""):
        assert httpx.get(client.base_url, cookies={"escalator_session": value}).status_code == 303


def test_an_order_needs_the_page_s_own_form(open_copy: Open, played_copy: Played) -> None:
    client, path = open_copy(), f"/escalations/{find_escalation(played_copy)}"
    page = client.get(path).text
    form = {name: find_field(page, name) for name in ("once", "seen", "back")} | {"reason": "why"}
    real = find_field(page, "token")
    for token in ("", "x", real[:-1]):
        assert client.post(f"{path}/close", data=form | {"token": token}).status_code == 403
    whole = form | {"token": real}
    assert client.post(f"{path}/close", data=whole, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.post(f"{path}/close", data=whole, headers={"Origin": "https://evil.example"}).status_code == 403
    assert client.get(f"{path}/close").status_code == 405
    viewer = open_copy(VIEWER)
    own = find_field(viewer.get("/").text, "token")
    assert viewer.post(f"{path}/close", data=form | {"token": own}).status_code == 403
    assert "Ordered and waiting" not in client.get(path).text
    answer = client.post(f"{path}/close", data=whole, headers={"Sec-Fetch-Site": "same-origin", "Origin": "null"})
    assert answer.status_code == 200
    assert "Ordered and waiting for the worker: close, by otto" in answer.text


def test_an_order_after_the_session_is_not_lost(open_copy: Open, played_copy: Played) -> None:
    path = f"/escalations/{find_escalation(played_copy)}/close"
    form = {"token": "x", "reason": "the customer <called>", "back": path.removesuffix("/close")}
    answer = open_copy("").post(path, data=form)
    assert answer.status_code == 401
    assert "the customer &lt;called&gt;" in answer.text
    assert find_field(answer.text, "to") == path.removesuffix("/close")


def test_a_trusted_proxy_names_its_user_and_nobody_else_does(played_copy: Played) -> None:
    update = {"dashboard_viewer": None, "dashboard_operator": None, "dashboard_user_header": "X-Forwarded-User"}
    trusted = played_copy.settings.model_copy(
        update=update | {"dashboard_proxies": "127.0.0.1", "dashboard_proxy_operators": "olga"}
    )
    path = f"/escalations/{find_escalation(played_copy)}"
    with serve_dashboard(Played(settings=trusted, now=played_copy.now)) as url:
        with httpx.Client(
            base_url=url, follow_redirects=True, headers={"X-Forwarded-User": "olga"}, timeout=30
        ) as olga:
            assert "What to do" in olga.get(path).text
            cookies = dict(olga.cookies)
        with httpx.Client(
            base_url=url, follow_redirects=True, headers={"X-Forwarded-User": "paul"}, timeout=30
        ) as paul:
            assert "What to do" not in paul.get(path).text
        stolen = httpx.get(url + path, cookies=cookies, headers={"X-Forwarded-User": "paul"}, timeout=30)
        assert stolen.status_code == 303  # to a session of his own
        assert httpx.get(url, cookies=cookies, timeout=30).status_code == 403
    strange = trusted.model_copy(update={"dashboard_proxies": "192.0.2.0/24"})
    with serve_dashboard(Played(settings=strange, now=played_copy.now)) as url:
        assert httpx.get(url, headers={"X-Forwarded-User": "olga"}, timeout=30).status_code == 403


@pytest.mark.parametrize("text", ["a:b a:c", "x y", ":b", "a:", "a:scrypt$x", "a:scrypt$AAAA$AAAA"])
def test_credentials_that_are_none_are_refused_without_repeating_them(text: str) -> None:
    with pytest.raises(BadCredentials) as caught:
        check_shape(text)
    assert text not in str(caught.value)


def test_credentials_of_several_people_and_a_hash() -> None:
    accounts = read_accounts(f"ann:one-word ben:{write_hash('another:word')}", Role.VIEWER)
    assert [account.name for account in accounts] == ["ann", "ben"]
    assert "one-word" not in repr(accounts)
    ben = check_password(accounts, "ben", "another:word")
    assert ben is not None
    assert ben.role is Role.VIEWER
    assert check_password(accounts, "ben", "one-word") is None
    assert [one.name for one in read_accounts("just-a-password", Role.OPERATOR)] == ["operator"]
