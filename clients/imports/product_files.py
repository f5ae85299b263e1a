"""The catalogue, what clients hold, and the ledger of loans from files."""

from typing import Any

from clients.imports import product_columns
from clients.imports.staging import Staging
from clients.services import loans
from crm.lib import periods
from crm.lib.sql import execute, rows

CLIENT = """
    LEFT JOIN clients_client AS c0 ON c0.organisation_id = %(organisation)s AND c0.code = s.code
    LEFT JOIN clients_client AS c ON c.id = coalesce(c0.merged_into_id, c0.id)
"""
# By its code, else by a name that only one product of the catalogue has.
PRODUCT = """
    LEFT JOIN LATERAL (
        SELECT min(p.id) AS id FROM clients_product AS p
        WHERE p.organisation_id = %(organisation)s AND (p.code = s.product OR (p.name = s.product AND NOT EXISTS (
            SELECT FROM clients_product AS q WHERE q.organisation_id = p.organisation_id AND q.code = s.product)))
        HAVING count(*) = 1
    ) AS p ON true
"""
COUNTED = """
    SELECT count(*) FILTER (WHERE is_new) AS created, count(*) FILTER (WHERE differs) AS updated,
           count(*) FILTER (WHERE NOT is_new AND NOT differs) AS unchanged
    FROM wanted
"""


class DealImport(Staging):
    """What these have in common: every column of the file is staged as it is, then resolved in one table."""

    resolve: str  # query of the resolved rows, over import_stage as s

    def layout(self) -> list[tuple[str, str]]:
        return [(column.name if column.name != "class" else "class_name", column.sql) for column in self.all_columns]

    @property
    def all_columns(self) -> tuple[Any, ...]:
        """Every field that such a file can bring."""
        raise NotImplementedError

    def finish(self, row: int, found: dict[str, Any], cells: list[str]) -> list[Any] | None:
        return [found.get(column.name) for column in self.all_columns]

    @property
    def params(self) -> dict[str, Any]:
        """What the statements bind."""
        return {"organisation": self.organisation_id, "today": periods.today(), "user": self.upload.uploaded_by_id}

    def check(self) -> None:
        execute("DROP TABLE IF EXISTS pg_temp.import_deal")
        execute(f"CREATE TEMP TABLE import_deal AS {self.resolve}", self.params)
        execute("CREATE INDEX ON import_deal (row)")
        execute("ANALYZE import_deal")
        for condition, field, reason, params in self.refusals():
            self.refuse(
                f"""
                SELECT row, '{field}' AS field, '{reason}' AS reason, {params or "NULL::jsonb"} AS params
                FROM import_deal WHERE ({condition}) AND row IN (SELECT row FROM import_stage)
                """
            )
        execute("DELETE FROM import_deal WHERE row NOT IN (SELECT row FROM import_stage)")

    def refusals(self) -> list[tuple[str, str, str, str]]:
        """(condition over import_deal, field, reason, SQL of its parameters)."""
        raise NotImplementedError

    def merge(self, first: int, last: int, *, write: bool) -> dict[str, int]:
        bound = {**self.params, "first": first, "last": last}
        if not write:
            return rows(f"WITH wanted AS MATERIALIZED ({self.wanted}) {COUNTED}", bound)[0]
        return rows(f"WITH wanted AS MATERIALIZED ({self.wanted}), {self.written} {COUNTED}", bound)[0]

    wanted: str  # the rows of a range with is_new and differs
    written: str  # what is done with them, as further parts of the WITH


def value_of(column: str) -> str:
    """SQL of a problem's parameters: the value that is wrong."""
    return f"jsonb_build_object('value', {column})"


