"""A plugin that runs tests again with a guard taken out: which of them notice what no probe notices?

``pytest -p tests.trust.rerun tests/people …``: after each test, the guards that ran in it and have no killer yet are
taken out one at a time, and the test runs again. What fails is the guard's killer and goes into killers.json.
``LEFT=file`` names the guards to try instead.
"""

from typing import Any


def pytest_configure(config: Any) -> None:
    from tests.trust.again import Again  # needs the settings

    config.pluginmanager.register(Again(), "again")
