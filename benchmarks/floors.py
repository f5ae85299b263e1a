"""Hand-tuned SQL for what the product's jobs compute, over all organisations at once: the floor they are measured by.

Each writes the same rows into tables of the same shape, with the same indexes and foreign keys, takes the fingerprint
of what it wrote, and knows the default rules by heart.
"""

from typing import Any

TABLES = {
    "floor_tier": "clients_tierresult",
    "floor_standing": "clients_clienttier",
    "floor_value": "kpi_managervalue",
    "floor_card": "kpi_scorecard",
    "floor_line": "kpi_scoreline",
    "floor_alert": "retention_alert",
    "floor_event": "retention_alertevent",
    "floor_trade": "retention_trade",
    "floor_notice": "people_notification",
    "floor_fact": "clients_monthlyfact",
    "floor_client": "clients_client",
}

NUMBERED = ("kpi_scorecard", "kpi_scoreline", "retention_alert", "retention_alertevent", "people_notification")

FOREIGN_KEYS = """
    SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint
    WHERE conrelid = %s::regclass AND contype = 'f' AND conparentid = 0
"""


def prepare(sql: Any) -> None:
    """Empty tables like the product's; to be called in the owner's name."""
    for name, model in TABLES.items():
        sql.execute(f"CREATE TABLE {name} (LIKE {model} INCLUDING ALL)")
        for row in sql.rows(FOREIGN_KEYS, [model]):  # LIKE leaves them out; the scheme and run of a floor are made up
            if "scheme" not in row["definition"] and "kpi_" not in row["definition"]:
                text = row["definition"].replace("REFERENCES retention_alert(", "REFERENCES floor_alert(")
                sql.execute(f"ALTER TABLE {name} ADD {text}")
        if model in NUMBERED:
            sql.execute(f"ALTER TABLE {name} ALTER COLUMN id DROP IDENTITY IF EXISTS")
            sql.execute(
                f"CREATE SEQUENCE {name}_seq; ALTER TABLE {name} ALTER COLUMN id SET DEFAULT nextval('{name}_seq')"
            )
            sql.execute(f"GRANT USAGE ON SEQUENCE {name}_seq TO PUBLIC")
        sql.execute(f"GRANT ALL ON {name} TO PUBLIC")


def fingerprint(query: str) -> str:
    """Statement of the fingerprint of a query's rows."""
    return f"""
        SELECT count(*), sum(hash_record_extended(r, 0)), sum(hash_record_extended(r, 1)) FROM ({query}) AS r
    """


