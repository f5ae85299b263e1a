"""Facts of service for indicators: rows behind a number, with whose they are, numerator and denominator.

The statements stand inside one that names ``people (manager_id)`` and take the parameters ``organisation``, ``start``,
``as_of`` (dates) and ``zone``. Cases of the back office are in ``service.desk.CASES``.
"""

from service.results import FEWEST

# Overall marks 1–5 that clients gave in surveys, for whoever owned them at the time. Below five answers in the period a
# manager has none: fewer would judge by chance. The rows name no client, who was promised to be able to be frank.
SURVEY_MARKS = f"""
    SELECT manager_id, NULL::bigint AS client_id, 'answer' AS kind, object_id, day, num, 1 AS den
    FROM (
        SELECT a.manager_id, a.id AS object_id, (a.at AT TIME ZONE %(zone)s)::date AS day, a.overall AS num,
               count(*) OVER (PARTITION BY a.manager_id) AS answers
        FROM service_answer a
        JOIN people ON people.manager_id = a.manager_id
        JOIN people_orgunit org ON org.id = a.org_id
        WHERE org.organisation_id = %(organisation)s
          AND (a.at AT TIME ZONE %(zone)s)::date BETWEEN %(start)s AND %(as_of)s
    ) AS given
    WHERE answers >= {FEWEST}
"""
