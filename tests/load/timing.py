#!/usr/bin/env python3
"""Can known and unknown users be told apart by the time of an answer? (P1)

Starts the service on a fresh folder, sends interleaved tries for names and
addresses that accounts have and that nobody has, and prints for each door the
area under the ROC curve of the two sets of times: 0.5 when they cannot be told
apart. SECURITY.md wants 0.45 to 0.55. Never a test: time is not reproducible.

    cargo build
    tests/load/timing.py --binary target/debug/vestibule --cost 6
    tests/load/timing.py --doors invitation,change --modes free --seed 2
"""

import argparse
import http.client
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time

PASSWORD = "OldPass123"
OWNER = "organizer"
# No name is tried more often than the loosest limits admit.
NAMES = 20
MODES = ("throttled", "free")
# Each door with its path and what it answers to a try that tells nothing.
DOORS = {
    "login": ("/api/auth/login/", {401}),
    "login-email": ("/api/auth/login/", {401}),
    "reset": ("/api/auth/password/reset/", {200}),
    "resend": ("/api/auth/registration/resend-email/", {200}),
    # An address that is not invited yet, and one that gets a new token.
    "invitation": ("/api/v1/organizations/{}/invitations/", {201, 200}),
    "change": ("/api/v1/user/me/email-change/", {202}),
}


class Service:
    """The service on a folder of its own."""

    def __init__(self, binary, cost, throttled, folder):
        environment = {
            "VESTIBULE_LISTEN": "127.0.0.1:0",
            "VESTIBULE_DATA_DIR": folder,
            "VESTIBULE_PASSWORD__BCRYPT_COST": str(cost),
            "VESTIBULE_LOG__ACCESS": "false",
            "VESTIBULE_RATE_LIMITS__ENABLED": "true" if throttled else "false",
            "VESTIBULE_RATE_LIMITS__PASSWORDS": "1000",
            "VESTIBULE_RATE_LIMITS__MAILS_PER_HOUR": "100",
            "VESTIBULE_RATE_LIMITS__REGISTRATIONS_PER_HOUR": "1000",
            # Each try comes from an address of its own.
            "VESTIBULE_SERVER__TRUSTED_PROXIES": "127.0.0.1",
        }
        self.process = subprocess.Popen(
            [binary], env=environment, cwd=folder, stderr=subprocess.PIPE, text=True
        )
        for line in self.process.stderr:
            found = re.search(r'"address":"127\.0\.0\.1:(\d+)"', line)
            if found:
                self.connection = http.client.HTTPConnection("127.0.0.1", int(found[1]))
                break
        else:
            sys.exit("the service did not start")
        self.count = 0
        self.access = None

    def post(self, path, body):
        """Status and seconds of one request."""
        self.count += 1
        source = f"10.{self.count >> 16 & 255}.{self.count >> 8 & 255}.{self.count & 255}"
        headers = {"Content-Type": "application/json", "X-Forwarded-For": source}
        if self.access:
            headers["Authorization"] = f"Bearer {self.access}"
        text = json.dumps(body)
        start = time.perf_counter()
        self.connection.request("POST", path, text, headers)
        answer = self.connection.getresponse()
        self.text = answer.read()
        return answer.status, time.perf_counter() - start

    def made(self, path, body):
        """What a request answers that has to succeed."""
        status, _ = self.post(path, body)
        if status not in (200, 201):
            sys.exit(f"{path} answered {status}: {self.text.decode()}")
        return json.loads(self.text)

    def register(self, name):
        self.made(
            "/api/auth/registration/",
            {
                "username": name,
                "email": f"{name}@example.com",
                "password1": PASSWORD,
                "password2": PASSWORD,
            },
        )

    def sign_in(self):
        """Signs the owner in anew: access tokens are short-lived, and so is a step-up."""
        self.access = None
        login = {"username": OWNER, "password": PASSWORD}
        self.access = self.made("/api/auth/login/", login)["access"]

    def stop(self):
        self.process.terminate()
        self.process.stderr.close()
        self.process.wait()


def body(door, name):
    if door == "login":
        return {"username": name, "password": "guessed at"}
    if door == "login-email":
        return {"email": f"{name}@example.com", "password": "guessed at"}
    if door == "invitation":
        return {"email": f"{name}@example.com", "role": "member"}
    return {"email": f"{name}@example.com"}


def area(known, unknown):
    """Area under the ROC curve: the chance that a known one takes longer."""
    ranked = sorted([(t, 1) for t in known] + [(t, 0) for t in unknown])
    ranks = sum(rank for rank, (_, is_known) in enumerate(ranked, 1) if is_known)
    pairs = len(known) * len(unknown)
    return (ranks - len(known) * (len(known) + 1) / 2) / pairs


def median(values):
    return sorted(values)[len(values) // 2] * 1000


def measure(service, door, tries, rng, pause):
    path, expected = DOORS[door]
    if door in ("invitation", "change"):
        service.sign_in()
    if door == "invitation":
        made = service.made("/api/v1/organizations/", {"display_name": "Wax"})
        path = path.format(made["uid"])
    order = [("known", i) for i in range(tries)] + [("nobody", i) for i in range(tries)]
    rng.shuffle(order)
    times = {"known": [], "nobody": []}
    for kind, number in order:
        status, seconds = service.post(path, body(door, f"{kind}_{number % NAMES}"))
        if status not in expected:
            sys.exit(f"{path} answered {status}: {service.text.decode()}")
        times[kind].append(seconds)
        if pause:
            time.sleep(pause)
    service.access = None
    return times["known"], times["nobody"]


def choice(known):
    """Reads a list of names, each of them known."""

    def read(text):
        names = text.split(",")
        for name in names:
            if name not in known:
                raise argparse.ArgumentTypeError(f"{name} is none of {', '.join(known)}")
        return names

    return read


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default="target/debug/vestibule", type=pathlib.Path)
    parser.add_argument("--cost", default=6, type=int, help="cost of bcrypt")
    parser.add_argument("--tries", default=1000, type=int, help="of each kind")
    parser.add_argument("--seed", default=1, type=int)
    parser.add_argument("--pause", default=0.0, type=float, help="seconds between tries")
    parser.add_argument("--doors", default=list(DOORS), type=choice(DOORS), help="as a,b")
    parser.add_argument("--modes", default=MODES, type=choice(MODES), help="as a,b")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    worst = 0.0
    for mode in options.modes:
        with tempfile.TemporaryDirectory() as folder:
            binary = os.fspath(options.binary.resolve())
            service = Service(binary, options.cost, mode == "throttled", folder)
            for name in [OWNER] + [f"known_{number}" for number in range(NAMES)]:
                service.register(name)
            for door in options.doors:
                # The first tries warm up caches, and count for nothing.
                measure(service, door, NAMES, rng, 0)
                known, unknown = measure(service, door, options.tries, rng, options.pause)
                auc = area(known, unknown)
                worst = max(worst, abs(auc - 0.5))
                print(
                    f"{mode:9} {door:12} area {auc:.3f}  "
                    f"median {median(known):.2f} ms known, {median(unknown):.2f} ms unknown",
                    flush=True,
                )
            service.stop()
    sys.exit(0 if worst <= 0.05 else 1)


if __name__ == "__main__":
    main()
