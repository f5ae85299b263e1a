"""What a case of the permission table answers, leaving nothing behind."""

from http.cookies import SimpleCookie
from pathlib import Path

from django.db import transaction

from tests.matrix.ask import Answer, ask, judged
from tests.matrix.table import Row
from tests.world import World

KILLERS = Path(__file__).with_name("killers.json")  # guard → the case that notices when it is gone
Case = tuple[Row, str, str]  # row, role, relation


def key_of(case: Case) -> str:
    """A case's name."""
    row, role, relation = case
    data = row.data.__name__ if row.data else ""
    return f"{row.name} {role} {relation} {data}".strip()


def outcome(case: Case, world: World, cookies: dict[str, SimpleCookie], words: dict[str, tuple[str, ...]]) -> Answer:
    """The case's answer; what it wrote is rolled back. A crash counts as an answer of 500."""
    row, role, relation = case
    with transaction.atomic():
        try:
            with transaction.atomic():
                return judged(row, role, relation, ask(row, world, cookies[role], relation), words)
        except Exception:  # noqa: BLE001 (whatever a page without its guard may do)
            return Answer(500)
        finally:
            transaction.set_rollback(True)
