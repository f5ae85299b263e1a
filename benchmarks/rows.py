"""The statements that make a world: each row from hashes of its number, so that the same scale gives the same rows."""

# r: a number 0…1 from a row's number and a salt. The schema is on the search path of who fills a world.
HELPERS = """
    CREATE SCHEMA bench;
    CREATE FUNCTION bench.r(n bigint, salt int) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
        'SELECT (hashint8extended(n, salt) & 2147483647) / 2147483648.0::float8';
    CREATE FUNCTION bench.pick(choices text[], chance float8) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
        'SELECT choices[1 + floor(chance * array_length(choices, 1))::int]';
"""

LUCK = [
    "兴隆",
    "惠民",
    "永盛",
    "福满",
    "鸿运",
    "顺发",
    "金源",
    "万家",
    "好又多",
    "百顺",
    "同心",
    "吉祥",
    "宏达",
    "聚鑫",
    "瑞丰",
    "和谐",
    "四季",
    "春晖",
    "东升",
    "恒通",
    "佳佳",
    "美宜",
    "利民",
    "天天",
]
PLACES = [
    "东街",
    "西街",
    "南门",
    "北关",
    "河畔",
    "桥头",
    "新村",
    "古镇",
    "车站",
    "学府",
    "花园",
    "工业园",
    "城东",
    "城西",
    "江滨",
    "湖滨",
    "山前",
    "柳林",
    "杨家",
    "李家",
]
TRADES = ["便利店", "超市", "烟酒店", "食品店", "副食店", "百货店", "生活馆", "小卖部"]

CLIENT_ROWS = """
    INSERT INTO clients_client (
        id, organisation_id, org_id, owner_id, code, name, pinyin, kind, business_format, market, scale, stage,
        credit_rating, phone, address, longitude, latitude, opened_on, is_difficult, is_representative, note,
        attributes, is_active, created_at, version
    )
    SELECT i, a.organisation, a.grid, a.person, '53' || lpad(i::text, 10, '0'), w.name || t.name,
           w.first || t.first || ' ' || w.full_name || t.full_name, 'shop',
           pick('{supermarket,convenience,specialist,food,other}', r(i, 3)),
           CASE WHEN r(i, 4) < 0.6 THEN 'urban' ELSE 'rural' END, pick('{small,small,medium,large}', r(i, 5)),
           CASE WHEN r(i, 6) < 0.02 THEN 'lost' WHEN r(i, 6) < 0.06 THEN 'dormant' ELSE 'active' END,
           CASE WHEN r(i, 7) < 0.03 THEN 'D' ELSE pick('{A,A,B,C}', r(i, 8)) END,
           '139' || lpad((i %% 100000000)::text, 8, '0'), w.place || '路' || (1 + floor(r(i, 9) * 300)) || '号',
           100 + (a.n %% 200) * 0.1 + r(i, 10) * 0.09, 25 + (a.n / 200 %% 150) * 0.1 + r(i, 11) * 0.09,
           %(today)s::date - (30 + floor(sqrt(r(i, 12)) * 4000))::int, r(i, 13) < 0.02, i %% 137 = 1, '',
           jsonb_build_object('listing_rate', round(r(i, 14)::numeric, 2),
                              'compliance', 60 + floor(r(i, 15) * 41)::int),
           r(i, 16) > 0.005, %(now)s, 1
    FROM generate_series(%(first)s::bigint, %(last)s) AS i
    JOIN bench_manager AS a ON a.n = (i - 1) * %(managers)s / %(clients)s
    JOIN bench_word AS w ON w.n = floor(r(i, 1) * %(words)s)::int
    JOIN bench_trade AS t ON t.n = floor(r(i, 2) * %(trades)s)::int
"""

OWNERSHIPS = """
    INSERT INTO clients_ownership (client_id, owner_id, valid_from, reason)
    SELECT id, owner_id, greatest(opened_on, date '2019-01-01'), '' FROM clients_client WHERE id BETWEEN %(first)s AND %(last)s
"""

