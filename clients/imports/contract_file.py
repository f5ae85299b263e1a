"""Contracts from files."""

from typing import Any

from clients.imports import product_columns
from clients.imports.product_files import CLIENT, PRODUCT, DealImport, value_of


class ContractImport(DealImport):
    """Rows (client code, contract number …): added or brought up to date by the number; what has ended stays ended."""

    resolve = f"""
        SELECT s.*, c.id AS client_id, p.id AS product_id, k.id AS contract_id, k.client_id AS old_client,
               k.ended_on AS over, coalesce(s.title, k.title) AS all_title,
               coalesce(s.starts_on, k.starts_on) AS begins, coalesce(s.ends_on, k.ends_on) AS ends,
               row_number() OVER (PARTITION BY s.number ORDER BY s.row) AS nth,
               min(s.row) OVER (PARTITION BY s.number) AS first_row
        FROM import_stage AS s {CLIENT} {PRODUCT}
        LEFT JOIN clients_contract AS k ON k.organisation_id = %(organisation)s AND k.number = s.number
    """
    wanted = """
        SELECT d.*, k.id IS NULL AS is_new, k.id IS NOT NULL AND (
                   d.all_title, coalesce(d.product_id, k.product_id), coalesce(d.amount, k.amount),
                   coalesce(d.signed_on, k.signed_on), d.begins, d.ends, coalesce(d.notice_days, k.notice_days),
                   coalesce(d.note, k.note)
               ) IS DISTINCT FROM (k.title, k.product_id, k.amount, k.signed_on, k.starts_on, k.ends_on,
                                   k.notice_days, k.note) AS differs
        FROM import_deal AS d
        LEFT JOIN clients_contract AS k ON k.organisation_id = %(organisation)s AND k.number = d.number
        WHERE d.row BETWEEN %(first)s AND %(last)s
    """
    written = """
        added AS (
            INSERT INTO clients_contract (organisation_id, client_id, product_id, number, title, amount, signed_on,
                                          starts_on, ends_on, notice_days, ended_reason, note, made_by_id, made_at)
            SELECT %(organisation)s, client_id, product_id, number, all_title, amount, signed_on, begins, ends,
                   coalesce(notice_days, 60), '', coalesce(note, ''), %(user)s, now()
            FROM wanted WHERE is_new
        ),
        changed AS (
            UPDATE clients_contract AS k
            SET title = w.all_title, product_id = coalesce(w.product_id, k.product_id),
                amount = coalesce(w.amount, k.amount), signed_on = coalesce(w.signed_on, k.signed_on),
                starts_on = w.begins, ends_on = w.ends, notice_days = coalesce(w.notice_days, k.notice_days),
                note = coalesce(w.note, k.note)
            FROM wanted AS w WHERE w.differs AND k.id = w.contract_id
        )
    """

    @property
    def all_columns(self) -> tuple[Any, ...]:
        return product_columns.CONTRACTS

    def refusals(self) -> list[tuple[str, str, str, str]]:
        return [
            ("client_id IS NULL", "code", "unknown_client", value_of("code")),
            ("product IS NOT NULL AND product_id IS NULL", "product", "unknown_product", value_of("product")),
            ("nth > 1", "number", "duplicate", "jsonb_build_object('first', first_row)"),
            ("old_client <> client_id", "number", "other_clients_contract", value_of("number")),
            ("over IS NOT NULL", "number", "contract_over", value_of("number")),
            *((f"{column} IS NULL", name, "required", "") for column, name in (
                ("all_title", "title"), ("begins", "starts_on"), ("ends", "ends_on"))),
            ("ends < begins", "ends_on", "ends_before_start", value_of("ends")),
        ]  # fmt: skip

    def hash_query(self, first: int, last: int) -> tuple[str, tuple[Any, ...]]:
        return (
            """
            SELECT k.number, k.title, k.amount, k.signed_on, k.starts_on, k.ends_on, k.notice_days, k.note
            FROM import_deal AS d JOIN clients_contract AS k ON k.organisation_id = %s AND k.number = d.number
            WHERE d.row BETWEEN %s AND %s
            """,
            (self.organisation_id, first, last),
        )
