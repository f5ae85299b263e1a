"""Front-end files: which icons are found, and what becomes of an unknown one."""

import xml.etree.ElementTree as ET

import pytest

from tools import vendor

ICONS = vendor.MODULES / "@tabler" / "icons" / "icons"


def test_icons_are_found_where_code_names_them(tmp_path):
    (tmp_path / "templates" / "visits").mkdir(parents=True)
    (tmp_path / "templates" / "visits" / "a.html").write_text(
        """{% icon "home" %}{% icon 'bell' css="x" %}{% empty_state "inbox" _("None") %}{% icon item.icon %}"""
    )
    (tmp_path / "visits").mkdir()
    (tmp_path / "visits" / "a.py").write_text(
        'Item(icon="map-pin")\nx = {"icon": "phone"}\nclass A:\n    icon: str = "star-filled"\n'
        'KIND_ICONS = {\n    "late": "clock",\n    Kind.RISK: "alert-triangle",\n}\nother = {"a": "not-an-icon"}\n'
    )
    assert set(vendor.icon_names(tmp_path)) == {
        "home", "bell", "inbox", "map-pin", "phone", "star-filled", "clock", "alert-triangle",
    }  # fmt: skip


def test_the_sprite_has_a_symbol_for_each_icon():
    root = ET.fromstring(vendor.sprite({"home": "a.html", "star-filled": "b.html"}, ICONS))
    symbols = {symbol.get("id"): symbol for symbol in root}
    assert set(symbols) == {"home", "star-filled"}
    assert symbols["home"].get("stroke") == "currentColor"
    assert symbols["star-filled"].get("fill") == "currentColor"
    assert all(len(symbol) for symbol in symbols.values())


def test_an_unknown_icon_is_named_with_its_file():
    with pytest.raises(vendor.VendorError, match=r"no icon 'hoem' \(templates/home.html\)"):
        vendor.sprite({"hoem": "templates/home.html"}, ICONS)


def test_the_built_sprite_has_every_icon_that_is_named():
    built = {symbol.get("id") for symbol in ET.parse(vendor.TARGET / "icons.svg").getroot()}
    assert set(vendor.icon_names(vendor.ROOT)) <= built, "run python -m tools.vendor"


def test_vendor_files_refer_to_no_source_maps():
    for path in vendor.TARGET.rglob("*.js"):
        assert b"sourceMappingURL" not in path.read_bytes(), path.name
