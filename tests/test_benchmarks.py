"""The benchmark on a small world: product and floor agree, and nothing is far slower than it should be."""

import json
import os
import subprocess
import sys

from django.conf import settings

# Of a few hundred rows, what a job costs at all outweighs what a row costs: far looser than the budgets.
MOST = {"tier_clients": 12, "import_clients": 12}


def test_answers_are_the_floors_and_ratios_are_sane(tmp_path):
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks",
            "0.0005",
            "--only",
            "batches",
            "--times",
            "1",
            "--checked",
            "--out",
            str(tmp_path / "b.json"),
        ],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATABASE_NAME": ""},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    found = {line["name"]: line for line in json.loads((tmp_path / "b.json").read_text())}
    same = {name: line["same_answer"] for name, line in found.items() if line["same_answer"] is not None}
    assert {"tier_clients", "score_managers", "import_facts", "import_clients"} <= same.keys()
    assert all(same.values()), same
    for name, most in MOST.items():
        assert 0 < found[name]["cpu_ratio"] < most, found[name]
