"""Every chart asks a question, has its figures as a table and two downloads; there is no other way to draw one."""

import re
from pathlib import Path

import polib
import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
CHART = re.compile(r'{% chart (\S+) (\S+) ((?:_\("[^"]+"\))|\S+)')
NAMED = r'{{% (?:trans|translate) "([^"]+)"(?: context "[^"]+")? as {0} %}}'
BLOCK = r"{{% blocktrans(?:late)?[^%]*asvar {0} %}}(.*?){{% endblocktrans(?:late)? %}}"
# Titles that views make: where they are written.
FROM_VIEWS = {"fact.title": (ROOT / "journals" / "summing.py", r'"title": _\("([^"]+\?)"\)')}


def titles():
    """(template, title in English) of each chart."""
    for path in TEMPLATES:
        text = path.read_text("utf-8")
        for chart in CHART.finditer(text):
            title, before = chart[3], text[: chart.start()]
            if title.startswith("_("):
                yield path, title[3:-2]
                continue
            if title in FROM_VIEWS:
                source, pattern = FROM_VIEWS[title]
                found = re.findall(pattern, source.read_text("utf-8"))
            else:
                found = (re.findall(NAMED.format(title), before) or re.findall(BLOCK.format(title), before))[-1:]
            assert found, (path, title)
            yield from ((path, each) for each in found)


def test_every_title_is_a_question_in_both_languages():
    catalogues = [polib.pofile(str(path)) for path in ROOT.glob("*/locale/zh_Hans/LC_MESSAGES/django.po")]
    said = list(titles())
    assert len(said) >= 25
    for path, title in said:
        assert title.rstrip().endswith("?"), (path, title)
        msgid = re.sub(r"{{ *(\w+) *}}", r"%(\1)s", title)
        chinese = [entry.msgstr for catalogue in catalogues if (entry := catalogue.find(msgid))]
        assert chinese, title
        assert all(each.endswith("？") for each in chinese), (title, chinese)


def test_the_figure_has_its_table_and_both_downloads():
    figure = (ROOT / "templates" / "parts" / "chart.html").read_text("utf-8")
    for part in ("data-chart-png", "data-chart-csv", "zf-chart-data", "-table", "zf-chart-title", 'role="img"'):
        assert part in figure


@pytest.mark.parametrize("mark", ["data-chart=", "zf-chart-canvas", "echarts.init"])
def test_nothing_draws_a_chart_but_the_tag(mark):
    own = {"charts.js", "chart.html"}
    for path in [*TEMPLATES, *(ROOT / "static" / "js").glob("*.js")]:
        assert path.name in own or mark not in path.read_text("utf-8"), path
