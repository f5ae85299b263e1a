"""Demo data: a tobacco county company and a bank branch with people, clients, visits and journals of some months."""

from typing import Any

from crm.demo.telling import words

PASSWORD = "Zoufang2026!"
SEED = 20260101


def organisation_codes() -> list[str]:
    """The codes of the demo's two organisations."""
    return [cast["code"] for cast in words("cast").values()]


def _logins() -> list[tuple[str, str, str]]:
    cast: dict[str, Any] = words("cast")
    return [
        (f"{organisation['name']} · {person['login']}", person["username"], PASSWORD)
        for organisation in cast.values()
        for person in sorted(organisation["staff"], key=lambda person: _ORDER.index(person["role"]))
        if person.get("login")
    ]


_ORDER = ("am", "supervisor", "hr", "back_office", "admin")

# (role in Chinese, user name, password), one line a role: what `make demo` prints.
LOGINS: list[tuple[str, str, str]] = _logins()
