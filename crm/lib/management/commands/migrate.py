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
    A new or changed model is rendered alone: Django renders every model that it is related to again, and all are,
    through the user. Columns and constraints need no more; a migration in Python gets everything rendered anew.
    """
    usual = {name: getattr(ProjectState, name) for name in ("add_model", "reload_model")}
    thresholds = gc.get_threshold()
    ProjectState.add_model = _add_model  # type: ignore[method-assign, assignment]
    ProjectState.reload_model = _reload_model  # type: ignore[method-assign, assignment]
    gc.set_threshold(50_000, 50, 100)  # classes by the thousand are made and dropped
    try:
        yield
    finally:
        for name, method in usual.items():
            setattr(ProjectState, name, method)
        gc.set_threshold(*thresholds)


def _add_model(state: ProjectState, model: ModelState) -> None:
    key = model.app_label, model.name_lower
    state.models[key] = model
    if state._relations is not None:  # type: ignore[attr-defined]
        state.resolve_model_relations(key)  # type: ignore[attr-defined]
    if "apps" in state.__dict__:
        state.apps.render_multiple([model])  # type: ignore[attr-defined]


def _reload_model(state: ProjectState, app_label: str, model_name: str, delay: bool = False) -> None:
    if "apps" in state.__dict__:
        state.is_delayed = True  # what says that a migration in Python needs more
        state._reload({(app_label, model_name)})  # type: ignore[attr-defined]
