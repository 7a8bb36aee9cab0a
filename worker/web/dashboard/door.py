"""How a request becomes a page or an order: who asks, may they, and what they are told when it fails.

Pages are made on a few threads of their own, so that whatever they wait for holds up no webhook.
"""

import asyncio
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from urllib.parse import parse_qs, quote, urlsplit

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from worker.credentials import check_password
from worker.desk import NotThere, Refused, Stale
from worker.web.body import BodyRefused, read_body
from worker.web.dashboard.limiter import LoginLimiter
from worker.web.dashboard.rendering import MIME_TYPES, read_asset, render_page, render_plain
from worker.web.dashboard.sessions import (
    LONGEST,
    Guest,
    Session,
    close_session,
    is_form_token,
    keep_session,
    make_form_token,
    open_session,
    read_guest,
    read_session,
)
from worker.web.dashboard.visit import BadForm, Elsewhere, NoSuchPage, Page, Room, Visit

_log = structlog.get_logger(__name__)

_T = TypeVar("_T")
PageMaker = Callable[[Connection, Room, Visit], Page]
Actor = Callable[[Room, Visit], str]
Endpoint = Callable[[Request], Awaitable[Response]]

_COOKIE, _LOGIN_COOKIE = "escalator_session", "escalator_login"
_THREADS = 3
_LONGEST_S, _LONGEST_QUERY_S = 8.0, 5.0
_LONGEST_FORM_BYTES, _LONGEST_FORM_S, _MOST_FIELDS = 128 * 1024, 10.0, 1000
_LONGEST_NAME = 255
_LOCAL_PATH = re.compile(r"/(?![/\\])[\w\-./?=&%:,+#~]{0,500}", re.ASCII)
_LOOPBACK = re.compile(r"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?", re.ASCII)
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    """A request as the threads see it; `is_by_hand` unless the page asked for itself anew."""

    token: str
    guest: Guest | None
    path: str
    query: dict[str, str]
    params: dict[str, str]
    is_by_hand: bool
    form: dict[str, tuple[str, ...]]


class _NeedsLogin(Exception):
    """Nobody is logged in."""


class _Forged(Exception):
    """The form did not come from a page of ours."""


class _MayNot(Exception):
    """A viewer wants to act."""


