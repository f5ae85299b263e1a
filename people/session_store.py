"""Sessions in Redis and PostgreSQL whose rows know whose login they are."""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import cached_db


class SessionStore(cached_db.SessionStore):
    """Django's, with the person beside the data: so that people find their own logins without all being read."""

    cache_key_prefix = "people.session:"

    @classmethod
    def get_model_class(cls) -> Any:
        """The table."""
        from people.models import Session  # models import the base of this class

        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """The row of these data."""
        row: Any = super().create_model_instance(data)
        row.user_id = data.get(SESSION_KEY)
        return row
