"""Containerfile, manifests and chart, as far as tools without a cluster tell."""
import os
import pathlib
import re
import subprocess
import sys

import pytest
import yaml

import support
from services.minio import CACHE

DEPLOY = support.ROOT / "deploy"
TOOLS = pathlib.Path(sys.executable).parent


def tool(*command, text=None, code=0):
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def validate(path, code=0):
    """Against the schemas of Kubernetes, which the package carries; unknown fields are errors."""
    return tool(TOOLS / "kubernetes-validate", "--strict", path, code=code)


@pytest.fixture(scope="module")
def helm():
    if not (CACHE / "bin/helm").exists():
        support.absent("no helm (tools/test_services.sh)")
    return CACHE / "bin/helm"


def rendered(helm, tmp_path, *settings):
    text = tool(helm, "template", "--kube-version", "1.31", "costream", DEPLOY / "helm/costream", *settings)
    path = tmp_path / "rendered.yaml"
    path.write_text(text)
    return path, [d for d in yaml.safe_load_all(text) if d]


def pod_spec(workload):
    spec = workload["spec"]
    return (spec["jobTemplate"]["spec"] if workload["kind"] == "CronJob" else spec)["template"]["spec"]


def test_the_manifests_are_valid_and_an_unknown_field_is_not(tmp_path):
    text = (DEPLOY / "kubernetes/costream.yaml").read_text()
    assert validate(DEPLOY / "kubernetes/costream.yaml").count("passed") == 3
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(text.replace("onExitCodes", "onExitCode"))
    assert wrong.read_text() != text
    validate(wrong, code=1)


def test_the_ray_job_has_valid_pods_with_room_for_their_tasks(tmp_path):
    job = yaml.safe_load((DEPLOY / "kubernetes/rayjob.yaml").read_text())
    assert (job["kind"], job["apiVersion"]) == ("RayJob", "ray.io/v1")
    cluster = job["spec"]["rayClusterSpec"]
    groups = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
    for number, group in enumerate(groups):
        path = tmp_path / f"{number}.yaml"
        path.write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "ray"}, **group["template"]}))
        assert validate(path).count("passed") == 1
    resources = groups[1]["template"]["spec"]["containers"][0]["resources"]["limits"]
    limit = int(job["spec"]["entrypoint"].split("--memory-limit ")[1].removesuffix("MiB"))
    assert int(resources["cpu"]) * (limit + 256) < 0.7 * 1024 * int(resources["memory"].removesuffix("Gi"))  # Ray's share for tasks
    assert f"ray=={cluster['rayVersion']}" in (support.ROOT / "pyproject.toml").read_text()


def test_the_chart_is_valid_and_has_what_the_manifests_have(helm, tmp_path):
    tool(helm, "lint", "--strict", DEPLOY / "helm/costream")
    path, documents = rendered(helm, tmp_path)
    assert validate(path).count("passed") == len(documents) == 3
    plain = {d["kind"]: d for d in yaml.safe_load_all((DEPLOY / "kubernetes/costream.yaml").read_text())}
    ours, = [d for d in documents if d["metadata"]["name"] == "costream-current"]
    of_plain, of_chart = pod_spec(plain["CronJob"]), pod_spec(ours)
    for key in ("securityContext", "restartPolicy", "terminationGracePeriodSeconds", "volumes"):
        assert of_plain[key] == of_chart[key], key
    for key in ("resources", "securityContext", "volumeMounts", "envFrom"):
        assert of_plain["containers"][0][key] == of_chart["containers"][0][key], key
    policies = [d["spec"]["jobTemplate"]["spec"]["podFailurePolicy"] for d in (plain["CronJob"], ours)]
    assert policies[0] == policies[1] == plain["Job"]["spec"]["podFailurePolicy"]
    assert pod_spec(plain["Job"])["containers"][0]["resources"] == of_plain["containers"][0]["resources"]


