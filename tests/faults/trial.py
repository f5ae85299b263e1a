"""One schedule on a running product: reference, load, faults, recovery, reconciliation."""

import subprocess
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from benchmarks.month import KINDS
from tests.faults.load import Phone, Reviewer
from tests.faults.plant import Plant
from tests.faults.schedule import play, schedule

PHONES = 3
JOURNALS = "40"
RECOVERED_WITHIN = 120  # seconds, without anybody's hand


@dataclass
class Report:
    """What a schedule did, and what was wrong afterwards."""

    seed: int
    faults: list[str]
    visits: int = 0
    reviews: int = 0
    results: int = 0
    recovery: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        found = "; ".join(self.wrong) or "nothing lost, nothing twice, same results"
        return (
            f"seed {self.seed}: {', '.join(self.faults)}. {self.visits} visits and {self.reviews} reviews acknowledged,"
            f" {self.results} results, well again after {self.recovery:.1f} s: {found}"
        )


def trial(plant: Plant, seed: int) -> Report:
    """Play the seed's schedule."""
    steps = schedule(seed)
    report = Report(seed, [step.fault for step in steps])
    plant.ready_within(RECOVERED_WITHIN, plant.has_idle_jobs)  # what the clock asked for at the start
    # Twice: the first alerts of a month are facts for its scores.
    reference = hashes(plant.call("-m", "tests.faults.work", "press", "2").splitlines()[-len(KINDS) :])
    stop = threading.Event()
    phones, reviewers = people(plant, seed, stop)
    for person in (*phones, *reviewers):
        person.start()
    with (plant.folder / "pressed").open("w+") as pressed:
        button = subprocess.Popen(
            plant.command("-m", "tests.faults.work", "press"), cwd=plant.root, env=plant.environment, stdout=pressed
        )
        play(plant, steps)
        time.sleep(2)
        report.recovery = plant.ready_within(RECOVERED_WITHIN)
        if not report.recovery:
            report.wrong.append(f"not well again within {RECOVERED_WITHIN} s")
        report.wrong += [f"{phone.session.username} gets nothing through" for phone in silent(phones)]
        stop.set()
        for person in (*phones, *reviewers):
            person.join(30)
        button.kill()
        button.wait()
        if not plant.ready_within(RECOVERED_WITHIN, plant.has_idle_jobs):
            report.wrong.append("jobs are still waiting")
        pressed.seek(0)
        found = pressed.read() + plant.call("-m", "tests.faults.work", "press", "1")
    report.results = len(found.splitlines())
    report.wrong += [f"another result: {line}" for line in set(found.splitlines()) if not hashes([line]) <= reference]
    reconcile(plant, report, phones, reviewers)
    return report


def hashes(lines: Iterable[str]) -> set[tuple[str, ...]]:
    """(kind, state, hash) of each line that was printed."""
    return {tuple(line.split()[:3]) for line in lines}


def silent(phones: list[Phone]) -> list[Phone]:
    """Those that wait in vain for an acknowledgement, now that all is well again."""
    known = {phone: len(phone.acknowledged) for phone in phones}
    deadline = time.monotonic() + RECOVERED_WITHIN
    while waiting := [phone for phone in phones if len(phone.acknowledged) == known[phone]]:
        if time.monotonic() > deadline:
            break
        time.sleep(0.2)
    return waiting


def people(plant: Plant, seed: int, stop: threading.Event) -> tuple[list[Phone], list[Reviewer]]:
    """Some account managers with their clients; a supervisor in two browsers with the same journals."""
    managers = plant.rows(
        "SELECT u.id, u.username, array_agg(c.id) FROM people_user u JOIN clients_client c ON c.owner_id = u.id"
        " WHERE u.role = 'am' AND c.merged_into_id IS NULL GROUP BY u.id ORDER BY u.id LIMIT %s", PHONES
    )  # fmt: skip
    phones = [
        Phone(plant, name, user, clients[:50], stop, f"{seed}:{time.time_ns()}:{user}")
        for user, name, clients in managers
    ]
    username, *journals = plant.call("-m", "tests.faults.work", "hand_in", JOURNALS).split()
    return phones, [Reviewer(plant, username, [int(pk) for pk in journals], stop) for _browser in range(2)]


def reconcile(plant: Plant, report: Report, phones: list[Phone], reviewers: list[Reviewer]) -> None:
    """Compare what people were told with what stands in the database."""
    for phone in phones:
        there = [str(found) for (found,) in plant.rows(
            "SELECT client_uuid::text FROM visits_visit WHERE manager_id = %s AND client_uuid = ANY(%s::uuid[])",
            phone.user, sorted(phone.sent),
        )]  # fmt: skip
        report.visits += len(phone.acknowledged)
        report.wrong += [f"lost visit {lost}" for lost in phone.acknowledged - set(there)]
        report.wrong += [f"visit twice: {len(there)} rows"] if len(there) != len(set(there)) else []
        report.wrong += sorted(set(phone.problems))[:3]
    told: dict[int, list[str]] = {}
    for reviewer in reviewers:
        for pk, words in reviewer.reviewed.items():
            told.setdefault(pk, []).append(words)
    written = dict(plant.rows(
        "SELECT journal_id, array_agg(evaluation) FROM journals_review WHERE journal_id = ANY(%s) GROUP BY journal_id",
        list(told),
    ))  # fmt: skip
    report.reviews = len(told)
    report.wrong += [f"review of journal {pk}" for pk, words in told.items() if written.get(pk) != words]
    for command in ("check_summaries", "verify_audit"):
        try:
            plant.call("manage.py", command)
        except RuntimeError as error:
            report.wrong.append(str(error))
