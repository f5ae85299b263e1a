"""Draw the data model from the models: ``python -m tools.model_picture`` writes docs/data-model.md and its pictures.

One picture a package: its tables on the left, what they point at on the right.
"""

import os
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PACKAGES = ("kpi", "retention", "journals", "visits", "service", "clients", "people", "crm", "lib")
ROW, WIDTH, BOX, RIGHT = 30, 760, 260, 480


def models_of(package: str) -> list[Any]:
    """The package's models by name."""
    from django.apps import apps

    return sorted(apps.get_app_config(package).get_models(), key=lambda model: model.__name__)


def arrows(model: Any) -> Iterator[tuple[str, Any]]:
    """(field, model that it points at) of each foreign key."""
    for field in model._meta.get_fields():
        if (field.many_to_one or field.one_to_one) and field.concrete and field.related_model:
            yield field.name, field.related_model


def name_of(model: Any, package: str) -> str:
    """Short inside the package, with the package outside."""
    label = model._meta.app_label
    return model.__name__ if label == package else f"{label}.{model.__name__}"


def picture(package: str) -> str:
    """The package as SVG."""
    models = models_of(package)
    targets = sorted({name_of(to, package) for model in models for _field, to in arrows(model)})
    left = {model.__name__: 24 + ROW * place for place, model in enumerate(models)}
    step = ROW * max(1, len(models)) / max(1, len(targets))
    right = {name: 24 + step * place + (step - ROW) / 2 for place, name in enumerate(targets)}
    height = max([*left.values(), *(round(y) for y in right.values()), 0]) + ROW + 10
    lines = []
    for model in models:
        for field, to in arrows(model):
            y1, y2 = left[model.__name__] + 11, right[name_of(to, package)] + 11
            middle = (BOX + RIGHT) / 2
            path = f"M{BOX} {y1:.0f}C{middle} {y1:.0f} {middle} {y2:.0f} {RIGHT} {y2:.0f}"
            lines.append(f'<path d="{path}"><title>{model.__name__}.{field}</title></path>')
    boxes = [_box(10, y, BOX - 10, name, "own") for name, y in left.items()]
    boxes += [_box(RIGHT, y, WIDTH - RIGHT - 10, name, "low" if "." in name else "own") for name, y in right.items()]
    style = (
        "text{font:13px sans-serif;fill:#17211f}.own{fill:#e3f1ee;stroke:#0b6a61}.low{fill:#f3f6f5;stroke:#ccd5d2}"
        "path{fill:none;stroke:#5c6965;stroke-width:.8}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{package}">\n'
        f'<style>{style}</style>\n<rect width="100%" height="100%" fill="#fff"/>\n'
        + "\n".join([*lines, *boxes])
        + "\n</svg>\n"
    )


def _box(x: float, y: float, width: float, name: str, kind: str) -> str:
    return (
        f'<rect class="{kind}" x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="22" rx="5"/>'
        f'<text x="{x + 10:.0f}" y="{y + 15:.0f}">{escape(name)}</text>'
    )


def page() -> str:
    """The page with all pictures and each table's one line."""
    parts = [
        "# 数据模型 · Data model\n",
        "由模型生成：`python -m tools.model_picture`。左边是本包的表，右边是外键指向的表。\n",
        "Made from the models. Left: the package's tables; right: what their foreign keys point at.\n",
    ]
    for package in PACKAGES:
        parts.append(f"## {package}\n\n![{package}](img/model-{package}.svg)\n")
        for model in models_of(package):
            line = " ".join((model.__doc__ or "").split("\n\n")[0].split())
            parts.append(f"- **{model.__name__}** {line}")
        parts.append("")
    return "\n".join(parts)


def files() -> dict[Path, str]:
    """Every file and what should stand in it."""
    made = {DOCS / "img" / f"model-{package}.svg": picture(package) for package in PACKAGES}
    return {DOCS / "data-model.md": page(), **made}


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
    os.environ.setdefault("NO_SERVICES", "1")
    import django

    django.setup()
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
