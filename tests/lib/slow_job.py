"""A job of many small steps, each of which leaves one notification; run as a process of its own to be killed."""

import os
import sys
import time

STEPS = 12


def main(job_id: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
    import django

    django.setup()
    register()
    from crm.lib import jobs

    jobs.run(job_id)


def register() -> None:
    from crm.lib import jobs, sql
    from people.models import Notification

    if "slow" in jobs.kinds:
        return

    @jobs.kind("slow", "Slow", "day")
    def slow(work: jobs.Work) -> jobs.Outcome:
        for number in work.pending(range(STEPS)):
            with work.step(str(number)):
                Notification.objects.create(user_id=work.job.params["user"], text=f"第 {number} 步", key=f"n{number}")
                work.count(written={"rows": 1})
                time.sleep(work.job.params["pause"])
        return jobs.Outcome(work.counts("written"), sql.rows_hash("SELECT key, text FROM people_notification"))


if __name__ == "__main__":
    main(int(sys.argv[1]))
