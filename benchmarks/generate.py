"""A world of scale S, the same for the same scale and day: `python -m benchmarks.generate 0.02`.

S = 1 is the country: 5.5 million clients, 40,000 managers in five levels of units, 66 million visits and 66 million
monthly facts over twelve months, 8 million journals, 1 million complaints. Rows are made inside the database, by
INSERT … SELECT over hashes of their numbers, in the owner's name: the seals let nobody else write what is verified.
"""

import argparse
import datetime as dt
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from django.db import connection

from benchmarks import database, rows
from benchmarks.staff import (
    PERSON_COLUMNS,
    POSTING_COLUMNS,
    PROVINCES,
    UNIT_COLUMNS,
    Maker,
    number_of_provinces,
    shares,
)

CLIENTS, MANAGERS, COMPLAINTS, MONTHS = 5_500_000, 40_000, 1_000_000, 12
PASSWORD = "Zoufang2026!"

CHUNK = 500_000  # clients a statement
LARGE = (
    "clients_client", "clients_ownership", "clients_contact", "clients_clienttier", "visits_visit",
    "visits_plannedvisit", "journals_journal", "journals_journalversion", "journals_review",
)  # fmt: skip


class World:
    """Makes everything, inside one connection of the owner's."""

    def __init__(self, scale: float, *, checked: bool) -> None:
        from crm.lib import periods, sql

        self.sql, self.periods = sql, periods
        self.scale, self.checked = scale, checked
        self.clients, self.managers = max(60, round(CLIENTS * scale)), max(12, round(MANAGERS * scale))
        self.today = periods.today()
        last = periods.last_whole_month(self.today)
        self.months = [periods.add_months(last, step) for step in range(1 - MONTHS, 1)]
        self.timings: dict[str, float] = {}

    def fill(self) -> None:
        """All tables by two sessions, then the indexes of the large ones and the planner's statistics."""
        from benchmarks import bulk

        self.sql.execute(rows.HELPERS)
        self._step("people", self.people)
        later = [] if self.checked else bulk.take_down(LARGE)
        chunk = min(CHUNK, -(-self.clients // 2))
        firsts = range(1, self.clients + 1, chunk)
        self._step("clients", *(partial(self.client_rows, firsts[lane::2], chunk) for lane in range(2)))
        self._step("facts, visits", self.visits, self.facts)
        self._step("what follows", self.what_follows, self.journals)
        self._step("indexes", *(partial(bulk.put_back, later[lane::2]) for lane in range(2)))
        self._step("statistics", self.finish)

    def prepare(self) -> None:
        """A session that fills in bulk."""
        if not self.checked:  # the rows obey foreign keys by construction; a small world is made with all checks on
            self.sql.execute("SET session_replication_role = replica")
        self.sql.execute("SET synchronous_commit = off; SET work_mem = '128MB'; SET maintenance_work_mem = '512MB'")
        self.sql.execute(
            "SET max_parallel_workers_per_gather = 0; SET max_parallel_maintenance_workers = 0; SET jit = off"
        )
        self.sql.execute("SET search_path = public, bench")

    def _step(self, name: str, *lanes: Callable[[], None]) -> None:
        """Do the lanes beside one another, each in a session of its own."""
        began = time.perf_counter()
        with ThreadPoolExecutor(len(lanes)) as threads:
            for done in [threads.submit(self._lane, lane) for lane in lanes]:
                done.result()
        self.timings[name] = time.perf_counter() - began
        print(f"  {name:<14} {self.timings[name]:8.1f} s", flush=True)

    def _lane(self, lane: Callable[[], None]) -> None:
        try:
            self.prepare()
            lane()
        finally:
            connection.close()

    def _run(self, text: str, **params: Any) -> None:
        values = {"today": self.today, "clients": self.clients, "managers": self.managers, "first": 1,
                  "last": self.clients, **params}  # fmt: skip
        if "days" in values:
            values["number_of_days"] = len(values["days"])
        self.sql.execute(text, values)

    def client_rows(self, firsts: Iterable[int], chunk: int) -> None:
        """Clients with owners, contacts and tiers, a chunk of numbers after the other."""
        extra = {
            "now": self.periods.now(), "words": len(rows.LUCK) * len(rows.PLACES), "trades": len(rows.TRADES),
            "tier_month": self.periods.add_months(self.months[-1], -2),
        }  # fmt: skip
        for first in firsts:
            for text in (rows.CLIENT_ROWS, rows.OWNERSHIPS, rows.CONTACTS, rows.TIERS):
                self._run(text, **extra, first=first, last=min(first + chunk - 1, self.clients))

    def people(self) -> None:
        """Organisations with the product's own defaults, then units, staff and words."""
        from django.contrib.auth.hashers import make_password

        from clients.names import spelling
        from people.models import path_step
        from people.services import create_organisation

        count = number_of_provinces(self.managers)
        organisations = [
            create_organisation(f"P{number + 1:02}", f"{PROVINCES[number]}省烟草公司") for number in range(count)
        ]
        maker = Maker(max(o.pk for o in organisations) + 1, 1, make_password(PASSWORD), path_step)
        for number, size in enumerate(shares(self.managers, count)):
            maker.province(number, organisations[number], size)
        staff = maker.staff
        self.sql.copy_rows("people_orgunit", UNIT_COLUMNS, staff.units)
        self.sql.copy_rows("people_user", PERSON_COLUMNS, staff.people)
        self.sql.copy_rows("people_posting", POSTING_COLUMNS, staff.postings)
        self.sql.execute(
            """
            CREATE TABLE bench.bench_manager
                (n bigint PRIMARY KEY, person bigint, grid bigint, organisation bigint, supervisor bigint);
            CREATE TABLE bench.bench_word (n int PRIMARY KEY, name text, first text, full_name text, place text);
            CREATE TABLE bench.bench_trade (n int PRIMARY KEY, name text, first text, full_name text);
            CREATE TABLE bench.bench_back_office AS
                SELECT u.id, u.unit_id, o.organisation_id AS organisation
                FROM people_user u JOIN people_orgunit o ON o.id = u.unit_id WHERE u.role = 'back_office';
            """
        )
        self.sql.copy_rows(
            "bench_manager", ("n", "person", "grid", "organisation"),
            ([n, *manager] for n, manager in enumerate(staff.managers)),
        )  # fmt: skip
        words = [(place + luck, place) for place in rows.PLACES for luck in rows.LUCK]
        self.sql.copy_rows(
            "bench_word", ("n", "name", "first", "full_name", "place"),
            ([n, word, *spelling(word).split(" "), place] for n, (word, place) in enumerate(words)),
        )  # fmt: skip
        self.sql.copy_rows(
            "bench_trade", ("n", "name", "first", "full_name"),
            ([n, trade, *spelling(trade).split(" ")] for n, trade in enumerate(rows.TRADES)),
        )  # fmt: skip
        self.sql.execute(
            """
            UPDATE bench_manager AS a SET supervisor = s.id
            FROM people_orgunit AS g JOIN people_user AS s ON s.unit_id = g.parent_id AND s.role = 'supervisor'
            WHERE g.id = a.grid;
            CREATE UNIQUE INDEX ON bench_manager (person);
            ANALYZE bench_manager, bench_word, bench_trade, bench_back_office, people_orgunit, people_user;
            """
        )

    def facts(self) -> None:
        """Twelve months, each in its own partition."""
        for step, month in enumerate(self.months):
            self.sql.execute("SELECT zf_ensure_month('clients_monthlyfact', %s)", [month])
            season = 1.25 if month.month in (1, 2) else 1.1 if month.month in (9, 10) else 1.0
            self._run(rows.FACTS, month=month, step=step, season=season)

    def visits(self) -> None:
        """Twelve thirtieths of a year up to yesterday, one visit a client in each."""
        from crm.lib.workdays import work_days

        verified = self.months[-1] - dt.timedelta(days=15)
        for step in range(MONTHS):
            last = self.today - dt.timedelta(days=1 + 30 * (MONTHS - 1 - step))
            days = work_days(last - dt.timedelta(days=29), last)
            self._run(rows.VISITS, step=step, days=days, verified=verified)

    def what_follows(self) -> None:
        """Traces and plans from the visits; complaints."""
        from crm.lib.workdays import add_work_days, work_days

        self._run(rows.TRACES)
        self._run(rows.PLANS, plans_from=self.months[-1])
        self._run(rows.PLANS_AHEAD, days=work_days(self.today, add_work_days(self.today, 5)))
        self._run(rows.COMPLAINT_ROWS, complaints=max(5, round(COMPLAINTS * self.scale)))

    def journals(self) -> None:
        """Of every work day of ten months, so that there are two hundred a manager."""
        from crm.lib.workdays import work_days

        days = work_days(self.today - dt.timedelta(days=310), self.today - dt.timedelta(days=1))
        for first in range(0, len(days), 20):
            self._run(rows.JOURNALS, days=days[first : first + 20], reviewed=self.today - dt.timedelta(days=5))

    def finish(self) -> None:
        """Sequences after what was written with numbers of its own; statistics; no debts for the first reader."""
        for table in ("people_orgunit", "people_user", "clients_client"):
            self.sql.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
        self.sql.execute("DROP SCHEMA bench CASCADE")
        self.sql.execute("VACUUM (ANALYZE)")


def build(scale: float, *, fresh: bool = False, checked: bool = False) -> str:
    """The database of a scale, made when it is missing; its name."""
    from crm.lib.roles import as_owner

    name = database.world_name(scale)
    if database.exists(name) and not fresh:
        return name
    print(f"Making the world of scale {scale:g}", flush=True)
    database.copy(database.migrated(), database.UNFINISHED)
    usual = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = database.UNFINISHED
    try:
        with as_owner():
            World(scale, checked=checked).fill()
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual
    database.rename(database.UNFINISHED, name)
    return name


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scale", type=float)
    parser.add_argument("--fresh", action="store_true", help="make it anew")
    options = parser.parse_args()
    database.start_django("zoufang")
    began = time.perf_counter()
    name = build(options.scale, fresh=options.fresh)
    print(f"{name}: {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
