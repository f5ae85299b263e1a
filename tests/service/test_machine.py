"""Whatever people try in whatever order, and however time passes: a request lives by the table of acts alone."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from crm.lib import periods
from service.acts import ACTS, allowed, steps
from service.models import Escalation, State
from service.services import act
from service.services.escalation import escalate
from tests.service.helpers import NOW, request_of

ENDS = {State.CLOSED, State.MERGED, State.CANCELLED}


@pytest.mark.django_db
def test_a_request_lives_by_its_table(world):
    people = [world.am, world.actors["back_office"], world.supervisor]

    class Life(RuleBasedStateMachine):
        """One request, tried by its manager, the office and the supervisor; what was done before is kept beside it."""

        def __init__(self):
            super().__init__()
            self.point = transaction.savepoint()

        @initialize()
        def begin(self):
            self.now, self.clock = NOW, periods.clock_at(NOW)
            self.clock.__enter__()
            self.request, self.other = (request_of(world.clients["own"], world.am) for _twice in range(2))
            self.past = [State.REGISTERED, State.ASSIGNED]
            self.told = set()

        @rule(name=st.sampled_from(sorted(ACTS)), who=st.sampled_from(people), spare=st.booleans())
        def attempt(self, name, who, spare):
            """An act with all that it needs, or with nothing at all."""
            handler = next(person for person in people[:2] if person != self.request.handler)
            given = {"note": "说明", "satisfaction": 3, "handler": handler, "target": self.other, "category": "order"}
            if self.request.category == "order":
                given["category"] = "account"
            step, before = ACTS[name], self.request.state
            may = before in step.sources and step.allows(self.request, who)
            assert may == (step in allowed(self.request, who))
            try:
                self.request = act(self.request, name, who, **({} if spare else given))
            except (ValidationError, PermissionDenied):
                assert not may or (spare and step.needs)
            else:
                assert may
                assert not (spare and step.needs)
                assert self.request.state == (step.target or before)
                self.past.append(State(self.request.state))

        @rule(hours=st.integers(1, 200))
        def wait(self, hours):
            """Time passes, and the late are told upwards."""
            self.clock.__exit__(None, None, None)
            self.now += dt.timedelta(hours=hours)
            self.clock = periods.clock_at(self.now)
            self.clock.__enter__()
            escalate(world.organisation, self.now)

        @invariant()
        def the_row_is_what_was_done(self):
            if not hasattr(self, "past"):
                return
            self.request.refresh_from_db()
            now, state = self.request, State(self.request.state)
            assert state == self.past[-1]
            assert all(pair in steps() for pair in zip(self.past, self.past[1:], strict=False) if pair[0] != pair[1])
            assert now.events.exclude(act="escalate").last().state == state
            assert (now.left_minutes is None) == (state != State.WAITING_CLIENT)
            assert (now.closed_at is None) == (state not in ENDS)
            assert (now.satisfaction is None) == (state not in (State.CALLED_BACK, State.CLOSED))
            assert now.reopened == sum(one == State.REOPENED for one in self.past)
            levels = [(row.reopened, row.level) for row in Escalation.objects.filter(request=now)]
            assert len(levels) == len(set(levels)) == now.events.filter(act="escalate").count()
            assert self.told <= set(levels)  # nothing is untold
            self.told = set(levels)

        def teardown(self):
            if hasattr(self, "clock"):
                self.clock.__exit__(None, None, None)
            transaction.savepoint_rollback(self.point)

    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=12, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
