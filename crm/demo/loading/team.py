"""What a team shares and agrees: meetings, plans, articles, ideas, joint work, phrases, samples and second readings."""

import datetime as dt
import random
from typing import Any

from django.db.models import F
from django.utils import translation

from crm.demo import PASSWORD
from crm.demo.loading.base import Loading, aware, supervisor_of
from crm.demo.loading.people import hashed
from crm.demo.telling import Picks, words
from crm.lib import periods
from crm.lib.periods import Period
from crm.lib.workdays import same_or_next_work_day, work_days
from journals import joint, meetings, plans, sampling, sharing
from journals.models import Article, Draw, Idea, MarketingPlan, Meeting, Review, SecondReading
from journals.rules import rules_of
from people.models import Notification, Role, User
from people.services import add_person, finish_task

WEEKS = 3
AGREEING = 0.85
READ = 0.7  # of second readings that are due
FRESH = dt.timedelta(days=3)  # what is older has been read


def load_team(loading: Loading) -> None:
    """All of it, at the clock of its day; what lies behind is closed, what lies ahead is planned."""
    with translation.override("zh-hans"):
        team = _Team(loading)
        team.add_director()
        for leader in team.leaders:
            team.meet(leader)
            team.plan_months(leader)
            sharing.add_usual_phrases(leader)
        team.write_articles()
        team.hand_in_ideas()
        team.work_jointly()
        team.agree_to_be_shown()
        team.draw_samples()
    old = Notification.objects.filter(user__in=team.people, read_at=None, url__startswith="/journals/")
    old.filter(created_at__lt=aware(loading.now - FRESH)).update(read_at=F("created_at") + dt.timedelta(hours=2))


