#!/usr/bin/env python3
"""What an upload of 12 megapixels costs, and what it costs others.

    tests/load/avatars.py BINARY BASELINE [--idle SECONDS]

BASELINE is the built example `avatar_baseline` of vestibule-infra, of the same
profile as BINARY. Prints:

- the median time of an upload against what the image crates alone take for the
  same picture, alternately in the same run (at most 1.5 times as long);
- the 99th percentile of GET me, idle and during ten parallel uploads that are
  repeated (at most 3 times as long).

Fails when either does not hold. Needs nothing but Python.
"""

import argparse
import http.client
import json
import os
import pathlib
import re
import statistics
import subprocess
import tempfile
import threading
import time

BOUNDARY = "a-boundary-that-no-picture-has"


def start(binary, folder):
    environment = {
        "VESTIBULE_LISTEN": "127.0.0.1:0",
        "VESTIBULE_PASSWORD__BCRYPT_COST": "4",
        "VESTIBULE_RATE_LIMITS__ENABLED": "false",
        "VESTIBULE_LOG__ACCESS": "false",
        "PATH": os.environ["PATH"],
    }
    server = subprocess.Popen(
        [binary], cwd=folder, env=environment, stderr=subprocess.PIPE, text=True
    )
    for line in server.stderr:
        found = re.search(r'"address":"127\.0\.0\.1:(\d+)"', line)
        if found:
            threading.Thread(target=server.stderr.read, daemon=True).start()
            return server, int(found[1])
    raise SystemExit("the server did not start")


class Client:
    def __init__(self, port, token=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def send(self, method, path, body=None, kind="application/json"):
        headers = {**self.headers, **({"Content-Type": kind} if body else {})}
        began = time.perf_counter()
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        return answer.status, content, time.perf_counter() - began


def register(port, name):
    body = json.dumps(
        {
            "username": name,
            "email": f"{name}@example.com",
            "password1": "OldPass123",
            "password2": "OldPass123",
        }
    )
    status, content, _ = Client(port).send("POST", "/api/auth/registration/", body)
    assert status == 201, content
    return json.loads(content)["access"]


def form(picture):
    head = (
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; "
        'name="file"; filename="a.jpg"\r\n\r\n'
    )
    return head.encode() + picture + f"\r\n--{BOUNDARY}--\r\n".encode()


def upload(client, body):
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    status, content, took = client.send("POST", "/api/v1/user/me/avatar/", body, kind)
    assert status == 200, content
    return took


def p99_of_me(client, seconds):
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        status, _, took = client.send("GET", "/api/v1/user/me/")
        assert status == 200
        times.append(took)
        time.sleep(0.002)
    return statistics.quantiles(times, n=100)[98], len(times)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("binary", type=pathlib.Path)
    arguments.add_argument("baseline", type=pathlib.Path)
    arguments.add_argument("--seconds", type=float, default=5)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        photo = pathlib.Path(folder, "photo.jpg")
        alone = [str(given.baseline.resolve()), str(photo)]
        subprocess.run([*alone, "make"], check=True, stdout=subprocess.DEVNULL)
        body = form(photo.read_bytes())
        server, port = start(given.binary.resolve(), folder)
        try:
            client = Client(port, register(port, "uploader"))
            upload(client, body)
            baselines, uploads = [], []
            for _ in range(3):
                made = subprocess.run(alone, check=True, capture_output=True, text=True)
                baselines.append(float(made.stdout) / 1000)
                uploads += [upload(client, body) for _ in range(5)]
            base, ours = statistics.median(baselines), statistics.median(uploads)
            size = len(body) / 1e6
            print(f"12 megapixels, {size:.1f} MB: crates {base * 1000:.0f} ms, ", end="")
            print(f"upload {ours * 1000:.0f} ms, {ours / base:.2f} times")

            reader = Client(port, register(port, "reader"))
            idle, count = p99_of_me(reader, given.seconds)
            stop = threading.Event()

            def load(number):
                own = Client(port, register(port, f"load{number}"))
                while not stop.is_set():
                    upload(own, body)

            loads = [threading.Thread(target=load, args=(n,)) for n in range(10)]
            for thread in loads:
                thread.start()
            time.sleep(0.5)
            busy, busy_count = p99_of_me(reader, given.seconds)
            stop.set()
            for thread in loads:
                thread.join()
            print(f"GET me p99: idle {idle * 1000:.2f} ms of {count}, during ten ", end="")
            print(f"uploads {busy * 1000:.2f} ms of {busy_count}, {busy / idle:.2f} times")
        finally:
            server.terminate()
            server.wait()
    if ours > 1.5 * base or busy > 3 * idle:
        raise SystemExit("too slow")


if __name__ == "__main__":
    main()
