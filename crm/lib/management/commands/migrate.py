"""`migrate` in the owner's name, with the serving role's grants after it."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.commands import migrate
from django.db import connection
from django.db.migrations.state import ModelState, ProjectState

from crm.lib.roles import as_owner, grant_serving_role


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with as_owner(), _few_renderings():
            super().handle(*args, **options)
            with connection.cursor() as cursor:
                grant_serving_role(cursor)


@contextmanager
def _few_renderings() -> Iterator[None]:
    """
    A new model is rendered alone, in half the time: Django renders every model that it is related to again, and all
    are, through the user; only a model that is already there can have changed for others.
    """
    whole, thresholds = ProjectState.add_model, gc.get_threshold()
    ProjectState.add_model = _add_model  # type: ignore[method-assign, assignment]
    gc.set_threshold(50_000, 50, 100)  # classes by the thousand are made and dropped
    try:
        yield
    finally:
        ProjectState.add_model = whole  # type: ignore[method-assign]
        gc.set_threshold(*thresholds)


def _add_model(state: ProjectState, model: ModelState) -> None:
    key = model.app_label, model.name_lower
    state.models[key] = model
    if state._relations is not None:  # type: ignore[attr-defined]
        state.resolve_model_relations(key)  # type: ignore[attr-defined]
    if "apps" in state.__dict__:
        state.apps.render_multiple([model])  # type: ignore[attr-defined]