CONTACTS = """
    INSERT INTO clients_contact (
        client_id, name, position, phone, birthday, is_lunar_birthday, family, likes, taboos, source, is_main
    )
    SELECT i, pick('{王,李,张,刘,陈,杨,赵,黄,周,吴}', r(i, 20)) || pick('{建国,秀英,伟,芳,军,丽}', r(i, 21)),
           '店主', '138' || lpad((i %% 100000000)::text, 8, '0'), date '1955-01-01' + floor(r(i, 22) * 16000)::int, false,
           '', '', '', '', true
    FROM generate_series(%(first)s::bigint, %(last)s) AS i
"""

# As the tiers of two months ago would have it: the months after it are the product's own work.
TIERS = """
    INSERT INTO clients_clienttier (client_id, tier, month, since)
    SELECT i, CASE WHEN s.size < 0.1 THEN 'A' WHEN s.size < 0.4 THEN 'B' WHEN s.size < 0.8 THEN 'C' ELSE 'D' END,
           %(tier_month)s, %(tier_month)s
    FROM generate_series(%(first)s::bigint, %(last)s) AS i CROSS JOIN LATERAL (SELECT r(i, 30) AS size) AS s
"""

# A shop's size (large for few), its own trend, a season and chance; one in forty has stopped, one in twenty falls.
# One company's file after another, as they come in; clients themselves were made by two sessions at once. OFFSET 0:
# what a step works out would be worked out again wherever it is named.
FACTS = """
    INSERT INTO clients_monthlyfact (client_id, month, organisation_id, amount, quantity, measures)
    SELECT c.id, %(month)s, c.organisation_id, m.whole, f.tenths / 10,
           concat('{"class_1":', round(f.tenths * s.rich) / 10, ',"class_2":', round(f.tenths * (0.5 - s.rich)) / 10,
                  ',"class_3":', round(f.tenths * 0.3) / 10, ',"class_4":', round(f.tenths * 0.15) / 10,
                  ',"class_5":', round(f.tenths * 0.05) / 10, '}')::jsonb
    FROM clients_client AS c
    CROSS JOIN LATERAL (SELECT r(c.id, 30) AS size, r(c.id, 31) AS story, 0.1 + 0.3 * r(c.id, 32) AS rich OFFSET 0) AS s
    CROSS JOIN LATERAL (
        SELECT round((1500 + 26000 * (1 - s.size) ^ 3) * (1 + 0.02 * (r(c.id, 33) - 0.4) * %(step)s)
                     * (0.85 + 0.3 * r(c.id * 64 + %(step)s, 34)) * %(season)s
                     * CASE WHEN s.story < 0.025 AND %(step)s > 8 THEN 0
                            WHEN s.story < 0.075 AND %(step)s > 9 THEN 0.5 ELSE 1 END) AS whole OFFSET 0
    ) AS m
    CROSS JOIN LATERAL (SELECT round(m.whole / 9.2) AS tenths OFFSET 0) AS f
    WHERE c.id BETWEEN %(first)s AND %(last)s
    ORDER BY c.id
"""