# The month's results, and from them the standing of those whose tier is another one now.
TIERS = f"""
    WITH s AS (
        SELECT client_id, sum(amount) FILTER (WHERE month > %(year_before)s) AS amount,
               sum(amount) FILTER (WHERE month <= %(year_before)s) AS earlier
        FROM clients_monthlyfact WHERE month > %(two_before)s AND month <= %(month)s GROUP BY client_id
    ), member AS (
        SELECT c.id, c.code, c.organisation_id, c.credit_rating, left(u.path, 18) AS county,
               coalesce(c.opened_on > %(new_from)s, false) AS is_new, coalesce(s.amount, 0) AS v0,
               CASE WHEN s.earlier > 0 THEN round(coalesce(s.amount, 0) / s.earlier - 1, 6) END AS v1,
               (c.attributes ->> 'listing_rate')::numeric AS v2, (c.attributes ->> 'compliance')::numeric AS v3
        FROM clients_client c JOIN people_orgunit u ON u.id = c.org_id LEFT JOIN s ON s.client_id = c.id
        WHERE c.is_active OFFSET 0  -- else what is worked out here is worked out again wherever it is named
    ), judged AS (
        SELECT *, cume_dist() OVER (PARTITION BY county, is_new ORDER BY v0)::numeric(9, 6) AS p0,
               CASE WHEN v1 IS NULL THEN 0.5 ELSE least(greatest((v1 + 0.3) / 0.6, 0), 1) END::numeric(9, 6) AS p1,
               least(greatest(v2, 0), 1)::numeric(9, 6) AS p2,
               least(greatest((v3 - 60) / 40, 0), 1)::numeric(9, 6) AS p3
        FROM member OFFSET 0
    ), scored AS (
        SELECT *, round(100 * (p0 * 0.5 + p1 * 0.2 + p2 * 0.2 + p3 * 0.1), 4) AS score FROM judged OFFSET 0
    ), ranked AS (
        SELECT *, row_number() OVER (PARTITION BY county, is_new ORDER BY score DESC, code COLLATE "C") AS rank,
               count(*) OVER (PARTITION BY county, is_new) AS ranked FROM scored
    ), raw AS (
        SELECT *, CASE WHEN rank <= 0.1 * ranked THEN 0 WHEN rank <= 0.4 * ranked THEN 1
                       WHEN rank <= 0.8 * ranked THEN 2 ELSE 3 END AS place,
               CASE WHEN credit_rating = 'D' THEN 2 ELSE 0 END AS cap FROM ranked OFFSET 0
    ), held AS (
        SELECT raw.*, greatest(place, cap) AS wanted, ascii(b.tier) - 65 AS earlier,
               CASE WHEN greatest(place, cap) > ascii(b.tier) - 65
                    THEN coalesce((b.breakdown ->> 'lower')::int, 0) + 1 ELSE 0 END AS lower
        FROM raw LEFT JOIN clients_tierresult b ON b.client_id = raw.id AND b.month = %(before)s AND b.rank IS NOT NULL
        OFFSET 0
    ), written AS (
    INSERT INTO floor_tier (client_id, month, organisation_id, scheme_id, tier, score, rank, ranked, breakdown)
    SELECT id, %(month)s, organisation_id, 1,
           CASE WHEN is_new THEN 'D' WHEN lower = 1 THEN chr(65 + greatest(earlier, cap)) ELSE chr(65 + wanted) END,
           CASE WHEN NOT is_new THEN score END, CASE WHEN NOT is_new THEN rank END, CASE WHEN NOT is_new THEN ranked END,
           concat(
               '{{"parts":{{"amount_12m":[', v0, ',', p0, ',0.5],"growth_yoy":[', coalesce(v1::text, 'null'), ',', p1,
               ',0.2],"attribute:listing_rate":[', coalesce(v2::text, 'null'), ',', coalesce(p2::text, 'null'),
               ',0.2],"attribute:compliance":[', coalesce(v3::text, 'null'), ',', coalesce(p3::text, 'null'),
               ',0.1]}},"raw":"', chr(65 + wanted), '"', CASE WHEN is_new THEN ',"probation":true' END,
               CASE WHEN cap > place THEN ',"capped":"C"' END, CASE WHEN lower = 1 THEN ',"lower":1' END, '}}'
           )::jsonb
    FROM held RETURNING client_id, tier
    )
    INSERT INTO floor_standing AS t (client_id, tier, month, since)
    SELECT w.client_id, w.tier, %(month)s, %(month)s
    FROM written w LEFT JOIN floor_standing t USING (client_id) WHERE t.tier IS DISTINCT FROM w.tier
    ON CONFLICT (client_id) DO UPDATE SET tier = excluded.tier, month = excluded.month, since = excluded.since;
    {fingerprint("SELECT client_id, tier, score, rank, ranked, breakdown FROM floor_tier WHERE month = %(month)s")}
"""

