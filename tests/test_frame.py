"""The project's own files: what a newcomer and an operator rely on before any code runs."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]


def test_the_compose_file_says_what_an_operator_can_start() -> None:
    """docker-compose.yml holds services that each have an image or a build, and volumes that exist."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    assert set(compose["services"]) == {"skoraya", "standby", "postgres"}
    for name, service in compose["services"].items():
        assert ("image" in service) != ("build" in service), name
        assert service["restart"] == "unless-stopped", name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source.startswith(".") or source in compose["volumes"], f"{name}: {source} is not declared"
        for port in service.get("ports", []):
            assert re.fullmatch(r"\d+:\d+", port), f"{name}: {port}"


def test_the_dockerfile_starts_the_service_as_an_unprivileged_user() -> None:
    """Every line of the Dockerfile is an instruction that exists, and the last stage does not run as root."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    known = {
        "FROM",
        "WORKDIR",
        "COPY",
        "RUN",
        "USER",
        "ENV",
        "VOLUME",
        "EXPOSE",
        "HEALTHCHECK",
        "ENTRYPOINT",
        "CMD",
        "ARG",
        "LABEL",
    }
    for line in lines:
        assert line.split()[0] in known, line
    last_stage = lines[max(index for index, line in enumerate(lines) if line.startswith("FROM")) :]
    assert "USER skoraya" in last_stage
    assert 'ENTRYPOINT ["skoraya"]' in last_stage


def test_what_is_pinned_is_what_is_asked_for() -> None:
    """Every direct dependency has a version in constraints.txt, and no line of it names a host."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {re.split(r"[=<>!; ]", line)[0].lower() for line in lines}
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    for requirement in wanted:
        assert re.split(r"[=<>!;\[ ]", requirement)[0].lower() in pinned, requirement
    assert not [line for line in lines if "://" in line]


def test_no_registry_host_or_machine_path_is_in_the_lock_file() -> None:
    """The console's lock file resolves by name and integrity alone."""
    lock = (ROOT / "console" / "web" / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
    assert '"integrity"' in lock
