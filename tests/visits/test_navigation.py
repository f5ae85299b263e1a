from urllib.parse import parse_qs, urlsplit

import pytest

from crm.lib.geo import bd09_of, distance_m, gcj02_of, wgs84_of
from visits.navigation import APPS, navigation_links

PLACE = (102.71, 25.04)


@pytest.fixture
def links():
    return navigation_links(*PLACE, "老街 烟&酒店")


def asked(address):
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def test_every_app_has_a_link_with_the_name(links):
    assert set(links) == set(APPS)
    for address in links.values():
        assert address.startswith("https://")
        assert "老街 烟&酒店" in ",".join(asked(address).values())


def test_each_app_gets_the_place_in_the_coordinates_of_its_maps(links):
    x, y, _name = asked(links["amap"])["to"].split(",")
    assert asked(links["amap"])["coordinate"] == "gaode"
    assert (float(x), float(y)) == pytest.approx(gcj02_of(*PLACE), abs=1e-6)
    y, x = asked(links["tencent"])["tocoord"].split(",")
    assert (float(x), float(y)) == pytest.approx(gcj02_of(*PLACE), abs=1e-6)
    y, x = asked(links["apple"])["daddr"].split(",")
    assert distance_m(*wgs84_of(float(x), float(y)), *PLACE) < 1
    y, x = asked(links["baidu"])["location"].split(",")
    assert asked(links["baidu"])["coord_type"] == "bd09ll"
    assert (float(x), float(y)) == pytest.approx(bd09_of(*PLACE), abs=1e-6)
