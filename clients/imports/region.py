"""Places that cannot be right: outside of where the organisation's clients are, or far from those of the same unit."""

from clients.imports.staging import Staging
from crm.lib.sql import execute, rows

FEWEST = 20  # with fewer known places there is no region to speak of
SAMPLE = 50_000
MARGIN = 0.25  # of the span in which 96 % lie, on either side
SMALLEST_MARGIN = 0.1  # degrees
FAR_TIMES, FAR_KM = 3, 10  # further than 3 times the distance within which 4 of 5 clients of the unit are, and 10 km
FEWEST_OF_UNIT = 5


def check(staging: Staging) -> None:
    """Warn of staged coordinates that look wrong; they are kept, since only a person can tell."""
    found = rows(
        """
        WITH known AS (
            SELECT longitude, latitude FROM import_stage WHERE longitude IS NOT NULL
            UNION ALL
            (SELECT longitude, latitude FROM clients_client
             WHERE organisation_id = %s AND longitude IS NOT NULL LIMIT %s)
        )
        SELECT count(*) AS n, percentile_cont(ARRAY[0.02, 0.98]) WITHIN GROUP (ORDER BY longitude) AS x,
               percentile_cont(ARRAY[0.02, 0.98]) WITHIN GROUP (ORDER BY latitude) AS y
        FROM known
        """,
        [staging.organisation_id, SAMPLE],
    )[0]
    if found["n"] < FEWEST:
        return
    west, east = widened(*found["x"])
    south, north = widened(*found["y"])
    staging.warn(
        """
        SELECT row, 'longitude' AS field,
               CASE WHEN latitude BETWEEN %s AND %s AND longitude BETWEEN %s AND %s
                    THEN 'coordinates_swapped' ELSE 'coordinates_outside' END AS reason,
               jsonb_build_object('value', longitude || ', ' || latitude) AS params
        FROM import_stage
        WHERE longitude NOT BETWEEN %s AND %s OR latitude NOT BETWEEN %s AND %s
        """,
        (west, east, south, north) * 2,
    )
    _warn_of_far_ones()


def widened(low: float, high: float) -> tuple[float, float]:
    """The span with its margin."""
    margin = max((high - low) * MARGIN, SMALLEST_MARGIN)
    return low - margin, high + margin


def _warn_of_far_ones() -> None:
    """A shop typed into the wrong town: far from the middle of its unit, measured by the unit's own spread."""
    execute(
        """
        WITH middle AS (
            SELECT unit_key, percentile_cont(0.5) WITHIN GROUP (ORDER BY longitude) AS x,
                   percentile_cont(0.5) WITHIN GROUP (ORDER BY latitude) AS y
            FROM import_stage WHERE longitude IS NOT NULL AND unit_key IS NOT NULL
            GROUP BY unit_key HAVING count(*) >= %s
        ),
        apart AS (
            SELECT s.row, s.unit_key,
                   111.2 * sqrt(((s.longitude - m.x) * cos(radians(m.y))) ^ 2 + (s.latitude - m.y) ^ 2) AS km
            FROM import_stage AS s JOIN middle AS m USING (unit_key) WHERE s.longitude IS NOT NULL
        ),
        usual AS (
            SELECT unit_key, percentile_cont(0.8) WITHIN GROUP (ORDER BY km) AS km FROM apart GROUP BY unit_key
        )
        INSERT INTO import_problem (row, field, reason, params, is_warning)
        SELECT a.row, 'longitude', 'coordinates_far', jsonb_build_object('km', round(a.km)), true
        FROM apart AS a JOIN usual AS u USING (unit_key)
        WHERE a.km > greatest(u.km * %s, %s)
          AND NOT EXISTS (SELECT FROM import_problem AS p WHERE p.row = a.row AND p.field = 'longitude')
        """,
        [FEWEST_OF_UNIT, FAR_TIMES, FAR_KM],
    )
