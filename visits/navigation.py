"""Links that open the way to a client in the navigation app of a phone."""

from urllib.parse import quote

from django.utils.translation import gettext_lazy as _

from crm.lib.geo import bd09_of, gcj02_of

APPS = {"amap": _("Amap"), "baidu": _("Baidu Maps"), "tencent": _("Tencent Maps"), "apple": _("Apple Maps")}


def navigation_links(longitude: float, latitude: float, name: str) -> dict[str, str]:
    """App → address for a WGS 84 place, in the coordinates that each app's maps are drawn in.

    Each is the app's public web address, which opens the installed app or else its page: Amap URI API (navigation),
    Baidu Maps URI API (marker, from which one sets out), Tencent Maps URI API (routeplan), Apple Map Links.
    """
    x, y = (f"{value:.6f}" for value in gcj02_of(longitude, latitude))
    baidu_x, baidu_y = (f"{value:.6f}" for value in bd09_of(longitude, latitude))
    title = quote(name, safe="")
    return {
        "amap": f"https://uri.amap.com/navigation?to={x},{y},{title}&mode=car&coordinate=gaode&callnative=1",
        "baidu": f"https://api.map.baidu.com/marker?location={baidu_y},{baidu_x}&title={title}&content={title}"
        "&coord_type=bd09ll&output=html&src=zoufang",
        "tencent": f"https://apis.map.qq.com/uri/v1/routeplan?type=drive&to={title}&tocoord={y},{x}&referer=zoufang",
        "apple": f"https://maps.apple.com/?daddr={y},{x}&q={title}&dirflg=d",
    }
