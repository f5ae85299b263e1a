"""What a probe answers while guards are gone, leaving nothing behind."""

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.trust.ground import Ground, Probe, nothing_kept
from tests.trust.guards import Guard, without

KILLERS = Path(__file__).with_name("killers.json")  # guard → the probe that notices when it is gone


def answer(gone: Iterable[Guard], probe: Probe, ground: Ground) -> Any:
    """The probe's answer without these guards; a crash counts as an answer."""
    with ExitStack() as stack:
        for guard in gone:
            stack.enter_context(without(guard))
        try:
            with nothing_kept():
                return probe.ask(ground)
        except Exception as error:  # noqa: BLE001 (whatever the product may do without its guard)
            return type(error).__name__
