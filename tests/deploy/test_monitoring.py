"""Alerts and dashboard: valid, and about figures that there are."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.deploy.files import DEPLOY, Tree, at, branches, documents
from tests.support import tools
from tests.support.city import City

FOLDER = DEPLOY / "prometheus"
DASHBOARD = DEPLOY / "grafana/dashboard.json"
# Printed as soon as a city has alarms and channels on platforms.
LATER = {"stadtdraht_alarms_open", "stadtdraht_channel_failing_seconds"}
_NAME = re.compile(r"\b(?:stadtdraht|process)_[a-z_]+\b")


def expressions() -> Iterator[str]:
    rules, dashboard = documents(FOLDER / "alerts.yaml"), json.loads(DASHBOARD.read_text("utf-8"))
    for branch in branches([rules, dashboard]):
        if "expr" in branch:
            yield str(branch["expr"])


def test_every_figure_of_alerts_and_dashboard_is_printed(own_city: City) -> None:
    page = own_city.client().get("/metrics").text
    printed = {
        sample.name for family in text_string_to_metric_families(page) for sample in family.samples
    }
    named = {name for expression in expressions() for name in _NAME.findall(expression)}
    assert len(named) > 8
    assert named - printed - LATER == set()


def test_prometheus_likes_the_page(own_city: City) -> None:
    done = subprocess.run(
        [tools.find("promtool"), "check", "metrics"],
        input=own_city.client().get("/metrics").text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_prometheus_accepts_rules_and_targets() -> None:
    promtool = tools.find("promtool")
    for words in (("rules", FOLDER / "alerts.yaml"), ("config", FOLDER / "prometheus.yaml")):
        done = subprocess.run(
            [promtool, "check", *words], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


def test_alerts_fire_when_they_should(tmp_path: Path) -> None:
    for path in (FOLDER / "alerts.yaml", Path(__file__).parent / "alerts_test.yaml"):
        shutil.copy(path, tmp_path)
    done = subprocess.run(
        [tools.find("promtool"), "test", "rules", "alerts_test.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["prometheus.yaml", "kubernetes.yaml"])
def test_targets_say_their_role(name: str) -> None:
    """Debian's Prometheus knows no Kubernetes: that file is compared, not run."""
    (job,) = cast("list[Tree]", documents(FOLDER / name)[0]["scrape_configs"])
    assert job["job_name"] == "stadtdraht"
    targets = cast("list[Tree]", job.get("static_configs", []))
    rules = cast("list[Tree]", job.get("relabel_configs", []))
    named = [at(target, "labels", "role") is not None for target in targets]
    assert all(named)
    assert named or "role" in [rule.get("target_label") for rule in rules]


def test_the_dashboard_can_be_imported() -> None:
    dashboard = json.loads(DASHBOARD.read_text("utf-8"))
    assert dashboard["uid"] == "stadtdraht"
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)
    places = [panel["gridPos"] for panel in dashboard["panels"]]
    for number, one in enumerate(places):
        assert one["x"] + one["w"] <= 24
        for other in places[number + 1 :]:
            apart = (
                one["x"] + one["w"] <= other["x"]
                or other["x"] + other["w"] <= one["x"]
                or one["y"] + one["h"] <= other["y"]
                or other["y"] + other["h"] <= one["y"]
            )
            assert apart, (one, other)
    for panel in dashboard["panels"]:
        assert panel["targets"]
        assert {target["datasource"]["uid"] for target in panel["targets"]} == {"${datasource}"}
