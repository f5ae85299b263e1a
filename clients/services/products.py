"""Verbs on holdings and listing: taken up, ended, taken up again."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from clients.models import Client, Holding, Product, ProductClass
from clients.models.products import Nature
from crm.lib import periods
from crm.lib.sql import rows
from people.models import User


@transaction.atomic
def take_up(client: Client, product: Product, by: User | None, **fields: Any) -> Holding:
    """The client has the product from a day on; one that runs already (by product and number) is brought up to date."""
    if product.organisation_id != client.organisation_id:
        raise ValidationError({"product": _("This product belongs to another organisation.")})
    _hold(client)
    reference = fields.pop("reference", "")
    fields = {"since": periods.today()} | {name: value for name, value in fields.items() if value is not None}
    running = Holding.objects.select_for_update().running().filter(client=client, product=product, reference=reference)
    found = running.first() or Holding(
        client=client, product=product, reference=reference, organisation_id=client.organisation_id
    )
    for name, value in fields.items():
        if name != "since" or found.pk is None:  # the first day stands once it is known
            setattr(found, name, value)
    if found.ends_on and found.ends_on < found.since:
        raise ValidationError({"ends_on": _("The term ends before it begins.")})
    found.changed_by, found.changed_at = by, periods.now()
    found.save()
    return found


@transaction.atomic
def end(holding: Holding, day: dt.date, reason: str, by: User | None) -> Holding:
    """The last day of a holding, with why."""
    found = Holding.objects.select_for_update().get(pk=holding.pk)
    if found.until:
        raise ValidationError(_("This has ended already."))
    if not found.since <= day <= periods.today():
        raise ValidationError({"until": _("Choose a day between its first day and today.")})
    found.until, found.ended_reason = day, reason[:200]
    found.changed_by, found.changed_at = by, periods.now()
    found.save(update_fields=["until", "ended_reason", "changed_by", "changed_at"])
    return found


@transaction.atomic
def set_listing(client: Client, products: set[int], by: User | None) -> tuple[int, int]:
    """Which goods stand on the client's shelf today, as ids of products on sale: (taken up, ended)."""
    _hold(client)
    today = periods.today()
    offered = {
        product.pk: product
        for product in Product.objects.filter(
            organisation=client.organisation_id, product_class__nature=Nature.GOODS
        ).on_offer(today)
    }
    running = {
        holding.product_id: holding
        for holding in Holding.objects.running().filter(client=client, product__in=offered, reference="")
    }
    added = [take_up(client, offered[key], by) for key in sorted((products & offered.keys()) - running.keys())]
    gone = [end(running[key], today, _("No longer on the shelf"), by) for key in sorted(running.keys() - products)]
    return len(added), len(gone)


def _hold(client: Client) -> None:
    """What a client has is changed by one at a time: a second click waits, and finds it done."""
    Client.objects.select_for_update(no_key=True).get(pk=client.pk)


def listing_share(client: Client) -> tuple[int, int]:
    """(key products that the client has, key products on offer) today."""
    today = periods.today()
    key = Product.objects.filter(organisation=client.organisation_id, is_key=True).on_offer(today)
    held = Holding.objects.filter(client=client, product__in=key).held_on(today)
    return held.aggregate(n=Count("product", distinct=True))["n"], key.count()


def class_mix(client: Client) -> list[tuple[ProductClass, Decimal, Decimal]]:
    """(class, quantity, share) of the goods that a client bought in the last 12 months, by the monthly figures."""
    classes = ProductClass.objects.filter(organisation=client.organisation_id, nature=Nature.GOODS).exclude(measure="")
    by_measure = {one.measure: one for one in classes}
    found = rows(
        """
        SELECT m.key, sum(m.value::text::numeric) AS total
        FROM clients_monthlyfact AS f CROSS JOIN LATERAL jsonb_each(f.measures) AS m
        WHERE f.client_id = %s AND f.month >= %s AND m.key = ANY(%s) AND jsonb_typeof(m.value) = 'number'
        GROUP BY m.key
        """,
        [client.pk, periods.add_months(periods.this_month(), -12), list(by_measure)],
    )
    totals = {row["key"]: row["total"] for row in found}
    whole = sum(totals.values())
    return [
        (one, totals[name], totals[name] / whole) for name, one in by_measure.items() if whole > 0 and totals.get(name)
    ]
