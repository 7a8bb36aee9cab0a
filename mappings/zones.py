"""Time zones by the names that Zendesk has for them: "Berlin", "Pacific Time (US & Canada)"."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from zoneinfo import available_timezones

_IRREGULAR: Mapping[str, str] = MappingProxyType(
    {
        "international date line west": "Etc/GMT+12",
        "midway island": "Pacific/Midway",
        "american samoa": "Pacific/Pago_Pago",
        "hawaii": "Pacific/Honolulu",
        "alaska": "America/Juneau",
        "pacific time (us & canada)": "America/Los_Angeles",
        "mountain time (us & canada)": "America/Denver",
        "arizona": "America/Phoenix",
        "central time (us & canada)": "America/Chicago",
        "saskatchewan": "America/Regina",
        "guadalajara": "America/Mexico_City",
        "central america": "America/Guatemala",
        "eastern time (us & canada)": "America/New_York",
        "indiana (east)": "America/Indiana/Indianapolis",
        "quito": "America/Guayaquil",
        "atlantic time (canada)": "America/Halifax",
        "newfoundland": "America/St_Johns",
        "brasilia": "America/Sao_Paulo",
        "buenos aires": "America/Argentina/Buenos_Aires",
        "georgetown": "America/Guyana",
        "greenland": "America/Nuuk",
        "mid-atlantic": "Atlantic/South_Georgia",
        "cape verde is.": "Atlantic/Cape_Verde",
        "edinburgh": "Europe/London",
        "bern": "Europe/Zurich",
        "west central africa": "Africa/Algiers",
        "kyiv": "Europe/Kiev",
        "pretoria": "Africa/Johannesburg",
        "st. petersburg": "Europe/Moscow",
        "abu dhabi": "Asia/Dubai",
        "ekaterinburg": "Asia/Yekaterinburg",
        "islamabad": "Asia/Karachi",
        "chennai": "Asia/Kolkata",
        "mumbai": "Asia/Kolkata",
        "new delhi": "Asia/Kolkata",
        "sri jayawardenepura": "Asia/Colombo",
        "astana": "Asia/Almaty",
        "hanoi": "Asia/Bangkok",
        "beijing": "Asia/Shanghai",
        "osaka": "Asia/Tokyo",
        "sapporo": "Asia/Tokyo",
        "solomon is.": "Pacific/Guadalcanal",
        "new caledonia": "Pacific/Noumea",
        "marshall is.": "Pacific/Majuro",
        "wellington": "Pacific/Auckland",
        "nuku'alofa": "Pacific/Tongatapu",
        "tokelau is.": "Pacific/Fakaofo",
        "chatham is.": "Pacific/Chatham",
        "samoa": "Pacific/Apia",
    }
)
"""Those that are no city of the time zone database (Zendesk API reference, schedules; they are those of Rails)."""


def find_zone(name: str) -> str | None:
    """The name in the time zone database, "Europe/Berlin", for what Zendesk calls a zone; None for an unknown one."""
    bare = " ".join(name.split())
    if bare in available_timezones():
        return bare
    folded = bare.casefold()
    return _IRREGULAR.get(folded) or _list_cities().get(folded)


@cache
def _list_cities() -> Mapping[str, str]:
    """The zones by their cities; where two have one city they are two names of one zone."""
    zones = sorted(zone for zone in available_timezones() if zone.count("/") == 1)
    return {zone.partition("/")[2].replace("_", " ").casefold(): zone for zone in zones}
