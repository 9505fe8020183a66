#!/usr/bin/env python3
"""Measures the service beside a bare actix-web route, in one run.

Usage: tests/load/run.py [--users N] [--seconds S] [--rounds R] [--skip-build]
Needs python3 and wrk on PATH. Everything stays on loopback. Absolute figures
drift from machine to machine; the ratios are what counts. PERFORMANCE targets
are printed beside each figure; the exit code says whether all were met.
"""

import argparse
import concurrent.futures
import http.client
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
RELEASE = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
PASSWORD = "correct horse battery"
BARE = ("127.0.0.1", 18100)
SERVICE = ("127.0.0.1", 18101)
results = []


def report(name, value, unit, target, met):
    results.append(met)
    verdict = "ok  " if met else "MISS"
    print(f"{verdict}  {name:<58} {value:>10} {unit:<6} target {target}", flush=True)


def call(connection, method, path, body=None, token=None):
    headers = {"Content-Type": "application/json"} if body is not None else {}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    connection.request(method, path, json.dumps(body) if body is not None else None, headers)
    response = connection.getresponse()
    text = response.read()
    return response.status, text


class Service:
    """The release binary on a data folder."""

    def __init__(self, folder, **settings):
        self.folder = folder
        self.settings = settings

    def __enter__(self):
        environment = dict(os.environ, VESTIBULE_LISTEN=f"{SERVICE[0]}:{SERVICE[1]}",
                           VESTIBULE_RATE_LIMITS__ENABLED="false", **self.settings)
        started = time.monotonic()
        self.log = open(pathlib.Path(self.folder) / "service.log", "ab")
        self.process = subprocess.Popen([RELEASE / "vestibule"], cwd=self.folder,
                                        env=environment, stderr=self.log, stdout=self.log)
        while True:
            try:
                connection = http.client.HTTPConnection(*SERVICE, timeout=5)
                status, _ = call(connection, "GET", "/readyz")
                if status == 200:
                    break
            except OSError:
                if self.process.poll() is not None:
                    sys.exit("the service did not start; see service.log")
            time.sleep(0.001)
        self.ready_ms = (time.monotonic() - started) * 1000
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        self.log.close()

    def memory_mib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024


def seed(users, name="load"):
    """Registers users, and answers their access tokens."""
    local = threading.local()

    def register(index):
        if not hasattr(local, "connection"):
            local.connection = http.client.HTTPConnection(*SERVICE, timeout=30)
        body = {"username": f"{name}_{index}", "email": f"{name}_{index}@example.com",
                "password1": PASSWORD, "password2": PASSWORD}
        status, text = call(local.connection, "POST", "/api/auth/registration/", body)
        if status == 409:
            login = {"username": f"{name}_{index}", "password": PASSWORD}
            status, text = call(local.connection, "POST", "/api/auth/login/", login)
        if status not in (200, 201):
            sys.exit(f"seeding failed: {status} {text}")
        return json.loads(text)["access"]

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        return list(pool.map(register, range(users)))


def make_keys(access, folder):
    """An API key of each of these users, that acts for its owner."""
    command = [RELEASE / "vestibule", "key", "create", "--name", "load", "--scope", "admin"]
    made = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    staff, keys = made.stdout.strip(), []
    connection = http.client.HTTPConnection(*SERVICE, timeout=30)
    for token in access:
        _, me = call(connection, "GET", "/api/v1/user/me/", None, token)
        path = f"/api/v1/admin/users/{json.loads(me)['uid']}/"
        call(connection, "PATCH", path, {"can_manage_api_environment": True}, staff)
        status, text = call(connection, "POST", "/api/v1/api-keys/", {"name": "load"}, token)
        if status != 201:
            sys.exit(f"no key was made: {status} {text}")
        keys.append(json.loads(text)["key"])
    return keys


def in_turns(arguments, one, other):
    """Rates of two files of requests, and the median of the ratios of rounds in
    which they take turns."""
    files, rates = (one, other), ([], [])
    for file in files:
        wrk(SERVICE, "GET", file, arguments.seconds)  # fills the caches
    for _ in range(arguments.rounds):
        for file, rate in zip(files, rates):
            measured = wrk(SERVICE, "GET", file, arguments.seconds)
            if measured[3]:
                sys.exit(f"GET by {file.name}: {measured[3]} requests failed")
            rate.append(measured[0])
    ratio = statistics.median(first / second for first, second in zip(*rates))
    return *map(statistics.median, rates), ratio


