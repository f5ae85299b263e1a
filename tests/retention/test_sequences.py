"""Any sequence of steps: a world of its own for each example."""

from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from retention.models import Alert
from retention.services import CLOSED, TRANSITIONS, change
from tests import world as worlds
from tests.retention.test_life import alert_of


class AnySequence(TestCase):
    """Whatever people try in whatever order, only listed steps happen, and a closed alert never opens again."""

    @classmethod
    def setUpTestData(cls):
        cls.world = worlds.build()

    @settings(max_examples=30)
    @given(st.lists(st.sampled_from([one for one in Alert.State.values if one != "done"]), max_size=8))
    def test_steps(self, wanted):
        alert, state = alert_of(self.world), Alert.State.OPEN
        for new in wanted:
            allowed = new in TRANSITIONS.get(state, set())
            try:
                change(alert, new, self.world.am, "原因")
            except ValidationError:
                assert not allowed
            else:
                assert allowed
                state = Alert.State(new)
        alert.refresh_from_db()
        assert alert.state == state
        assert (alert.closed_at is not None) == (state in CLOSED)
        assert alert.events.count() == alert.events.exclude(state="open").count()