# One pass over each table of the month, then membership, points, sums and ranks.
SCORES = """
    WITH am AS (
        SELECT p.user_id AS manager, p.unit_id, u.organisation_id, left(u.path, 18) AS county
        FROM people_posting p JOIN people_orgunit u ON u.id = p.unit_id WHERE p.role = 'am'
    ), owned AS (
        SELECT o.owner_id AS manager, o.client_id, greatest(o.valid_from, %(start)s) AS first_day,
               least(coalesce(o.valid_to, %(end)s), %(end)s) AS last_day
        FROM clients_ownership o WHERE o.valid_from <= %(end)s AND (o.valid_to IS NULL OR o.valid_to >= %(start)s)
    ), visited AS (
        SELECT manager_id, client_id, count(*) AS n FROM visits_visit v
        WHERE day BETWEEN %(start)s AND %(end)s AND mode = 'on_site'
            AND NOT EXISTS (SELECT FROM visits_traceflag f WHERE f.visit_id = v.id AND f.state = 'justified')
        GROUP BY manager_id, client_id
    ), care AS (
        SELECT o.manager, sum(least(coalesce(v.n, 0), ceil(d.owed))) AS made, sum(d.owed) AS owed,
               sum(CASE WHEN v.n > 0 THEN d.share ELSE 0 END) AS seen, sum(d.share) AS share
        FROM owned o
        JOIN clients_client c ON c.id = o.client_id AND c.is_active AND c.stage <> 'lost'
        LEFT JOIN clients_tierresult r ON r.client_id = o.client_id AND r.month = %(start)s
        LEFT JOIN clients_clienttier t ON t.client_id = o.client_id
        LEFT JOIN visited v ON v.client_id = o.client_id AND v.manager_id = o.manager
        CROSS JOIN LATERAL (
            SELECT (o.last_day - o.first_day + 1)::numeric / least(
                       CASE coalesce(r.tier, t.tier) WHEN 'A' THEN 15 WHEN 'B' THEN 30 WHEN 'C' THEN 60 ELSE 90 END,
                       CASE WHEN c.is_representative THEN 30 END) AS owed,
                   (o.last_day - o.first_day + 1)::numeric / (%(end)s::date - %(start)s::date + 1) AS share
        ) d
        GROUP BY o.manager
    ), plan AS (
        SELECT manager_id AS manager, count(visit_id) AS made, count(*) AS planned FROM visits_plannedvisit
        WHERE day BETWEEN %(start)s AND %(end)s AND state IN ('submitted', 'approved') GROUP BY manager_id
    ), journal AS (
        SELECT author_id AS manager, count(*) FILTER (WHERE submitted_at <= due_at) AS on_time FROM journals_journal
        WHERE kind = 'day' AND day = ANY(%(days)s) AND submitted_at < %(cutoff)s GROUP BY author_id
    ), review AS (
        SELECT j.author_id AS manager, sum(r.mark) AS marks, count(*) AS n
        FROM journals_review r JOIN journals_journal j ON j.id = r.journal_id
        WHERE j.day BETWEEN %(start)s AND %(end)s AND r.mark IS NOT NULL GROUP BY j.author_id
    ), sales AS (
        SELECT o.manager, sum(s.share * coalesce(f.amount, 0)) AS amount, sum(s.share * coalesce(b.amount, 0)) AS before
        FROM owned o
        CROSS JOIN LATERAL (SELECT (o.last_day - o.first_day + 1)::numeric / (%(end)s::date - %(start)s::date + 1)) s (share)
        LEFT JOIN clients_monthlyfact f ON f.client_id = o.client_id AND f.month = %(start)s
        LEFT JOIN clients_monthlyfact b ON b.client_id = o.client_id AND b.month = %(year_before)s
        WHERE f.client_id IS NOT NULL OR b.client_id IS NOT NULL
        GROUP BY o.manager
    ), alert AS (
        SELECT o.owner_id AS manager, count(*) FILTER (WHERE a.acted_at < %(cutoff)s OR a.closed_at < %(cutoff)s) AS acted,
               count(*) AS raised
        FROM retention_alert a JOIN clients_ownership o ON o.client_id = a.client_id AND a.raised_on >= o.valid_from
            AND (o.valid_to IS NULL OR a.raised_on <= o.valid_to)
        WHERE a.raised_on BETWEEN %(start)s AND %(end)s AND NOT (a.state = 'cleared' AND a.acted_at IS NULL)
            AND a.kind NOT IN ('birthday', 'festival')
        GROUP BY o.owner_id
    ), value AS (
        SELECT am.*, x.*, round(x.num / nullif(x.den, 0), 6) - (x.metric = 'sales_growth')::int AS value
        FROM am LEFT JOIN care USING (manager) LEFT JOIN plan USING (manager) LEFT JOIN journal USING (manager)
        LEFT JOIN review USING (manager) LEFT JOIN sales USING (manager) LEFT JOIN alert USING (manager)
        CROSS JOIN LATERAL (VALUES
            (1, 'plan_completion', 0.09, 0.6, 0.95, plan.made::numeric, plan.planned::numeric),
            (2, 'visits_standard', 0.225, 0.5, 0.95, care.made, care.owed),
            (3, 'clients_covered', 0.09, 0.3, 0.7, care.seen, care.share),
            (4, 'alerts_acted', 0.045, 0.3, 0.9, alert.acted, alert.raised),
            (5, 'journal_on_time', 0.12, 0.7, 1.0, coalesce(journal.on_time, 0), %(n_days)s),
            (6, 'review_mark', 0.08, 2.5, 4.5, review.marks, review.n),
            (7, 'sales_growth', 0.25, -0.02, 0.1, sales.amount, sales.before),
            (8, 'soft:attitude', 0.1, 60, 95, NULL, NULL)
        ) AS x (position, metric, weight, low, high, num, den)
    ), stored AS (
        INSERT INTO floor_value (organisation_id, period, metric, manager_id, value, numerator, denominator)
        SELECT organisation_id, to_char(%(start)s::date, 'YYYY-MM'), metric, manager, value, round(num, 4), round(den, 4)
        FROM value WHERE num IS NOT NULL
    ), judged AS (
        SELECT *, CASE WHEN value IS NOT NULL
                       THEN round(greatest(0, least(1, (value - low) / (high - low))), 6) END AS membership FROM value
    )
"""
CARDS = (
    SCORES
    + """, medians AS (
        SELECT county, metric, round((percentile_cont(0.5) WITHIN GROUP (ORDER BY value))::numeric, 6) AS median
        FROM judged GROUP BY county, metric
    ), shared AS (
        SELECT judged.*, m.median, CASE WHEN membership IS NULL THEN 0 ELSE round(
                   weight / sum(weight) FILTER (WHERE membership IS NOT NULL) OVER (PARTITION BY manager), 8) END AS share
        FROM judged JOIN medians m USING (county, metric)
    ), pointed AS (
        SELECT *, round(coalesce(100 * membership * share, 0), 4) AS points FROM shared
    ), cards AS (
        INSERT INTO floor_card (run_id, manager_id, org_id, group_id, score, adjustment, grade, rank, ranked, waiting)
        SELECT %(run)s, manager, unit_id, organisation_id, score, 0,
               CASE WHEN score >= 90 THEN 'excellent' WHEN score >= 75 THEN 'good' WHEN score >= 60 THEN 'fair'
                    ELSE 'fail' END,
               rank() OVER (PARTITION BY county ORDER BY score DESC), count(*) OVER (PARTITION BY county), 1
        FROM (SELECT manager, unit_id, organisation_id, county, round(greatest(0, least(100, sum(points))), 2) AS score
              FROM pointed GROUP BY manager, unit_id, organisation_id, county) AS s
        RETURNING id, manager_id
    )
    INSERT INTO floor_line (card_id, position, leaf, metric, basis, value, numerator, denominator, low, high, median,
                            membership, weight, points)
    SELECT cards.id, position, metric, metric, CASE WHEN value IS NULL THEN 'spread' ELSE 'measured' END, value, num, den,
           low, high, median, membership, share, points
    FROM pointed JOIN cards ON cards.manager_id = pointed.manager;
"""
    + fingerprint(
        "SELECT c.manager_id, c.org_id, c.group_id, c.score, c.grade, c.rank, c.ranked, l.leaf, l.basis, l.value,"
        " l.numerator, l.denominator, l.low, l.high, l.median, l.membership, l.weight, l.points"
        " FROM floor_card c JOIN floor_line l ON l.card_id = c.id"
    )
)

