import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.lib.geo import EARTH_RADIUS_M, bd09_of, distance_m, gcj02_of, travel_minutes, wgs84_of

longitudes, latitudes = st.floats(-180, 180), st.floats(-90, 90)


def test_known_distances():
    # Nashville to Los Angeles, the usual example for the formula: 2887.26 km on a sphere of 6372.8 km.
    on_that_sphere = distance_m(-86.67, 36.12, -118.40, 33.94) * 6_372_800 / EARTH_RADIUS_M
    assert on_that_sphere == pytest.approx(2_887_260, abs=10)
    # A minute of arc along a meridian is about a nautical mile.
    assert distance_m(116.4, 39.9, 116.4, 39.9 + 1 / 60) == pytest.approx(1852, rel=0.002)
    assert distance_m(0, 90, 123, -90) == pytest.approx(math.pi * EARTH_RADIUS_M)
    assert distance_m(179.999, 0, -179.999, 0) == pytest.approx(0.002 * math.pi / 180 * EARTH_RADIUS_M)


@given(longitudes, latitudes, longitudes, latitudes)
def test_a_distance_is_symmetric_and_at_most_half_around(lon1, lat1, lon2, lat2):
    there = distance_m(lon1, lat1, lon2, lat2)
    assert there == pytest.approx(distance_m(lon2, lat2, lon1, lat1))
    assert 0 <= there <= math.pi * EARTH_RADIUS_M + 1e-3
    assert distance_m(lon1, lat1, lon1, lat1) == 0


@given(st.floats(-179, 179), st.floats(-85, 85), st.floats(-0.01, 0.01), st.floats(-0.01, 0.01))
def test_short_distances_are_those_of_a_plane(lon, lat, east, north):
    metre = math.pi / 180 * EARTH_RADIUS_M
    flat = math.hypot(east * metre * math.cos(math.radians(lat + north / 2)), north * metre)
    assert distance_m(lon, lat, lon + east, lat + north) == pytest.approx(flat, rel=1e-4, abs=1e-3)


@pytest.mark.parametrize(
    "place", [(181, 0), (0, 91), (-180.1, 0), (math.nan, 0), (0, math.inf)], ids=["east", "north", "west", "nan", "inf"]
)
def test_impossible_places_are_refused(place):
    with pytest.raises(ValueError, match="not a longitude and latitude"):
        distance_m(*place, 0, 0)
    with pytest.raises(ValueError, match="not a longitude and latitude"):
        distance_m(0, 0, *place)


def test_travel_minutes():
    assert travel_minutes(10_000, speed_kmh=60, detour=1) == pytest.approx(10)
    assert travel_minutes(10_000, speed_kmh=60, detour=1.3) == pytest.approx(13)
    assert travel_minutes(0) == 0
    for bad in ({"metres": -1}, {"metres": 1, "speed_kmh": 0}, {"metres": 1, "detour": 0.9}):
        with pytest.raises(ValueError):
            travel_minutes(**bad)


# --- Chinese maps ------------------------------------------------------------------------------------------------


def test_the_shift_of_chinese_maps():
    # The point that public converters are tried with (Beijing): GCJ-02 of it, and BD-09 of that.
    assert gcj02_of(116.404, 39.915) == pytest.approx((116.41024449916938, 39.91640428150164), abs=1e-9)
    assert bd09_of(*wgs84_of(116.404, 39.915)) == pytest.approx((116.41036949371029, 39.92133699351021), abs=1e-7)


@given(st.floats(75, 134), st.floats(4, 53))
def test_the_shift_is_some_hundred_metres_and_can_be_undone(longitude, latitude):
    shown = gcj02_of(longitude, latitude)
    assert 0 < distance_m(longitude, latitude, *shown) < 1500
    assert distance_m(longitude, latitude, *wgs84_of(*shown)) < 0.01


@pytest.mark.parametrize("place", [(139.69, 35.69), (-0.13, 51.5), (103.8, 0.5)], ids=["Tokyo", "London", "equator"])
def test_outside_of_china_nothing_is_shifted(place):
    assert gcj02_of(*place) == wgs84_of(*place) == bd09_of(*place) == place


def test_impossible_places_are_not_shifted():
    for convert in (gcj02_of, wgs84_of, bd09_of):
        with pytest.raises(ValueError, match="not a longitude and latitude"):
            convert(25.04, 102.71)
