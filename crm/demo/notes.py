"""What the account managers of the demo write about a visit or call."""

import datetime as dt
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from crm.demo.cards import Card
from crm.demo.days import Meeting
from crm.demo.seasons import next_festival
from crm.demo.telling import Picks, words
from crm.lib.workdays import same_or_next_work_day

# The product's purposes for those of the word files.
PURPOSES = {
    "routine": "routine",
    "order": "order",
    "brand": "new_product",
    "display": "display",
    "price": "display",
    "stock": "order",
    "survey": "routine",
    "law": "routine",
    "postloan": "post_loan",
    "market": "marketing",
    "settle": "marketing",
    "open": "marketing",
    "collect": "post_loan",
    "wealth": "marketing",
    "mature": "care",
    "loan": "marketing",
    "digital": "routine",
    "care": "care",
}
STORY_SHARE = 0.6  # visits to a client in trouble that speak of the trouble
OPINION_SHARE = 0.28


@dataclass
class Note:
    """The written part of a visit; ``brief``, ``problem`` and ``advice`` are what the day's journal makes of it."""

    purpose: str
    people_met: str = ""
    demand: str = ""
    note: str = ""
    result: str = "done"
    next_step: str = ""
    next_step_on: dt.date | None = None
    brief: str = ""
    problem: str = ""
    advice: str = ""
    checklist: dict[str, str] = field(default_factory=dict)