# One a client and month, in the order of days as they would have come in.
VISITS = """
    INSERT INTO visits_visit (
        organisation_id, client_id, manager_id, client_uuid, day, mode, purpose, is_planned, checked_in_at,
        checked_out_at, minutes, longitude, latitude, accuracy_m, distance_m, no_place_reason, people_met, checklist,
        demand, note, result, next_step, saved_at, verified_at, verified_by_id, verification_opinion, clock_skew_s,
        requirement
    )
    SELECT organisation_id, id, owner_id, md5('v' || k)::uuid, day,
           mode, pick('{routine,display,order,new_product,marketing}', r(k, 43)), is_planned, start,
           start + minutes * interval '1 minute', minutes,
           CASE WHEN mode = 'on_site' THEN longitude + 0.0004 END, CASE WHEN mode = 'on_site' THEN latitude END,
           CASE WHEN mode = 'on_site' THEN 15 END, CASE WHEN mode = 'on_site' THEN 40 END, '', '店主',
           '{"display": "yes", "price_tags": "yes", "stock": "no"}', '',
           pick('{检查陈列和明码标价，库存够用,核对订单，介绍新品，店主愿意试销,提醒补货，整理货架，更换宣传画,了解销售情况，客户反映客流减少}',
                        r(k, 44)),
           CASE WHEN r(k, 45) < 0.07 THEN 'absent' ELSE 'done' END, '', start + minutes * interval '1 minute',
           CASE WHEN day < %(verified)s THEN (day + 35)::timestamptz END,
           CASE WHEN day < %(verified)s THEN supervisor END, '', 0, ''
    FROM (
        SELECT c.organisation_id, c.id, c.owner_id, c.longitude, c.latitude, a.supervisor, x.k, x.day,
               x.day + time '08:30' + floor(r(x.k, 41) * 540) * interval '1 minute' AS start,
               CASE WHEN r(x.k, 42) < 0.8 THEN 'on_site' ELSE 'phone' END AS mode,
               (5 + floor(r(x.k, 46) * 30))::smallint AS minutes, r(x.k, 47) < 0.7 AS is_planned
        FROM clients_client AS c
        JOIN bench_manager AS a ON a.person = c.owner_id
        CROSS JOIN LATERAL (SELECT c.id * 64 + %(step)s AS k) AS n
        CROSS JOIN LATERAL (SELECT n.k, (%(days)s::date[])[1 + floor(r(n.k, 40) * %(number_of_days)s)::int] AS day) AS x
        WHERE x.day >= c.opened_on AND (c.stage <> 'lost' OR %(step)s < 6)
        ORDER BY x.day, c.id
    ) AS v
"""

# One more visit in the month of one manager in so many, like the last one there was.
ANOTHER_VISIT = """
    INSERT INTO visits_visit (
        organisation_id, client_id, manager_id, client_uuid, day, mode, purpose, is_planned, checked_in_at,
        checked_out_at, minutes, longitude, latitude, accuracy_m, distance_m, no_place_reason, people_met, checklist,
        demand, note, result, next_step, saved_at, verification_opinion, clock_skew_s, requirement
    )
    SELECT DISTINCT ON (manager_id) organisation_id, client_id, manager_id, md5('another' || id)::uuid, day, 'on_site',
           purpose, false, checked_in_at, checked_out_at, minutes, longitude, latitude, accuracy_m, distance_m,
           no_place_reason, people_met, checklist, demand, note, result, next_step, saved_at, '', clock_skew_s, ''
    FROM visits_visit
    WHERE manager_id %% %(every)s = 1 AND day BETWEEN %(start)s AND %(start)s::date + 27
    ORDER BY manager_id, id DESC
"""

TRACES = """
    INSERT INTO visits_clienttrace (client_id, last_visit_on, last_call_on, visits_total)
    SELECT client_id, max(day) FILTER (WHERE mode = 'on_site'), max(day) FILTER (WHERE mode <> 'on_site'), count(*)
    FROM visits_visit WHERE purpose <> 'inspection' GROUP BY client_id
"""

# The plans of two months: what was visited on plan, a tenth that was not, and the days to come.
PLANS = """
    INSERT INTO visits_plannedvisit (manager_id, client_id, day, state, reason, visit_id)
    SELECT DISTINCT ON (manager_id, client_id, day) manager_id, client_id, day, 'approved', '',
           CASE WHEN r(id, 50) < 0.9 THEN id END
    FROM visits_visit WHERE is_planned AND mode = 'on_site' AND day >= %(plans_from)s
    ORDER BY manager_id, client_id, day, id
"""
PLANS_AHEAD = """
    INSERT INTO visits_plannedvisit (manager_id, client_id, day, state, reason)
    SELECT c.owner_id, c.id, (%(days)s::date[])[1 + (c.id %% %(number_of_days)s)::int], 'approved', ''
    FROM clients_client AS c WHERE r(c.id, 51) < 0.25 AND c.stage <> 'lost' AND c.is_active
"""

