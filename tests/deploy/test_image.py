"""The image: its rules, and its steps, which are taken here without a container."""

import http.client
import http.server
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support import dockerfile
from tests.support.postgres import free_port

ROOT = Path(__file__).parents[2]
BUILD, FINAL = dockerfile.read(ROOT / "deploy/Dockerfile")
_BUILD_WITHIN = 600.0
_READY_WITHIN = 60.0
_OFFLINE = ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError")


def test_the_base_is_pinned_to_a_patch_version_and_the_same_in_both_stages() -> None:
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-[a-z]+(@sha256:[0-9a-f]{64})?", BUILD.base)
    assert FINAL.base == BUILD.base
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lowest = project["requires-python"].removeprefix(">=")
    assert FINAL.base.startswith(f"python:{lowest}."), "the version that the tests run on"


def test_it_runs_as_a_numbered_user_and_starts_without_a_shell() -> None:
    users = FINAL.of("USER")
    assert [step.text for step in users] == ["10001:10001"]
    behind = FINAL.steps[FINAL.steps.index(users[0]) :]
    assert not [step for step in behind if step.name in {"RUN", "COPY", "ADD"}]
    for name in ("ENTRYPOINT", "CMD"):
        assert all(step.text.startswith("[") for step in FINAL.of(name))
    assert FINAL.of("ENTRYPOINT")[0].words == ["stadtdraht"]
    assert FINAL.of("STOPSIGNAL")[0].text == "SIGTERM"


def test_the_final_stage_has_no_compiler_and_no_downloads() -> None:
    assert not BUILD.of("ADD")
    assert not FINAL.of("ADD")
    assert not any(re.search(r"\b(apt|apt-get|pip|curl|wget)\b", s.text) for s in FINAL.of("RUN"))
    assert [step.flags.get("from") for step in FINAL.of("COPY")] == ["build"]


def test_everything_from_elsewhere_is_checked_by_its_hash() -> None:
    fetching = [step for step in BUILD.of("RUN") if "--requirement" in step.text]
    assert len(fetching) == 2
    assert all("--require-hashes" in step.text for step in fetching)
    rest = [step for step in BUILD.of("RUN") if step not in fetching]
    assert all("--no-index" in step.text for step in rest)
    assert all("--no-build-isolation" in s.text for s in BUILD.of("RUN") if "pip wheel" in s.text)


def test_build_tools_are_the_ones_of_the_product() -> None:
    pins = {
        lock: re.findall(r"^setuptools==\S+", (ROOT / lock).read_text(), re.MULTILINE)
        for lock in ("requirements/build.txt", "requirements/product.txt")
    }
    assert pins["requirements/build.txt"] == pins["requirements/product.txt"] != []


def test_what_is_copied_exists_and_reaches_the_builder() -> None:
    ignore = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert "*" in ignore
    for step in BUILD.of("COPY"):
        for source in step.words[:-1]:
            assert (ROOT / source).exists(), source
            assert f"!{source.split('/')[0]}" in ignore, source
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    copied = {word for step in BUILD.of("COPY") for word in step.words[:-1]}
    assert set(packages) <= copied


def test_the_health_check_tells_a_healthy_city_from_one_that_is_down() -> None:
    (step,) = FINAL.of("HEALTHCHECK")
    command = json.loads(step.text.partition("CMD ")[2])
    assert command[0] == "python"

    def ask(status: int) -> int:
        with _answering(status) as port:
            code = command[-1].replace("8080", str(port))
            return subprocess.run([sys.executable, *command[1:-1], code], check=False).returncode

    assert ask(200) == 0
    assert ask(503) == 1


@contextmanager
def _answering(status: int) -> Iterator[int]:
    """Answer every request with `status`; yields the port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/health" else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Take the steps of the build stage in a folder that stands for `/`; return its city's venv."""
    root = tmp_path_factory.mktemp("image")
    builder = root / "builder"
    subprocess.run([sys.executable, "-m", "venv", builder], check=True)
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "VIRTUAL_ENV", "STADTDRAHT"))
    }
    environment |= {
        "PATH": f"{builder / 'bin'}:/usr/bin:/bin",
        "TMPDIR": str(root),
        "PIP_COMPILE": "0",  # most of it is never run here
    }
    here = root
    for step in BUILD.steps:
        if step.name == "WORKDIR":
            here = root / step.text.lstrip("/")
            here.mkdir(parents=True)
        elif step.name == "COPY":
            *sources, target = step.words
            _copy([ROOT / source for source in sources], here / target)
        else:
            assert step.name == "RUN", step
            command = re.sub(r"(?<=\s)/(?=wheels|opt)", f"{root}/", step.text)
            done = subprocess.run(
                ["sh", "-c", command],
                cwd=here,
                env=environment,
                capture_output=True,
                text=True,
                timeout=_BUILD_WITHIN,
                check=False,
            )
            if any(sign in done.stdout + done.stderr for sign in _OFFLINE):
                pytest.skip("the package registry cannot be reached")
            assert done.returncode == 0, f"{step.text}\n{done.stdout}\n{done.stderr}"
    return root / "opt/stadtdraht"