def by_key_and_by_token(arguments, folder):
    by_key, by_token, ratio = in_turns(arguments, folder / "keys", folder / "some_tokens")
    report(f"GET me by API key: {by_key:,.0f}/s, by token {by_token:,.0f}/s", f"{ratio:.3f}",
           "ratio", ">= 0.95", ratio >= 0.95)


def reads_of_dialects(arguments, folder):
    """A dialect's read of the user, beside the native one."""
    command = [RELEASE / "vestibule", "key", "create", "--name", "application", "--scope", "app"]
    made = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    application = made.stdout.strip()
    tokens = (folder / "some_tokens").read_text().split()
    for name, path, key in [
        ("BoltonSea", "/users", ""),
        ("Epixel", "/api/v1/user/get/profile/", f" {application}"),
        ("InterlinedList", "/api/user", ""),
    ]:
        lines = (f"GET\t{path}\t{token}{key}\t\n" for token in tokens)
        (folder / f"{name}.GET").write_text("".join(lines))
        native, dialect, ratio = in_turns(arguments, folder / "some_tokens", folder / name)
        report(f"{name}'s read {dialect:,.0f}/s, GET me {native:,.0f}/s, cost", f"{ratio:.2f}",
               "ratio", "<= 1.3", ratio <= 1.3)


def wrk(target, method, tokens, seconds, connections=32):
    """Requests per second, p50 and p99 in ms, failures."""
    requests = pathlib.Path(f"{tokens}.{method}")
    if not requests.exists():
        lines = []
        for number, token in enumerate(pathlib.Path(tokens).read_text().split()):
            bio = json.dumps({"bio": f"written under load {number}"})
            body = bio if method == "PATCH" else ""
            lines.append(f"{method}\t/api/v1/user/me/\t{token}\t{body}\n")
        requests.write_text("".join(lines))
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s",
               str(ROOT / "tests/load/requests.lua"), f"http://{target[0]}:{target[1]}",
               "--", str(requests)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    line = next(line for line in output.splitlines() if line.startswith("RESULT"))
    rate, p50, p99, failed = line.split()[1:]
    return float(rate), float(p50), float(p99), int(failed)


def bare(body_bytes):
    process = subprocess.Popen([RELEASE / "examples" / "bare", str(body_bytes),
                                f"{BARE[0]}:{BARE[1]}"])
    while True:
        try:
            status, _ = call(http.client.HTTPConnection(*BARE, timeout=5), "GET", "/api/v1/user/me/")
            if status == 200:
                return process
        except OSError:
            time.sleep(0.01)


def side_by_side(name, arguments, tokens, target):
    """The median of the ratios of rounds in which both take turns."""
    ratios, rates, bares = [], [], []
    for _ in range(arguments.rounds):
        reference = wrk(BARE, "GET", tokens, arguments.seconds)
        measured = wrk(SERVICE, "GET", tokens, arguments.seconds)
        if measured[3]:
            sys.exit(f"{name}: {measured[3]} requests failed")
        bares.append(reference[0])
        rates.append(measured[0])
        ratios.append(measured[0] / reference[0])
    ratio = statistics.median(ratios)
    report(f"{name}: {statistics.median(rates):,.0f}/s of bare {statistics.median(bares):,.0f}/s",
           f"{ratio:.3f}", "ratio", f">= {target}", ratio >= target)
    return statistics.median(bares)


def log_out_some(tokens):
    """Logs 1 % of the sessions out, and counts later answers that are 200."""
    connection = http.client.HTTPConnection(*SERVICE, timeout=30)
    accepted = 0
    for token in tokens:
        status, text = call(connection, "POST", "/api/auth/logout/", None, token)
        if status != 200:
            sys.exit(f"logout failed: {status} {text}")
        for _ in range(20):
            accepted += call(connection, "GET", "/api/v1/user/me/", None, token)[0] == 200
    return accepted