class Door:
    """Answers requests of the dashboard."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._limiter = LoginLimiter(time.monotonic)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="dashboard")

    def close(self) -> None:
        """No page is made any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def show(self, make: PageMaker) -> Endpoint:
        """The endpoint of a page."""

        async def answer(request: Request) -> Response:
            return await self._answer(request, lambda asked: self._show(make, asked))

        return answer

    def act(self, carry_out: Actor, restore: PageMaker) -> Endpoint:
        """The endpoint of an order: it carries it out and sends back to the address that `carry_out` returns.

        When the form cannot be taken, `restore` makes the page that shows it again with what was written.
        """

        async def answer(request: Request) -> Response:
            return await self._answer(request, lambda asked: self._act(carry_out, restore, asked))

        return answer

    async def answer_asset(self, request: Request) -> Response:
        """A static file; browsers may keep it, for its address changes with it."""
        name = request.path_params["name"]
        found = read_asset(name)
        if found is None:
            return self._tell(404, "There is no such file.")
        headers = {"Cache-Control": "public, max-age=31536000, immutable", "Content-Security-Policy": _POLICY}
        return Response(found[0], media_type=MIME_TYPES[name.partition(".")[2]], headers=headers)

    async def show_login(self, request: Request) -> Response:
        """The form for name and password."""
        return self._offer_login(request, to=_find_local(request.query_params.get("to", "/")))

    async def log_in(self, request: Request) -> Response:
        """Opens a session for the right name and password."""
        try:
            form = await _read_form(request)
        except BodyRefused as refused:
            return self._tell(refused.status, "The form is too long, or took too long.")
        name, password = _first(form, "name").strip(), _first(form, "password")
        to, peer = _find_local(_first(form, "to") or "/"), _find_peer(request)
        if not is_form_token(_first(form, "token"), request.cookies.get(_LOGIN_COOKIE, "")):
            problem = "Please log in again: the page was open for too long, or cookies are switched off."
            return self._offer_login(request, to=to, problem=problem, status=403)
        wait = self._limiter.find_wait(name, peer)
        if wait > 0:
            problem = f"Too many wrong passwords. Try again in {wait / 60:.0f} min."
            return self._offer_login(
                request, to=to, problem=problem, status=429, headers={"Retry-After": f"{wait:.0f}"}
            )
        try:
            token = await self._run(partial(self._open, name, password))
        except (SQLAlchemyError, TimeoutError, OSError) as error:
            return self._tell_away(error)
        if token is None:
            self._limiter.note_failure(name, peer)
            _log.warning("login_refused", name=name[:_LONGEST_NAME], peer=peer)
            return self._offer_login(request, to=to, problem="The name or the password is wrong.", status=401)
        self._limiter.note_success(name)
        answer = RedirectResponse(to, status_code=303)
        answer.delete_cookie(_LOGIN_COOKIE, path="/login", httponly=True, samesite="lax")
        _set_cookie(answer, request, _COOKIE, token, seconds=int(LONGEST.total_seconds()))
        return answer

    async def log_out(self, request: Request) -> Response:
        """Ends the session."""
        token = request.cookies.get(_COOKIE, "")
        try:
            form = await _read_form(request)
            if not is_form_token(_first(form, "token"), token) or _is_foreign(request):
                return self._tell(403, "This did not come from a page of the dashboard. Nothing was done.")
            await self._run(partial(self._close, token))
        except BodyRefused as refused:
            return self._tell(refused.status, "The form is too long, or took too long.")
        except (SQLAlchemyError, TimeoutError, OSError) as error:
            return self._tell_away(error)
        answer = RedirectResponse("/login", status_code=303)
        answer.delete_cookie(_COOKIE, path="/", httponly=True, samesite="lax")
        return answer

    async def _answer(self, request: Request, work: Callable[[_Asked], Response]) -> Response:
        form: dict[str, tuple[str, ...]] = {}
        try:
            if request.method == "POST":
                form = await _read_form(request)
            answer = await self._run(partial(work, self._ask(request, form)))
            if isinstance(answer, _WithSession):
                _set_cookie(answer, request, _COOKIE, answer.token, seconds=int(LONGEST.total_seconds()))
        except Exception as problem:  # whatever it is, there is a page that says so
            return self._answer_problem(request, form, problem)
        return answer

    def _answer_problem(  # noqa: PLR0911 - one case per kind
        self, request: Request, form: dict[str, tuple[str, ...]], problem: Exception
    ) -> Response:
        match problem:
            case _NeedsLogin():
                return self._ask_login(request, form)
            case Elsewhere():
                return RedirectResponse(problem.address, status_code=303)
            case _Forged() | _MayNot():
                return self._tell(403, str(problem))
            case NoSuchPage() | NotThere():
                told = "Nothing is kept under that name. It may never have been, or is over."
                return self._tell(404, told, _list_written(form))
            case BodyRefused():
                return self._tell(problem.status, "The form is too long, or took too long.")
            case SQLAlchemyError() | TimeoutError() | OSError():
                return self._tell_away(problem, form)
        _log.error("dashboard_failed", error=type(problem).__name__, exc_info=problem)
        return self._tell(500, "This is a mistake of ours, and it is in the log. Nothing was done.")

    async def _run(self, work: Callable[[], _T]) -> _T:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(_LONGEST_S):
            return await loop.run_in_executor(self._threads, work)

    def _ask(self, request: Request, form: dict[str, tuple[str, ...]]) -> _Asked:
        if request.method == "POST" and _is_foreign(request):
            raise _Forged("This did not come from a page of the dashboard. Nothing was done.")
        return _Asked(
            token=request.cookies.get(_COOKIE, ""),
            guest=read_guest(self._room.proxy, _find_peer(request), request.headers),
            path=request.url.path,
            query={name: value[:200] for name, value in request.query_params.items()},
            params={name: str(value) for name, value in request.path_params.items()},
            is_by_hand="x-refresh" not in request.headers,
            form=form,
        )

    def _show(self, make: PageMaker, asked: _Asked) -> Response:
        with self._room.database.reading(longest_s=_LONGEST_QUERY_S) as connection:
            session = self._find_session(connection, asked)
            if session is not None:
                page = self._make(make, connection, asked, session)
        if session is None:
            return self._welcome(asked)
        if session.wants_touch and asked.is_by_hand:
            with self._room.database.transaction() as connection:
                keep_session(connection, session, self._room.now())
        return page

    def _make(
        self, make: PageMaker, connection: Connection, asked: _Asked, session: Session, **words: object
    ) -> Response:
        visit = self._visit(asked, session)
        made = make(connection, self._room, visit)
        status = int(str(words.get("status", made.status)))
        page = Page(template=made.template, title=made.title, words=dict(made.words) | words, status=status)
        return _spell(render_page(page, self._room, visit), status)

    def _visit(self, asked: _Asked, session: Session) -> Visit:
        return Visit(
            name=session.name,
            role=session.role,
            token=session.form_token,
            now=self._room.now(),
            path=asked.path,
            query=asked.query,
            params=asked.params,
            form=asked.form,
        )

    def _act(self, carry_out: Actor, restore: PageMaker, asked: _Asked) -> Response:
        with self._room.database.reading(longest_s=_LONGEST_QUERY_S) as connection:
            session = self._find_session(connection, asked)
        if session is None:
            raise _NeedsLogin
        if not is_form_token(_first(asked.form, "token"), asked.token):
            raise _Forged("This did not come from a page of the dashboard. Nothing was done.")
        visit = self._visit(asked, session)
        if not visit.may_act:
            raise _MayNot("You may look, and only operators may act. Nothing was done.")
        try:
            return RedirectResponse(carry_out(self._room, visit), status_code=303)
        except Stale as stale:
            return self._restore(restore, asked, session, status=409, changes=stale.changes, problem=None)
        except (BadForm, Refused) as refused:
            return self._restore(restore, asked, session, status=422, changes=(), problem=str(refused))

    def _restore(self, make: PageMaker, asked: _Asked, session: Session, **words: object) -> Response:
        with self._room.database.reading(longest_s=_LONGEST_QUERY_S) as connection:
            return self._make(make, connection, asked, session, **words)

    def _find_session(self, connection: Connection, asked: _Asked) -> Session | None:
        now = self._room.now()
        return read_session(connection, asked.token, accounts=self._room.accounts, guest=asked.guest, now=now)

    def _welcome(self, asked: _Asked) -> Response:
        """A session for whom the proxy names; everybody else is to log in."""
        if asked.guest is None:
            raise _NeedsLogin
        with self._room.database.transaction() as connection:
            token = open_session(connection, asked.guest, self._room.now())
        return _WithSession(_find_local(asked.path), token)

    def _open(self, name: str, password: str) -> str | None:
        account = check_password(self._room.accounts, name, password)
        if account is None:
            return None
        with self._room.database.transaction() as connection:
            return open_session(connection, account, self._room.now())

    def _close(self, token: str) -> None:
        with self._room.database.transaction() as connection:
            close_session(connection, token)

    def _ask_login(self, request: Request, form: dict[str, tuple[str, ...]]) -> Response:
        if self._room.proxy is not None and not self._room.accounts:
            return self._tell(403, "The proxy in front of this page did not say who you are.")
        if request.method != "POST":
            asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            to = _find_local(asked)
            return RedirectResponse("/login" if to == "/" else f"/login?to={quote(to, safe='')}", status_code=303)
        problem = "Your session has ended, and nothing was done. What you wrote is below; log in and paste it."
        written = _list_written(form)
        to = _find_local(_first(form, "back") or "/")
        return self._offer_login(request, to=to, problem=problem, status=401, written=written)

    def _offer_login(
        self,
        request: Request,
        *,
        to: str,
        problem: str = "",
        status: int = 200,
        written: tuple[str, ...] = (),
        headers: dict[str, str] | None = None,
    ) -> Response:
        seed = request.cookies.get(_LOGIN_COOKIE) or secrets.token_urlsafe(24)
        words = {"title": "Log in", "to": to, "problem": problem, "written": written, "token": make_form_token(seed)}
        answer = _spell(render_plain("login.html.j2", words), status, headers)
        _set_cookie(answer, request, _LOGIN_COOKIE, seed, seconds=3600, path="/login")
        return answer

    def _tell(self, status: int, words: str, written: tuple[str, ...] = ()) -> Response:
        titles = {403: "Not allowed", 404: "Not found", 500: "A mistake of ours", 503: "Away for a moment"}
        title = titles.get(status, "That did not work")
        shown = {"title": title, "told": words, "written": written, "status": status}
        return _spell(render_plain("notice.html.j2", shown), status)

    def _tell_away(self, error: Exception, form: dict[str, tuple[str, ...]] | None = None) -> Response:
        """What the database said goes to the log by its kind only, and never onto the page."""
        _log.error("dashboard_unavailable", error=type(error).__name__)
        words = {
            "title": "Away for a moment",
            "told": "The database does not answer. Webhooks are sent again by their senders, and nothing is lost; "
            "try again in a minute. What an operator can do is at /readyz.",
            "written": _list_written(form or {}),
            "status": 503,
        }
        return _spell(render_plain("notice.html.j2", words), 503, {"Retry-After": "30"})


