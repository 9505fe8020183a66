#!/usr/bin/env python3
"""Can known and unknown users be told apart by the time of an answer? (P1)

Starts the service on a fresh folder, sends interleaved tries for names and
addresses that accounts have and that nobody has, and prints for each endpoint the
area under the ROC curve of the two sets of times: 0.5 when they cannot be told
apart. SECURITY.md wants 0.45 to 0.55. Never a test: time is not reproducible.

    cargo build
    tests/load/timing.py --binary target/debug/vestibule --cost 6
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
# No name is tried more often than the loosest limits admit.
NAMES = 20
LOGIN, RESET, RESEND = (
    "/api/auth/login/",
    "/api/auth/password/reset/",
    "/api/auth/registration/resend-email/",
)


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

    def post(self, path, body):
        """Status and seconds of one request."""
        self.count += 1
        source = f"10.{self.count >> 16 & 255}.{self.count >> 8 & 255}.{self.count & 255}"
        headers = {"Content-Type": "application/json", "X-Forwarded-For": source}
        text = json.dumps(body)
        start = time.perf_counter()
        self.connection.request("POST", path, text, headers)
        answer = self.connection.getresponse()
        answer.read()
        return answer.status, time.perf_counter() - start

    def stop(self):
        self.process.terminate()
        self.process.stderr.close()
        self.process.wait()


def body(path, name):
    if path == LOGIN:
        return {"username": name, "password": "guessed at"}
    return {"email": f"{name}@example.com"}


def area(known, unknown):
    """Area under the ROC curve: the chance that a known one takes longer."""
    ranked = sorted([(t, 1) for t in known] + [(t, 0) for t in unknown])
    ranks = sum(rank for rank, (_, is_known) in enumerate(ranked, 1) if is_known)
    pairs = len(known) * len(unknown)
    return (ranks - len(known) * (len(known) + 1) / 2) / pairs


def median(values):
    return sorted(values)[len(values) // 2] * 1000


def measure(service, path, tries, rng, pause):
    order = [("known", i) for i in range(tries)] + [("nobody", i) for i in range(tries)]
    rng.shuffle(order)
    times = {"known": [], "nobody": []}
    for kind, number in order:
        status, seconds = service.post(path, body(path, f"{kind}_{number % NAMES}"))
        expected = 401 if path == LOGIN else 200
        if status != expected:
            sys.exit(f"{path} answered {status}")
        times[kind].append(seconds)
        if pause:
            time.sleep(pause)
    return times["known"], times["nobody"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default="target/debug/vestibule", type=pathlib.Path)
    parser.add_argument("--cost", default=6, type=int, help="cost of bcrypt")
    parser.add_argument("--tries", default=1000, type=int, help="of each kind")
    parser.add_argument("--seed", default=1, type=int)
    parser.add_argument("--pause", default=0.0, type=float, help="seconds between tries")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    worst = 0.0
    for throttled in (True, False):
        with tempfile.TemporaryDirectory() as folder:
            binary = os.fspath(options.binary.resolve())
            service = Service(binary, options.cost, throttled, folder)
            for number in range(NAMES):
                name = f"known_{number}"
                status, _ = service.post(
                    "/api/auth/registration/",
                    {
                        "username": name,
                        "email": f"{name}@example.com",
                        "password1": PASSWORD,
                        "password2": PASSWORD,
                    },
                )
                if status != 201:
                    sys.exit(f"a registration answered {status}")
            # The first tries warm up caches, and count for nothing.
            for path in (LOGIN, RESET, RESEND):
                measure(service, path, NAMES, rng, 0)
                known, unknown = measure(service, path, options.tries, rng, options.pause)
                auc = area(known, unknown)
                worst = max(worst, abs(auc - 0.5))
                print(
                    f"{'throttled' if throttled else 'free':9} {path:40} area {auc:.3f}  "
                    f"median {median(known):.2f} ms known, {median(unknown):.2f} ms unknown"
                )
            service.stop()
    sys.exit(0 if worst <= 0.05 else 1)


if __name__ == "__main__":
    main()
