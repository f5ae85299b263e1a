"""What a person has chosen: which kind by which channel, quiet hours, the hour of the digest."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crm.lib import periods
from people.notices.kinds import DIGEST, NOW, OFF, all_kinds, get

KEY = "notices"  # in a person's preferences
EMAIL_MODES = (NOW, DIGEST, OFF)


@dataclass(frozen=True)
class Choices:
    """Codes that are missing follow the kind's default. Quiet from ``quiet_from`` to ``quiet_to``, none when equal."""

    email: Mapping[str, str] = field(default_factory=dict)
    robot: Mapping[str, bool] = field(default_factory=dict)
    quiet_from: dt.time = dt.time(21)
    quiet_to: dt.time = dt.time(7)
    digest_at: dt.time = dt.time(7, 30)

    def email_of(self, code: str) -> str:
        """How a kind comes by e-mail."""
        return self.email.get(code, get(code).email)

    def robot_of(self, code: str) -> bool:
        """Whether a kind comes by the group's robot."""
        return self.robot.get(code, get(code).robot)

    def after_quiet(self, moment: dt.datetime) -> dt.datetime:
        """The moment itself, or the end of the quiet hours that it falls into."""
        local = periods.local(moment)
        clock, day = local.time(), local.date()
        if self.quiet_from < self.quiet_to:
            quiet, wakes = self.quiet_from <= clock < self.quiet_to, day
        else:  # over midnight
            late = clock >= self.quiet_from and self.quiet_from != self.quiet_to
            quiet = late or (clock < self.quiet_to and self.quiet_from != self.quiet_to)
            wakes = day + dt.timedelta(days=1) if late else day
        return periods.at(wakes, self.quiet_to.hour, self.quiet_to.minute) if quiet else moment

    def next_digest(self, moment: dt.datetime) -> dt.datetime:
        """When the next digest goes out."""
        day = periods.local(moment).date()
        found = periods.at(day, self.digest_at.hour, self.digest_at.minute)
        if found > moment:
            return found
        return periods.at(day + dt.timedelta(days=1), self.digest_at.hour, self.digest_at.minute)


def choices_of(preferences: Mapping[str, Any]) -> Choices:
    """What a person's preferences say."""
    own = preferences.get(KEY, {})
    times = {name: dt.time.fromisoformat(own[name]) for name in ("quiet_from", "quiet_to", "digest_at") if name in own}
    return Choices(email=own.get("email", {}), robot=own.get("robot", {}), **times)


def store(user: Any, choices: Choices) -> None:
    """Keep a person's choices; what equals the default is left out, so that it follows a default that changes."""
    kinds = all_kinds()
    own: dict[str, Any] = {
        "email": {kind.code: mode for kind in kinds if (mode := choices.email_of(kind.code)) != kind.email},
        "robot": {kind.code: wanted for kind in kinds if (wanted := choices.robot_of(kind.code)) != kind.robot},
        **{name: f"{getattr(choices, name):%H:%M}" for name in ("quiet_from", "quiet_to", "digest_at")},
    }
    user.preferences = {**user.preferences, KEY: own}
    user.save(update_fields=["preferences"])
