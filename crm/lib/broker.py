"""Redis, which may be away: nobody waits for it longer than half a second, and no page fails for want of it."""

import logging
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import redis
from django.conf import settings
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.retry import Retry

SECONDS = 0.5  # for each step of a command
# The client's own ways are to repeat a command for some five seconds.
IMPATIENT = {"socket_timeout": SECONDS, "socket_connect_timeout": SECONDS, "retry": Retry(NoBackoff(), 0)}

logger = logging.getLogger(__name__)


def client(**options: Any) -> redis.Redis:
    """A client that raises RedisError soon."""
    return redis.Redis.from_url(settings.REDIS_URL, **IMPATIENT, **options)


def _or(otherwise: Callable[..., Any]) -> Callable[[Any], Any]:
    """Decorator: what ``otherwise`` gives for the same arguments when Redis is away."""

    def decorate(method: Any) -> Any:
        @wraps(method)
        def forgiving(self: "Cache", *args: Any, **kwargs: Any) -> Any:
            try:
                return method(self, *args, **kwargs)
            except redis.RedisError as error:
                logger.warning("cache: %s", error)
                return otherwise(*args, **kwargs)

        return forgiving

    return decorate


class Cache(RedisCache):
    """Without Redis it knows nothing, keeps nothing and counts from nothing."""

    def __init__(self, server: str, params: Mapping[str, Any]) -> None:
        options = {**IMPATIENT, **params.get("OPTIONS", {})}
        super().__init__(server, {**params, "OPTIONS": options})  # type: ignore[call-arg]

    def clear(self) -> None:
        """Forget everything of its own: Django would empty the server, on which others keep things, too."""
        there = self._cache.get_client(None, write=True)
        if keys := list(there.scan_iter(f"{self.key_prefix}:*", count=1000)):
            there.delete(*keys)

    get = _or(lambda key, default=None, version=None: default)(RedisCache.get)
    get_many = _or(lambda *_args, **_kwargs: {})(RedisCache.get_many)
    set = _or(lambda *_args, **_kwargs: None)(RedisCache.set)
    set_many = _or(lambda data, *_args, **_kwargs: list(data))(RedisCache.set_many)
    add = _or(lambda *_args, **_kwargs: False)(RedisCache.add)
    touch = _or(lambda *_args, **_kwargs: False)(RedisCache.touch)
    has_key = _or(lambda *_args, **_kwargs: False)(RedisCache.has_key)
    incr = _or(lambda key, delta=1, version=None: delta)(RedisCache.incr)
    delete = _or(lambda *_args, **_kwargs: False)(RedisCache.delete)
    delete_many = _or(lambda *_args, **_kwargs: None)(RedisCache.delete_many)