JOURNALS = """
    WITH made AS (
        INSERT INTO journals_journal (
            author_id, org_id, kind, day, state, draft, due_at, submitted_at, reviewed_at, updated_at
        )
        SELECT a.person, a.grid, 'day', d.day, CASE WHEN d.day < %(reviewed)s THEN 'reviewed' ELSE 'submitted' END, '{}',
               d.day + interval '33 hours',
               d.day + interval '17 hours' + floor(r(a.n * 512 + (d.day - date '2020-01-01'), 60) * 990) * interval '1 minute',
               CASE WHEN d.day < %(reviewed)s THEN d.day + interval '40 hours' END, d.day + interval '40 hours'
        FROM unnest(%(days)s::date[]) AS d (day) CROSS JOIN bench_manager AS a
        WHERE r(a.n * 512 + (d.day - date '2020-01-01'), 61) < 0.95
        RETURNING id, author_id, state, submitted_at, reviewed_at
    ), versions AS (
        INSERT INTO journals_journalversion (journal_id, number, sections, facts, submitted_at)
        SELECT id, 1, jsonb_build_object('summary', '今天走访六户，送达新品资料，核对订单。', 'market', '客流平稳，低价位动销慢。',
                                         'problems', '两户库存偏高。', 'suggestions', '增加小规格货源。', 'tomorrow', '按计划走访。'),
               '[]', submitted_at FROM made
        RETURNING id, journal_id
    )
    INSERT INTO journals_review (journal_id, version_id, reviewer_id, decision, evaluation, requirement, suggestion, mark,
                                 praise, created_at)
    SELECT m.id, v.id, a.supervisor, 'accepted', '记录完整。', '', '', 2 + floor(r(m.id, 62) * 4)::int, false, m.reviewed_at
    FROM made AS m JOIN versions AS v ON v.journal_id = m.id JOIN bench_manager AS a ON a.person = m.author_id
    WHERE m.state = 'reviewed'
"""

COMPLAINT_ROWS = """
    INSERT INTO service_servicerequest (
        organisation_id, org_id, client_id, uuid, kind, category, channel, text, contact, phone, priority, is_serious,
        tier, registered_at, state, post, handler_id, handler_unit_id, due_at, result, resolved_at, callback_on,
        called_back_at, called_back_by_id, satisfaction, closed_at, reopened, escalation_level
    )
    SELECT c.organisation_id, c.org_id, c.id, md5('q' || i)::uuid, 'complaint',
           pick('{supply,order,delivery,quality,price}', r(i, 70)), 'phone', '送货晚到，订单数量不符。', '店主', '',
           'normal', false, '', x.at, CASE WHEN x.is_open THEN 'handling' ELSE 'closed' END, '客服专员', b.id, b.unit_id,
           x.at + interval '2 days', CASE WHEN x.is_open THEN '' ELSE '已补送并致歉。' END,
           CASE WHEN NOT x.is_open THEN x.at + interval '1 day' END, NULL,
           CASE WHEN NOT x.is_open THEN x.at + interval '2 days' END, CASE WHEN NOT x.is_open THEN b.id END,
           CASE WHEN NOT x.is_open THEN 1 + floor(r(i, 71) ^ 0.3 * 5)::int END,
           CASE WHEN NOT x.is_open THEN x.at + interval '2 days' END, 0, 0
    FROM generate_series(1, %(complaints)s::bigint) AS i
    JOIN clients_client AS c ON c.id = 1 + floor(r(i, 72) * %(clients)s)::bigint
    JOIN bench_back_office AS b ON b.organisation = c.organisation_id
    CROSS JOIN LATERAL (
        SELECT at, at > %(today)s::timestamptz - interval '20 days' AND r(i, 74) < 0.4 AS is_open
        FROM (SELECT %(today)s::timestamptz - (1 + r(i, 73) * 360) * interval '1 day' AS at) AS y
    ) AS x
"""
