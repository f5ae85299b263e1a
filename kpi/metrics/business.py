"""Indicators of products, banking, campaigns and recommendations, from what the client files and monthly facts say."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from kpi.metrics.registry import COUNT, GROWTH_PEERS, MEAN, NUMBER, PERCENT, RATIO, SUM, YUAN, Metric, register
from kpi.metrics.sales import EITHER_YEAR, facts

CARED_FOR = "JOIN clients_client c ON c.id = owned.client_id AND c.is_active AND c.stage <> 'lost'"
# Stocks (deposits, loans) of several months are their mean, over the months that are loaded.
LOADED = """(
    SELECT count(*) FROM unnest(%(months)s::date[]) AS u (month) WHERE EXISTS (
        SELECT FROM clients_monthlyfact x WHERE x.month = u.month AND x.organisation_id = %(organisation)s
    )
)"""


def stock(key: str) -> str:
    """Detail of the mean level of a monthly figure."""
    return facts(f"(f.measures ->> '{key}')::numeric / {LOADED}", "0", f"f.measures ? '{key}'")


def flow(key: str) -> str:
    """Detail of the sum of a monthly figure."""
    return facts(f"(f.measures ->> '{key}')::numeric", "0", f"f.measures ? '{key}'")


OVERDUE = facts(
    "(f.measures ->> 'overdue')::numeric",
    "(f.measures ->> 'loans')::numeric",
    "f.measures ? 'overdue' AND (f.measures ->> 'loans')::numeric > 0",
)
# A client that traded in the same month a year before: is it still trading?
RETAINED = facts("(coalesce(f.amount, 0) > 0)::int", "1", "b.amount > 0")

# Asleep: nothing in the three months before the period, though it was a client then. Awake: something in the period.
WOKEN = """
    SELECT owned.manager_id, owned.client_id, 'client' AS kind, owned.client_id AS object_id, NULL::date AS day,
           EXISTS (
               SELECT FROM clients_monthlyfact f
               WHERE f.client_id = owned.client_id AND f.month = ANY(%(months)s::date[]) AND f.amount > 0
           )::int AS num, 1 AS den
    FROM owned JOIN clients_client c ON c.id = owned.client_id AND c.is_active
    WHERE owned.last_day = %(as_of)s
        AND EXISTS (
            SELECT FROM clients_monthlyfact x
            WHERE x.organisation_id = %(organisation)s AND x.month = ANY(%(months)s::date[])
        )
        AND EXISTS (
            SELECT FROM clients_monthlyfact f WHERE f.client_id = owned.client_id AND f.amount > 0
                AND f.month < (date_trunc('month', %(start)s::date) - interval '3 months')::date
        )
        AND NOT EXISTS (
            SELECT FROM clients_monthlyfact f WHERE f.client_id = owned.client_id AND f.amount > 0
                AND f.month >= (date_trunc('month', %(start)s::date) - interval '3 months')::date
                AND f.month < date_trunc('month', %(start)s::date)
        )
"""

# Own clients that traded in the months a year before: do they trade more now?
GROWN = f"""
    SELECT manager_id, client_id, 'client' AS kind, client_id AS object_id, max(day) AS day,
           (sum(num) > sum(den))::int AS num, 1 AS den
    FROM ({facts("coalesce(f.amount, 0)", "b.amount", "b.amount > 0")}) AS g GROUP BY manager_id, client_id
"""
# Classes of goods that a client stocks and whose monthly figure is known: did they move?
STOCKED = """
    CROSS JOIN LATERAL (
        SELECT count(DISTINCT k.id) AS kept,
               count(DISTINCT k.id) FILTER (WHERE (f.measures ->> k.measure)::numeric > 0) AS moved
        FROM clients_holding x
        JOIN clients_product p ON p.id = x.product_id
        JOIN clients_productclass k ON k.id = p.product_class_id AND k.nature = 'goods' AND k.measure <> ''
        WHERE x.client_id = h.client_id AND x.since <= m.month_end AND (x.until IS NULL OR x.until >= m.month)
    ) stock
"""
SELL_THROUGH = facts("stock.moved", "stock.kept", "f.measures IS NOT NULL AND stock.kept > 0", STOCKED)
# As the ledger stands when the period is computed.
BAD_LOANS = """
    SELECT owned.manager_id, owned.client_id, 'client' AS kind, owned.client_id AS object_id, l.granted_on AS day,
           CASE WHEN l.risk IN ('substandard', 'doubtful', 'loss') THEN l.balance ELSE 0 END AS num, l.balance AS den
    FROM owned JOIN clients_loan l ON l.client_id = owned.client_id AND l.closed_on IS NULL AND l.balance > 0
        AND l.granted_on <= %(as_of)s
    WHERE owned.last_day = %(as_of)s
