"""Journals and their reviews in the demo: what is written when, and what the supervisor answers when."""

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from crm.demo.days import Day, Meeting
from crm.demo.notes import Note, common_lists
from crm.demo.styles import at
from crm.demo.telling import Picks, words
from crm.lib import periods
from crm.lib.workdays import next_work_day, same_or_next_work_day

QUALITIES = ("good", "fair", "poor")
MARKS = {"good": (4, 5), "fair": (3, 4), "poor": (2, 3)}
RETURNED_SHARE = {"good": 0.0, "fair": 0.008, "poor": 0.1}
REVIEWED_SHARE = {"prompt": 0.97, "late": 0.9}  # of the journals of the last weeks; older ones all
BACKLOG = {"prompt": dt.timedelta(days=6), "late": dt.timedelta(days=25)}


Held = Sequence[tuple[Day, list[tuple[Meeting, Note]]]]  # days in order, each with what happened and was noted


@dataclass
class ReviewText:
    """A supervisor's word on one version."""

    at: dt.datetime
    evaluation: str
    requirement: str = ""
    suggestion: str = ""
    mark: int | None = None
    praise: bool = False
    returned: bool = False
    requirement_due_on: dt.date | None = None


@dataclass
class Diary:
    """One journal of a manager: its versions with the times of handing in, and a review of each that has one."""

    manager: str
    kind: str
    day: dt.date
    versions: list[tuple[dt.datetime, dict[str, str]]] = field(default_factory=list)
    reviews: list[ReviewText | None] = field(default_factory=list)


