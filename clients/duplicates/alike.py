"""Who in the file looks like what somebody is typing."""

from dataclasses import dataclass
from typing import Any

from clients.models import Client, DuplicatePair
from clients.models.client import PlainCode, PlainPhone
from crm.lib.sql import rows

Reason = DuplicatePair.Reason
SHOWN = 5
ALIKE_NAME, ALIKE_BOTH = "0.60", "0.50"  # names without an address must be more alike than names with a like one


@dataclass(frozen=True)
class Alike:
    """A client in sight that may be the same, and why."""

    client: Client
    reasons: list[str]

    @property
    def words(self) -> str:
        """The reasons, for people."""
        return "、".join(str(Reason(reason).label) for reason in self.reasons)


def alike(
    user: Any, *, code: str = "", phone: str = "", name: str = "", address: str = "", unit: int = 0, but: int = 0
) -> tuple[list[Alike], int]:
    """Clients of the organisation that may be the one being typed: those in sight, and the number of the others."""
    found: dict[int, list[str]] = {}
    for reason, ids in (
        (Reason.CODE, _same(user, PlainCode, "code", code)),
        (Reason.PHONE, _same(user, PlainPhone, "phone", phone)),
        (Reason.NAME, _same_name(user, name, unit)),
        (Reason.LIKENESS, _like(user, name, address, unit)),
    ):
        for pk in ids:
            if pk != but and not (reason == Reason.LIKENESS and pk in found):
                found.setdefault(pk, []).append(reason)
    seen = Client.objects.visible_to(user).filter(pk__in=found).select_related("org", "owner")
    clients = sorted(seen, key=lambda client: -len(found[client.pk]))
    return [Alike(client, found[client.pk]) for client in clients[:SHOWN]], len(found) - len(clients)


def _same(user: Any, plain: Any, field: str, value: str) -> list[int]:
    text = value.strip().replace("\0", "")
    if len(text) < 3:
        return []
    return _ids(
        f"""
        SELECT id FROM clients_client
        WHERE organisation_id = %s AND is_active AND {field} <> '' AND {plain.function}({field}) = {plain.function}(%s)
          AND {plain.function}(%s) <> '' LIMIT 20
        """,
        [user.organisation_id, text, text],
    )


def _same_name(user: Any, name: str, unit: int) -> list[int]:
    if len(name.strip()) < 2:
        return []
    return _ids(
        """
        SELECT id FROM clients_client WHERE organisation_id = %s AND org_id = %s AND is_active
          AND zf_plain_name(name) = zf_plain_name(%s) LIMIT 20
        """,
        [user.organisation_id, unit, name.replace("\0", "")],
    )


def _like(user: Any, name: str, address: str, unit: int) -> list[int]:
    """Alike names in the unit; where both addresses are known they have to be alike as well."""
    if len(name.strip()) < 2:
        return []
    return _ids(
        rf"""
        SELECT id FROM (
            SELECT id, address <> '' AND %(address)s <> '' AS comparable,
                   zf_likeness(zf_pairs(name), zf_pairs(%(name)s)) AS names,
                   CASE WHEN regexp_replace(address, '\D', '', 'g') = regexp_replace(%(address)s, '\D', '', 'g')
                        THEN zf_likeness(zf_pairs(address), zf_pairs(%(address)s)) ELSE 0 END AS addresses
            FROM clients_client WHERE organisation_id = %(organisation)s AND org_id = %(unit)s AND is_active
        ) AS c
        WHERE names >= CASE WHEN comparable THEN {ALIKE_BOTH} ELSE {ALIKE_NAME} END
          AND (NOT comparable OR names + addresses >= 1.3)
        ORDER BY names DESC, id LIMIT 5
        """,
        {
            "organisation": user.organisation_id,
            "unit": unit,
            "name": name.replace("\0", ""),
            "address": address.replace("\0", ""),
        },
    )


def _ids(query: str, params: Any) -> list[int]:
    return [row["id"] for row in rows(query, params)]