class ProductImport(DealImport):
    """Rows (product code, name, class …): added or brought up to date by the code."""

    resolve = """
        SELECT s.*, k.id AS class_id, old.id AS old_id,
               row_number() OVER (PARTITION BY s.code ORDER BY s.row) AS nth,
               min(s.row) OVER (PARTITION BY s.code) AS first_row
        FROM import_stage AS s
        LEFT JOIN clients_product AS old ON old.organisation_id = %(organisation)s AND old.code = s.code
        LEFT JOIN LATERAL (
            SELECT id FROM clients_productclass AS k
            WHERE k.organisation_id = %(organisation)s AND s.class_name IN (k.code, k.name)
            ORDER BY k.code = s.class_name DESC LIMIT 1
        ) AS k ON true
    """
    wanted = """
        SELECT d.*, p.id IS NULL AS is_new, p.id IS NOT NULL AND (
                   coalesce(d.name, p.name), coalesce(d.class_id, p.product_class_id), coalesce(d.brand, p.brand),
                   coalesce(d.unit, p.unit), coalesce(d.price, p.price), coalesce(d.is_key, p.is_key),
                   coalesce(d.launched_on, p.launched_on), coalesce(d.withdrawn_on, p.withdrawn_on)
               ) IS DISTINCT FROM (p.name, p.product_class_id, p.brand, p.unit, p.price, p.is_key, p.launched_on,
                                   p.withdrawn_on) AS differs
        FROM import_deal AS d
        LEFT JOIN clients_product AS p ON p.organisation_id = %(organisation)s AND p.code = d.code
        WHERE d.row BETWEEN %(first)s AND %(last)s
    """
    written = """
        added AS (
            INSERT INTO clients_product (organisation_id, product_class_id, code, name, brand, unit, price, is_key,
                                         launched_on, withdrawn_on, note)
            SELECT %(organisation)s, class_id, code, name, coalesce(brand, ''), coalesce(unit, ''), price,
                   coalesce(is_key, false), launched_on, withdrawn_on, ''
            FROM wanted WHERE is_new
            ON CONFLICT (organisation_id, code) DO NOTHING
        ),
        changed AS (
            UPDATE clients_product AS p
            SET name = coalesce(w.name, p.name), product_class_id = coalesce(w.class_id, p.product_class_id),
                brand = coalesce(w.brand, p.brand), unit = coalesce(w.unit, p.unit), price = coalesce(w.price, p.price),
                is_key = coalesce(w.is_key, p.is_key), launched_on = coalesce(w.launched_on, p.launched_on),
                withdrawn_on = coalesce(w.withdrawn_on, p.withdrawn_on)
            FROM wanted AS w WHERE w.differs AND p.organisation_id = %(organisation)s AND p.code = w.code
        )
    """

    @property
    def all_columns(self) -> tuple[Any, ...]:
        return product_columns.PRODUCTS

    def refusals(self) -> list[tuple[str, str, str, str]]:
        return [
            ("nth > 1", "code", "duplicate", "jsonb_build_object('first', first_row)"),
            ("class_name IS NOT NULL AND class_id IS NULL", "class", "unknown_class", value_of("class_name")),
            ("old_id IS NULL AND name IS NULL", "name", "required", ""),
            ("old_id IS NULL AND class_id IS NULL", "class", "required", ""),
            ("withdrawn_on < launched_on", "withdrawn_on", "ends_before_start", value_of("withdrawn_on")),
        ]

    def hash_query(self, first: int, last: int) -> tuple[str, tuple[Any, ...]]:
        return (
            """
            SELECT p.code, p.name, p.brand, p.unit, p.price, p.is_key, p.launched_on, p.withdrawn_on
            FROM import_deal AS d JOIN clients_product AS p ON p.organisation_id = %s AND p.code = d.code
            WHERE d.row BETWEEN %s AND %s
            """,
            (self.organisation_id, first, last),
        )


