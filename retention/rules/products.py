"""Alerts from products that a client has given up."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.models import ProductClass
from crm.lib import periods
from retention.rules.registry import DAYS, MONTHS, Act, Found, Limits, Rule, Scene, Step, limit, register, with_trade

BEFORE, LEAST = 6, 4  # months in which a class has to have been traded before, of so many
NATURES = ("goods", "deposit", "investment")  # a loan that is paid back is no loss

# Something that ended within the span, and of which the client has no other.
ENDED = """
    SELECT h.client_id, p.name, h.until AS gone, 'holding:' || h.id AS cause
    FROM clients_holding h
    JOIN clients_product p ON p.id = h.product_id AND (p.withdrawn_on IS NULL OR p.withdrawn_on > h.until)
    JOIN clients_productclass k ON k.id = p.product_class_id AND k.nature <> 'loan'
    WHERE h.organisation_id = %(organisation)s AND h.until BETWEEN %(from)s AND %(day)s
      AND NOT EXISTS (
          SELECT FROM clients_holding o
          WHERE o.client_id = h.client_id AND o.product_id = h.product_id AND o.id <> h.id
            AND (o.until IS NULL OR o.until > h.until)
      )
"""

# A class of which nothing was traded in the latest months although it was before, and although the client still trades.
# Whoever traded all classes in the newest month lacks none: nothing is added up for these, who are most. Of the others,
# those who lack a class in all the latest months; only for these the months before.
FADED = """
    SELECT s.client_id, s.name, b.last_day AS gone, s.code || '@' || to_char(b.last_day, 'YYYY-MM') AS cause
    FROM (
        SELECT r.client_id, k.name, k.code, k.measure
        FROM (
            SELECT client_id, ARRAY[{taken}] AS taken
            FROM clients_monthlyfact f
            WHERE organisation_id = %(organisation)s AND month = ANY(%(recent)s)
              AND NOT EXISTS (
                  SELECT FROM clients_monthlyfact newest
                  WHERE newest.client_id = f.client_id AND newest.organisation_id = %(organisation)s
                    AND newest.month = %(newest)s AND {all_taken}
              )
            GROUP BY client_id HAVING sum(amount) > 0
        ) r
        CROSS JOIN unnest(%(codes)s::text[], %(names)s::text[], %(measures)s::text[])
            WITH ORDINALITY AS k (code, name, measure, place)
        WHERE NOT coalesce(r.taken[k.place], false)
    ) s
    CROSS JOIN LATERAL (
        SELECT count(*) AS months, sum((f.measures -> s.measure)::numeric) / %(span)s AS a_month,
               (max(f.month) + interval '1 month - 1 day')::date AS last_day
        FROM clients_monthlyfact f
        WHERE f.client_id = s.client_id AND f.month = ANY(%(before)s)
          AND jsonb_typeof(f.measures -> s.measure) = 'number' AND (f.measures -> s.measure)::numeric > 0
    ) b
    WHERE b.months >= %(least)s AND b.a_month >= %(quantity)s
"""
# Numbers are compared as they stand in the JSON, where texts and null come before them: nothing is cast for the many.
TAKEN = "{fact}.measures -> {measure} > '0'"


def dropped(scene: Scene, limits: Limits) -> Found:
    """Clients who gave up a product, or no longer trade a class of products; the latest of these is the cause."""
    silent = int(limits["months"])
    classes = ProductClass.objects.filter(organisation=scene.organisation, nature__in=NATURES).exclude(measure="")
    known = list(classes.values_list("code", "name", "measure"))
    parts = [ENDED]
    if known and len(scene.months) >= silent + BEFORE:
        each = [f"%(measure_{n})s" for n in range(len(known))]
        taken = ", ".join(f"bool_or({TAKEN.format(fact='f', measure=measure)})" for measure in each)
        all_taken = " AND ".join(TAKEN.format(fact="newest", measure=measure) for measure in each)
        parts.append(FADED.format(taken=taken, all_taken=all_taken))
    codes, names, measures = zip(*known, strict=True) if known else ((), (), ())
    query = f"""
        SELECT d.client_id,
               left((array_agg(d.cause ORDER BY d.gone DESC, d.cause))[1], 60) AS cause,
               jsonb_build_object('names', jsonb_agg(d.name ORDER BY d.gone DESC, d.cause), 'since', max(d.gone))
                   AS figures,
               round(greatest(max(t.amount_3m_before) - max(t.amount_3m), 0) / 3, 2) AS value_at_risk
        FROM ({" UNION ALL ".join(parts)}) d
        {with_trade("d.client_id")}
        GROUP BY d.client_id
    """
    return query, {
        "from": scene.day - dt.timedelta(days=int(limits["days"])),
        "recent": scene.months[:silent],
        "newest": scene.month,
        "before": scene.months[silent : silent + BEFORE],
        "span": BEFORE,
        "least": LEAST,
        "quantity": limits["quantity"],
        "codes": list(codes),
        "names": list(names),
        "measures": list(measures),
        **{f"measure_{n}": measure for n, measure in enumerate(measures)},
    }


def forgotten(scene: Scene, limits: Limits) -> Found:
    """Given up so long ago that the product is not looked for any more, without having come back."""
    query = """
        (a.figures ->> 'since')::date < CASE WHEN a.cause LIKE 'holding:%%' THEN %(from)s::date ELSE %(faded)s::date END
    """
    return query, {
        "from": scene.day - dt.timedelta(days=int(limits["days"])),
        "faded": periods.add_months(scene.month, LEAST - BEFORE - int(limits["months"])),
    }


def reason_dropped(figures: dict[str, Any]) -> str:
    """Which products since when, in words."""
    names = figures["names"]
    shown = _(", ").join(names[:3])
    values = {"names": shown, "count": len(names), "since": figures["since"]}
    if len(names) > 3:
        return _("Gave up %(names)s and others, %(count)d products; the last on %(since)s") % values
    return _("Gave up %(names)s; last traded or held on %(since)s") % values


register(
    Rule(
        kind="product_dropped",
        label=gettext_lazy("Product dropped"),
        icon="package-off",
        find=dropped,
        reason=reason_dropped,
        step=gettext_lazy("Ask why the product went, and offer what fits better."),
        about=gettext_lazy("A product that ended, or a class that was traded before and is not any more."),
        limits=(
            limit("months", gettext_lazy("Alert when a class was not traded for"), 2, MONTHS, 1, 6),
            limit("quantity", gettext_lazy("and before that at least"), 2, gettext_lazy("a month"), 0, 1_000_000),
            limit("days", gettext_lazy("Alert when a product ended within the last"), 60, DAYS, 7, 365),
        ),
        quiet_days=90,
        escalate_days=7,
        steps=(
            Step(Act.VISIT, 3, gettext_lazy("Visit: why did it go, what has taken its place?")),
            Step(Act.TASK, 7, gettext_lazy("Work out a proposal with a fitting product.")),
        ),
        lapsed=forgotten,
    )
)