"""

ON_SHELF = "h.since <= %(as_of)s AND (h.until IS NULL OR h.until > %(as_of)s)"
LISTED = f"""
    SELECT owned.manager_id, owned.client_id, 'client' AS kind, owned.client_id AS object_id, NULL::date AS day,
           count(DISTINCT h.product_id) AS num, max(k.products) AS den
    FROM owned {CARED_FOR}
    CROSS JOIN (
        SELECT array_agg(id) AS ids, count(*) AS products FROM clients_product
        WHERE organisation_id = %(organisation)s AND is_key AND (launched_on IS NULL OR launched_on <= %(as_of)s)
            AND (withdrawn_on IS NULL OR withdrawn_on > %(as_of)s)
    ) k
    LEFT JOIN clients_holding h ON h.client_id = owned.client_id AND h.product_id = ANY(k.ids) AND {ON_SHELF}
    WHERE owned.last_day = %(as_of)s AND k.products > 0
    GROUP BY owned.manager_id, owned.client_id
"""
# Without a single holding in the organisation nobody keeps them here: no value rather than 0.
KEEPS_HOLDINGS = "EXISTS (SELECT FROM clients_holding x WHERE x.organisation_id = %(organisation)s)"
PRODUCTS_PER_CLIENT = f"""
    SELECT owned.manager_id, owned.client_id, 'client' AS kind, owned.client_id AS object_id, NULL::date AS day,
           count(DISTINCT h.product_id) AS num, 1 AS den
    FROM owned {CARED_FOR}
    LEFT JOIN clients_holding h ON h.client_id = owned.client_id AND {ON_SHELF}
    WHERE owned.last_day = %(as_of)s AND {KEEPS_HOLDINGS}
    GROUP BY owned.manager_id, owned.client_id
"""
NEW_PRODUCTS = """
    SELECT owned.manager_id, owned.client_id, 'client' AS kind, owned.client_id AS object_id, h.since AS day,
           1 AS num, 1 AS den
    FROM owned JOIN clients_holding h ON h.client_id = owned.client_id
        AND h.since BETWEEN owned.first_day AND owned.last_day AND h.since >= %(start)s
"""
NEW_CLIENTS = """
    SELECT owned.manager_id, owned.client_id, 'client' AS kind, owned.client_id AS object_id, c.opened_on AS day,
           1 AS num, 1 AS den
    FROM owned JOIN clients_client c ON c.id = owned.client_id
        AND c.opened_on BETWEEN owned.first_day AND owned.last_day AND c.opened_on >= %(start)s
"""
REFERRALS = """
    SELECT owned.manager_id, owned.client_id, 'client' AS kind, owned.client_id AS object_id, r.referred_on AS day,
           1 AS num, 1 AS den
    FROM owned JOIN clients_referral r ON r.client_id = owned.client_id
        AND r.referred_on BETWEEN owned.first_day AND owned.last_day
"""
CAMPAIGNS = """
    SELECT owned.manager_id, owned.client_id, 'client' AS kind, owned.client_id AS object_id, g.ends_on AS day,
           (t.result IN ('won', 'interested', 'declined'))::int AS num, 1 AS den
    FROM clients_campaigntarget t
    JOIN clients_campaign g ON g.id = t.campaign_id AND g.organisation_id = %(organisation)s
        AND g.ends_on BETWEEN %(start)s AND %(as_of)s
    JOIN owned ON owned.client_id = t.client_id AND g.ends_on BETWEEN owned.first_day AND owned.last_day
"""
LOAN_CHECKS = """
    SELECT owned.manager_id, owned.client_id, 'client' AS kind, owned.client_id AS object_id, k.done_on AS day,
           (k.done_on IS NOT NULL AND k.done_on <= k.due_on)::int AS num, 1 AS den
    FROM clients_loancheck k
    JOIN owned ON owned.client_id = k.client_id AND k.due_on BETWEEN owned.first_day AND owned.last_day
    WHERE k.due_on BETWEEN %(start)s AND %(as_of)s
"""
WON = """
    SELECT o.owner_id AS manager_id, o.client_id, 'client' AS kind, o.client_id AS object_id, o.closed_on AS day,
           (o.stage = 'won')::int AS num, 1 AS den
    FROM clients_opportunity o JOIN people ON people.manager_id = o.owner_id
    WHERE o.organisation_id = %(organisation)s AND o.stage IN ('won', 'lost')
        AND o.closed_on BETWEEN %(start)s AND %(as_of)s
