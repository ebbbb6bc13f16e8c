"""Image, compose, Kubernetes and broker files say what the code says: read as their tools read them, and run where the tool is here."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import yaml

from deploy.broker import DEFINITIONS, PrivateBroker
from deploy.parts import COMMANDS, SERVICES
from deploy.processes import ROOT, free_port
from deploy.start import main
from deploy.web import OLDEST_NODE
from shared.bus.topology import declare_all, inbox_queue, rejected_queue, rpc_queue
from shared.settings import Settings
from tests.fixtures_infra import control

COMPOSE = ROOT / "deploy/compose/compose.yaml"
KUBERNETES = ROOT / "deploy/kubernetes"
DOCKERFILE = (ROOT / "deploy/image/Dockerfile").read_text(encoding="utf-8")
POLICIES = json.loads(DEFINITIONS.read_text(encoding="utf-8"))["policies"]

SETTINGS = {f"HIGHSEAS_{name.upper()}" for name in Settings.__dataclass_fields__}
OF_OTHERS = {"FORWARDED_ALLOW_IPS", "PROMETHEUS_MULTIPROC_DIR", "POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD"}
"""Variables of gunicorn, the Prometheus client and PostgreSQL's image."""
STARTED = {part: ["python", "-m", "deploy.start", part] for part in COMMANDS}
PREPARED = ["python", "-m", "deploy.prepare"]
# Read, not imported: the module patches the process it is imported into.
DRAIN_SECONDS = int(re.findall(r"^DRAIN_SECONDS = (\d+)$", (ROOT / "shared/bus/runner.py").read_text(encoding="utf-8"), re.MULTILINE)[0])
PINNED = re.compile(r"[a-z]+:\d+\.\d+(\.\d+)?[\w.-]*")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load(COMPOSE.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def manifests() -> dict[tuple[str, str], dict[str, Any]]:
    """What the folder `base` declares, before kustomize puts it together, by kind and name."""
    files = sorted((KUBERNETES / "base").glob("*.yaml"))
    read = [one for file in files if file.name != "kustomization.yaml" for one in yaml.safe_load_all(file.read_text(encoding="utf-8"))]
    return {(one["kind"], one["metadata"]["name"]): one for one in read}


def container(manifest: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = manifest["spec"]["template"]["spec"]["containers"][0]
    return found


def patch(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((KUBERNETES / f"base/patches/{name}.yaml").read_text(encoding="utf-8"))["spec"]["template"][
        "spec"
    ]
    return found


def test_compose_runs_every_part(compose: dict[str, Any]) -> None:
    ours = {name: service for name, service in compose["services"].items() if name not in {"broker", "postgres"}}
    assert {name: service["command"] for name, service in ours.items()} == {**STARTED, "prepare": PREPARED}
    for name, service in ours.items():
        assert ("prepare" in service["depends_on"]) == (name != "prepare")
        assert (set(service["depends_on"]) >= {one.name for one in SERVICES}) == (name == "gateway")
        assert int(service["stop_grace_period"].removesuffix("s")) > DRAIN_SECONDS


def test_kubernetes_runs_every_part(manifests: dict[tuple[str, str], dict[str, Any]]) -> None:
    deployed = {name: container(one)["command"] for (kind, name), one in manifests.items() if kind == "Deployment"}
    assert deployed == STARTED
    assert container(manifests["Job", "prepare"])["command"] == PREPARED
    services = {
        name for (kind, name), one in manifests.items() if one["metadata"].get("labels", {}).get("app.kubernetes.io/component") == "service"
    }
    assert services == {service.name for service in SERVICES}
    assert patch("service")["terminationGracePeriodSeconds"] > DRAIN_SECONDS
    assert manifests["Deployment", "gateway"]["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > DRAIN_SECONDS + 5


def test_kubernetes_asks_at_the_ports_where_the_image_answers(manifests: dict[tuple[str, str], dict[str, Any]]) -> None:
    env = dict(re.findall(r"(HIGHSEAS_\w+)=(\S+)", DOCKERFILE))
    for ports, name in (
        (container(manifests["Deployment", "gateway"])["ports"], "HIGHSEAS_PORT"),
        (patch("service")["containers"][0]["ports"], "HIGHSEAS_PROBE_PORT"),
    ):
        assert [str(port["containerPort"]) for port in ports] == [env[name]]
    # A Service's name becomes a prefix of variables in every pod: HIGHSEAS_PORT would be one of a Service "highseas".
    assert patch("part")["enableServiceLinks"] is False


def test_every_variable_is_a_setting(compose: dict[str, Any], manifests: dict[tuple[str, str], dict[str, Any]]) -> None:
    named = {name for service in compose["services"].values() for name in service.get("environment", {})}
    named |= {
        one["name"]
        for manifest in manifests.values()
        if manifest["kind"] in {"Deployment", "Job"}
        for one in container(manifest).get("env", [])
    }
    named |= set(
        re.findall(r"\bHIGHSEAS_\w+", DOCKERFILE + "".join(file.read_text(encoding="utf-8") for file in KUBERNETES.rglob("*.yaml")))
    )
    named |= set(re.findall(r"HIGHSEAS_\w+", (COMPOSE.parent / ".env.example").read_text(encoding="utf-8")))
    assert named - SETTINGS - OF_OTHERS == set()
    assert {"HIGHSEAS_AMQP_URL", "HIGHSEAS_DATABASE_URL", "HIGHSEAS_TOKEN_KEY"} <= named


def test_no_secret_is_in_the_files(compose: dict[str, Any]) -> None:
    wanted = set(re.findall(r"\$\{(\w+):\?", COMPOSE.read_text(encoding="utf-8")))
    example = dict(
        line.split("=", 1)
        for line in (COMPOSE.parent / ".env.example").read_text().splitlines()
        if "=" in line and not line.startswith("#")
    )
    assert wanted == {"BROKER_PASSWORD", "DATABASE_PASSWORD", "HIGHSEAS_TOKEN_KEY"}
    assert {example[name] for name in wanted} == {""}
    asked = set(re.findall(r"\$\{(\w+)", COMPOSE.read_text(encoding="utf-8")))
    passed_on = {
        name for service in compose["services"].values() for name, value in service.get("environment", {}).items() if value is None
    }
    assert set(example) <= asked | passed_on
    assert subprocess.run(["git", "check-ignore", "-q", "deploy/compose/.env"], cwd=ROOT, check=False).returncode == 0


def test_images_are_pinned_and_copy_what_there_is(compose: dict[str, Any]) -> None:
    based_on = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    images = [*based_on, compose["services"]["broker"]["image"], compose["services"]["postgres"]["image"]]
    assert [image for image in images if not PINNED.fullmatch(image)] == []
    copied = {word.rstrip("/") for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE) for word in line.split()}
    assert [word for word in copied if not (ROOT / word).exists()] == []
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert packages | {"web", "requirements.lock", "LICENSE"} == {word for word in copied if "/" not in word}
    ignored = (ROOT / ".dockerignore").read_text().split("\n")
    assert {line[1:] for line in ignored if line.startswith("!")} == {word for word in copied if "/" not in word}


def test_image_is_built_with_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    # The lock is made for the oldest Python there is support for.
    assert {f">={version}" for version in re.findall(r"FROM python:(\d+\.\d+)", DOCKERFILE)} == {project["requires-python"]}
    assert re.findall(r"^ARG VERSION=(\S+)", DOCKERFILE, re.MULTILINE) == [project["version"]]
    (node,) = re.findall(r"FROM node:(\d+)\.(\d+)", DOCKERFILE)
    assert tuple(int(part) for part in node) >= OLDEST_NODE


def test_broker_bounds_every_queue(rabbit_of_its_own: PrivateBroker) -> None:
    rabbit = rabbit_of_its_own
    declare_all(rabbit.url, list(SERVICES))
    listed = json.loads(control(rabbit, "list_policies", "--formatter", "json"))
    held = {one["name"]: (one["pattern"], one["apply-to"], json.loads(one["definition"])) for one in listed}
    assert held == {one["name"]: (one["pattern"], one["apply-to"], one["definition"]) for one in POLICIES}
    for queue_of, name in ((inbox_queue, "highseas-inbox"), (rpc_queue, "highseas-calls"), (rejected_queue, "highseas-rejected")):
        for service in SERVICES:
            assert [policy for policy, (pattern, _, _) in held.items() if re.search(pattern, queue_of(service.name))] == [name]
    assert held["highseas-inbox"][2]["overflow"] == "reject-publish", "what is confirmed must not be dropped"


@pytest.mark.parametrize("folder", ["base", "example"])
def test_kustomize_puts_it_together(folder: str) -> None:
    tool = shutil.which("kubectl")
    if tool is None:
        pytest.skip("kubectl is not installed")
    built = subprocess.run([tool, "kustomize", str(KUBERNETES / folder)], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    everything = list(yaml.safe_load_all(built.stdout))
    first = {one["kind"] for one in everything if one["metadata"].get("labels", {}).get("highseas/step") == "prepare"}
    assert first - {"Namespace"} == {"ConfigMap", "NetworkPolicy", "Job"}, "what preparing a release needs"
    parts = [one for one in everything if one["kind"] in {"Deployment", "Job"}]
    assert {one["metadata"]["name"] for one in parts} == {*COMMANDS, "prepare"}
    for one in parts:
        part, pod = container(one), one["spec"]["template"]["spec"]
        assert part["securityContext"]["readOnlyRootFilesystem"]
        assert pod["securityContext"]["runAsNonRoot"]
        assert part["envFrom"][0]["configMapRef"]["name"].startswith("settings-")
        assert part["image"].endswith(":0.1.0")
        assert one["kind"] == "Job" or {"livenessProbe", "readinessProbe", "startupProbe"} <= part.keys()


def test_compose_is_accepted() -> None:
    tool = shutil.which("docker")
    if tool is None or subprocess.run([tool, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker compose is not installed")
    secrets = {"BROKER_PASSWORD": "b", "DATABASE_PASSWORD": "d", "HIGHSEAS_TOKEN_KEY": "t"}
    command = [tool, "compose", "-f", str(COMPOSE), "config", "-q"]
    accepted = subprocess.run(command, env={**os.environ, **secrets}, capture_output=True, text=True, check=False)
    assert accepted.returncode == 0, accepted.stderr
    refused = subprocess.run(command, env={**os.environ, **secrets, "BROKER_PASSWORD": ""}, capture_output=True, text=True, check=False)
    assert "set BROKER_PASSWORD" in refused.stderr


def run(module: str, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", "-m", module, *arguments]
    return subprocess.run(command, env={**os.environ, **env}, cwd=ROOT, capture_output=True, text=True, check=False, timeout=150)


def test_start_becomes_the_part_that_is_named() -> None:
    """The part's own word about a wrong setting, and its own exit code, come out of the process that was started."""
    became = run("deploy.start", "sales", HIGHSEAS_TIME_ZONE="Asia/Atlantis")
    assert (became.returncode, "HIGHSEAS_TIME_ZONE" in became.stderr) == (2, True)


def test_start_says_what_there_is_to_start(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["sails"])
    assert capsys.readouterr().err == f"highseas: start one of: {' '.join(COMMANDS)}\n"


def test_healthy_asks_whoever_is_there() -> None:
    port, nobody = free_port(), str(free_port())
    assert run("deploy.healthy", HIGHSEAS_PORT=nobody, HIGHSEAS_PROBE_PORT=str(port)).returncode == 1
    with ThreadingHTTPServer(("127.0.0.1", port), Healthz) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for settings in ({"HIGHSEAS_PORT": nobody, "HIGHSEAS_PROBE_PORT": str(port)}, {"HIGHSEAS_PORT": str(port)}):
            assert run("deploy.healthy", **settings).returncode == 0
        server.shutdown()


class Healthz(BaseHTTPRequestHandler):
    """Answers as a part does that lives."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing of requests."""
