"""Sessions in Redis and PostgreSQL whose rows know whose login they are."""

from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import cached_db
from django.core.cache import caches

COPY_SECONDS = 10 * 60


class Copies:
    """The cache for copies of sessions, none older than some minutes: a row may go while Redis is away."""

    def __init__(self, cache: Any) -> None:
        self.get, self.delete, self._cache = cache.get, cache.delete, cache

    def __contains__(self, key: str) -> bool:
        return key in self._cache

    def set(self, key: str, value: Any, timeout: int) -> None:
        """Keep it for a while."""
        self._cache.set(key, value, min(timeout, COPY_SECONDS))


class SessionStore(cached_db.SessionStore):
    """Django's, with the person beside the data: so that people find their own logins without all being read."""

    cache_key_prefix = "people.session:"

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self._cache: Any = Copies(caches[settings.SESSION_CACHE_ALIAS])

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
