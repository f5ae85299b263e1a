"""Clients from a file."""

import json
import re
from collections import Counter
from typing import Any

from django.utils.functional import cached_property

from clients import ownership
from clients.imports import region
from clients.imports.staging import Staging
from clients.industry import USUAL_KIND
from clients.models.client import Stage
from clients.names import spelling
from crm.lib import periods
from crm.lib.sql import execute, rows
from people.models import Level, OrgUnit, Profile, User
from people.services import create_unit

TEXT_FIELDS = (
    "name",
    "kind",
    "business_format",
    "market",
    "scale",
    "stage",
    "credit_rating",
    "phone",
    "address",
    "note",
)
OTHER_FIELDS = (
    ("longitude", "double precision"),
    ("latitude", "double precision"),
    ("opened_on", "date"),
    ("is_difficult", "boolean"),
)


class ClientImport(Staging):
    """Rows with a code and a name. An empty cell, or a column that the file lacks, leaves what is there."""

    def layout(self) -> list[tuple[str, str]]:
        return [
            ("code", "text"),
            *((name, "text") for name in TEXT_FIELDS),
            *OTHER_FIELDS,
            ("pinyin", "text"),
            ("attributes", "jsonb"),
            ("unit_key", "text"),
            ("owner_id", "bigint"),
        ]

    # --- Rows ---

    @cached_property
    def grid_place(self) -> int | None:
        """The column whose distinct values become grids."""
        name = self.upload.options.get("grid_column")
        return self.table.header.index(name) if name else None

    @cached_property
    def units(self) -> dict[str, OrgUnit | None]:
        """Code or name → unit of the organisation; None for a name that several have."""
        found: dict[str, OrgUnit | None] = {}
        units = list(OrgUnit.objects.filter(organisation=self.organisation_id, is_active=True))
        for unit in units:
            found[unit.name] = None if unit.name in found else unit
        found.update({unit.code: unit for unit in units})
        return found

    @cached_property
    def owners(self) -> dict[str, int | None]:
        """Employee number or user name, case-folded → id of an account manager at work; None for one of several."""
        return User.objects.managers().filter(unit__organisation=self.organisation_id).by_number()

    @cached_property
    def grids(self) -> dict[str, int | None]:
        """Names in the grid column → id of the unit that is called so; None for a grid to be made."""
        return {}

    @cached_property
    def below(self) -> dict[str, list[OrgUnit]]:
        """Name → units under the organisation that are called so."""
        found: dict[str, list[OrgUnit]] = {}
        for unit in OrgUnit.objects.filter(organisation=self.organisation_id).exclude(parent=None):
            found.setdefault(unit.name, []).append(unit)
        return found

    def _find_grid(self, name: str) -> str:
        """Note which unit a name in the grid column means, a grid before others; the reason why it means none."""
        if name in self.grids:
            return ""
        known = self.below.get(name[:100], [])
        in_use = [unit for unit in known if unit.is_active]
        fitting = [unit for unit in in_use if unit.level == Level.GRID] or in_use
        if known and not fitting:
            return "closed_unit"
        if len(fitting) > 1:
            return "several_grids"
        self.grids[name] = fitting[0].pk if fitting else None
        return ""

    @cached_property
    def zips(self) -> dict[int, list[tuple[int, str]]]:
        """Length → (row, postal code)."""
        return {}

    @cached_property
    def attribute_names(self) -> list[str]:
        """Fields that go into the attributes."""
        return [column.name for column, _place in self.matched if column.into == "attributes"]

    def finish(self, row: int, found: dict[str, Any], cells: list[str]) -> list[Any] | None:
        unit_key = owner = None
        if self.grid_place is not None:
            name = " ".join(cells[self.grid_place].split())
            if not name:
                self.problem(row, str(self.upload.options["grid_column"]), "required")
                return None
            if reason := self._find_grid(name):
                self.problem(row, str(self.upload.options["grid_column"]), reason, value=name)
                return None
            unit_key = name
        elif unit := found.get("unit"):
            if unit not in self.units:
                self.problem(row, "unit", "unknown_unit", value=unit)
                return None
            if (known := self.units[unit]) is None:
                self.problem(row, "unit", "ambiguous_unit", value=unit)
                return None
            unit_key = known.code
        if manager := found.get("owner"):
            name = manager.casefold()
            owner = self.owners.get(name)
            if owner is None:
                reason = "ambiguous_owner" if name in self.owners else "unknown_owner"
                self.problem(row, "owner", reason, value=manager)
                return None
        attributes = {name: value for name, place in self.others if (value := " ".join(cells[place].split()))}
        attributes |= {name: found[name] for name in self.attribute_names if name in found}
        if zip_code := found.get("zip_code"):
            self.zips.setdefault(len(zip_code), []).append((row, zip_code))
        longitude, latitude = self._place(row, found.get("longitude"), found.get("latitude"))
        return [
            found["code"],
            *(found.get(name) for name in TEXT_FIELDS),
            longitude,
            latitude,
            found.get("opened_on"),
            found.get("is_difficult"),
            spelling(found["name"]),
            json.dumps(attributes, ensure_ascii=False) if attributes else None,
            unit_key,
            owner,
        ]

    def _place(self, row: int, longitude: float | None, latitude: float | None) -> tuple[float | None, float | None]:
        if not (self.has("longitude") and self.has("latitude")):
            return None, None
        if (longitude is None and latitude is None) or longitude == latitude == 0:
            self.problem(row, "longitude", "coordinates_missing")
        elif longitude is None or latitude is None:
            if (row, "not_coordinate") in [(noted[0], noted[2]) for noted in self.problems[-2:]]:
                return None, None
            self.problem(row, "longitude", "coordinates_half")
        elif abs(longitude) > 180 or abs(latitude) > 90:
            swapped = abs(latitude) <= 180 and abs(longitude) <= 90
            reason = "coordinates_turned" if swapped else "coordinates_impossible"
            self.problem(row, "longitude", reason, value=f"{longitude:g}, {latitude:g}")
        else:
            return longitude, latitude
        return None, None

    # --- The whole file ---

    def check(self) -> None:
        self.refuse_duplicates("code", "code")
        self.refuse(
            """
            SELECT s.row, 'code' AS field, 'merged_client' AS reason,
                   jsonb_build_object('value', s.code, 'kept', k.code) AS params
            FROM import_stage AS s
            JOIN clients_client AS c ON c.organisation_id = %s AND c.code = s.code
            JOIN clients_client AS k ON k.id = c.merged_into_id
            """,
            (self.organisation_id,),
        )
        execute("DROP TABLE IF EXISTS pg_temp.import_unit")
        execute("CREATE TEMP TABLE import_unit (key text PRIMARY KEY, org_id bigint)")
        self._lay_units()
        execute("CREATE INDEX ON import_stage (row)")
        self._check_zips()
        if self.has("longitude"):
            region.check(self)

    def _check_zips(self) -> None:
        """The usual length is the shortest that at least a tenth has: a digit too many is the common fault."""
        counts = Counter({length: len(found) for length, found in self.zips.items()})
        usual = min((length for length, count in counts.items() if count * 10 >= counts.total()), default=0)
        for length, found in self.zips.items():
            if length != usual:
                for row, value in found:
                    self.problem(row, "zip_code", "zip_length", value=value, length=length, usual=usual)

    def _lay_units(self) -> None:
        """Keys of the file's units with the ids that are known."""
        if self.grid_place is None:
            known = {unit.code: unit.pk for unit in self.units.values() if unit}
            keys = [found["unit_key"] for found in rows("SELECT DISTINCT unit_key FROM import_stage")]
            pairs: list[tuple[str, int | None]] = [(key, known[key]) for key in keys if key]
        else:
            pairs = sorted(self.grids.items(), key=lambda pair: pair[0])
        for key, unit_id in pairs:
            execute("INSERT INTO import_unit VALUES (%s, %s)", [key, unit_id])

    def prepare(self) -> None:
        """The grids that the file names and the organisation lacks."""
        if self.grid_place is None:
            return
        used = rows("SELECT key FROM import_unit WHERE org_id IS NULL ORDER BY key")
        organisation = self.upload.organisation
        taken = set(OrgUnit.objects.filter(code__startswith=organisation.code).values_list("code", flat=True))
        for found in used:
            code = grid_code(organisation.code, found["key"], taken)
            unit = create_unit(organisation, code, found["key"][:100], Level.GRID)
            taken.add(code)
            execute("UPDATE import_unit SET org_id = %s WHERE key = %s", [unit.pk, found["key"]])

    # --- Merging ---

    @cached_property
    def changing(self) -> list[tuple[str, str]]:
        """(column, SQL of its new value from ``s`` over ``c``) of what the file brings."""
        found = [
            (name, f"coalesce(s.{name}, c.{name})")
            for name in (*TEXT_FIELDS, "opened_on", "is_difficult")
            if self.has(name)
        ]
        if self.has("name"):
            found.append(("pinyin", "coalesce(s.pinyin, c.pinyin)"))
        if self.has("longitude") and self.has("latitude"):
            found += [(name, f"coalesce(s.{name}, c.{name})") for name in ("longitude", "latitude")]
        if self.attribute_names or self.others:
            found.append(("attributes", "c.attributes || coalesce(s.attributes, '{}')"))
        if self.has("unit") or self.grid_place is not None:
            found.append(("org_id", "coalesce(u.org_id, c.org_id)"))
        if self.has("owner"):
            found.append(("owner_id", "coalesce(s.owner_id, c.owner_id)"))
        return found

    def merge(self, first: int, last: int, *, write: bool) -> dict[str, int]:
        new_values = ", ".join(f"{sql} AS new_{name}" for name, sql in self.changing)
        after = ", ".join(sql for _name, sql in self.changing)
        before = ", ".join(f"c.{name}" for name, _sql in self.changing)
        wanted = f"""
            SELECT s.*, u.org_id, c.id AS client_id, c.id IS NULL AS is_new, {new_values},
                   c.id IS NOT NULL AND ({after}) IS DISTINCT FROM ({before}) AS differs
            FROM import_stage AS s
            LEFT JOIN import_unit AS u ON u.key = s.unit_key
            LEFT JOIN clients_client AS c ON c.organisation_id = %s AND c.code = s.code
            WHERE s.row BETWEEN %s AND %s
        """
        counted = """
            SELECT count(*) FILTER (WHERE is_new) AS created, count(*) FILTER (WHERE differs) AS updated,
                   count(*) FILTER (WHERE NOT is_new AND NOT differs) AS unchanged
            FROM wanted
        """
        range_params = [self.organisation_id, first, last]
        if not write:
            return rows(f"WITH wanted AS MATERIALIZED ({wanted}) {counted}", range_params)[0]
        updates = ", ".join(f"{name} = w.new_{name}" for name, _sql in self.changing)
        found = rows(
            f"""
            WITH wanted AS MATERIALIZED ({wanted}),
            written AS (
                INSERT INTO clients_client (
                    organisation_id, org_id, owner_id, code, name, kind, business_format, market, scale, stage,
                    credit_rating, phone, address, note, longitude, latitude, opened_on, is_difficult,
                    is_representative, attributes, pinyin, is_active, created_at, version)
                SELECT %s, coalesce(org_id, %s), owner_id, code, name, coalesce(kind, %s),
                       coalesce(business_format, ''), coalesce(market, ''), coalesce(scale, ''), coalesce(stage, %s),
                       coalesce(credit_rating, ''), coalesce(phone, ''), coalesce(address, ''), coalesce(note, ''),
                       longitude, latitude, opened_on, coalesce(is_difficult, false),
                       false, coalesce(attributes, '{{}}'), coalesce(pinyin, ''), true, %s, 1
                FROM wanted WHERE is_new
                ON CONFLICT (organisation_id, code) DO NOTHING
            ),
            changed AS (
                UPDATE clients_client AS c SET {updates}, version = c.version + 1
                FROM wanted AS w WHERE w.differs AND c.id = w.client_id
            )
            {counted}
            """,
            [
                *range_params,
                self.organisation_id,
                self.organisation_id,
                USUAL_KIND[Profile(self.upload.organisation.profile)],
                Stage.ACTIVE,
                periods.now(),
            ],
        )[0]
        if self.has("owner"):
            self._write_ownership(first, last)
        return found

    def _write_ownership(self, first: int, last: int) -> None:
        """Bring the owners' history up to date, from today on; clients that are new here were theirs before."""
        ownership.record(
            """
            SELECT k.id FROM import_stage AS s
            JOIN clients_client AS k ON k.organisation_id = %s AND k.code = s.code
            WHERE s.row BETWEEN %s AND %s AND s.owner_id IS NOT NULL
            """,
            [self.organisation_id, first, last],
            periods.today(),
            by=self.upload.uploaded_by_id,
            first_since_post=True,
        )

    def hash_query(self, first: int, last: int) -> tuple[str, tuple[Any, ...]]:
        return (
            """
            SELECT c.code, u.code AS unit, m.username, c.name, c.kind, c.business_format, c.market, c.scale, c.stage,
                   c.credit_rating, c.phone, c.address, c.note, c.longitude, c.latitude, c.opened_on, c.is_difficult,
                   c.attributes
            FROM import_stage AS s
            JOIN clients_client AS c ON c.organisation_id = %s AND c.code = s.code
            JOIN people_orgunit AS u ON u.id = c.org_id
            LEFT JOIN people_user AS m ON m.id = c.owner_id
            WHERE s.row BETWEEN %s AND %s
            """,
            (self.organisation_id, first, last),
        )


def grid_code(prefix: str, name: str, taken: set[str]) -> str:
    """A code for a new grid: PREFIX-NAME in capitals, with a number when it is taken or too long."""
    word = re.sub(r"\W+", "-", name).strip("-").upper() or "GRID"
    code = f"{prefix}-{word}"[:40].rstrip("-")
    number = 2
    while code in taken:
        ending = f"-{number}"
        code = f"{prefix}-{word}"[: 40 - len(ending)] + ending
        number += 1
    return code
