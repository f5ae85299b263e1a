"""Take from node_modules the few files that pages load: ``python -m tools.vendor``, after ``npm ci``.

They go to ``node_modules/.zoufang`` and are served under ``/static/vendor/``. ECharts is bundled with only the charts
that pages use, icons become one sprite of only those that templates and Python files name. Does nothing when neither
the lock file, this recipe nor the set of icons has changed.
"""

import hashlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
TARGET = MODULES / ".zoufang"
STAMP = MODULES / ".zoufang.stamp"
ECHARTS_ENTRY = ROOT / "tools" / "echarts.js"

COPIES = {
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "leaflet.css": "leaflet/dist/leaflet.css",
    "leaflet.js": "leaflet/dist/leaflet.js",
    **{
        f"images/{name}.png": f"leaflet/dist/images/{name}.png"
        for name in ("layers", "layers-2x", "marker-icon", "marker-icon-2x", "marker-shadow")
    },
}
SOURCE_MAP = re.compile(rb"(//|/\*)# sourceMappingURL=\S+(\s*\*/)?\s*")

# Where names of icons stand: tags of templates, `icon="…"`, `icon: str = "…"`, `"icon": "…"`, tables `…ICONS = {…}`.
ICON_TAG = re.compile(r"""\{%\s*(?:icon|empty_state)\s+["']([\w-]+)["']""")
ICON_VALUE = re.compile(r"""\bicon["']?\s*(?::\s*str\s*)?[=:]\s*["']([\w-]+)["']""")
ICON_TABLE = re.compile(r"\w*ICONS?\b[^={\n]*=\s*\{([^}]*)\}")
TABLE_VALUE = re.compile(r""":\s*["']([\w-]+)["']""")
PACKAGES = ("crm", "kpi", "retention", "journals", "visits", "service", "clients", "people")


class VendorError(Exception):
    """What is wrong and what to do, in one line."""


def icon_names(root: Path) -> dict[str, str]:
    """Icons that templates and Python files name, each with one file that names it."""
    names: dict[str, str] = {}
    for path in _icon_sources(root):
        text = path.read_text(encoding="utf-8")
        found = ICON_TAG.findall(text) + ICON_VALUE.findall(text)
        if path.suffix == ".py":
            found += [name for table in ICON_TABLE.findall(text) for name in TABLE_VALUE.findall(table)]
        for name in found:
            names.setdefault(name, path.relative_to(root).as_posix())
    return names


def _icon_sources(root: Path) -> Iterator[Path]:
    yield from sorted((root / "templates").rglob("*.html"))
    for package in PACKAGES:
        yield from sorted((root / package).rglob("*.py"))


def symbol(name: str, icons: Path) -> str | None:
    """The icon as a symbol of the sprite; None when there is no such icon."""
    filled = name.endswith("-filled")
    path = icons / ("filled" if filled else "outline") / f"{name.removesuffix('-filled')}.svg"
    if not path.exists():
        return None
    inner = re.sub(r"\s*\n\s*", "", path.read_text(encoding="utf-8").split(">", 1)[1].rsplit("</svg>", 1)[0])
    inner = inner.replace('<path stroke="none" d="M0 0h24v24H0z" fill="none" />', "")
    paint = 'fill="currentColor"' if filled else 'fill="none" stroke="currentColor"'
    ends = 'stroke-linecap="round" stroke-linejoin="round"'
    return f'<symbol id="{name}" viewBox="0 0 24 24" {paint} {ends}>{inner}</symbol>'


def sprite(names: dict[str, str], icons: Path) -> bytes:
    """One SVG with the icons as symbols. Raises VendorError for an icon that Tabler does not have."""
    symbols = {name: symbol(name, icons) for name in sorted(names)}
    if unknown := [f"{name!r} ({names[name]})" for name, text in symbols.items() if text is None]:
        raise VendorError(f"Tabler has no icon {', '.join(unknown)}: see the names in node_modules/@tabler/icons")
    body = "\n".join(text for text in symbols.values() if text)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{body}\n</svg>\n'.encode()


def bundle_echarts() -> bytes:
    """ECharts as one script that defines the global ``echarts``, made by esbuild's own binary (no Node, no scripts)."""
    binaries = sorted(MODULES.glob("@esbuild/*/bin/esbuild")) + sorted(MODULES.glob("@esbuild/*/esbuild.exe"))
    if not binaries:
        raise VendorError("node_modules has no esbuild for this machine: run npm ci")
    command = [
        str(binaries[0]),
        str(ECHARTS_ENTRY),
        "--bundle",
        "--minify",
        "--format=iife",
        "--global-name=echarts",
        "--target=es2018",
        "--legal-comments=none",
        "--define:process.env.NODE_ENV='production'",
    ]
    result = subprocess.run(command, capture_output=True, check=False)
    if result.returncode:
        raise VendorError(f"esbuild could not bundle ECharts: {result.stderr.decode()}")
    return result.stdout


def _write(name: str, content: bytes) -> None:
    path = TARGET / name
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(content)
    temporary.replace(path)


def build() -> bool:
    """Bring node_modules/.zoufang up to date; False when it already was."""
    if not (MODULES / "@tabler" / "core").exists():
        raise VendorError("node_modules is missing or incomplete: run npm ci")
    names = icon_names(ROOT)
    recipe = [(ROOT / "package-lock.json").read_bytes(), Path(__file__).read_bytes(), ECHARTS_ENTRY.read_bytes()]
    stamp = hashlib.sha256(b"\0".join([*recipe, ",".join(sorted(names)).encode()])).hexdigest()
    expected = {*COPIES, "echarts.min.js", "icons.svg"}
    present = {path.relative_to(TARGET).as_posix() for path in TARGET.rglob("*") if path.is_file()}
    if expected == present and STAMP.exists() and STAMP.read_text() == stamp:
        return False
    _write("icons.svg", sprite(names, MODULES / "@tabler" / "icons" / "icons"))
    _write("echarts.min.js", bundle_echarts())
    for name, source in COPIES.items():
        # Source maps are not served, and a manifest of static files fails on a reference to one that is missing.
        content = (MODULES / source).read_bytes()
        _write(name, content if name.endswith(".png") else SOURCE_MAP.sub(b"", content))
    for name in present - expected:
        (TARGET / name).unlink(missing_ok=True)
    STAMP.write_text(stamp)
    return True


def main() -> int:
    try:
        changed = build()
    except VendorError as error:
        print(f"vendor: {error}", file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in TARGET.rglob("*") if path.is_file())
    print(f"vendor: {'rebuilt' if changed else 'nothing to do'}, {size // 1024} kB in {TARGET.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