class _WithSession(RedirectResponse):
    """The same address once more, with a session."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(url, status_code=303)
        self.token = token


def _spell(html: str, status: int, headers: dict[str, str] | None = None) -> HTMLResponse:
    return HTMLResponse(html, status_code=status, headers={"Content-Security-Policy": _POLICY, **(headers or {})})


def _set_cookie(answer: Response, request: Request, name: str, value: str, *, seconds: int, path: str = "/") -> None:
    """Over http only on this machine: elsewhere a browser keeps it for https alone."""
    is_local = _LOOPBACK.fullmatch(request.headers.get("host", "")) is not None
    answer.set_cookie(name, value, max_age=seconds, path=path, secure=not is_local, httponly=True, samesite="lax")


async def _read_form(request: Request) -> dict[str, tuple[str, ...]]:
    body = await read_body(request, limit_bytes=_LONGEST_FORM_BYTES, limit_s=_LONGEST_FORM_S)
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise BodyRefused(400, "too_many_fields") from None
    return {name: tuple(values) for name, values in fields.items()}


def _first(form: dict[str, tuple[str, ...]], name: str) -> str:
    return (form.get(name) or ("",))[0]


def _list_written(form: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """What a person wrote into a form, so that a failure does not take it from them."""
    return tuple(text for name in ("reason", "lesson") if (text := _first(form, name).strip()))


def _is_foreign(request: Request) -> bool:
    """True when the browser says that another site's page sent the form."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None and site not in {"same-origin", "none"}:
        return True
    return origin not in {None, "null"} and urlsplit(str(origin)).netloc != request.headers.get("host")


def _find_local(path: str) -> str:
    """The address when it is one of ours; else the front page."""
    return path if _LOCAL_PATH.fullmatch(path) and not path.startswith(("/login", "/logout")) else "/"


def _find_peer(request: Request) -> str:
    return request.client.host if request.client else ""
