"""The manifests: their schema, what a restricted namespace demands, and that the parts fit."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import cast

import kubernetes_validate
import pytest

from bot.config import Settings
from tests.deploy.files import DEPLOY, Tree, at, branches, documents
from tests.support import dockerfile

FOLDER = DEPLOY / "kubernetes"
VERSION = "1.33.0"  # the oldest that deploy/README.md names
LEFT_OUT = {"kustomization.yaml", "secret.example.yaml", "restore.yaml"}
FILES = sorted(path for path in FOLDER.glob("*.yaml") if path.name != "kustomization.yaml")
MANIFESTS = [(path.name, tree) for path in FILES for tree in documents(path)]
KUSTOMIZATION = documents(FOLDER / "kustomization.yaml")[0]


def pods() -> dict[str, Tree]:
    """Return the description of every pod, by what makes it."""
    found = {}
    for _, tree in MANIFESTS:
        name = f"{tree['kind']}/{at(tree, 'metadata', 'name')}"
        for branch in branches(tree):
            if "containers" in branch:
                found[name] = branch
    return found


def containers(pod: Tree) -> list[Tree]:
    return cast("list[Tree]", pod["containers"]) + cast("list[Tree]", pod.get("initContainers", []))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_manifest_keeps_to_the_schema(path: Path) -> None:
    for tree in documents(path):
        kubernetes_validate.validate(tree, VERSION, strict=True)


def test_the_schema_is_strict() -> None:
    pod = next(tree for _, tree in MANIFESTS if tree["kind"] == "Pod")
    wrong = pod | {"spec": cast("Tree", pod["spec"]) | {"containrs": []}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSION, strict=True)


def test_kustomize_lists_every_file_but_those_for_a_hand() -> None:
    listed = cast("list[str]", KUSTOMIZATION["resources"])
    assert sorted(listed) == sorted(path.name for path in FILES if path.name not in LEFT_OUT)
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is not installed: the list is compared, kustomize itself is not run")
    done = subprocess.run(
        [kubectl, "kustomize", FOLDER], capture_output=True, text=True, check=True
    )
    assert len(re.findall(r"^kind:", done.stdout, re.MULTILINE)) == sum(
        len(documents(FOLDER / name)) for name in listed
    )
    assert "image: stadtdraht\n" not in done.stdout


def test_every_pod_may_run_in_a_restricted_namespace() -> None:
    namespace = next(tree for _, tree in MANIFESTS if tree["kind"] == "Namespace")
    labels = cast("dict[str, str]", at(namespace, "metadata", "labels"))
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert len(pods()) == 6
    user = dockerfile.read(DEPLOY / "Dockerfile")[-1].of("USER")[0].text.split(":")[0]
    for name, pod in pods().items():
        assert at(pod, "securityContext", "runAsNonRoot") is True, name
        assert at(pod, "securityContext", "runAsUser") == int(user), name
        assert at(pod, "securityContext", "seccompProfile", "type") == "RuntimeDefault", name
        assert pod["automountServiceAccountToken"] is False, name
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys(), name
        volumes = cast("list[Tree]", pod["volumes"])
        kinds = {kind for volume in volumes for kind in volume if kind != "name"}
        assert kinds <= {"secret", "emptyDir", "persistentVolumeClaim"}, name
        for container in containers(pod):
            context = cast("Tree", container["securityContext"])
            assert context["allowPrivilegeEscalation"] is False, name
            assert context["readOnlyRootFilesystem"] is True, name
            assert at(context, "capabilities", "drop") == ["ALL"], name
            assert at(container, "resources", "requests", "memory"), name
            assert at(container, "resources", "limits", "memory"), name


def test_every_process_is_asked_for_its_health_and_restarted_late() -> None:
    for name, pod in pods().items():
        (container,) = containers(pod)
        if "args" not in container or at(container, "args") == [] or "command" in container:
            continue
        words = cast("list[str]", container["args"])
        assert words[:2] == ["run", "--role"]
        assert name.endswith(f"/{words[2]}")
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            assert at(container, probe, "httpGet", "path") == "/health", name
        alive = cast("dict[str, int]", container["livenessProbe"])
        assert alive["periodSeconds"] * alive["failureThreshold"] >= 600, "a database's absence"
        assert cast("int", pod["terminationGracePeriodSeconds"]) > 10


def test_every_folder_that_is_mounted_exists_and_every_claim_too() -> None:
    claims = {
        str(at(tree, "metadata", "name"))
        for _, tree in MANIFESTS
        if tree["kind"] == "PersistentVolumeClaim"
    } | {"data-connectors-0"}  # made by the StatefulSet connectors from its template `data`
    for name, pod in pods().items():
        made = {volume["name"] for volume in cast("list[Tree]", pod["volumes"])}
        made |= {"data"} if name == "StatefulSet/connectors" else set()
        for container in containers(pod):
            mounts = cast("list[Tree]", container["volumeMounts"])
            assert {mount["name"] for mount in mounts} <= made, name
            assert {"/data", "/tmp"} <= {mount["mountPath"] for mount in mounts}, name
        for volume in cast("list[Tree]", pod["volumes"]):
            claim = at(volume, "persistentVolumeClaim", "claimName")
            assert claim is None or claim in claims


def test_settings_and_secrets_that_pods_read_are_the_ones_described() -> None:
    described = {
        (tree["kind"], at(tree, "metadata", "name"))
        for _, tree in MANIFESTS
        if tree["kind"] in {"ConfigMap", "Secret"}
    }
    for pod in pods().values():
        for branch in branches(pod):
            for kind, key in (("ConfigMap", "configMapRef"), ("Secret", "secretRef")):
                if key in branch:
                    assert (kind, at(branch, key, "name")) in described
            if "secretName" in branch:
                assert ("Secret", branch["secretName"]) in described
    settings = next(tree for _, tree in MANIFESTS if tree["kind"] == "ConfigMap")
    values = cast("dict[str, str]", settings["data"])
    read = Settings(
        **{  # type: ignore[arg-type]  # as text, the way that the environment holds them
            name.removeprefix("STADTDRAHT_").lower(): value
            for name, value in values.items()
            if name not in {"STADTDRAHT_PORT", "STADTDRAHT_TRUSTED_PROXIES"}
        }
    )
    assert read.is_https


def test_selectors_meet_the_labels_of_pods() -> None:
    labels = [
        cast("dict[str, str]", at(branch, "metadata", "labels"))
        for _, tree in MANIFESTS
        for branch in branches(tree)
        if "containers" in cast("Tree", branch.get("spec", {}))
    ]
    assert len(labels) == len(pods())
    for name, tree in MANIFESTS:
        for branch in branches(tree):
            for key in ("matchLabels", "selector"):
                wanted = cast("dict[str, str]", branch.get(key) or {})
                if "app.kubernetes.io/name" in wanted:
                    assert any(wanted.items() <= have.items() for have in labels), (name, wanted)


def test_what_is_not_allowed_is_refused_by_the_network() -> None:
    policies = [tree for _, tree in MANIFESTS if tree["kind"] == "NetworkPolicy"]
    assert [tree["spec"] for tree in policies if at(tree, "metadata", "name") == "nothing"] == [
        {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    ]
    assert len(policies) == 4


@pytest.mark.parametrize(("code", "said"), [(1, "db alarm"), (0, "db")])
def test_a_backup_that_fails_raises_the_alarm(tmp_path: Path, code: int, said: str) -> None:
    (container,) = containers(pods()["CronJob/backup"])
    (script,) = cast("list[str]", container["args"])
    program = tmp_path / "stadtdraht"
    program.write_text(f'#!/bin/sh\necho "$1" >&2\n[ "$1" = alarm ] || exit {code}\n')
    program.chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", "-ec", script.replace("/backups", str(tmp_path))],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr.split()) == (code, said.split())
