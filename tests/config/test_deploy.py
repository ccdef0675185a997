"""The production shape: compose file, image and settings name the same variables; Django finds nothing to warn of."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "config" / "deploy"
LOCAL_ONLY = {"VAR_DIR", "DEBUG", "DEMO", "DEMO_PASSWORD"}
PRODUCTION = {
    "SITE_URL": "https://bangdan.example.org",
    "ALLOWED_HOSTS": "bangdan.example.org",
    "SECRET_KEY": "Jx0_" * 20 + "abcdefghij",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.org:587",
}


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def settings_variables() -> set[str]:
    """Every variable that settings.py reads, by its `env.kind("NAME")` calls."""
    tree = ast.parse((ROOT / "config" / "settings.py").read_text())
    return {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "env"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


def readme_variables() -> list[str]:
    """Every variable of README's table of settings."""
    rows = [line.split("|")[1] for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("| `")]
    return [name for row in rows for name in re.findall(r"`([A-Z0-9_]+)`", row)]


def image_variables() -> set[str]:
    """Every variable that the image itself sets."""
    lines = [line for line in (DEPLOY / "Dockerfile").read_text().splitlines() if line.startswith("ENV ")]
    return {name for line in lines for name in re.findall(r"(\w+)=", line)}


@pytest.mark.parametrize("service", ["web", "worker", "beat", "migrate"])
def test_every_setting_reaches_the_service(compose, service) -> None:
    given = set(compose["services"][service]["environment"])

    assert settings_variables() - LOCAL_ONLY == (given | image_variables()) & settings_variables()
    assert given - settings_variables() <= {"FORWARDED_ALLOW_IPS"}, "a variable that nothing reads"


def test_readme_lists_every_setting_once() -> None:
    assert sorted(readme_variables()) == sorted(settings_variables())


def test_proxy_lets_through_the_largest_file_and_knows_its_variables(compose) -> None:
    text = (DEPLOY / "Caddyfile").read_text()
    given = compose["services"]["proxy"]["environment"]

    assert set(re.findall(r"\{\$(\w+)", text)) == set(given)
    assert re.search(r"max_size \{\$UPLOAD_MAX_MB:50\}\.9MiB", text)
    assert given["UPLOAD_MAX_MB"] == compose["services"]["web"]["environment"]["UPLOAD_MAX_MB"]


def test_example_env_gives_every_required_value_and_no_other() -> None:
    required = set(re.findall(r"\$\{(\w+):\?\}", (DEPLOY / "compose.yaml").read_text()))
    lines = (DEPLOY / "example.env").read_text().splitlines()

    assert {line.partition("=")[0] for line in lines if line and not line.startswith("#")} == required


def test_secrets_have_no_default_in_the_compose_file() -> None:
    defaults = re.findall(r"\$\{(\w+):-", (DEPLOY / "compose.yaml").read_text())

    assert [name for name in defaults if re.search("SECRET|PASSWORD|KEY|URL", name)] == []


def test_stack_has_every_part_and_data_outlives_its_container(compose) -> None:
    services = compose["services"]

    assert set(services) == {"postgres", "valkey", "minio", "migrate", "web", "worker", "beat", "proxy"}
    mounted = {volume.partition(":")[0] for service in services.values() for volume in service.get("volumes", [])}
    assert set(compose["volumes"]) <= mounted
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]


def test_image_runs_as_nobody_in_particular_and_installs_by_hash() -> None:
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    last_user = [line for line in lines if line.startswith("USER ")][-1]

    assert last_user == "USER 10001"
    assert any("--require-hashes" in line and "base.txt" in line for line in lines)


def test_files_the_image_copies_are_there() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)

    assert [name for line in copied for name in line.split() if not (ROOT / name).exists()] == []


def test_check_deploy_with_production_settings_has_no_warning(tmp_path) -> None:
    environment = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}

    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=environment | PRODUCTION | {"VAR_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_settings_without_secret_key_refuse_to_start(tmp_path) -> None:
    environment = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}

    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=environment | {"VAR_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode != 0
    assert "SECRET_KEY" in done.stderr


@pytest.mark.django_db
def test_models_have_no_change_without_migration(capsys) -> None:
    call_command("makemigrations", check_changes=True, dry_run=True)

    assert "No changes detected" in capsys.readouterr().out