class Diarist:
    """Writes journals and reviews of one organisation; times are of the local clock."""

    def __init__(self, rng: random.Random, profile: str, now: dt.datetime, model: str, junior: str):
        self.rng, self.now, self.names = rng, now, {"model": model, "junior": junior}
        self.words, self.replies = words(f"{profile}_journals"), words(f"{profile}_reviews")
        self.lists = {
            **common_lists(profile),
            **words(f"{profile}_visits")["lists"],
            "town": ["片区"],
            "place": ["街上"],
        }

    def write(self, days: Held, reviewer: str) -> list[Diary]:
        """The journals of one manager's work days in order; ``reviewer``: "prompt" or "late"."""
        diaries = []
        for index, (day, held) in enumerate(days):
            following = days[index + 1] if index + 1 < len(days) else None
            if diary := self._diary(day, held, following, reviewer):
                diaries.append(diary)
        return diaries

    def write_spans(self, kind: str, days: Held, first: dt.date, reviewer: str) -> list[Diary]:
        """The week or month journals of one manager for the spans that begin on ``first`` or later and are over."""
        spans: dict[dt.date, list[tuple[Day, list[tuple[Meeting, Note]]]]] = {}
        for day, held in days:
            spans.setdefault(_start(kind, day.day), []).append((day, held))
        diaries = []
        for start, found in sorted(spans.items()):
            held = [pair for _day, pairs in found for pair in pairs]
            due = _due(kind, start)
            if start < first or not held or due - dt.timedelta(hours=64) > self.now:
                continue
            style, share = held[-1][0].style, held[-1][0].share
            late = self.rng.random() > at(style.on_time, share)
            moment = due + dt.timedelta(hours=self.rng.uniform(2, 40) if late else -self.rng.uniform(1, 4))
            if moment > self.now or self.rng.random() < at(style.missing, share):
                continue
            quality = self.rng.choices(QUALITIES, style.journals)[0]
            picks = self._picks(found[-1][0], held, None)
            picks.chosen["towns"] = "、".join(list(dict.fromkeys(meeting.card.town for meeting, _note in held))[:4])
            diary = Diary(found[0][0].manager, kind, start)
            diary.versions.append((moment.replace(microsecond=0), self._span_sections(kind, picks, held, quality)))
            self._review(diary, picks, quality, reviewer)
            diaries.append(diary)
        return diaries

    def _span_sections(self, kind: str, picks: Picks, held: list[tuple[Meeting, Note]], quality: str) -> dict[str, str]:
        rng, texts = self.rng, self.words
        found = {"summary": picks.any_of(texts[kind]["summary"]), "market": picks.any_of(texts["market"])}
        if quality != "poor":
            found["market"] += Picks(rng, self.lists, picks.chosen).any_of(texts["market"])
            for section, attribute in (("problems", "problem"), ("suggestions", "advice")):
                own = list(dict.fromkeys(text for _meeting, note in held if (text := getattr(note, attribute))))
                chosen = rng.sample(own, min(len(own), 3 if kind == "month" else 2))
                found[section] = "".join(chosen) or picks.any_of(texts[section])
        found["plan"] = picks.any_of(texts[kind]["plan"])
        return found

    def _diary(
        self,
        day: Day,
        held: list[tuple[Meeting, Note]],
        following: tuple[Day, list[tuple[Meeting, Note]]] | None,
        reviewer: str,
    ) -> Diary | None:
        rng = self.rng
        meeting = held[0][0] if held else None
        if meeting is None or rng.random() < at(meeting.style.missing, meeting.share):
            return None
        handed_in = self._time(day.day, at(meeting.style.on_time, meeting.share)).replace(microsecond=0)
        if handed_in > self.now:
            return None
        quality = rng.choices(QUALITIES, meeting.style.journals)[0]
        picks = self._picks(day, held, following)
        diary = Diary(day.manager, "day", day.day, [(handed_in, self._sections(picks, held, following, quality))])
        self._review(diary, picks, quality, reviewer)
        return diary

    def _picks(
        self, day: Day, held: list[tuple[Meeting, Note]], following: tuple[Day, list[tuple[Meeting, Note]]] | None
    ) -> Picks:
        """The facts of the day: numbers, towns, and what stood out."""
        rng = self.rng
        visits = [meeting for meeting, _note in held if meeting.mode == "on_site"]
        briefs = list(dict.fromkeys(note.brief for _meeting, note in held if note.brief))
        rng.shuffle(briefs)
        towns = list(dict.fromkeys(meeting.card.town for meeting in visits))
        next_cards = [meeting.card for meeting, _note in following[1] if meeting.mode == "on_site"] if following else []
        next_towns = list(dict.fromkeys(card.town for card in next_cards))
        facts: dict[str, object] = {
            **self.names,
            "visits": len(visits),
            "calls": len(held) - len(visits),
            "planned": len(day.planned),
            "towns": "、".join(towns[:3]) or "片区",
            "routes": f"路上跑了{rng.randint(12, 68)}公里",
            "towns_next": "、".join(next_towns[:2]) or "片区",
            "planned_next": len(next_cards) or rng.randint(4, 6),
            "shop_next": next_cards[0].name if next_cards else "逾期客户",
            "lastday": "前两天",
            "tomorrow": tomorrow(day.day),
        }
        if len(day.planned) > len(visits):
            facts["gap"] = len(day.planned) - len(visits)
        if visits:
            facts |= {"town": visits[0].card.town, "place": visits[0].card.place, "shop": rng.choice(visits).card.name}
        else:
            facts["shop"] = held[0][0].card.name
        for name, brief in zip(("brief", "brief.2"), briefs, strict=False):
            facts[name] = brief
        return Picks(rng, self.lists, facts)

    def _sections(
        self,
        picks: Picks,
        held: list[tuple[Meeting, Note]],
        following: tuple[Day, list[tuple[Meeting, Note]]] | None,
        quality: str,
    ) -> dict[str, str]:
        rng, texts = self.rng, self.words
        if quality == "poor":
            found = {code: picks.any_of(options) for code, options in texts["lazy"].items()}
            return {code: text for code, text in found.items() if text}
        on_site = picks.chosen["visits"] != "0"
        parts = texts["summary"]
        lead = "empty" if not on_site else "lead" if picks.chosen["calls"] != "0" else "no_calls"
        summary = picks.any_of(parts[lead])
        if on_site:
            close = "close" if rng.random() < 0.6 else "plan_missed" if "gap" in picks.chosen else "plan_met"
            summary += picks.any_of(parts["highlight"]) + picks.any_of(parts[close])
        months = texts["market_season"]
        market = [picks.any_of(texts["market"])]
        if quality == "good":
            market.append(picks.tell(months[str(held[0][0].day.month)]) if rng.random() < 0.4 else "")
            market.append(Picks(rng, self.lists, picks.chosen).any_of(texts["market"]))
        found = {"summary": summary, "market": "".join(dict.fromkeys(text for text in market if text))}
        for section, attribute, generic in (
            ("problems", "problem", "problems"),
            ("suggestions", "advice", "suggestions"),
        ):
            own = [text for _meeting, note in held if (text := getattr(note, attribute))]
            if own and rng.random() < 0.75:
                found[section] = rng.choice(own)
            elif quality == "good" or rng.random() < 0.7:
                found[section] = picks.any_of(texts[generic])
        going_out = following and any(meeting.mode == "on_site" for meeting, _note in following[1])
        found["plan"] = picks.any_of(texts["plan" if going_out or following is None else "plan_empty"])
        return found

    def _time(self, day: dt.date, on_time: float) -> dt.datetime:
        """When the journal of a day is handed in: in the evening, early next morning, or late."""
        rng = self.rng
        due = same_or_next_work_day(day + dt.timedelta(days=1))
        if rng.random() < on_time:
            if rng.random() < 0.78 or (due - day).days > 1:  # nobody takes an open journal into days of rest
                return dt.datetime.combine(day, dt.time(17, 20)) + dt.timedelta(minutes=rng.betavariate(2, 4) * 290)
            return dt.datetime.combine(due, dt.time(7, 25)) + dt.timedelta(minutes=rng.uniform(0, 92))
        if rng.random() < 0.75:
            return dt.datetime.combine(due, dt.time(9, 5)) + dt.timedelta(minutes=rng.betavariate(1.3, 3) * 780)
        return dt.datetime.combine(next_work_day(due), dt.time(8, 10)) + dt.timedelta(minutes=rng.uniform(0, 700))

    def _review(self, diary: Diary, picks: Picks, quality: str, reviewer: str) -> None:
        """The supervisor's answer to the last version, where one has come by now."""
        rng = self.rng
        handed_in = diary.versions[-1][0]
        moment = self._review_time(handed_in, reviewer).replace(microsecond=0)
        is_recent = handed_in > self.now - BACKLOG[reviewer]
        if moment > self.now or (rng.random() > REVIEWED_SHARE[reviewer] and is_recent):
            diary.reviews.append(None)
            return
        texts = self.replies[quality]
        if rng.random() < RETURNED_SHARE[quality]:
            requirement = picks.any_of(self.replies["returned"])
            diary.reviews.append(
                ReviewText(
                    moment,
                    picks.any_of(texts["evaluation"]),
                    requirement,
                    returned=True,
                    requirement_due_on=next_work_day(moment.date()),
                )
            )
            self._again(diary, picks, reviewer)
            return
        low, high = MARKS[quality]
        mark = high if rng.random() < 0.45 else low
        found = ReviewText(
            moment, picks.any_of(texts["evaluation"]), mark=mark, praise=mark == 5 and rng.random() < 0.4
        )
        if rng.random() < (0.3 if quality != "poor" else 0.55):
            found.requirement = picks.any_of(texts["requirement"])
            if found.requirement:
                found.requirement_due_on = same_or_next_work_day(moment.date() + dt.timedelta(days=rng.randint(2, 6)))
        if rng.random() < 0.45:
            found.suggestion = picks.any_of(texts["suggestion"])
        diary.reviews.append(found)

    def _again(self, diary: Diary, picks: Picks, reviewer: str) -> None:
        """A returned journal, written anew, unless that is still to come."""
        rng = self.rng
        returned = diary.reviews[-1]
        assert returned is not None
        moment = (returned.at + dt.timedelta(hours=rng.uniform(2, 26))).replace(microsecond=0)
        if moment > self.now:
            return
        texts = dict(diary.versions[-1][1])
        fresh = Picks(rng, self.lists, picks.chosen)
        texts["summary"] = fresh.any_of(self.words["summary"]["lead"]) + fresh.any_of(
            self.words["summary"]["highlight"]
        )
        texts["market"], texts["problems"] = fresh.any_of(self.words["market"]), fresh.any_of(self.words["problems"])
        texts["suggestions"] = fresh.any_of(self.words["suggestions"])
        diary.versions.append((moment, texts))
        self._review(diary, fresh, "fair", reviewer)

    def _review_time(self, handed_in: dt.datetime, reviewer: str) -> dt.datetime:
        """A moment in office hours of a work day: within two days, or most of a week later."""
        rng = self.rng
        hours = rng.uniform(5, 34) if reviewer == "prompt" else rng.uniform(24, 150)
        moment = handed_in + dt.timedelta(hours=hours)
        day = same_or_next_work_day(moment.date())
        clock = dt.datetime.combine(day, dt.time(8, 40)) + dt.timedelta(minutes=rng.uniform(0, 500))
        earliest = handed_in + dt.timedelta(minutes=25)
        while clock < earliest:
            clock += dt.timedelta(minutes=rng.uniform(90, 240))
        return clock


def tomorrow(day: dt.date) -> str:
    """How people call the next work day."""
    following = next_work_day(day)
    distance = (following - day).days
    if distance == 1:
        return "明天"
    return "节后第一天" if distance > 3 else f"周{'一二三四五六日'[following.weekday()]}"


def _start(kind: str, day: dt.date) -> dt.date:
    """The first day of the week or month around a day."""
    return day - dt.timedelta(days=day.weekday()) if kind == "week" else day.replace(day=1)


def _due(kind: str, start: dt.date) -> dt.datetime:
    """The usual deadline: Monday noon, or the evening of the 3rd."""
    if kind == "week":
        return dt.datetime.combine(same_or_next_work_day(start + dt.timedelta(days=7)), dt.time(12))
    month = periods.add_months(start, 1)
    return dt.datetime.combine(same_or_next_work_day(month + dt.timedelta(days=2)), dt.time(20))