# The sums of trade that the rules and pages read: one row a client. To be kept up when facts have come.
SUMS = """
    INSERT INTO floor_trade (client_id, organisation_id, amount_3m, amount_3m_before, amount_3m_year_before, amount_12m,
                             amount_prev_12m, months_traded, last_month)
    SELECT client_id, min(organisation_id), coalesce(sum(amount) FILTER (WHERE month > %(m3)s), 0),
           coalesce(sum(amount) FILTER (WHERE month > %(m6)s AND month <= %(m3)s), 0),
           coalesce(sum(amount) FILTER (WHERE month > %(m15)s AND month <= %(m12)s), 0),
           coalesce(sum(amount) FILTER (WHERE month > %(m12)s), 0),
           coalesce(sum(amount) FILTER (WHERE month <= %(m12)s), 0),
           count(*) FILTER (WHERE month > %(m12)s AND amount > 0), max(month) FILTER (WHERE amount > 0)
    FROM clients_monthlyfact WHERE month > %(m24)s AND month <= %(month)s GROUP BY client_id
"""

_CLASSES = [f"class_{number}" for number in range(1, 6)]
_ALL_TAKEN = " AND ".join(f"measures -> '{name}' > '0'" for name in _CLASSES)

# Who no longer takes a class: of those alone who lack one in the newest month, the month before and the six before.
_DROPPED = f"""
    SELECT s.client_id, 'product_dropped' AS kind, max(s.name || '@' || to_char(b.last_day, 'YYYY-MM')) AS cause,
           jsonb_build_object('names', jsonb_agg(s.name), 'since', max(b.last_day)) AS figures, 0::numeric AS risk
    FROM (
        SELECT client_id, k.name
        FROM (
            SELECT client_id, {", ".join(f"bool_or(measures -> '{name}' > '0') AS {name}" for name in _CLASSES)}
            FROM clients_monthlyfact f
            WHERE month IN (%(month)s, %(m1)s) AND NOT EXISTS (
                SELECT FROM clients_monthlyfact n WHERE n.client_id = f.client_id AND n.month = %(month)s AND {_ALL_TAKEN})
            GROUP BY client_id HAVING sum(amount) > 0
        ) r
        CROSS JOIN LATERAL (VALUES {", ".join(f"('{name}', {name})" for name in _CLASSES)}) AS k (name, taken)
        WHERE NOT coalesce(k.taken, false)
    ) s
    CROSS JOIN LATERAL (
        SELECT count(*) AS months, sum((f.measures -> s.name)::numeric) / 6 AS a_month, max(f.month) AS last_day
        FROM clients_monthlyfact f
        WHERE f.client_id = s.client_id AND f.month > %(m8)s AND f.month <= %(m2)s AND f.measures -> s.name > '0'
    ) b
    WHERE b.months >= 4 AND b.a_month >= 2
    GROUP BY s.client_id
"""