class HoldingImport(DealImport):
    """Rows (client code, product …): the running holding is brought up to date, ended, or begun."""

    resolve = f"""
        SELECT s.*, c.id AS client_id, p.id AS product_id, coalesce(s.reference, '') AS ref, h.since AS began,
               row_number() OVER (PARTITION BY c.id, p.id, s.reference ORDER BY s.row) AS nth,
               min(s.row) OVER (PARTITION BY c.id, p.id, s.reference) AS first_row
        FROM import_stage AS s {CLIENT} {PRODUCT}
        LEFT JOIN clients_holding AS h ON h.client_id = c.id AND h.product_id = p.id AND h.until IS NULL
            AND h.reference = coalesce(s.reference, '')
    """
    # A row with a last day that is in already is the same row again.
    wanted = """
        SELECT d.*, h.id AS holding_id,
               h.id IS NULL AND NOT (d.until IS NOT NULL AND EXISTS (
                   SELECT FROM clients_holding AS e
                   WHERE e.client_id = d.client_id AND e.product_id = d.product_id AND e.reference = d.ref
                     AND e.until = d.until)) AS is_new,
               h.id IS NOT NULL AND (coalesce(d.amount, h.amount), coalesce(d.ends_on, h.ends_on), d.until)
                   IS DISTINCT FROM (h.amount, h.ends_on, h.until) AS differs
        FROM import_deal AS d
        LEFT JOIN clients_holding AS h ON h.client_id = d.client_id AND h.product_id = d.product_id
            AND h.reference = d.ref AND h.until IS NULL
        WHERE d.row BETWEEN %(first)s AND %(last)s
    """
    written = """
        added AS (
            INSERT INTO clients_holding (organisation_id, client_id, product_id, reference, since, ends_on, until,
                                         amount, ended_reason, changed_by_id, changed_at)
            SELECT %(organisation)s, client_id, product_id, ref, coalesce(since, until, %(today)s), ends_on, until,
                   amount, '', %(user)s, now()
            FROM wanted WHERE is_new
        ),
        changed AS (
            UPDATE clients_holding AS h
            SET amount = coalesce(w.amount, h.amount), ends_on = coalesce(w.ends_on, h.ends_on), until = w.until,
                changed_by_id = %(user)s, changed_at = now()
            FROM wanted AS w WHERE w.differs AND h.id = w.holding_id
        )
    """

    @property
    def all_columns(self) -> tuple[Any, ...]:
        return product_columns.HOLDINGS

    def refusals(self) -> list[tuple[str, str, str, str]]:
        start = "coalesce(began, since)"
        return [
            ("client_id IS NULL", "code", "unknown_client", value_of("code")),
            ("product_id IS NULL", "product", "unknown_product", value_of("product")),
            ("nth > 1", "product", "duplicate", "jsonb_build_object('first', first_row)"),
            (f"until < {start}", "until", "ends_before_start", value_of("until")),
            (
                f"ends_on < coalesce({start}, until, '{periods.today()}')",
                "ends_on",
                "ends_before_start",
                value_of("ends_on"),
            ),
        ]

    def hash_query(self, first: int, last: int) -> tuple[str, tuple[Any, ...]]:
        return (
            """
            SELECT DISTINCT d.code, d.product, h.reference, h.since, h.ends_on, h.until, h.amount
            FROM import_deal AS d
            JOIN clients_holding AS h ON h.client_id = d.client_id AND h.product_id = d.product_id
                AND h.reference = d.ref
            WHERE d.row BETWEEN %s AND %s
            """,
            (first, last),
        )