"""

register(
    Metric(
        "growth_peers", _("Growth against colleagues"), PERCENT, GROWTH_PEERS, "facts",
        _("Own sales growth on last year − mean of the organisation's account managers."),
        facts("coalesce(f.amount, 0)", "coalesce(b.amount, 0)", EITHER_YEAR),
        _("Amount (yuan)"), _("A year before (yuan)"),
    ),
    Metric(
        "deposits", _("Deposits of the own clients"), YUAN, SUM, "facts",
        _("Average daily deposits of the own clients; over several months their mean."),
        stock("deposits"), _("Deposits (yuan)"), "",
    ),
    Metric(
        "loans", _("Loans to the own clients"), YUAN, SUM, "facts",
        _("Loan balance of the own clients; over several months its mean."), stock("loans"), _("Loans (yuan)"), "",
    ),
    Metric(
        "overdue_rate", _("Overdue loans"), PERCENT, RATIO, "facts",
        _("Overdue amount ÷ loan balance of the own clients."), OVERDUE, _("Overdue (yuan)"), _("Loans (yuan)"),
        higher_is_better=False,
    ),
    Metric(
        "bad_loan_rate", _("Non-performing loans"), PERCENT, RATIO, "products",
        _("Balance of loans classed substandard, doubtful or loss ÷ balance of all loans of the own clients."),
        BAD_LOANS, _("Non-performing (yuan)"), _("Loans (yuan)"), higher_is_better=False,
    ),
    Metric("fees", _("Fees"), YUAN, SUM, "facts", _("Fee income from the own clients."), flow("fees"),
           _("Fees (yuan)"), ""),
    Metric(
        "retention_rate", _("Client retention"), PERCENT, RATIO, "facts",
        _("Clients that still trade ÷ clients that traded in the same month a year before."),
        RETAINED, _("Still trading"), _("Traded then"),
    ),
    Metric(
        "wake_up", _("Sleeping clients woken"), PERCENT, RATIO, "facts",
        _("Clients that trade again ÷ clients without trade in the three months before."),
        WOKEN, _("Trading again"), _("Asleep"),
    ),
    Metric(
        "clients_growing", _("Clients whose business grew"), PERCENT, RATIO, "facts",
        _("Clients that trade more than in the same months a year before ÷ clients that traded then."),
        GROWN, _("Grown"), _("Traded then"),
    ),
    Metric(
        "sell_through", _("Stock that sells"), PERCENT, RATIO, "facts",
        _("Product classes that sold in the month ÷ product classes that the own clients stock."),
        SELL_THROUGH, _("Sold"), _("Stocked"),
    ),
    Metric(
        "listing_rate", _("Listing of key products"), PERCENT, RATIO, "products",
        _("Key products that the own clients have ÷ key products × own clients, at the end of the period."),
        LISTED, _("Listed"), _("Key products in all"),
    ),
    Metric(
        "products_per_client", _("Products per client"), NUMBER, MEAN, "products",
        _("Products that the own clients have ÷ own clients, at the end of the period."),
        PRODUCTS_PER_CLIENT, _("Products held"), _("Clients"),
    ),
    Metric(
        "new_products", _("New products taken"), COUNT, SUM, "products",
        _("Products that own clients took in the period."), NEW_PRODUCTS, _("Products held"), "",
        advice=ngettext_lazy("Sell %(n)d more product", "Sell %(n)d more products", "n"),
    ),
    Metric(
        "new_clients", _("New clients"), COUNT, SUM, "files",
        _("Own clients whose business with us began in the period."), NEW_CLIENTS, _("Clients"), "",
        advice=ngettext_lazy("Win %(n)d more client", "Win %(n)d more clients", "n"),
    ),
    Metric(
        "referrals", _("Recommendations"), COUNT, SUM, "products",
        _("Recommendations that own clients made in the period."), REFERRALS, _("Recommendations"), "",
        advice=ngettext_lazy("Ask for %(n)d more recommendation", "Ask for %(n)d more recommendations", "n"),
    ),
    Metric(
        "campaigns_done", _("Campaign lists worked through"), PERCENT, RATIO, "products",
        _("Clients with a result ÷ own clients on the lists of campaigns that ended in the period."),
        CAMPAIGNS, _("With a result"), _("On the list"),
    ),
    Metric(
        "loan_checks", _("Post-loan visits on time"), PERCENT, RATIO, "products",
        _("Post-loan visits done by their day ÷ post-loan visits due in the period."),
        LOAN_CHECKS, _("On time"), _("Due"),
        advice=ngettext_lazy("Make %(n)d more post-loan visit", "Make %(n)d more post-loan visits", "n"),
    ),
    Metric(
        "opportunities_won", _("Opportunities won"), PERCENT, RATIO, "products",
        _("Opportunities won ÷ opportunities won or lost in the period."), WON, _("Won"), _("Decided"),
    ),
)  # fmt: skip
