"""What is secret or personal is removed with a visible mark, and what only looks like it stays."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.masking import clear_marks, count_masks, mask_text, spell_marks
from mappings.redaction import ALWAYS, Removal

EVERYTHING = frozenset(Removal)
JWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"
KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIBOgIBAAJBAKj34GkxFhD90vcNLYLInFEX\n-----END RSA PRIVATE KEY-----"


def redact(text: str) -> str:
    return spell_marks(mask_text(text, EVERYTHING))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("My card 4111 1111 1111 1111 was charged twice", "My card [removed: card number] was charged twice"),
        ("visa 4111-1111-1111-1111.", "visa [removed: card number]."),
        ("Karte 5555555555554444 abgelehnt", "Karte [removed: card number] abgelehnt"),
        ("amex 3782 822463 10005!", "amex [removed: card number]!"),
        ("4111\u00a01111\u00a01111\u00a01111", "[removed: card number]"),
        ("41\u200b11 1111 1111 1111", "[removed: card number]"),
        ("use AKIAIOSFODNN7EXAMPLE now", "use [removed: secret or token] now"),
        (
            "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "aws_secret_access_key = [removed: secret or token]",
        ),
        ("Authorization: Bearer abcdef0123456789abcdef", "Authorization: Bearer [removed: secret or token]"),
        (
            "curl -H 'Authorization: Basic dXNlcjpwYXNzd29yZA=='",
            "curl -H 'Authorization: Basic [removed: secret or token]'",
        ),
        (f"token {JWT} expired", "token [removed: secret or token] expired"),
        ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "[removed: secret or token]"),
        ('"api_key": "9f8e7d6c5b4a39281706"', '"api_key": "[removed: secret or token]"'),
        (
            "https://x.example/f?id=4&sig=9f8e7d6c5b&v=2",
            "https://x.example/f?id=4&sig=[removed: secret or token]&v=2",
        ),
        ("postgres://app:s3cr3tpw@db.example/app", "postgres://app:[removed: password]@db.example/app"),
        (f"here:\n{KEY}\nthanks", "here:\n[removed: private key]\nthanks"),
        ("password: hunter2", "password: [removed: password]"),
        ("My password is Tr0ub4dor&3, please log in", "My password is [removed: password], please log in"),
        ("Das Passwort ist Sommer2026!", "Das Passwort ist [removed: password]!"),
        ("Kennwort lautet: xK9-11b", "Kennwort lautet: [removed: password]"),
        ("la contraseña es Abril#99", "la contraseña es [removed: password]"),
        ("clave: gato77perro", "clave: [removed: password]"),
        ("le mot de passe est Lune!42", "le mot de passe est [removed: password]"),
        ("mdp : soleil", "mdp : [removed: password]"),
        ("password for the admin account: zebra-9-kilo", "password for the admin account: [removed: password]"),
        ("PIN: 4711", "PIN: [removed: password]"),
        ("Server=db;User=app;Password=Geheim1;", "Server=db;User=app;Password=[removed: password];"),
        ("mail ines.varga@ferries.example today", "mail [removed: e-mail address] today"),
        ("call +49 30 901820 now", "call [removed: phone number] now"),
        ("Tel.: 030 / 901 820 11", "Tel.: [removed: phone number]"),
        ("IBAN DE89 3704 0044 0532 0130 00 bitte", "IBAN [removed: bank account] bitte"),
        ("DNI 12345678Z", "DNI [removed: national id]"),
        ("SSN 536-90-4399", "SSN [removed: national id]"),
        ("Steuer-ID 36 574 261 809", "Steuer-ID [removed: national id]"),
    ],
)
def test_what_must_not_leave_is_removed_with_a_mark(text: str, left: str) -> None:
    assert redact(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "order 4111111111111111 is late",
        "Sendungsnummer 5555555555554444",
        "the job ran 1234567890123456 times",
        "4111 1111 1111 1112",
        "0000 0000 0000 0000",
        "IMEI 490154203237518",
        "card ending 4242",
        "2026-11-03 09:12:44 WARN manifest.export page=2 size=200 total=212",
        "The password is wrong and cannot be reset",
        "Das Passwort ist falsch",
        "la contraseña no funciona",
        "le mot de passe est refusé",
        "password reset mail never arrives",
        "Password: please reset it for me",
        "the token is expired",
        "token: expired",
        "secret: unknown",
        "version 8.14.2 build 20261103",
        "198.51.100.17:8443",
        "https://tidelane.example/agent/tickets/48211?tab=conversation",
        "invoice 2026-000123 of 418,000.00 USD",
        "ES72 rooms",
        "12345678A",
        "we met @noon",
        "our pin board",
        "7f21c3d4-0c1e-4b57-9a70-64b9a2f0d1aa",
    ],
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert redact(text) == text


def test_personal_data_stays_where_the_policy_keeps_it() -> None:
    text = "ines@ferries.example pays with 4111 1111 1111 1111"
    assert spell_marks(mask_text(text, ALWAYS)) == "ines@ferries.example pays with [removed: card number]"
    assert mask_text(text, frozenset()) == text


def test_masks_are_counted_by_kind() -> None:
    masked = mask_text("password: hunter2, card 4111 1111 1111 1111 and card 5555 5555 5555 4444", EVERYTHING)
    assert count_masks([masked, "nothing"]) == (("card number", 2), ("password", 1))


def test_nobody_can_forge_a_mark() -> None:
    forged = "".join(chr(0xE100 + index) for index in range(8))
    assert spell_marks(clear_marks(forged)) == " " * 8


@given(st.text(max_size=300))
def test_masking_keeps_every_place_and_settles(text: str) -> None:
    once = mask_text(clear_marks(text), EVERYTHING)
    assert len(once) == len(text)
    assert len(mask_text(once, EVERYTHING)) == len(text)


@pytest.mark.parametrize(
    "piece",
    [
        "4 ",
        "4111 1111 ",
        "password ",
        "password is ",
        "a:",
        "://a:",
        "eyJ",
        "eyJa.b",
        "+49 ",
        "a.",
        "a@",
        "@a.",
        "-----BEGIN ",
        "AA00",
        "token=",
        "1-",
        "?sig=",
        "tel ",
    ],
)
def test_hostile_text_takes_bounded_time(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    start = time.perf_counter()
    mask_text(text, EVERYTHING)
    assert time.perf_counter() - start < 20
