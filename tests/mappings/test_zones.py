"""Zendesk's names of time zones, each of which must be one of the time zone database."""

from zoneinfo import ZoneInfo

import pytest

from mappings.zones import find_zone

KNOWN = {
    "Europe/Berlin": "Europe/Berlin",
    "Berlin": "Europe/Berlin",
    "London": "Europe/London",
    "Edinburgh": "Europe/London",
    "Eastern Time (US & Canada)": "America/New_York",
    "eastern time  (us & canada)": "America/New_York",
    "Pacific Time (US & Canada)": "America/Los_Angeles",
    "Mexico City": "America/Mexico_City",
    "Hong Kong": "Asia/Hong_Kong",
    "Kuala Lumpur": "Asia/Kuala_Lumpur",
    "Istanbul": "Europe/Istanbul",
    "Samoa": "Pacific/Apia",
    "UTC": "UTC",
}


@pytest.mark.parametrize(("name", "zone"), KNOWN.items())
def test_a_zone_is_found_by_the_name_that_zendesk_has_for_it(name: str, zone: str) -> None:
    assert find_zone(name) == zone


@pytest.mark.parametrize(
    "name",
    """International Date Line West;Midway Island;American Samoa;Hawaii;Alaska;Tijuana;Arizona;Chihuahua;Mazatlan
    Mountain Time (US & Canada);Central Time (US & Canada);Saskatchewan;Guadalajara;Monterrey;Central America
    Indiana (East);Bogota;Lima;Quito;Atlantic Time (Canada);Caracas;La Paz;Santiago;Newfoundland;Brasilia;Buenos Aires
    Montevideo;Georgetown;Puerto Rico;Greenland;Mid-Atlantic;Azores;Cape Verde Is.;Dublin;Lisbon;Casablanca;Monrovia
    Belgrade;Bratislava;Budapest;Ljubljana;Prague;Sarajevo;Skopje;Warsaw;Zagreb;Brussels;Copenhagen;Madrid;Paris
    Amsterdam;Bern;Zurich;Rome;Stockholm;Vienna;West Central Africa;Bucharest;Cairo;Helsinki;Kyiv;Riga;Sofia;Tallinn
    Vilnius;Athens;Minsk;Jerusalem;Harare;Pretoria;Kaliningrad;Moscow;St. Petersburg;Volgograd;Samara;Kuwait;Riyadh
    Nairobi;Baghdad;Tehran;Abu Dhabi;Muscat;Baku;Tbilisi;Yerevan;Kabul;Ekaterinburg;Islamabad;Karachi;Tashkent;Chennai
    Kolkata;Mumbai;New Delhi;Kathmandu;Dhaka;Sri Jayawardenepura;Almaty;Astana;Novosibirsk;Rangoon;Bangkok;Hanoi
    Jakarta;Krasnoyarsk;Beijing;Chongqing;Urumqi;Singapore;Taipei;Perth;Irkutsk;Ulaanbaatar;Seoul;Osaka;Sapporo;Tokyo
    Yakutsk;Darwin;Adelaide;Canberra;Melbourne;Sydney;Brisbane;Hobart;Vladivostok;Guam;Port Moresby;Magadan
    Srednekolymsk;Solomon Is.;New Caledonia;Fiji;Kamchatka;Marshall Is.;Auckland;Wellington;Nuku'alofa;Tokelau Is.
    Chatham Is.""".replace("\n", ";").split(";"),
)
def test_every_zone_that_zendesk_offers_is_one_of_the_database(name: str) -> None:
    zone = find_zone(name.strip())
    assert zone is not None
    assert ZoneInfo(zone).key == zone


def test_an_unknown_name_is_no_zone() -> None:
    assert find_zone("Middle Earth") is None
    assert find_zone("") is None