class _Team:
    """The people of an organisation and what they say."""

    def __init__(self, loading: Loading):
        self.loading = loading
        self.rng: random.Random = loading.stream("team")
        self.said: dict[str, Any] = words(f"{loading.profile}_team")
        self.leaders = [loading.users[person["username"]] for person in loading.staff(Role.SUPERVISOR)]
        self.managers: dict[int, list[User]] = {leader.pk: [] for leader in self.leaders}
        for person in loading.staff(Role.AM):
            if not person.get("leaves"):
                leader = loading.users[supervisor_of(loading, person["username"])["username"]]
                self.managers[leader.pk].append(loading.users[person["username"]])
        self.people = list(loading.users.values())

    def tell(self, pattern: str) -> str:
        return Picks(self.rng, {}, {}).tell(pattern)

    def any_of(self, name: str) -> str:
        return self.tell(self.rng.choice(self.said[name]))

    def add_director(self) -> None:
        """Who stands above the supervisors, and reads what they have reviewed."""
        who = self.said["director"]
        start = periods.add_months(periods.month_of(self.loading.today), -60)
        self.director = add_person(
            self.loading.organisation,
            who["username"],
            who["name"],
            Role.SUPERVISOR,
            post_title=who["title"],
            joined_on=start,
        )
        User.objects.filter(pk=self.director.pk).update(password=hashed(PASSWORD), must_change_password=False)
        self.people.append(self.director)

    # --- Meetings and plans ---------------------------------------------------------------------------------------

    def meet(self, leader: User) -> None:
        """Weekly meetings of the last weeks, the last days' morning meetings, one for each month, and the next ones."""
        today = self.loading.today
        monday = Period.week(today).start
        for back in range(WEEKS, -1, -1):
            friday = monday - dt.timedelta(weeks=back) + dt.timedelta(days=4)
            self._meeting(leader, Meeting.Kind.WEEKLY, "周营销例会", friday, 16, "weekly")
        days = work_days(today - dt.timedelta(days=7), today)
        for day in [*days[-3:], same_or_next_work_day(today + dt.timedelta(days=1))]:
            self._meeting(leader, Meeting.Kind.DAILY, "晨会", day, 8, "daily")
        for back in (2, 1, 0):
            first = periods.add_months(periods.month_of(today), -back)
            self._meeting(
                leader,
                Meeting.Kind.MONTHLY,
                "月度分析会",
                same_or_next_work_day(first + dt.timedelta(4)),
                14,
                "monthly",
            )
        special = self.said["specials"][leader.pk % len(self.said["specials"])]
        day = same_or_next_work_day(today - dt.timedelta(days=12))
        self._meeting(leader, Meeting.Kind.SPECIAL, special["title"], day, 15, "", special["minutes"])

    def _meeting(
        self, leader: User, kind: str, title: str, day: dt.date, hour: int, said: str, minutes: str = ""
    ) -> None:
        begins = dt.datetime.combine(day, dt.time(hour, 30 if kind == Meeting.Kind.DAILY else 0))
        if begins - dt.timedelta(days=1) > self.loading.now and kind != Meeting.Kind.DAILY:
            return
        invited = self.managers[leader.pk]
        values = {"kind": kind, "title": f"{leader.unit.name}{title}", "begins_at": aware(begins), "place": "会议室"}
        with periods.clock_at(aware(min(begins - dt.timedelta(hours=20), self.loading.now))):
            found = meetings.plan(leader, invited, agenda=str(meetings.AGENDAS[Meeting.Kind(kind)]), **values)
        ended = begins + dt.timedelta(minutes=15 if kind == Meeting.Kind.DAILY else 60)
        if ended > self.loading.now:
            return
        states = {person.pk: self.rng.choices(("present", "excused", "absent"), (92, 7, 1))[0] for person in invited}
        with periods.clock_at(aware(ended)):
            meetings.record(found, minutes or self.any_of(said), states)
            if kind != Meeting.Kind.DAILY:
                self._decide(found, leader, ended)
            meetings.close(found)

    def _decide(self, meeting: Meeting, leader: User, ended: dt.datetime) -> None:
        for owner in self.rng.sample(self.managers[leader.pk], min(2, len(self.managers[leader.pk]))):
            due_on = same_or_next_work_day(ended.date() + dt.timedelta(days=self.rng.randint(3, 7)))
            task = meetings.decide(meeting, leader, owner, self.any_of("actions"), due_on).task
            done = dt.datetime.combine(due_on, dt.time(16)) + dt.timedelta(days=self.rng.choice((-2, -1, 0, 0, 1)))
            if done < self.loading.now and self.rng.random() < 0.93:
                with periods.clock_at(aware(done)):
                    finish_task(task, self.any_of("action_results"))

    def plan_months(self, leader: User) -> None:
        """Marketing plans of this month and the two before, the past ones nearly reached."""
        this = periods.month_of(self.loading.today)
        gone = min(1.0, self.loading.today.day / 30)
        for back in (2, 1, 0):
            month = periods.add_months(this, -back)
            told = self.said["plans"][(leader.pk + back) % len(self.said["plans"])]
            with periods.clock_at(periods.at(month, 9)):
                plan: MarketingPlan = plans.open_plan(leader, month, told["goal"])
                for title, target, measure in told["items"]:
                    owner = self.rng.choice(self.managers[leader.pk])
                    due_on = Period.month(month).end - dt.timedelta(days=self.rng.choice((0, 3, 8)))
                    item = plans.add_item(
                        plan, leader, owner, title=title, target=target, measure=measure, due_on=due_on
                    )
                    share = self.rng.uniform(0.82, 1.08) if back else self.rng.uniform(0.6, 1.1) * gone
                    plans.report(item, int(target * share), "")

    # --- Articles, ideas, joint work ------------------------------------------------------------------------------

    def write_articles(self) -> None:
        """Notes and reports from above, cases from account managers; most have been read."""
        hr = self.loading.users[self.loading.staff(Role.HR)[0]["username"]]
        managers = [person for found in self.managers.values() for person in found]
        told = [(Article.Kind.NOTE, entry, self.rng.choice(self.leaders)) for entry in self.said["notes"]]
        told += [(Article.Kind.CASE, entry, self.rng.choice(managers)) for entry in self.said["cases"]]
        told += [(Article.Kind.REPORT, entry, hr) for entry in self.said["reports"]]
        self.rng.shuffle(told)
        for place, (kind, entry, author) in enumerate(told):
            written = self.loading.now - dt.timedelta(days=2 + 6 * place, hours=self.rng.randint(1, 8))
            unit = sharing.readers_unit(author)
            article = Article.objects.create(unit=unit, author=author, kind=kind, created_at=aware(written), **entry)
            for reader in managers:
                if reader.unit.path.startswith(unit.path) and self.rng.random() < 0.9 - 0.5 / (place + 1):
                    read_at = min(written + dt.timedelta(hours=self.rng.randint(10, 40)), self.loading.now)
                    with periods.clock_at(aware(read_at)):
                        sharing.mark_read(article, reader)

    def hand_in_ideas(self) -> None:
        """Ideas upward: the older ones have their answer."""
        first = self.managers[self.leaders[0].pk]  # their supervisor has a login of the demo: something waits there
        managers = [person for found in self.managers.values() for person in found if person not in first]
        answered = sum(bool(entry["answer"]) for entry in self.said["ideas"])
        authors = self.rng.sample(managers, answered)
        authors += self.rng.sample(first, len(self.said["ideas"]) - answered)
        for place, (entry, author) in enumerate(zip(self.said["ideas"], authors, strict=True)):
            days = 30 - 6 * place if entry["answer"] else 9 - 3 * (place % 3)
            written = dt.datetime.combine(
                self.loading.today - dt.timedelta(days=days), dt.time(self.rng.randint(9, 17), 20)
            )
            with periods.clock_at(aware(min(written, self.loading.now))):
                idea: Idea = sharing.hand_in_idea(author, entry["title"], entry["text"])
            if entry["answer"]:
                leader = self.loading.users[supervisor_of(self.loading, author.username)["username"]]
                with periods.clock_at(aware(written + dt.timedelta(days=4, hours=2))):
                    sharing.answer_idea(idea, leader, entry["answer"], entry["reply"], award=entry["award"])

    def work_jointly(self) -> None:
        """Each account manager with somebody of the back office now and then; most of it is confirmed."""
        desk = [self.loading.users[person["username"]] for person in self.loading.staff(Role.BACK_OFFICE)]
        posts = {"delivery": "送货", "inspection": "专卖", "other": ""}
        for found in self.managers.values():
            for author in found:
                for _time in range(self.rng.choice((1, 2, 2, 3))):
                    told = self.rng.choice(self.said["joint"])
                    partner = self.rng.choice([one for one in desk if posts[told["kind"]] in one.post_title])
                    day = same_or_next_work_day(self.loading.today - dt.timedelta(days=self.rng.randint(3, 55)))
                    if day >= author.joined_on:
                        self._joint(author, partner, told, day)

    def _joint(self, author: User, partner: User, told: dict[str, Any], day: dt.date) -> None:
        own = [client for client in self.loading.clients.values() if client.owner_id == author.pk]
        done = dt.datetime.combine(day, dt.time(self.rng.randint(14, 17), self.rng.randint(0, 59)))
        agreed = {"agreed": told["agreed"], "agreed_due_on": day + dt.timedelta(days=7)} if told["agreed"] else {}
        values = {"kind": told["kind"], "day": day, "text": self.tell(told["text"]), **agreed}
        client = self.rng.choice(own) if own and self.rng.random() < 0.6 else None
        with periods.clock_at(aware(done)):
            work = joint.record(author, partner, client=client, **values)
        confirmed = done + dt.timedelta(hours=self.rng.randint(1, 30))
        if confirmed < self.loading.now and self.rng.random() < 0.9:
            with periods.clock_at(aware(confirmed)):
                joint.confirm(work, "")
        if work.task and confirmed + dt.timedelta(days=6) < self.loading.now:
            with periods.clock_at(aware(confirmed + dt.timedelta(days=4))):
                finish_task(work.task, "已落实")

    # --- Best journals and samples --------------------------------------------------------------------------------

    def agree_to_be_shown(self) -> None:
        """Most of those who have been praised like to be shown."""
        praised = Review.objects.filter(praise=True, journal__author__in=self.people)
        for author in User.objects.filter(pk__in=praised.values("journal__author")).order_by("pk"):
            if self.rng.random() < 0.8:
                sharing.set_consent(author, True)

    def draw_samples(self) -> None:
        """The weekly draws of the last weeks, and what the director thought of the reviews that came up."""
        rules = rules_of(self.loading.organisation.pk)
        units = sampling.supervised_units(self.loading.organisation.pk)
        monday = Period.week(self.loading.today).start
        for back in range(WEEKS, -1, -1):
            moment = dt.datetime.combine(monday - dt.timedelta(weeks=back), dt.time(14, 5))
            if moment > self.loading.now:
                continue
            with periods.clock_at(aware(moment)):
                week = Period.week(moment.date()).previous.start
                drawn = [draw for unit in units for draw in sampling.draw_unit(unit, week, periods.now(), rules)]
            self._read_again([draw for draw in drawn if draw.level == Draw.Level.SECOND], moment)

    def _read_again(self, draws: list[Draw], moment: dt.datetime) -> None:
        for draw in draws:
            for item in draw.items.select_related("journal__author"):
                read_at = moment + dt.timedelta(days=self.rng.randint(1, 4), hours=self.rng.randint(0, 3))
                if read_at > self.loading.now or self.rng.random() > READ:
                    continue
                agrees = self.rng.random() < AGREEING
                with periods.clock_at(aware(read_at)):
                    sampling.read_again(
                        item,
                        self.director,
                        SecondReading.Verdict.AGREES if agrees else SecondReading.Verdict.SHALLOW,
                        self.any_of("agrees" if agrees else "doubts"),
                    )
