"""Inside the product's own processes: `python -m tests.faults.work furnish SCALE | press [TIMES] | hand_in NUMBER`."""

import os
import sys
import time
from typing import Any

from benchmarks.month import month_end


def furnish(scale: str) -> None:
    """The database: a copy of a small generated county."""
    from django.core.management import call_command

    from benchmarks import database, generate

    database.copy(generate.build(float(scale)), os.environ["DATABASE_NAME"])
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)


def press(times: float) -> None:
    """Have a month computed again and again that nobody works on any more; a line each time: kind, state, hash."""
    from django.db import Error, connection

    from crm.lib import jobs, periods
    from people.models import OrgUnit

    month = periods.add_months(periods.last_whole_month(periods.today()), -1)
    organisation = OrgUnit.objects.roots().order_by("code").values_list("pk", flat=True)[0]
    while times > 0:
        for kind, period in month_end(month, periods.last_day(month)):
            try:
                job = jobs.request(kind, organisation, period=period)
                for _ring in range(3):  # as a broker does that thinks a long task was lost
                    jobs.ring(job.pk)
                done = jobs.wait(job.pk, timeout=240)
            except Error:  # the database is away; what was asked for stands in it or is asked for again
                connection.close()
                time.sleep(0.5)
            else:
                print(kind, done.state, done.hash, done.error.replace("\n", " "), flush=True)
        times -= 1


def hand_in(number: str) -> None:
    """So many journals of days before anybody's first, by one team: its supervisor's user name and their ids."""
    import datetime as dt

    from django.db.models import Min

    from journals.models import Journal
    from journals.sections import sections_of
    from journals.services import open_journal, submit
    from people.models import Role, User

    supervisor = User.objects.filter(role=Role.SUPERVISOR).order_by("pk")[0]
    authors = User.objects.filter(role=Role.AM, unit__path__startswith=supervisor.unit.path).order_by("pk")
    first = Journal.objects.aggregate(day=Min("day"))["day"]
    texts = {section.code: "今天走访六户，送达新品资料。" for section in sections_of("day")}
    made = []
    for place in range(int(number)):
        back, author = divmod(place, len(authors))
        journal = open_journal(authors[author], "day", first - dt.timedelta(days=1 + back))
        submit(journal, texts)
        made.append(journal.pk)
    print(supervisor.username, *made)


def main(verb: str, *arguments: Any) -> None:
    import django

    django.setup()
    if verb == "furnish":
        furnish(arguments[0])
    elif verb == "hand_in":
        hand_in(arguments[0])
    else:
        press(float(arguments[0]) if arguments else float("inf"))


if __name__ == "__main__":
    main(*sys.argv[1:])
