"""The product's settings, with queues and cache of its own for each test process, and quick passwords."""

import os

os.environ["REDIS_PREFIX"] = f"test-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
# Playwright's synchronous interface runs an event loop in the test's thread, where Django would refuse queries.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

from crm.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Static files are looked up when asked for, not listed anew for every test client.
WHITENOISE_AUTOREFRESH = True
STEP_UP = 24 * 3600  # one login serves a whole module, however slow the machine
CACHES["default"]["OPTIONS"] = {"socket_timeout": 30}  # noqa: F405 - on a busy machine Redis is slow, and not away
