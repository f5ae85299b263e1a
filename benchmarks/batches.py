"""The product's jobs of the month and its imports, beside their floor."""

import csv
import datetime as dt
import io
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import floors, rows
from benchmarks.measure import Line, line, side_by_side, timed
from benchmarks.month import month_end

NEW_CLIENTS = 20_000  # rows of a client file, at most
PARTS = ("tiers", "scores", "again", "alerts", "facts", "clients")
SCORED = ("kpi_scoreline", "kpi_scorecard", "kpi_managervalue")
JOBS = {"tier_clients": "tiers", "score_managers": "scores", "raise_alerts": "alerts"}


class Batches:
    """In the order of a month's end: tiers, scores, alerts, then imports; each reads what went before."""

    def __init__(self, scale: float, times: int = 3) -> None:
        from crm.lib import jobs, periods, sql
        from people.models import OrgUnit

        self.jobs, self.periods, self.sql = jobs, periods, sql
        self.scale, self.times = scale, times
        self.today = periods.today()
        self.month = periods.last_whole_month(self.today)
        self.before = periods.add_months(self.month, -1)
        self.organisations = list(OrgUnit.objects.roots().order_by("pk"))
        self.clients = sql.rows("SELECT count(*) AS n FROM clients_client")[0]["n"]
        self.managers = sql.rows("SELECT count(*) AS n FROM people_user WHERE role = 'am'")[0]["n"]

    def lines(self, wanted: Collection[str]) -> Iterator[Line]:
        """The lines of some parts, in the order of ``PARTS``."""
        each = {
            "tiers": self.tiers, "scores": self.scores, "again": self.scores_again, "alerts": self.alerts,
            "facts": self.facts, "clients": self.new_clients,
        }  # fmt: skip
        for part in PARTS:
            if part in wanted:
                found = each[part]()
                yield from [found] if isinstance(found, Line) else found

    def rest_of_month_end(self, done: Collection[str]) -> None:
        """The jobs of a month's end that no part has done."""
        for kind, period in month_end(self.month, self.today):
            if JOBS[kind] not in done:
                self.job(kind, period)

    # --- Jobs ---

    def job(self, kind: str, period: str) -> None:
        """A job of every organisation, done here."""
        for organisation in self.organisations:
            job = self.jobs.run(self.jobs.request(kind, organisation.pk, period=period).pk)
            if job is None or job.state != "done":
                raise RuntimeError(f"{kind}: {job.error if job else 'held by another worker'}")

    def floor(self, text: str, **params: Any) -> None:
        """A hand-written statement, as batches run."""
        from django.db import transaction

        with transaction.atomic():
            self.sql.execute("SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL work_mem = '64MB'")
            self.sql.execute(text, params)

    def same(self, ours: str, theirs: str) -> bool:
        """Whether two queries give the same set of rows."""
        ours, theirs = ours.replace("%", "%%"), theirs.replace("%", "%%")
        found = self.sql.rows(
            f"SELECT (SELECT count(*) FROM (({ours}) EXCEPT ALL ({theirs})) AS a)"
            f" + (SELECT count(*) FROM (({theirs}) EXCEPT ALL ({ours})) AS b) AS n,"
            f" (SELECT count(*) FROM ({ours}) AS c) AS all"
        )[0]
        return bool(found["n"] == 0 and found["all"] > 0)

    def tiers(self) -> Line:
        """The month's tiers; those of the month before are there, as in any month but the first."""
        self.job("tier_clients", f"{self.before:%Y-%m}")
        self.sql.analyze("clients_tierresult", "clients_clienttier")
        self.keep("clients_clienttier")
        self.stand()
        params = {
            "month": self.month, "before": self.before, "year_before": self.periods.add_months(self.month, -12),
            "two_before": self.periods.add_months(self.month, -24),
            "new_from": self.periods.last_day(self.periods.add_months(self.month, -3)),
        }  # fmt: skip

        def undo() -> None:
            self.sql.execute("DELETE FROM clients_tierresult WHERE month = %s", [self.month])
            self.restore("clients_clienttier")
            self.vacuum("clients_tierresult", "clients_clienttier")

        def undo_floor() -> None:
            self.emptied("floor_tier", "floor_standing")()
            self.stand()

        taken = side_by_side(
            lambda: self.job("tier_clients", f"{self.month:%Y-%m}"),
            lambda: self.floor(floors.TIERS, **params),
            times=self.times, undo=(undo, undo_floor),
        )  # fmt: skip
        same = self.same(
            f"SELECT client_id, tier, score, rank, ranked FROM clients_tierresult WHERE month = '{self.month}'",
            "SELECT client_id, tier, score, rank, ranked FROM floor_tier",
        ) and self.same("SELECT client_id, tier FROM clients_clienttier", "SELECT client_id, tier FROM floor_standing")
        return line("tier_clients", self.scale, taken, 1.5, same, rows=self.clients)

    def score_params(self) -> dict[str, Any]:
        """What the floor of the scores needs."""
        from journals.rules import rules_from

        end = self.periods.last_day(self.month)
        days = rules_from({}).expected_days(self.month, end)
        return {
            "start": self.month, "end": end, "year_before": self.periods.add_months(self.month, -12),
            "days": days, "n_days": len(days),
            "cutoff": self.periods.start_of(end + dt.timedelta(days=4)), "run": 0,
        }  # fmt: skip

    def scores(self) -> Line:
        """The month's scores."""
        params = self.score_params()

        taken = side_by_side(
            lambda: self.job("score_managers", f"{self.month:%Y-%m}"),
            lambda: self.floor(floors.CARDS, **params),
            times=self.times,
            undo=(self.emptied(*SCORED), self.emptied("floor_line", "floor_card", "floor_value")),
        )  # fmt: skip
        columns = (
            "c.manager_id, c.score, c.rank, c.ranked, l.metric, l.value, round(l.numerator, 4) AS num,"
            "round(l.denominator, 4) AS den, l.membership, l.points"
        )
        same = self.same(
            f"SELECT {columns} FROM kpi_scorecard c JOIN kpi_scoreline l ON l.card_id = c.id",
            f"SELECT {columns} FROM floor_card c JOIN floor_line l ON l.card_id = c.id",
        )
        return line("score_managers", self.scale, taken, 2, same, rows=self.clients)

    def scores_again(self) -> Line:
        """A run after one manager in a hundred made another visit: its share of a run from nothing is the ratio."""
        month = f"{self.month:%Y-%m}"
        self.emptied(*SCORED)()
        whole = timed(lambda: self.job("score_managers", month))
        self.sql.execute(rows.ANOTHER_VISIT, {"start": self.month, "every": 100})
        again = timed(lambda: self.job("score_managers", month))
        return line("score_managers, 1 % changed", self.scale, ([again], [whole]), 0.03, None, rows=self.clients)

    def alerts(self) -> Iterator[Line]:
        """A first night, and a second one with nothing new."""
        from retention.lunar import birthdays

        near = birthdays(self.today - dt.timedelta(days=2), self.today + dt.timedelta(days=3))
        params = {
            **{f"m{back}": self.periods.add_months(self.month, -back) for back in (1, 2, 3, 5, 6, 8, 12, 15, 24)},
            "month": self.month, "day": self.today,
            "until": self.periods.start_of(self.today + dt.timedelta(days=1)),
            "quarter": self.periods.start_of(self.today - dt.timedelta(days=89)),
            "birthdays": [f"{month:02}{number:02}" for _day, is_lunar, month, number in near if not is_lunar],
        }  # fmt: skip

        ours = (
            "retention_alertevent",
            "retention_alert",
            "retention_trade",
            "retention_trademonth",
            "people_notification",
        )
        theirs = ("floor_event", "floor_alert", "floor_trade", "floor_notice")

        def product() -> None:
            self.job("raise_alerts", str(self.today))

        def floor() -> None:
            # Tables that were just emptied would be joined row by row.
            self.floor(
                f"SET LOCAL enable_nestloop = off; {floors.ALERTS}; {floors.NOTICES}; {floors.FINGERPRINT_OF_ALERTS}",
                **params,
            )

        def first_floor() -> None:
            self.floor(floors.SUMS, **params)
            floor()

        first = side_by_side(
            product, first_floor, times=max(1, self.times - 1), undo=(self.emptied(*ours), self.emptied(*theirs))
        )
        same = self.same(
            "SELECT client_id, kind, value_at_risk FROM retention_alert",
            "SELECT client_id, kind, value_at_risk FROM floor_alert",
        )
        yield line("raise_alerts, first night", self.scale, first, 1.5, same, rows=self.clients)
        self.vacuum("retention_alert", "floor_alert", "retention_trade", "floor_trade")
        second = side_by_side(product, floor, times=self.times)
        yield line("raise_alerts, nothing new", self.scale, second, 1.5, same, rows=self.clients)

    # --- Imports ---

    def facts(self) -> Line:
        """A month's facts of the largest organisation."""
        organisation = self.organisations[0]
        month = self.periods.add_months(self.month, 1)
        self.sql.execute("SELECT zf_ensure_month('clients_monthlyfact', %s)", [month])
        found = self.sql.rows(
            "SELECT id, code, round((id %% 977)::numeric * 13.7, 2) AS amount, id %% 300 AS quantity"
            " FROM clients_client WHERE organisation_id = %s ORDER BY id", [organisation.pk],
        )  # fmt: skip
        text = written(
            ["客户编码", "月份", "金额", "数量"],
            ([r["code"], f"{month:%Y-%m}", r["amount"], r["quantity"]] for r in found),
        )
        plain = written(None, ([r["id"], month, organisation.pk, r["amount"], r["quantity"]] for r in found))

        def undo() -> None:
            self.sql.execute("DELETE FROM clients_monthlyfact WHERE month = %s", [month])

        taken = side_by_side(
            lambda: self.take_in(organisation, "facts", text),
            lambda: self.copied("floor_fact", "client_id, month, organisation_id, amount, quantity", plain),
            times=self.times, undo=(undo, self.emptied("floor_fact")),
        )  # fmt: skip
        same = self.same(
            f"SELECT client_id, month, amount, quantity FROM clients_monthlyfact WHERE month = '{month}'",
            f"SELECT id, date '{month}', round((id % 977)::numeric * 13.7, 2), (id % 300)::numeric FROM clients_client"
            f" WHERE organisation_id = {organisation.pk}",
        )
        return line("import_facts", self.scale, taken, 4, same, rows=len(found))

    def new_clients(self) -> Line:
        """New clients of the largest organisation."""
        organisation = self.organisations[0]
        grids = self.sql.rows(
            "SELECT g.id, g.code AS grid, u.id AS owner, u.username FROM people_orgunit g"
            " JOIN people_user u ON u.unit_id = g.id WHERE g.organisation_id = %s AND g.level = 'grid' ORDER BY g.id",
            [organisation.pk],
        )
        count = min(NEW_CLIENTS, max(200, self.clients // 5))
        made = [
            (f"99{n:010}", f"新开{n}号便利店", f"136{n:08}", f"新城路{n}号", grids[n % len(grids)])
            for n in range(count)
        ]
        text = written(
            ["客户编码", "客户名称", "联系电话", "地址", "网格", "客户经理"],
            ([code, name, phone, address, grid["grid"], grid["username"]] for code, name, phone, address, grid in made),
        )
        plain = written(None, (
            [10**9 + n, organisation.pk, grid["id"], grid["owner"], code, name, "", "shop", "", "", "", "active", "",
             phone, address, "f", "f", "", "{}", "t", self.periods.now(), 1]
            for n, (code, name, phone, address, grid) in enumerate(made)
        ))  # fmt: skip
        columns = (
            "id, organisation_id, org_id, owner_id, code, name, pinyin, kind, business_format, market, scale, stage,"
            "credit_rating, phone, address, is_difficult, is_representative, note, attributes, is_active, created_at,"
            "version"
        )

        def undo() -> None:
            with self.as_owner():
                self.sql.execute("SET session_replication_role = replica")
                self.sql.execute(
                    "DELETE FROM clients_ownership"
                    " WHERE client_id IN (SELECT id FROM clients_client WHERE code LIKE '99%%');"
                    "DELETE FROM clients_client WHERE code LIKE '99%%'"
                )

        taken = side_by_side(
            lambda: self.take_in(organisation, "clients", text),
            lambda: self.copied("floor_client", columns, plain),
            times=self.times, undo=(undo, self.emptied("floor_client")),
        )  # fmt: skip
        same = self.same(
            "SELECT code, name, phone, address, org_id, owner_id FROM clients_client WHERE code LIKE '99%'",
            "SELECT code, name, phone, address, org_id, owner_id FROM floor_client",
        )
        return line("import_clients", self.scale, taken, 6, same, rows=count)

    def take_in(self, organisation: Any, target: str, text: str) -> None:
        """A file by the product's own way."""
        from clients.imports import engine

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, f"{target}.csv")
            path.write_text(text, encoding="utf-8")
            with path.open("rb") as file:
                upload = engine.receive(organisation, target, file, path.name)
            job = self.jobs.run(engine.start(upload).pk)
        if job is None or job.state != "done" or job.result["rejected"]:
            raise RuntimeError(f"import of {target}: {job.error or job.result if job else 'held'}")

    def copied(self, table: str, columns: str, text: str) -> None:
        """COPY of the same rows."""
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN WITH (FORMAT csv, NULL '\\N')", io.StringIO(text))

    # --- Tables as they were ---

    @contextmanager
    def as_owner(self) -> Iterator[None]:
        """In the owner's name: what is sealed can be put back."""
        from crm.lib.roles import as_owner

        with as_owner():
            yield

    def keep(self, table: str) -> None:
        """Keep a copy of a table's rows."""
        with self.as_owner():
            self.sql.execute(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}; GRANT ALL ON kept_{table} TO PUBLIC")

    def restore(self, table: str) -> None:
        """Put the rows of ``keep`` back."""
        self.sql.execute(f"DELETE FROM {table}")
        self.sql.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")

    def stand(self) -> None:
        """Tiers as they stood before the month, for the floor."""
        self.sql.execute("INSERT INTO floor_standing SELECT * FROM kept_clients_clienttier")
        self.vacuum("floor_standing")

    def emptied(self, *tables: str) -> Callable[[], None]:
        """What deletes all rows of some tables, sealed or not."""

        def delete() -> None:
            with self.as_owner():
                self.sql.execute("SET session_replication_role = replica")
                self.sql.execute("; ".join(f"DELETE FROM {table}" for table in tables))
            self.vacuum(*tables)

        return delete

    def vacuum(self, *tables: str) -> None:
        """As autovacuum would have left it by the next month."""
        with self.as_owner():
            self.sql.execute(f"VACUUM (ANALYZE) {', '.join(tables)}")


def written(header: list[str] | None, rows: Any) -> str:
    """A CSV."""
    text = io.StringIO()
    writer = csv.writer(text)
    if header:
        writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
