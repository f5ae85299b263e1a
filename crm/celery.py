"""The Celery app: doorbell of background jobs, and the signs of life that /healthz reads."""

import os
import signal
from typing import Any

from celery import Celery, bootsteps
from celery.schedules import crontab
from celery.signals import after_task_publish, beat_init, worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")

from crm import health
from crm.lib.processes import end_with_parent

TICK = "crm.lib.tick"

app = Celery("crm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "tick": {"task": TICK, "schedule": 15.0},
    # What no ring has told of: digests, the end of quiet hours, and calls to be made again.
    "deliver": {"task": "people.deliver", "schedule": 30.0, "options": {"expires": 30}},
    "webhooks": {"task": "crm.webhooks.call", "schedule": 30.0, "options": {"expires": 30}},
    "webhooks' log": {"task": "crm.webhooks.forget", "schedule": crontab(hour="3", minute="20")},
    "old logins": {"task": "people.forget_logins", "schedule": crontab(hour="3", minute="40")},
}


class Pulse(bootsteps.StartStopStep):
    """Signs of life from the loop that takes tasks: a worker that hangs, or has lost the broker, falls silent."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **kwargs: Any) -> None:
        super().__init__(consumer, **kwargs)
        self.timers: list[Any] = []

    def start(self, consumer: Any) -> None:
        """Runs again after each loss of the broker, which clears the timers."""
        self.timers = [
            consumer.timer.call_after(0, health.sign, ("worker",)),
            consumer.timer.call_repeatedly(health.PULSE_SECONDS, health.sign, ("worker",)),
        ]

    def stop(self, consumer: Any) -> None:
        for timer in self.timers:
            timer.cancel()


app.steps["consumer"].add(Pulse)


@beat_init.connect
def begin_to_tick(**kwargs: Any) -> None:
    """In the beat process: each tick that reached the broker is its sign of life. The first one goes out at once."""

    def sign(**kwargs: Any) -> None:
        health.sign("beat")

    after_task_publish.connect(sign, sender=TICK, weak=False)
    app.send_task(TICK)


@worker_process_init.connect
def end_with_the_worker(**kwargs: Any) -> None:
    """A pool process whose worker was killed would otherwise wait for ever for work."""
    end_with_parent(signal.SIGKILL)