class Writer:
    """Writes the notes of one organisation."""

    def __init__(self, rng: random.Random, profile: str, last_month: dt.date, ticks: Mapping[str, Sequence[str]]):
        """``ticks``: item codes of the checklist by kind of client."""
        self.rng, self.profile, self.last_month, self.ticks = rng, profile, last_month, ticks
        self.visits = words(f"{profile}_visits")
        self.topics = words(f"{profile}_topics")
        self.complaints = words("tobacco_complaints") if profile == "tobacco" else []
        self.lists = {**common_lists(profile), **self.visits["lists"]}

    def section(self, name: str, kind: str) -> Any:
        """A part of the word file; the bank's are divided by kind of client."""
        found = self.visits[name]
        return found[kind] if isinstance(found, dict) and kind in found else found

    def fitting(self, entries: Sequence[str | dict[str, Any]], card: Card) -> list[str]:
        """The patterns that suit a client: an entry may name the trades that it is for."""
        return [
            entry if isinstance(entry, str) else entry["text"]
            for entry in entries
            if isinstance(entry, str) or card.about.get("trade") in entry["trades"]
        ]

    def facts(self, card: Card, day: dt.date) -> dict[str, object]:
        """What is true of a client on a day, for the slots of the patterns."""
        back = max(0, (self.last_month.year - day.year) * 12 + self.last_month.month - day.month + 1)
        known = [amount for amount in card.amounts[: len(card.amounts) - back] if amount > 0]
        last = known[-1] if known else 0.0
        return {
            "shop": card.name,
            "boss": card.boss,
            "town": card.town,
            "place": card.place,
            "road": card.place,
            "q": round(last),
            "w": max(2, round(last / 4.3 * self.rng.uniform(0.85, 1.15))),
            "deposits": f"{last / 10_000:.0f}万" if last >= 10_000 else f"{last:.0f}元",
            "fest": next_festival(day),
            "nextmonth": day.month % 12 + 1,
            "ta": "他" if card.people[0].sex == "m" else "她",
            "stopped": max(2, card.story.months - back) if card.story else 2,
        }

    def picks(self, card: Card, day: dt.date) -> Picks:
        """A new telling about a client."""
        lists = self.lists
        if card.kind == "person":
            lists = {**lists, "helper": lists["helper_person"]}
        return Picks(self.rng, lists, self.facts(card, day))

    def write(self, meeting: Meeting) -> Note:
        """The note of a meeting."""
        picks = self.picks(meeting.card, meeting.day)
        if meeting.mode != "on_site":
            return self._call(meeting, picks)
        if meeting.is_complaint and self.complaints:
            return self._complaint(meeting, picks)
        found = self._story(meeting, picks) or self._visit(meeting, picks)
        found.people_met = found.people_met or meeting.card.people[0].name
        found.checklist = self._ticks(meeting, found)
        return found

    def _visit(self, meeting: Meeting, picks: Picks) -> Note:
        rng, card = self.rng, meeting.card
        purposes = self.section("purposes", card.kind)
        purpose = rng.choices(list(purposes), [entry["weight"] for entry in purposes.values()])[0]
        if rng.random() < 0.03:
            return self._absent(meeting, picks, purpose)
        if meeting.style.complaints and rng.random() < 0.03:
            return Note(PURPOSES[purpose], result="refused", note=picks.any_of(self.visits["refused"]))
        topic = self._topic(card, purpose, meeting.day)
        rich, plain, short, copied = meeting.style.notes
        depth = rng.choices(("rich", "plain", "short", "copied"), (rich, plain, short, copied))[0]
        if depth == "copied":
            return Note(PURPOSES[purpose], note=rng.choice(self.visits["stock_phrases"]))
        look = self._look(card, purpose)
        result = picks.any_of(topic["result"])
        parts = {
            "rich": [
                self._arrival(picks, card),
                look,
                self._aside(picks, meeting.day),
                result,
            ],
            "plain": [
                rng.choice((self._arrival(picks, card), "")),
                look,
                result,
            ],
            "short": [look if rng.random() < 0.4 else "", result],
        }[depth]
        demand = [picks.any_of(topic["demand"])]
        if rng.random() < OPINION_SHARE and depth != "short":
            demand.append(picks.tell(rng.choice(self.visits["opinions"])[1]))
        found = Note(
            PURPOSES[purpose],
            demand="".join(demand),
            note="".join(picks.tell(part) for part in parts),
            brief=picks.any_of(topic["brief"]),
        )
        found.problem = picks.any_of(topic["problem"]) if topic["problem"] else ""
        found.advice = picks.any_of(topic["advice"]) if topic["advice"] else ""
        if topic["next"] and rng.random() < 0.85:
            low, high, text = rng.choice(topic["next"])
            self._next(found, meeting.day, low, high, picks.tell(text))
        return found

    def _arrival(self, picks: Picks, card: Card) -> str:
        return picks.any_of(self.fitting(self.section("arrive", card.kind), card))

    def _look(self, card: Card, purpose: str) -> str:
        """What met the eye: of the purpose's own sort where there is one."""
        look = self.section("look", card.kind)
        if not isinstance(look, dict):
            return self.rng.choice(self.fitting(look, card))
        own = {"display": "display", "price": "price", "stock": "stock", "order": "stock"}.get(purpose, "")
        sort = own if own and self.rng.random() < 0.75 else self.rng.choice(list(look))
        return str(self.rng.choice(look[sort]))

    def _aside(self, picks: Picks, day: dt.date) -> str:
        if self.rng.random() < 0.5:
            return str(self.rng.choice(self.visits["season"][str(day.month)]))
        return str(self.rng.choice(self.visits["chat"]))

    def _topic(self, card: Card, purpose: str, day: dt.date) -> dict[str, Any]:
        of_what = (purpose, card.kind, day.month, card.about.get("trade"), card.market, card.is_representative)
        fitting = self.topics_of(*of_what)
        return self.rng.choices(fitting, [topic["weight"] for topic in fitting])[0]

    @cache  # noqa: B019  as short-lived as the writer
    def topics_of(
        self, purpose: str, kind: str, month: int, trade: str | None, market: str, is_representative: bool
    ) -> list[dict[str, Any]]:
        """The topics that suit a purpose, a client and a month."""
        return [
            topic
            for topic in self.topics
            if purpose in topic["purposes"]
            and topic.get("kind", kind) == kind
            and month in topic.get("months", [month])
            and trade in topic.get("trades", [trade])
            and not (topic.get("urban") and market != "urban")
            and (topic["key"] != "representative" or is_representative)
        ]

    def _story(self, meeting: Meeting, picks: Picks) -> Note | None:
        """A visit that is about the turn in the client's business."""
        story, rng = meeting.card.story, self.rng
        if story is None or rng.random() > STORY_SHARE or meeting.style.notes[3] > 4:
            return None
        back = (self.last_month.year - meeting.day.year) * 12 + self.last_month.month - meeting.day.month
        if back >= story.months - 1:
            return None
        told = rng.sample(story.told, min(len(story.told), 1 + (meeting.style.notes[0] > 2)))
        lead = self._arrival(picks, meeting.card) if rng.random() < 0.35 else ""
        found = Note(
            "retention" if story.kind != "growth" else "routine",
            note=lead + "".join(picks.tell(text) for text in told),
            brief=picks.tell(story.brief),
        )
        if story.kind != "growth":
            found.result = "follow_up"
            self._next(found, meeting.day, 4, 14, picks.any_of(self.visits["watch"]))
        return found

    def _absent(self, meeting: Meeting, picks: Picks, purpose: str) -> Note:
        meeting.seconds = min(meeting.seconds, self.rng.randint(130, 260))
        found = Note(PURPOSES[purpose], result="absent", note=picks.any_of(self.visits["absent"]))
        self._next(found, meeting.day, 1, 5, picks.any_of(self.visits["again"]))
        return found

    def _complaint(self, meeting: Meeting, picks: Picks) -> Note:
        entry = self.rng.choice(self.complaints)
        found = Note(
            "complaint",
            meeting.card.people[0].name,
            picks.tell(entry["demand"]),
            picks.tell(entry["note"]),
            "follow_up",
        )
        found.brief = picks.any_of(self.visits["complained"])
        self._next(found, meeting.day, 2, 7, picks.tell(entry["next"]))
        return found

    def _call(self, meeting: Meeting, picks: Picks) -> Note:
        purpose = self.rng.choice(("routine", "routine", "order" if self.profile == "tobacco" else "care"))
        text = picks.any_of(self.visits["phone"])
        if meeting.mode == "phone" and self.rng.random() < 0.75:
            picks.chosen["minutes"] = str(meeting.seconds // 60)
            text += picks.any_of(self.visits["phone_end"])
        return Note(purpose, meeting.card.people[0].name, note=text)

    def _next(self, note: Note, day: dt.date, low: int, high: int, text: str) -> None:
        note.next_step = text[:200]
        note.next_step_on = same_or_next_work_day(day + dt.timedelta(days=self.rng.randint(low, high)))

    def _ticks(self, meeting: Meeting, note: Note) -> dict[str, str]:
        """Which items of the checklist are in order: nearly all for good shops, all for those who only tick."""
        if note.result in ("absent", "refused"):
            return {}
        rng, codes = self.rng, self.ticks[meeting.card.kind]
        if meeting.style.notes[3] > 4:
            return dict.fromkeys(codes, "yes")
        good = 0.93 if meeting.tier in "AB" else 0.82
        return {code: "na" if rng.random() < 0.04 else "yes" if rng.random() < good else "no" for code in codes}


def common_lists(profile: str) -> dict[str, Sequence[str]]:
    """The word lists that notes, journals and reviews share."""
    people = words("people")
    lists: dict[str, Sequence[str]] = {
        "faraway": people["faraway"],
        "neighbour": people["neighbours"],
        "day": ["周一", "周二", "周三", "周四", "周五"],
        "brief": ["其余客户正常", "几户老客户都正常"],
    }
    if profile == "tobacco":
        shops = words("tobacco_shops")
        lists |= shops["brands"]
        lists |= {
            "brand": [name for key in ("high", "middle", "low") for name in shops["brands"][key]],
            "school": shops["schools"],
            "deliverer": ["小唐", "小熊"],
            "inspector": ["老冯", "曹姐"],
        }
    else:
        data = words("bank_clients")
        lists |= {key: value for key, value in data["products"].items() if key != "service"}
        lists["bank"] = data["banks"]
    return lists
