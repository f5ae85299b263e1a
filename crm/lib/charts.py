"""The numbers behind a chart, as a table: for readers who cannot see it, and for download."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

Row = list[Any]
Table = tuple[list[Any], list[Row]]


def _as_list(value: Any) -> list[Any]:
    """ECharts takes one object or a list of them nearly everywhere."""
    if value is None:
        return []
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [value]


def _value(item: Any) -> Any:
    return item.get("value") if isinstance(item, Mapping) else item


def _axis(option: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    axes = _as_list(option.get(name))
    return axes[0] if axes else {}


def _categories(option: Mapping[str, Any]) -> tuple[str, list[Any]] | None:
    """Name and values of the axis that holds categories; None when both axes are numeric."""
    for name in ("xAxis", "yAxis"):
        axis = _axis(option, name)
        if axis.get("data") is not None:
            return str(axis.get("name", "")), [_value(item) for item in axis["data"]]
    return None


def _category_table(series: list[Mapping[str, Any]], name: str, categories: list[Any]) -> Table:
    columns = [_as_list(each.get("data")) for each in series]
    rows = [
        [category, *(_value(column[index]) if index < len(column) else None for column in columns)]
        for index, category in enumerate(categories)
    ]
    return [name, *(each.get("name", "") for each in series)], rows


def _heatmap_table(option: Mapping[str, Any], data: list[Any]) -> Table:
    names = [_as_list(_axis(option, axis).get("data")) for axis in ("xAxis", "yAxis")]
    head = [_axis(option, "yAxis").get("name", ""), _axis(option, "xAxis").get("name", ""), _("Value")]
    rows = []
    for item in data:
        x, y, value = _value(item)[:3]
        rows.append([names[1][y] if names[1] else y, names[0][x] if names[0] else x, value])
    return head, rows


def _point_table(option: Mapping[str, Any], series: list[Mapping[str, Any]]) -> Table:
    head = [_("Name"), _axis(option, "xAxis").get("name", "x"), _axis(option, "yAxis").get("name", "y")]
    rows = []
    for each in series:
        for item in _as_list(each.get("data")):
            name = item.get("name", "") if isinstance(item, Mapping) else each.get("name", "")
            rows.append([name, *_as_list(_value(item))[:2]])
    return head, rows


def _radar_table(option: Mapping[str, Any], series: list[Mapping[str, Any]]) -> Table:
    radar = _as_list(option.get("radar"))
    indicators = [each.get("name", "") for each in (radar[0] if radar else {}).get("indicator", [])]
    items = [item for each in series for item in _as_list(each.get("data"))]
    rows = [[name, *(item["value"][index] for item in items)] for index, name in enumerate(indicators)]
    return ["", *(item.get("name", "") for item in items)], rows


def table_of(option: Mapping[str, Any]) -> Table:
    """
    Head and rows of the data in an ECharts option.

    Knows bar, line, pie, scatter, radar, heatmap, calendar and sankey series with inline data.
    """
    series = [each for each in _as_list(option.get("series")) if isinstance(each, Mapping)]
    if not series:
        return [], []
    kind, data = series[0].get("type"), _as_list(series[0].get("data"))
    if kind == "pie":
        return [_("Name"), _("Value")], [[item.get("name", ""), item.get("value")] for item in data]
    if kind == "sankey":
        links = _as_list(series[0].get("links"))
        return [pgettext("flow", "From"), pgettext("flow", "To"), _("Value")], [
            [link["source"], link["target"], link["value"]] for link in links
        ]
    if kind == "radar":
        return _radar_table(option, series)
    if kind == "heatmap":
        if series[0].get("coordinateSystem") == "calendar":
            return [_("Date"), _("Value")], [list(_value(item))[:2] for item in data]
        return _heatmap_table(option, data)
    if found := _categories(option):
        return _category_table(series, *found)
    return _point_table(option, series)