class LoanImport(DealImport):
    """Rows (client code, loan number …): the ledger as it stands; duties of post-loan visits follow."""

    resolve = f"""
        SELECT s.*, c.id AS client_id, p.id AS product_id, l.id AS loan_id, l.client_id AS old_client,
               coalesce(s.principal, l.principal) AS all_principal, coalesce(s.granted_on, l.granted_on) AS begins,
               coalesce(s.due_on, l.due_on) AS ends,
               CASE WHEN coalesce(s.closed_on, l.closed_on) IS NULL
                    THEN coalesce(s.balance, l.balance, s.principal) ELSE 0 END AS owed,
               CASE WHEN coalesce(s.closed_on, l.closed_on) IS NULL
                    THEN coalesce(s.overdue_amount, l.overdue_amount, 0) ELSE 0 END AS late,
               -- An amount without a day counts from the day that is known, else from today.
               row_number() OVER (PARTITION BY s.number ORDER BY s.row) AS nth,
               min(s.row) OVER (PARTITION BY s.number) AS first_row,
               coalesce(s.overdue_since, l.overdue_since, %(today)s) AS late_since
        FROM import_stage AS s {CLIENT} {PRODUCT}
        LEFT JOIN clients_loan AS l ON l.organisation_id = %(organisation)s AND l.number = s.number
    """
    wanted = """
        SELECT d.*, CASE WHEN d.late > 0 THEN d.late_since END AS since_or_null,
               l.id IS NULL AS is_new,
               l.id IS NOT NULL AND (
                   coalesce(d.product_id, l.product_id), d.all_principal, d.owed, coalesce(d.rate, l.rate), d.begins,
                   d.ends, coalesce(d.purpose, l.purpose), coalesce(d.guarantee, l.guarantee),
                   coalesce(d.risk, l.risk), d.late, CASE WHEN d.late > 0 THEN d.late_since END,
                   coalesce(d.closed_on, l.closed_on)
               ) IS DISTINCT FROM (l.product_id, l.principal, l.balance, l.rate, l.granted_on, l.due_on, l.purpose,
                                   l.guarantee, l.risk, l.overdue_amount, l.overdue_since, l.closed_on) AS differs
        FROM import_deal AS d
        LEFT JOIN clients_loan AS l ON l.organisation_id = %(organisation)s AND l.number = d.number
        WHERE d.row BETWEEN %(first)s AND %(last)s
    """
    written = """
        added AS (
            INSERT INTO clients_loan (organisation_id, client_id, product_id, number, principal, balance, rate,
                                      granted_on, due_on, purpose, guarantee, risk, overdue_amount, overdue_since,
                                      closed_on, changed_by_id, changed_at)
            SELECT %(organisation)s, client_id, product_id, number, all_principal, owed, rate, begins, ends,
                   coalesce(purpose, ''), coalesce(guarantee, ''), coalesce(risk, 'normal'), late, since_or_null,
                   closed_on, %(user)s, now()
            FROM wanted WHERE is_new
        ),
        changed AS (
            UPDATE clients_loan AS l
            SET product_id = coalesce(w.product_id, l.product_id), principal = w.all_principal, balance = w.owed,
                rate = coalesce(w.rate, l.rate), granted_on = w.begins, due_on = w.ends,
                purpose = coalesce(w.purpose, l.purpose), guarantee = coalesce(w.guarantee, l.guarantee),
                risk = coalesce(w.risk, l.risk), overdue_amount = w.late, overdue_since = w.since_or_null,
                closed_on = coalesce(w.closed_on, l.closed_on), changed_by_id = %(user)s, changed_at = now()
            FROM wanted AS w WHERE w.differs AND l.id = w.loan_id
        )
    """

    @property
    def all_columns(self) -> tuple[Any, ...]:
        return product_columns.LOANS

    def refusals(self) -> list[tuple[str, str, str, str]]:
        return [
            ("client_id IS NULL", "code", "unknown_client", value_of("code")),
            ("product IS NOT NULL AND product_id IS NULL", "product", "unknown_product", value_of("product")),
            ("nth > 1", "number", "duplicate", "jsonb_build_object('first', first_row)"),
            ("old_client <> client_id", "number", "other_clients_loan", value_of("number")),
            *((f"{column} IS NULL", name, "required", "") for column, name in (
                ("all_principal", "principal"), ("begins", "granted_on"), ("ends", "due_on"))),
            ("ends <= begins", "due_on", "ends_before_start", value_of("ends")),
            ("owed > all_principal", "balance", "over_principal", value_of("owed")),
            ("overdue_since < begins", "overdue_since", "ends_before_start", value_of("overdue_since")),
            ("closed_on < begins", "closed_on", "ends_before_start", value_of("closed_on")),
        ]  # fmt: skip

    def merge(self, first: int, last: int, *, write: bool) -> dict[str, int]:
        counts = super().merge(first, last, write=write)
        if write:
            which = """
                SELECT l.id FROM import_deal AS d
                JOIN clients_loan AS l ON l.organisation_id = %(organisation)s AND l.number = d.number
                WHERE d.row BETWEEN %(first)s AND %(last)s
            """
            bound = {**self.params, "first": first, "last": last}
            loans.keep_duties(self.upload.organisation, which, bound)
            loans.keep_holdings(which, bound)
        return counts

    def hash_query(self, first: int, last: int) -> tuple[str, tuple[Any, ...]]:
        return (
            """
            SELECT l.number, l.principal, l.balance, l.rate, l.granted_on, l.due_on, l.risk, l.overdue_amount,
                   l.overdue_since, l.closed_on
            FROM import_deal AS d JOIN clients_loan AS l ON l.organisation_id = %s AND l.number = d.number
            WHERE d.row BETWEEN %s AND %s
            """,
            (self.organisation_id, first, last),
        )