def _copy(sources: list[Path], target: Path) -> None:
    for source in sources:
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)


def test_what_the_build_stage_makes_serves_a_city(installed: Path, tmp_path: Path) -> None:
    assert not (installed / "bin/pip").exists()
    port = free_port()
    environment = {
        "PATH": f"{installed / 'bin'}:/usr/bin:/bin",
        "PYTHONPYCACHEPREFIX": str(tmp_path / "compiled"),
        "STADTDRAHT_DATA_DIR": str(tmp_path / "data"),
        "STADTDRAHT_PORT": str(port),
    }

    def run(*words: str, given: str = "") -> str:
        done = subprocess.run(
            [installed / "bin/stadtdraht", *words],
            input=given,
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert version in run("--version")
    run("db", "upgrade")
    run("db", "check")
    run("demo", "load")
    understood = json.loads(run("nlp", "predict", given='{"text": "Die Laterne ist kaputt"}\n'))
    assert understood["category"]
    added = json.loads(run("channel", "add", "api", "Probe", "--json"))

    log = (tmp_path / "log").open("wb")
    server = subprocess.Popen(
        [installed / "bin/stadtdraht", "run"],
        env=environment,
        cwd=tmp_path,
        stdout=log,
        stderr=log,
    )
    try:
        _wait_for(port, server, tmp_path / "log")
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            for page in ("/", "/chat", "/maerkte", "/desk/login", "/widget.js", "/metrics"):
                assert client.get(page).status_code == 200, page
            style = re.search(r'href="(/static/[^"]+\.css[^"]*)"', client.get("/").text)
            assert style
            assert client.get(style[1]).status_code == 200
            client.headers["authorization"] = f"Bearer {added['token']}"
            where = f"/api/v1/channels/{added['slug']}"
            message = {
                "external_id": "1",
                "thread": "1",
                "sender": {"id": "1"},
                "text": "Wann ist Markt in Opladen?",
            }
            assert client.post(f"{where}/messages", json=message).status_code == 202
            replies = client.get(f"{where}/replies", params={"wait": 50}).json()["replies"]
            assert "Opladen" in replies[0]["text"]
    finally:
        server.terminate()
        code = server.wait(timeout=30)
        log.close()
    assert code in {0, -signal.SIGTERM}


def test_the_wheel_ships_every_file_of_the_packages(installed: Path) -> None:
    (shipped,) = installed.glob("lib/python3*/site-packages")
    for package in ("bot", "connectors", "nlp", "dashboard"):
        files = {
            path.relative_to(ROOT)
            for path in (ROOT / package).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert len(files) > 5
        assert not [str(file) for file in files if not (shipped / file).is_file()]


def test_the_wheel_ships_nothing_else(installed: Path) -> None:
    """No tests, no database, no key: a fresh installation holds nobody's credentials."""
    (record,) = installed.glob("lib/python3*/site-packages/stadtdraht-*.dist-info/RECORD")
    shipped = [Path(line.rsplit(",", 2)[0]) for line in record.read_text("utf-8").splitlines()]
    packages = {"bot", "connectors", "nlp", "dashboard"}
    for file in shipped:
        own = file.parts[0] in packages or file.parts[0].endswith(".dist-info")
        assert own or file.name == "stadtdraht", file
        assert "tests" not in file.parts, file
        assert not file.name.endswith((".key", ".sqlite3", ".env", ".pem", ".stadtdraht")), file


def _wait_for(port: int, server: "subprocess.Popen[bytes]", log: Path) -> None:
    waiting = threading.Event()
    for _ in range(int(_READY_WITHIN / 0.1)):
        assert server.poll() is None, log.read_text(errors="replace")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            waiting.wait(0.1)
        finally:
            connection.close()
    raise AssertionError(log.read_text(errors="replace"))
