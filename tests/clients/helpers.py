"""Clients, uploads and runs in a line each."""

import io

from clients.imports import engine
from clients.models import Client, Upload
from crm.lib import jobs


def add_client(world, code, relation="own", **values):
    """Another client of an account manager."""
    owner = world.managers[relation]
    values.setdefault("name", f"客户{code}")
    return Client.objects.create(
        organisation_id=owner.organisation_id, org=owner.unit, owner=owner, code=code, **values
    )


def upload(organisation, text, *, target=Upload.Target.CLIENTS, encoding="utf-8", name="file.csv", **options):
    """A received file, from text or bytes."""
    body = text if isinstance(text, bytes) else text.encode(encoding)
    return engine.receive(organisation, target, io.BytesIO(body), name, options=options)


def take_in(organisation, text, **options):
    """Import a file; (job, upload)."""
    found = upload(organisation, text, **options)
    job = jobs.run(engine.start(found).pk)
    found.refresh_from_db()
    return job, found


def problems(found):
    """(row, field, reason) of all problems."""
    return list(found.problems.order_by("row", "field").values_list("row", "field", "reason"))


def sent_back(form):
    """What a browser sends for a form that nobody has touched."""
    data = {}
    for field in form:
        widget, value = field.field.widget, field.value()
        if getattr(widget, "input_type", "") == "select":
            options = [option for _name, group, _index in widget.optgroups(field.name, widget.format_value(value))
                       for option in group]  # fmt: skip
            data[field.name] = next((one["value"] for one in options if one["selected"]), options[0]["value"])
        elif getattr(widget, "input_type", "") != "checkbox":
            data[field.name] = widget.format_value(value) or ""
        elif value:
            data[field.name] = "on"
    return {name: str(value) for name, value in data.items()}
