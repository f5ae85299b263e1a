"""Pages are light: what a first look at a list costs on the wire, and charts only where there is one."""

import gzip

import pytest

from tests.world import client_of

BUDGET = 400_000  # bytes, compressed


def loads(page, url) -> dict[str, int]:
    """Address → compressed bytes of everything that the page fetches."""
    answers = []
    page.on("response", lambda answer: answers.append(answer))  # Playwright takes no built-in
    page.goto(url, wait_until="networkidle")
    return {answer.url: on_the_wire(answer) for answer in answers if answer.status == 200}


def on_the_wire(answer) -> int:
    """As the server sends it, or as a proxy in front would compress it."""
    sent = answer.request.sizes()["responseBodySize"]
    return sent if "content-encoding" in answer.headers else min(sent, len(gzip.compress(answer.body(), 6)))


@pytest.mark.django_db(transaction=True)
def test_first_look_at_a_list(world, page_of, record_property):
    for number in range(50):
        client_of(world.am, f"W{number}", f"兴隆{number}号店")
    page = page_of(world.am, service_workers="block")
    found = loads(page, "/clients/")
    record_property("bytes", sum(found.values()))
    assert sum(found.values()) <= BUDGET, sorted(found.items(), key=lambda item: -item[1])
    assert not any("echarts" in url or "leaflet" in url for url in found)
    assert all(url.startswith(page.context.pages[0].url.partition("/clients")[0]) for url in found)

    with_chart = page_of(world.actors["admin"], service_workers="block")
    with_chart.goto("/styleguide/")
    with with_chart.expect_response(lambda answer: "echarts" in answer.url):  # once the chart comes into sight
        with_chart.locator("[data-chart]").scroll_into_view_if_needed()
