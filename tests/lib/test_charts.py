"""Tables of the numbers behind charts, by kind of chart."""

from crm.lib.charts import table_of


def test_bars_and_lines_share_the_categories():
    option = {
        "xAxis": {"type": "category", "name": "Month", "data": ["Jan", "Feb"]},
        "yAxis": {"type": "value"},
        "series": [
            {"type": "bar", "name": "This year", "data": [1, {"value": 2}]},
            {"type": "line", "name": "Last year", "data": [3]},
        ],
    }
    assert table_of(option) == (["Month", "This year", "Last year"], [["Jan", 1, 3], ["Feb", 2, None]])


def test_lying_bars_have_their_categories_on_the_other_axis():
    option = {
        "xAxis": {"type": "value"},
        "yAxis": {"data": ["Zhou", "Li"]},
        "series": {"type": "bar", "name": "Score", "data": [90, 80]},
    }
    assert table_of(option) == (["", "Score"], [["Zhou", 90], ["Li", 80]])


def test_pie():
    option = {"series": [{"type": "pie", "data": [{"name": "A", "value": 112}, {"name": "B", "value": 337}]}]}
    assert table_of(option)[1] == [["A", 112], ["B", 337]]


def test_points_keep_their_names_and_axes():
    option = {
        "xAxis": {"name": "Satisfaction"},
        "yAxis": {"name": "Importance"},
        "series": [{"type": "scatter", "data": [{"name": "Manner", "value": [4.1, 3.9]}, [1, 2]], "name": "Rest"}],
    }
    head, rows = table_of(option)
    assert head[1:] == ["Satisfaction", "Importance"]
    assert rows == [["Manner", 4.1, 3.9], ["Rest", 1, 2]]


def test_heatmap_names_rows_and_columns():
    option = {
        "xAxis": {"data": ["Mon", "Tue"], "name": "Day"},
        "yAxis": {"data": ["Zhou"], "name": "Manager"},
        "series": [{"type": "heatmap", "data": [[0, 0, 5], [1, 0, 0]]}],
    }
    head, rows = table_of(option)
    assert head[:2] == ["Manager", "Day"]
    assert rows == [["Zhou", "Mon", 5], ["Zhou", "Tue", 0]]


def test_calendar():
    option = {"series": [{"type": "heatmap", "coordinateSystem": "calendar", "data": [["2026-01-01", 3]]}]}
    assert table_of(option)[1] == [["2026-01-01", 3]]


def test_sankey_lists_its_links():
    option = {"series": [{"type": "sankey", "data": [], "links": [{"source": "A", "target": "B", "value": 4}]}]}
    assert table_of(option)[1] == [["A", "B", 4]]


def test_radar_has_a_column_for_each_line():
    option = {
        "radar": {"indicator": [{"name": "Sales", "max": 100}, {"name": "Visits", "max": 100}]},
        "series": [{"type": "radar", "data": [{"name": "Me", "value": [80, 90]}, {"name": "Unit", "value": [70, 60]}]}],
    }
    assert table_of(option) == (["", "Me", "Unit"], [["Sales", 80, 70], ["Visits", 90, 60]])


def test_nothing_to_show():
    assert table_of({}) == ([], [])
