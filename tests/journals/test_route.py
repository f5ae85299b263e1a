"""The picture of a day's way."""

from types import SimpleNamespace

from journals.route import HEIGHT, MARGIN, WIDTH, sketch


def stop(longitude, latitude, *, on_site=True, doubts=()):
    client = SimpleNamespace(name="便利店", longitude=None, latitude=None)
    return SimpleNamespace(longitude=longitude, latitude=latitude, client=client, is_on_site=on_site, doubts=doubts)


def test_north_is_up_and_everything_is_inside():
    found = sketch([stop(102.70, 25.00), stop(102.72, 25.01, doubts=["too short"]), stop(102.71, 25.03)])
    south, east, north = found.stops
    assert [each.number for each in found.stops] == [1, 2, 3]
    assert north.y < east.y < south.y
    assert south.x < north.x < east.x
    assert [each.doubtful for each in found.stops] == [False, True, False]
    assert all(MARGIN - 1 <= each.x <= WIDTH - MARGIN + 1 for each in found.stops)
    assert all(MARGIN - 1 <= each.y <= HEIGHT - MARGIN + 1 for each in found.stops)
    assert 4500 < found.metres < 4900  # 2.3 km and 2.4 km


def test_a_short_way_stays_short():
    found = sketch([stop(102.7, 25.0), stop(102.7001, 25.0)])  # ten metres
    assert abs(found.stops[0].x - found.stops[1].x) < WIDTH / 10


def test_calls_and_unknown_places_are_left_out():
    assert sketch([]) is None
    assert sketch([stop(102.7, 25.0), stop(102.8, 25.1, on_site=False), stop(None, None)]) is None
