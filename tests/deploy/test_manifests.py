"""What is deployed is what exists: settings, commands, a user that is not root, probes that mean what they say."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.commands import find_fault, split_words
from worker.settings import PREFIX, Settings
from worker.web.body import BODY_LIMIT_BYTES

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy"
SETTINGS = {PREFIX + name.upper() for name in Settings.model_fields}
COMPOSES = ("compose.sqlite.yaml", "compose.postgres.yaml")
MANIFESTS = ("settings.yaml", "web.yaml", "worker.yaml")
_SECRETS = {
    PREFIX + name.upper() for name, field in Settings.model_fields.items() if "Secret" in str(field.annotation)
}


def read_yaml(*parts: str) -> list[Any]:
    return list(yaml.safe_load_all(FOLDER.joinpath(*parts).read_text(encoding="utf-8")))


def list_texts() -> list[Path]:
    return [path for path in sorted(FOLDER.rglob("*")) if path.is_file() and path.suffix != ".png"]


@pytest.mark.parametrize("path", list_texts(), ids=lambda path: path.name)
def test_every_setting_that_is_named_exists(path: Path) -> None:
    named = set(re.findall(rf"\b{PREFIX}[A-Z_]+\b", path.read_text(encoding="utf-8")))
    assert named - SETTINGS == set()


@pytest.mark.parametrize("path", list_texts(), ids=lambda path: path.name)
def test_every_command_in_a_comment_exists(path: Path) -> None:
    for words in re.findall(r"(?:bin/|`)escalator ((?!serve\b)[a-z][^\n`]*)", path.read_text(encoding="utf-8")):
        assert find_fault(split_words(words)) is None, words


class TestImage:
    lines = (FOLDER / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()

    def find(self, instruction: str) -> list[str]:
        return [line.removeprefix(instruction).strip() for line in self.lines if line.startswith(instruction + " ")]

    def test_it_does_not_run_as_root(self) -> None:
        last = self.find("USER")[-1]
        assert all(int(number) >= 1000 for number in last.split(":"))
        after = self.lines[self.lines.index(f"USER {last}") :]
        assert not [line for line in after if line.startswith("RUN ")]

    def test_it_serves_and_is_asked_whether_it_lives(self) -> None:
        words = yaml.safe_load(self.find("ENTRYPOINT")[-1]) + yaml.safe_load(self.find("CMD")[-1])
        assert words[0] == "escalator"
        assert find_fault(words[1:]) is None
        (check,) = self.find("HEALTHCHECK")
        port = dict(item.split("=") for line in self.find("ENV") for item in shlex.split(line))["ESCALATOR_WEB_PORT"]
        assert f":{port}/healthz" in check
        assert self.find("EXPOSE") == [port]

    def test_every_package_is_pinned_and_checked(self) -> None:
        installs = [line for line in self.find("RUN") if "pip" in line]
        assert "--require-hashes" in installs[0]
        assert all("--no-index" in line for line in installs[1:])

    def test_the_builder_gets_what_the_wheel_needs_and_no_settings(self) -> None:
        ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
        assert "*" in ignored
        kept = {name.removeprefix("!") for name in ignored if name.startswith("!")}
        assert kept == {
            "pyproject.toml",
            "requirements.lock",
            "README.md",
            "LICENSE",
            "mappings",
            "connectors",
            "worker",
        }


class TestCompose:
    @pytest.mark.parametrize("name", COMPOSES)
    def test_our_containers_can_do_little_and_say_what_they_run(self, name: str) -> None:
        (document,) = read_yaml(name)
        ours = [service for service in document["services"].values() if "build" in service]
        assert ours
        for service in ours:
            assert find_fault(service["command"]) is None
            assert service["read_only"] is True
            assert service["cap_drop"] == ["ALL"]
            assert "user" not in service
            assert service["build"] == {"context": "..", "dockerfile": "deploy/Dockerfile"}
            assert set(service["environment"]) <= SETTINGS
            for port in service.get("ports", ()):
                assert port.startswith("127.0.0.1:")
            check = service.get("healthcheck", {}).get("test")
            assert check is None or find_fault(check[2:]) is None

    def test_nobody_starts_before_the_schema_is_there(self) -> None:
        (document,) = read_yaml("compose.postgres.yaml")
        services = document["services"]
        assert services["migrate"]["command"] == ["db", "upgrade"]
        for name in ("web", "worker"):
            assert services[name]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}

    @pytest.mark.parametrize("name", COMPOSES)
    def test_the_policy_folder_of_the_comment_is_there(self, name: str) -> None:
        assert (FOLDER / "policy").is_dir()


class TestKubernetes:
    def find(self, kind: str) -> list[dict[str, Any]]:
        documents = [document for name in MANIFESTS for document in read_yaml("kubernetes", name)]
        return [document for document in documents if document["kind"] == kind]

    def list_pods(self) -> list[dict[str, Any]]:
        return [deployment["spec"]["template"]["spec"] for deployment in self.find("Deployment")]

    def test_both_roles_run_and_survive_a_node(self) -> None:
        deployments = {document["metadata"]["name"]: document for document in self.find("Deployment")}
        assert set(deployments) == {"escalator-web", "escalator-worker"}
        budgets = {document["metadata"]["name"]: document for document in self.find("PodDisruptionBudget")}
        for name, deployment in deployments.items():
            assert deployment["spec"]["replicas"] >= 2
            labels = deployment["spec"]["template"]["metadata"]["labels"]
            assert deployment["spec"]["selector"]["matchLabels"] == labels
            assert budgets[name]["spec"]["selector"]["matchLabels"] == labels

    def test_containers_run_commands_that_exist(self) -> None:
        for pod in self.list_pods():
            for container in (*pod["initContainers"], *pod["containers"]):
                assert find_fault(container["args"]) is None
                for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
                    command = container.get(probe, {}).get("exec", {}).get("command")
                    assert command is None or (command[0] == "escalator" and find_fault(command[1:]) is None)

    def test_the_web_role_is_ready_by_readyz_and_killed_by_healthz_only(self) -> None:
        (web,) = (pod["containers"][0] for pod in self.list_pods() if pod["containers"][0]["name"] == "web")
        assert web["readinessProbe"]["httpGet"]["path"] == "/readyz"
        assert web["livenessProbe"]["httpGet"]["path"] == "/healthz"

    def test_pods_can_do_little(self) -> None:
        for pod in self.list_pods():
            assert pod["securityContext"]["runAsNonRoot"] is True
            assert pod["securityContext"]["runAsUser"] >= 1000
            assert pod["automountServiceAccountToken"] is False
            for container in (*pod["initContainers"], *pod["containers"]):
                assert container["securityContext"]["allowPrivilegeEscalation"] is False
                assert container["securityContext"]["readOnlyRootFilesystem"] is True
                assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
                assert "memory" in container["resources"]["limits"]

    def test_secrets_are_in_the_secret_and_what_is_named_is_there(self) -> None:
        maps = {
            document["metadata"]["name"]: document for document in (*self.find("ConfigMap"), *self.find("Secret"))
        }
        assert not _SECRETS & set(maps["escalator-settings"]["data"])
        assert set(maps["escalator"]["stringData"]) <= SETTINGS
        for pod in self.list_pods():
            for container in pod["containers"]:
                sources = [next(iter(source.values()))["name"] for source in container["envFrom"]]
                assert set(sources) <= set(maps)
            volumes = {volume["name"] for volume in pod["volumes"]}
            assert {mount["name"] for mount in pod["containers"][0]["volumeMounts"]} <= volumes

    def test_only_webhooks_are_public(self) -> None:
        (ingress,) = self.find("Ingress")
        paths = [path for rule in ingress["spec"]["rules"] for path in rule["http"]["paths"]]
        assert {(path["path"], path["pathType"]) for path in paths} == {
            ("/webhooks/zendesk", "Exact"),
            ("/webhooks/jira", "Exact"),
        }


class TestProxy:
    site = (FOLDER / "nginx.conf.example").read_text(encoding="utf-8")
    route = (FOLDER / "nginx_webhook.conf.example").read_text(encoding="utf-8")

    def test_only_webhooks_are_public(self) -> None:
        assert re.findall(r"location ([^@{]+?)\s*\{", self.site) == ["= /webhooks/zendesk", "= /webhooks/jira", "/"]
        assert re.search(r"location / \{\s*return 404;", self.site)

    def test_it_takes_what_the_service_takes_and_sends_nothing_twice(self) -> None:
        assert f"client_max_body_size {BODY_LIMIT_BYTES // 1024 // 1024}m;" in self.route
        assert "proxy_next_upstream off;" in self.route

    def test_a_service_that_is_away_is_a_503_that_the_sender_repeats(self) -> None:
        assert "error_page 502 503 504 =503 @later;" in self.route
        delay = re.search(r"add_header Retry-After (\d+) always;", self.site)
        assert delay is not None
        assert int(delay[1]) < 60

    def test_every_block_closes(self) -> None:
        for text in (self.site, self.route):
            code = re.sub(r"#.*", "", text)
            assert code.count("{") == code.count("}")
            assert [line for line in code.splitlines() if line.strip() and not re.search(r"[;{}]\s*$", line)] == []