def test_exit_codes_decide_whether_a_job_is_tried_again():
    job = next(d for d in yaml.safe_load_all((DEPLOY / "kubernetes/costream.yaml").read_text()) if d["kind"] == "Job")
    fails = [r["onExitCodes"] for r in job["spec"]["podFailurePolicy"]["rules"] if r["action"] == "FailJob"]
    assert [(rule["operator"], rule["values"]) for rule in fails] == [("In", [1, 2, 3, 4])]  # not 75, 137, 143
    assert pod_spec(job)["restartPolicy"] == "Never"  # without which the policy is refused


def test_the_charts_settings_reach_the_run(helm, tmp_path):
    _, documents = rendered(helm, tmp_path, "--set", "sources={a,b}", "--set", "config.performance.threads=1",
                            "--set", "nodeSelector.disk=fast", "--set", "image.tag=x")
    for workload in (d for d in documents if d["kind"] == "CronJob"):
        container, = pod_spec(workload)["containers"]
        assert "--source=a,b" in container["args"] and container["image"] == "costream:x"
        assert pod_spec(workload)["nodeSelector"] == {"disk": "fast"}
    config = next(d for d in documents if d["kind"] == "ConfigMap")["data"]["config.yaml"]
    assert yaml.safe_load(config)["performance"] == {"threads": 1}


@pytest.mark.parametrize("of", ["manifests", "chart"])
def test_the_config_files_are_taken(helm, of, command, tmp_path, monkeypatch):
    for name in list(os.environ):
        if name.startswith(("AWS_", "S3_", "PG", "POSTGRES_", "DATABASE_", "OCP_", "POC_")):
            monkeypatch.delenv(name)
    documents = (rendered(helm, tmp_path)[1] if of == "chart" else
                 list(yaml.safe_load_all((DEPLOY / "kubernetes/costream.yaml").read_text())))
    config = tmp_path / "config.yaml"
    config.write_text(next(d for d in documents if d["kind"] == "ConfigMap")["data"]["config.yaml"])
    shown = command("config", "show", "--config", config, "--source", support.SOURCE, "--month", "current").stdout.decode()
    assert "input   s3://cost-management/data/1234567/OCP/source=" in shown
    assert "target  postgresql://koku@postgresql.database:5432/koku" in shown


def test_the_containerfile_and_yaml_are_clean():
    tool(TOOLS / "hadolint", support.ROOT / "Containerfile")
    rules = ("{extends: default, rules: {line-length: {max: 140}, document-start: disable, braces: {max-spaces-inside: 1}, "
             "comments: {min-spaces-from-content: 1}}}")
    tool(TOOLS / "yamllint", "-d", rules, DEPLOY / "kubernetes", DEPLOY / "helm/costream/values.yaml",
         DEPLOY / "helm/costream/Chart.yaml", support.ROOT / "config")


@pytest.mark.parametrize("given, said", [(["-DGIVEN=0123456789ab", "-DGIVEN_DATE=2025-11-01"], "0123456789ab"), ([], "unknown")])
def test_the_commit_of_sources_without_their_history(tmp_path, given, said):
    """As in an image's build, which gives the commit by arguments."""
    header = tmp_path / "commit.h"
    tool("cmake", f"-DSOURCE={tmp_path}", f"-DOUTPUT={header}", *given, "-P", support.ROOT / "cmake/commit.cmake")
    assert f'#define COSTREAM_COMMIT "{said}"' in header.read_text()


def test_the_image_has_what_its_build_needs():
    containerfile = (support.ROOT / "Containerfile").read_text()
    assert "ARG COMMIT=" in containerfile and '-DCOSTREAM_COMMIT="$COMMIT"' in containerfile
    bootstrap = (support.ROOT / "tools/bootstrap.sh").read_text()
    for requirements in re.findall(r"tools/\S*requirements\.txt", bootstrap):
        assert f" {requirements} " in containerfile  # copied before the rest, so that their layer is kept
