#!/usr/bin/env python3
"""Measures how the time of a look-up grows with the number of users.

Usage: tests/load/size.py [--users N] [--seconds S] [--rounds R]
                          [--engine sqlite|postgres|both] [--folder DIR]
Needs python3 and wrk on PATH, the release binary, PostgreSQL for its half, and
some 2 GB of disk for a million users. Two services run side by side with their
storage caches off, one on 10 users and one on N, and are asked in turn; the
users asked about are drawn at random. The exit code says whether each p50 at N
users is within 1.3 times that at 10.
"""

import argparse
import contextlib
import json
import pathlib
import random
import statistics
import sys
import tempfile

import kit
from bench_data import fill

FEW = 10
SAMPLE = 500
TARGET = 1.3


def requests_for(service, users, folder):
    """Files of requests about random users, by what they measure."""
    drawn = random.sample(range(users), min(SAMPLE, users))
    key = service.cli("key", "create", "--name", "load", "--scope", "admin")
    lines = {"GET me": [], "login": [], "find by e-mail": []}
    for number in drawn:
        name = f"bench_{number}"
        lines["GET me"].append(("GET", "/api/v1/user/me/", service.token(name), ""))
        login = json.dumps({"username": name, "password": kit.PASSWORD})
        lines["login"].append(("POST", "/api/auth/login/", "", login))
        find = f"/api/v1/admin/users/?email={name}@example.com"
        lines["find by e-mail"].append(("GET", find, key, ""))
    files = {}
    for name, requests in lines.items():
        files[name] = folder / f"{name} {users}"
        files[name].write_text("".join("\t".join(request) + "\n" for request in requests))
    return files


def compare(engine, arguments, folder, places):
    """`places` are the databases with few and with many users."""
    sizes = (FEW, arguments.users)
    with contextlib.ExitStack() as stack:
        services, files = [], []
        for users, place in zip(sizes, places):
            data_dir = folder / f"{engine}-{users}"
            seconds = fill(place, users, kit.RELEASE / "vestibule", data_dir)
            print(f"      {engine}: {users:,} users in {seconds:.0f} s", flush=True)
            service = kit.Service(data_dir, VESTIBULE_DATABASE_URL=place,
                                  VESTIBULE_CACHE__ENABLED="false")
            services.append(stack.enter_context(service))
            files.append(requests_for(service, users, folder))
        for name in files[0]:
            medians = ([], [])
            for round_number in range(arguments.rounds + 1):
                for side in (0, 1):
                    _, p50, _ = kit.wrk(services[side].address, files[side][name],
                                        arguments.seconds, 2)
                    # The first round fills the database's own caches.
                    if round_number:
                        medians[side].append(p50)
            few, many = map(statistics.median, medians)
            kit.report(f"{engine}: {name}, p50 {few:.3f} ms at {FEW}, {many:.3f} ms at "
                       f"{arguments.users:,}", f"{many / few:.2f}", "ratio", f"<= {TARGET}",
                       many <= TARGET * few)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--engine", choices=["sqlite", "postgres", "both"], default="both")
    parser.add_argument("--folder", help="where the data goes; a temporary folder by default")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        folder = pathlib.Path(folder)
        # The server runs as another user.
        folder.chmod(0o711)
        if arguments.engine != "postgres":
            compare("SQLite", arguments, folder, [str(folder / "few.db"), str(folder / "many.db")])
        if arguments.engine != "sqlite":
            with kit.Postgres(folder) as server:
                server.psql("CREATE DATABASE few")
                server.psql("CREATE DATABASE many")
                compare("PostgreSQL", arguments, folder, [server.url("few"), server.url("many")])
    sys.exit(0 if all(kit.results) else 1)


if __name__ == "__main__":
    main()
