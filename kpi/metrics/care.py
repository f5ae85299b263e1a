"""Indicators of service: complaints, requests on time, satisfaction at the callback, slips, kept clients, files."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from clients.reach import within
from kpi.metrics.registry import COUNT, MARK, MEAN, PERCENT, RATIO, SUM, Metric, register

# A request counts for whoever owned the client on the day that it came in.
REQUESTS = f"""
    service_servicerequest q
    JOIN clients_ownership o ON o.client_id = q.client_id AND {within("o.client_id")}
        AND (q.registered_at AT TIME ZONE %(zone)s)::date >= o.valid_from
        AND (o.valid_to IS NULL OR (q.registered_at AT TIME ZONE %(zone)s)::date <= o.valid_to)
    JOIN people ON people.manager_id = o.owner_id
    WHERE q.organisation_id = %(organisation)s AND q.state NOT IN ('merged', 'cancelled')
        AND (q.registered_at AT TIME ZONE %(zone)s)::date BETWEEN %(start)s AND %(as_of)s
"""
ROW = """
    SELECT o.owner_id AS manager_id, q.client_id, 'request' AS kind, q.id AS object_id,
           (q.registered_at AT TIME ZONE %(zone)s)::date AS day
"""

# Complaints stand over all clients in care, so each client is a row as well: den 1 for it, num 1 for each complaint.
COMPLAINT_RATE = f"""
    {ROW}, 1 AS num, 0 AS den FROM {REQUESTS} AND q.kind = 'complaint'
    UNION ALL
    SELECT owned.manager_id, owned.client_id, 'client', owned.client_id, NULL, 0,
           (last_day - first_day + 1)::numeric / (%(as_of)s::date - %(start)s::date + 1)
    FROM owned JOIN clients_client c ON c.id = owned.client_id AND c.is_active AND c.stage <> 'lost'
"""
# What is not yet due is neither late nor on time.
ON_TIME = f"""
    {ROW}, CASE WHEN q.resolved_at <= q.due_at THEN 1 ELSE 0 END AS num, 1 AS den
    FROM {REQUESTS} AND (q.resolved_at IS NOT NULL OR q.due_at < %(cutoff)s)
"""
SATISFACTION = f"{ROW}, q.satisfaction AS num, 1 AS den FROM {REQUESTS} AND q.satisfaction IS NOT NULL"

SLIPS = """
    SELECT s.giver_id AS manager_id, s.client_id, 'slip' AS kind, s.id AS object_id,
           (s.given_at AT TIME ZONE %(zone)s)::date AS day, 1 AS num, 1 AS den
    FROM service_informationslip s JOIN people ON people.manager_id = s.giver_id
    WHERE s.organisation_id = %(organisation)s
        AND (s.given_at AT TIME ZONE %(zone)s)::date BETWEEN %(start)s AND %(as_of)s
"""

KEPT = f"""
    SELECT o.owner_id AS manager_id, a.client_id, 'alert' AS kind, a.id AS object_id,
           (a.closed_at AT TIME ZONE %(zone)s)::date AS day,
           CASE WHEN a.state = 'kept' THEN 1 ELSE 0 END AS num, 1 AS den
    FROM retention_alert a
    JOIN clients_ownership o ON o.client_id = a.client_id AND {within("o.client_id")}
        AND (a.closed_at AT TIME ZONE %(zone)s)::date >= o.valid_from
        AND (o.valid_to IS NULL OR (a.closed_at AT TIME ZONE %(zone)s)::date <= o.valid_to)
    JOIN people ON people.manager_id = o.owner_id
    WHERE a.organisation_id = %(organisation)s AND a.state IN ('kept', 'lost')
        AND (a.closed_at AT TIME ZONE %(zone)s)::date BETWEEN %(start)s AND %(as_of)s
"""

# Eight fields that a file must have; as the file stands when the period is computed.
FILES = """
    SELECT owned.manager_id, owned.client_id, 'client' AS kind, owned.client_id AS object_id, NULL::date AS day,
           (c.phone <> '')::int + (c.address <> '')::int + (c.longitude IS NOT NULL)::int + (c.market <> '')::int
           + (c.scale <> '')::int + (c.opened_on IS NOT NULL)::int + (c.business_format <> '' OR c.kind <> 'shop')::int
           + (EXISTS (SELECT FROM clients_contact k WHERE k.client_id = c.id))::int AS num, 8 AS den
    FROM owned JOIN clients_client c ON c.id = owned.client_id AND c.is_active AND c.stage <> 'lost'
    WHERE owned.last_day = %(as_of)s
"""

# Over all clients in care, the lost ones among them: den 1 for each, num 1 where an alert was closed as lost.
LOST = """
    SELECT owned.manager_id, owned.client_id, 'client' AS kind, owned.client_id AS object_id,
           max((a.closed_at AT TIME ZONE %(zone)s)::date) AS day, (count(a.id) > 0)::int AS num, 1 AS den
    FROM owned
    JOIN clients_client c ON c.id = owned.client_id
    LEFT JOIN retention_alert a ON a.client_id = owned.client_id AND a.state = 'lost'
        AND (a.closed_at AT TIME ZONE %(zone)s)::date BETWEEN owned.first_day AND owned.last_day
    WHERE c.is_active OR a.id IS NOT NULL
    GROUP BY owned.manager_id, owned.client_id
"""

register(
    Metric(
        "complaint_rate", _("Complaint rate"), PERCENT, RATIO, "service",
        _("Complaints of own clients ÷ clients owned."),
        COMPLAINT_RATE, _("Complaints"), _("Clients"), higher_is_better=False,
    ),
    Metric(
        "requests_on_time", _("Requests settled on time"), PERCENT, RATIO, "service",
        _("Requests and complaints of own clients settled by their deadline ÷ those settled or past it."),
        ON_TIME, _("On time"), _("Requests"),
    ),
    Metric(
        "satisfaction", _("Satisfaction at the callback"), MARK, MEAN, "service",
        _("Sum of the marks 1 to 5 that own clients gave when called back ÷ number of marks."),
        SATISFACTION, _("Mark"), _("Callbacks"),
    ),
    Metric(
        "slips_given", _("Information slips"), COUNT, SUM, "service",
        _("Number of information slips passed on."), SLIPS, _("Slips"), "",
        advice=ngettext_lazy("Pass on %(n)d more slip", "Pass on %(n)d more slips", "n"),
    ),
    Metric(
        "clients_kept", _("Clients kept"), PERCENT, RATIO, "alerts",
        _("Alerts closed as kept ÷ alerts closed as kept or lost."), KEPT, _("Kept"), _("Closed"),
    ),
    Metric(
        "clients_lost", _("Clients lost"), PERCENT, RATIO, "alerts",
        _("Clients whose alert was closed as lost ÷ clients owned."), LOST, _("Lost"), _("Clients"),
        higher_is_better=False,
    ),
    Metric(
        "file_completeness", _("Completeness of client files"), PERCENT, RATIO, "files",
        _(
            "Filled fields ÷ fields over the own clients: phone, address, coordinates, market, scale, format, "
            "client since, and a contact."
        ),
        FILES, _("Filled"), _("Fields"),
    ),
)  # fmt: skip