def logins(stop, counter, index):
    connection = http.client.HTTPConnection(*SERVICE, timeout=60)
    body = {"username": f"login_{index}", "password": PASSWORD}
    while not stop.is_set():
        status, _ = call(connection, "POST", "/api/auth/login/", body)
        counter.append(status)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--skip-build", action="store_true")
    arguments = parser.parse_args()
    if not arguments.skip_build:
        subprocess.run(["cargo", "build", "--release", "--bin", "vestibule"], cwd=ROOT, check=True)
        subprocess.run(["cargo", "build", "--release", "-p", "vestibule-http", "--example", "bare"],
                       cwd=ROOT, check=True)
    with tempfile.TemporaryDirectory() as folder:
        measure(arguments, pathlib.Path(folder))
    sys.exit(0 if all(results) else 1)


def measure(arguments, folder):
    tokens = folder / "tokens"
    size = (RELEASE / "vestibule").stat().st_size / 2**20
    report("size of the binary", f"{size:.1f}", "MiB", "<= 28", size <= 28)

    cheap = {"VESTIBULE_PASSWORD__BCRYPT_COST": "4"}
    with Service(folder, **cheap):
        started = time.monotonic()
        access = seed(arguments.users)
        print(f"      registered {len(access)} users in {time.monotonic() - started:.0f} s")
        kept = access[len(access) // 100:]
        tokens.write_text("\n".join(kept) + "\n")
        # As many owners of keys as there are tokens beside them.
        some = kept[:200]
        (folder / "some_tokens").write_text("\n".join(some) + "\n")
        keys = make_keys(some, folder)
        (folder / "keys").write_text("\n".join(keys) + "\n")
        connection = http.client.HTTPConnection(*SERVICE, timeout=30)
        _, me = call(connection, "GET", "/api/v1/user/me/", None, access[0])

    with Service(folder) as service:
        report("start to first 200 on an existing database", f"{service.ready_ms:.0f}", "ms",
               "<= 100", service.ready_ms <= 100)
        time.sleep(1)
        idle = service.memory_mib()
        report("idle resident memory", f"{idle:.1f}", "MiB", "<= 28", idle <= 28)
        yardstick = bare(len(me))
        try:
            by_key_and_by_token(arguments, folder)
            reads_of_dialects(arguments, folder)
            measure_running(arguments, service, access, tokens)
        finally:
            yardstick.terminate()
            yardstick.wait()

    yardstick = bare(len(me))
    try:
        with Service(folder, VESTIBULE_CACHE__ENABLED="false"):
            side_by_side("GET me, storage caches off", arguments, tokens, 0.18)
    finally:
        yardstick.terminate()
        yardstick.wait()


def measure_running(arguments, service, access, tokens):
    wrk(SERVICE, "GET", tokens, arguments.seconds)  # fills the caches
    outs = access[:len(access) // 100]
    accepted = []
    beside = threading.Thread(target=lambda: accepted.append(log_out_some(outs)))
    beside.start()
    reference = side_by_side("GET me, warm", arguments, tokens, 0.70)
    beside.join()
    report(f"answers 200 after {len(outs)} logouts", accepted[0], "", "0", accepted[0] == 0)

    rate, p50, p99, failed = wrk(SERVICE, "PATCH", tokens, arguments.seconds)
    target = 10_000 * reference / 150_000
    report(f"PATCH me, 32 connections ({failed} failed)", f"{rate:,.0f}", "/s",
           f">= {target:,.0f} (10,000 where bare does 150,000)", rate >= target and not failed)
    report(f"PATCH me, p50 {p50:.1f} ms, p99", f"{p99:.1f}", "ms", "<= 20", p99 <= 20)

    seed(8, "login")  # at the default cost, unlike the others
    idle = wrk(SERVICE, "GET", tokens, arguments.seconds)
    stop, counter = threading.Event(), []
    clients = [threading.Thread(target=logins, args=(stop, counter, index)) for index in range(8)]
    started = time.monotonic()
    for client in clients:
        client.start()
    time.sleep(1)
    busy = wrk(SERVICE, "GET", tokens, arguments.seconds)
    stop.set()
    for client in clients:
        client.join()
    per_second = counter.count(200) / (time.monotonic() - started)
    report(f"GET me p99, idle {idle[2]:.2f} ms, with {per_second:.1f} logins/s {busy[2]:.2f} ms",
           f"{busy[2] / idle[2]:.2f}", "ratio", "<= 3", busy[2] <= 3 * idle[2])
    print(f"      logins answered 200: {counter.count(200)}, 503: {counter.count(503)},"
          f" else: {len(counter) - counter.count(200) - counter.count(503)}")
    print(f"      resident memory under load {service.memory_mib():.1f} MiB")


if __name__ == "__main__":
    main()
