"""Dashboard and alerts look only at metrics that the service has, with labels that it gives them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import NOW
from tests.deploy.figures import find_metric_names, read_metric_names
from worker.store.database import Database
from worker.store.schema import metadata
from worker.store.status import read_status
from worker.web.sources import Refusal

FOLDER = Path(__file__).parents[2] / "deploy"
_OUTCOMES = {refusal.value for refusal in Refusal} | {"accepted", "ignored", "unparsable", "not_stored"}
_MATCHER = re.compile(r'(\w+)=~?"([^"]*)"')


def read_dashboard() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FOLDER / "grafana" / "escalator.json").read_text(encoding="utf-8"))
    return loaded


def read_rules() -> list[dict[str, Any]]:
    loaded = yaml.safe_load((FOLDER / "prometheus" / "alerts.yaml").read_text(encoding="utf-8"))
    return [rule for group in loaded["groups"] for rule in group["rules"]]


def list_expressions() -> list[str]:
    panels = [target["expr"] for panel in read_dashboard()["panels"] for target in panel["targets"]]
    return [*panels, *(rule["expr"] for rule in read_rules())]


def test_every_metric_exists_and_none_is_left_out() -> None:
    exist = read_metric_names()
    named = set().union(*map(find_metric_names, list_expressions()))
    assert named - exist == set()
    assert exist - named == set()


@pytest.mark.parametrize("expression", list_expressions())
def test_brackets_close(expression: str) -> None:
    for left, right in ("()", "[]", "{}"):
        assert expression.count(left) == expression.count(right)


def test_labels_have_values_that_are_given(tmp_path: Path) -> None:
    with Database(f"sqlite:///{tmp_path / 'escalator.db'}") as database:
        metadata.create_all(database.engine)
        with database.snapshot() as connection:
            states = set(read_status(connection, NOW))
    known = {"state": states, "outcome": _OUTCOMES, "source": {"zendesk", "jira"}}
    for expression in list_expressions():
        for label, values in _MATCHER.findall(expression):
            assert set(values.split("|")) <= known[label], expression


def test_panels_stand_beside_each_other() -> None:
    panels = read_dashboard()["panels"]
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
    assert len({panel["id"] for panel in panels}) == len(panels)


def test_every_alert_says_what_and_how_bad() -> None:
    for rule in read_rules():
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}
        assert {"summary", "description", "runbook"} <= set(rule["annotations"])
        assert re.fullmatch(r"\d+m", rule["for"])