ALERTS = f"""
    WITH found AS MATERIALIZED (
        SELECT f.*, c.organisation_id FROM (
        SELECT t.client_id, 'sales_drop_qoq' AS kind, to_char(%(month)s::date, 'YYYY-MM') AS cause,
               jsonb_build_object('now', amount_3m, 'before', amount_3m_before, 'from', %(m2)s::date,
                                  'to', %(month)s::date) AS figures,
               round((amount_3m_before - amount_3m) / 3, 2) AS risk
        FROM floor_trade t JOIN clients_client c ON c.id = t.client_id AND c.opened_on <= %(m5)s
        WHERE amount_3m_before > 0 AND amount_3m < amount_3m_before * 0.7
        UNION ALL
        SELECT client_id, 'no_trade', to_char(last_month, 'YYYY-MM'),
               jsonb_build_object('last', last_month, 'to', %(month)s::date),
               round(CASE WHEN months_traded > 0 THEN amount_12m / months_traded ELSE 0 END, 2)
        FROM floor_trade WHERE last_month < %(m2)s
        UNION ALL
        SELECT c.id, 'overdue_visit', d.since::text,
               jsonb_build_object('since', d.since, 'visited', v.last_visit_on IS NOT NULL, 'tier', t.tier, 'days', i.days),
               round(coalesce(s.amount_3m, 0) / 3, 2)
        FROM clients_client c
        LEFT JOIN clients_clienttier t ON t.client_id = c.id
        LEFT JOIN visits_clienttrace v ON v.client_id = c.id
        LEFT JOIN clients_ownership o ON o.client_id = c.id AND o.valid_to IS NULL
        LEFT JOIN floor_trade s ON s.client_id = c.id
        CROSS JOIN LATERAL (SELECT coalesce(v.last_visit_on, o.valid_from, c.opened_on) AS since) d
        CROSS JOIN LATERAL (SELECT least(
            CASE t.tier WHEN 'A' THEN 15 WHEN 'B' THEN 30 WHEN 'C' THEN 60 ELSE 90 END,
            CASE WHEN c.is_representative THEN 30 END) AS days) i
        WHERE c.owner_id IS NOT NULL AND %(day)s - d.since > i.days
        UNION ALL
        SELECT q.client_id, 'complaint', max(id)::text,
               jsonb_build_object('count', count(*), 'late', count(*) FILTER (WHERE late), 'days', 90,
                                  'due', min(due_at::date) FILTER (WHERE late)),
               round(coalesce(max(s.amount_3m), 0) / 3, 2)
        FROM (SELECT *, due_at < %(until)s AND resolved_at IS NULL AS late FROM service_servicerequest
              WHERE kind = 'complaint' AND registered_at < %(until)s
                AND (registered_at >= %(quarter)s OR resolved_at IS NULL)) q
        LEFT JOIN floor_trade s ON s.client_id = q.client_id
        GROUP BY q.client_id
        HAVING count(*) FILTER (WHERE late) > 0 OR count(*) FILTER (WHERE registered_at >= %(quarter)s) >= 2
        UNION ALL
        SELECT m.client_id, 'low_mark', 'callback:' || id,
               jsonb_build_object('source', 'callback:', 'mark', satisfaction, 'on', called_back_at::date),
               round(coalesce(s.amount_3m, 0) / 3, 2)
        FROM (SELECT DISTINCT ON (client_id) client_id, id, satisfaction, called_back_at FROM service_servicerequest
              WHERE satisfaction IS NOT NULL AND called_back_at >= %(quarter)s AND called_back_at < %(until)s
              ORDER BY client_id, called_back_at DESC, id DESC) m
        LEFT JOIN floor_trade s ON s.client_id = m.client_id
        WHERE satisfaction <= 2
        UNION ALL
        SELECT client_id, 'birthday', 'birthday:' || min(id),
               jsonb_build_object('contact', min(id), 'name', min(name), 'on', min(birthday), 'lunar', false), 0
        FROM clients_contact
        WHERE to_char(birthday, 'MMDD') = ANY(%(birthdays)s) AND NOT is_lunar_birthday GROUP BY client_id
        UNION ALL {_DROPPED}
        ) f
        JOIN clients_client c ON c.id = f.client_id AND c.is_active AND c.stage <> 'lost'
    ), raised AS (
        INSERT INTO floor_alert (organisation_id, client_id, kind, cause, figures, value_at_risk, state, raised_on,
                                 escalation_level, closing_reason)
        SELECT f.organisation_id, f.client_id, f.kind, f.cause, f.figures, f.risk, 'open', %(day)s, 0, ''
        FROM found f
        WHERE NOT EXISTS (SELECT FROM floor_alert a WHERE a.client_id = f.client_id AND a.kind = f.kind
                                                      AND (a.closed_at IS NULL OR a.cause = f.cause))
        ON CONFLICT DO NOTHING RETURNING id
    ), refreshed AS (
        UPDATE floor_alert a SET figures = f.figures, value_at_risk = f.risk FROM found f
        WHERE a.client_id = f.client_id AND a.kind = f.kind AND a.closed_at IS NULL
          AND (a.figures IS DISTINCT FROM f.figures OR a.value_at_risk IS DISTINCT FROM f.risk)
    ), cleared AS (
        UPDATE floor_alert a SET state = 'cleared', closed_at = now()
        WHERE a.closed_at IS NULL
          AND NOT EXISTS (SELECT FROM found f WHERE f.client_id = a.client_id AND f.kind = a.kind)
    )
    INSERT INTO floor_event (alert_id, what, state, at, note) SELECT id, 'state', 'open', now(), '' FROM raised
"""

NOTICES = """
    INSERT INTO floor_notice (user_id, text, url, key, kind, created_at)
    SELECT c.owner_id, 'New retention alerts: ' || count(*), '/', 'alerts:' || %(day)s::date, 'alert', now()
    FROM floor_alert a JOIN clients_client c ON c.id = a.client_id
    WHERE a.raised_on = %(day)s AND a.closed_at IS NULL AND c.owner_id IS NOT NULL GROUP BY c.owner_id
    ON CONFLICT DO NOTHING
"""

FINGERPRINT_OF_ALERTS = fingerprint(
    "SELECT client_id, kind, cause, figures, value_at_risk, raised_on, state FROM floor_alert"
)
