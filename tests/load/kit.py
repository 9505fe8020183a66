"""What the measurements share: services, a throw-away PostgreSQL, wrk."""

import http.client
import json
import os
import pathlib
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
RELEASE = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
PASSWORD = "correct horse battery"
results = []


def report(name, value, unit, target, met):
    results.append(met)
    verdict = "ok  " if met else "MISS"
    print(f"{verdict}  {name:<66} {value:>8} {unit:<6} target {target}", flush=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Service:
    """A release binary on a data folder and perhaps another database."""

    def __init__(self, folder, **settings):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        self.address = ("127.0.0.1", free_port())
        self.environment = dict(
            os.environ, VESTIBULE_LISTEN="%s:%d" % self.address,
            VESTIBULE_DATA_DIR=str(self.folder), VESTIBULE_RATE_LIMITS__ENABLED="false",
            VESTIBULE_PASSWORD__BCRYPT_COST="4", VESTIBULE_TOKENS__ISSUER="load", **settings)

    def __enter__(self):
        self.log = open(self.folder / "service.log", "ab")
        self.process = subprocess.Popen([RELEASE / "vestibule"], cwd=self.folder,
                                        env=self.environment, stderr=self.log, stdout=self.log)
        while True:
            try:
                if self.call("GET", "/readyz")[0] == 200:
                    return self
            except OSError:
                if self.process.poll() is not None:
                    sys.exit((self.folder / "service.log").read_text()[-2000:])
            time.sleep(0.01)

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        self.log.close()

    def call(self, method, path, body=None, credential=None):
        connection = http.client.HTTPConnection(*self.address, timeout=30)
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if credential:
            headers["Authorization"] = f"Bearer {credential}"
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        response = connection.getresponse()
        text = response.read()
        connection.close()
        return response.status, text

    def token(self, username):
        body = {"username": username, "password": PASSWORD}
        status, text = self.call("POST", "/api/auth/login/", body)
        if status != 200:
            sys.exit(f"login of {username}: {status} {text}")
        return json.loads(text)["access"]

    def cli(self, *arguments):
        return subprocess.run([RELEASE / "vestibule", *arguments], cwd=self.folder,
                              env=self.environment, capture_output=True, text=True,
                              check=True).stdout.strip()


def wrk(address, requests, seconds, connections):
    """Requests per second, p50 and p99 in ms. `requests` is a file for requests.lua."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s",
               str(ROOT / "tests/load/requests.lua"), "http://%s:%d" % tuple(address),
               "--", str(requests)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    line = next(line for line in output.splitlines() if line.startswith("RESULT"))
    rate, p50, p99, failed = line.split()[1:]
    if int(failed):
        sys.exit(f"{failed} requests of {requests} failed")
    return float(rate), float(p50), float(p99)


class Postgres:
    """A throw-away server on 127.0.0.1 that keeps what it acknowledges."""

    def __init__(self, parent=None, **settings):
        self.settings = dict(shared_buffers="512MB", max_wal_size="4GB", **settings)
        found = shutil.which("initdb")
        folders = [pathlib.Path(found).resolve().parent] if found else sorted(
            pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
        if not folders:
            sys.exit("PostgreSQL is missing: install the package postgresql")
        self.programs = folders[-1]
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="vestibule-load-", dir=parent))
        self.port = free_port()
        self.password = secrets.token_hex(16)
        self.user = {}
        if os.getuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            self.user = {"user": account.pw_uid, "group": account.pw_gid}

    def __enter__(self):
        data = self.folder / "data"
        secret = self.folder / "password"
        secret.write_text(self.password)
        secret.chmod(0o600)
        if self.user:
            os.chown(secret, self.user["user"], self.user["group"])
        subprocess.run([self.programs / "initdb", "-D", data, "-U", "vestibule", "-E", "UTF8",
                        "--locale=C", "-A", "scram-sha-256", f"--pwfile={secret}"],
                       check=True, stdout=subprocess.DEVNULL, cwd=self.folder, **self.user)
        options = " ".join(f"-c {name}={value}" for name, value in dict(
            self.settings, port=self.port, listen_addresses="127.0.0.1",
            unix_socket_directories=self.folder).items())
        self.log = self.folder / "log"
        subprocess.run([self.programs / "pg_ctl", "start", "-w", "-D", data, "-l", self.log,
                        "-o", options], check=True, stdout=subprocess.DEVNULL, cwd=self.folder,
                       **self.user)
        return self

    def __exit__(self, *_):
        subprocess.run([self.programs / "pg_ctl", "stop", "-D", self.folder / "data", "-m", "fast"],
                       check=False, stdout=subprocess.DEVNULL, cwd="/", **self.user)
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database):
        return f"postgres://vestibule:{self.password}@127.0.0.1:{self.port}/{database}"

    def psql(self, statement, database="postgres"):
        return subprocess.run(["psql", "--no-psqlrc", "-qAtX", "-v", "ON_ERROR_STOP=1", "-f", "-",
                               self.url(database)], input=statement, capture_output=True,
                              text=True, check=True).stdout.strip()
