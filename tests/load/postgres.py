#!/usr/bin/env python3
"""Measures the service on PostgreSQL beside pgbench and a bare actix-web route.

Usage: tests/load/postgres.py [--seconds S] [--rounds R] [--users N]
Needs python3, wrk and pgbench on PATH, PostgreSQL, and the release builds of
the service and of the example `bare` (cargo build --release -p vestibule-http
--example bare). The server is a throw-away one that keeps what it acknowledges.

What the service sends for a GET and for a PATCH is read from the server's log,
and pgbench sends the same, prepared, over as many connections as the service
may use for it; both take turns. The exit code says whether all ratios were met.
"""

import argparse
import json
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import kit
from bench_data import fill

ME = "/api/v1/user/me/"
ASKED = 100
READERS = WRITERS = 8
STATEMENT = re.compile(r"\[(\d+)\] LOG:  (?:statement|execute [^:]*): (.*)$")
PARAMETERS = re.compile(r"\[(\d+)\] DETAIL:  [Pp]arameters: (.*)$")
PARAMETER = re.compile(r"\$(\d+) = (NULL|'(?:[^']|'')*')")


def captured(server, act):
    """What other connections sent while `act` ran: for each its statements."""
    def log(what):
        server.psql(f"ALTER SYSTEM SET log_statement = '{what}'; SELECT pg_reload_conf()")
        time.sleep(0.5)

    log("all")
    begin = server.log.stat().st_size
    act()
    time.sleep(0.2)
    lines = server.log.read_bytes()[begin:].decode().split("\n")
    log("none")
    sent = {}
    for line in lines:
        if found := STATEMENT.search(line):
            sent.setdefault(found[1], []).append(found[2].rstrip(";"))
        elif found := PARAMETERS.search(line):
            values = dict(PARAMETER.findall(found[2]))
            sent[found[1]][-1] = re.sub(r"\$(\d+)", lambda match: values[match[1]],
                                        sent[found[1]][-1])
    return list(sent.values())


def script_for(path, transactions):
    """A script that runs, on each connection, the transaction of its number."""
    lines = []
    for number, statements in enumerate(transactions):
        lines.append(f"\\{'elif' if number else 'if'} :client_id = {number}")
        lines += [f"{statement};" for statement in statements]
    path.write_text("\n".join([*lines, "\\endif", ""]))
    return path


def pgbench(server, database, script, connections, seconds):
    """Transactions a second, each connection on rows of its own."""
    run = subprocess.run(
        ["pgbench", "-n", "-M", "prepared", "-c", str(connections), "-j", "2",
         "-T", str(seconds), "-f", str(script), server.url(database)],
        capture_output=True, text=True)
    if run.returncode:
        sys.exit(run.stderr)
    return float(re.search(r"tps = ([\d.]+)", run.stdout)[1])


def take_turns(name, rounds, target, reference, measured):
    pairs = [(reference(), measured()) for _ in range(rounds)]
    ratio = statistics.median(ours / theirs for theirs, ours in pairs)
    theirs, ours = (statistics.median(side) for side in zip(*pairs))
    kit.report(f"{name}: {ours:,.0f}/s of {theirs:,.0f}/s", f"{ratio:.2f}", "ratio",
               f">= {target}", ratio >= target)


def write_requests(path, method, tokens):
    with path.open("w") as file:
        for number, token in enumerate(tokens):
            body = json.dumps({"bio": f"written under load {number}"}) if method == "PATCH" else ""
            file.write("\t".join((method, ME, token, body)) + "\n")
    return path


def beside_pgbench(arguments, server, service, tokens, folder):
    gets = captured(server, lambda: [service.call("GET", ME, None, token) for token in tokens])
    gets = [statement for sent in gets for statement in sent
            if statement.startswith("SELECT") and '"sessions"' in statement]
    if len(gets) != len(tokens):
        sys.exit(f"{len(tokens)} requests, but {len(gets)} reads of a session in the log")

    def who(statement):
        return tuple(re.search(rf"{prefix}_\w+", statement)[0] for prefix in ("usr", "ses"))

    body = {"bio": "written under load"}
    patch = captured(server, lambda: service.call("PATCH", ME, body, tokens[0]))
    # The other connections keep books and tell the other instances.
    update = [sent for sent in patch
              if any('"bio" = ' in statement for statement in sent)]
    if len(update) != 1:
        sys.exit(f"a PATCH is one transaction, but the log has: {patch}")
    update = update[0]
    change = next(at for at, statement in enumerate(update) if '"bio" = ' in statement)
    begin = max(at for at in range(change) if update[at].startswith("BEGIN"))
    end = next(at for at in range(change, len(update)) if update[at].startswith("COMMIT"))
    update = [gets[0], *update[begin:end + 1]]
    print("      a PATCH sends: " + "; ".join(statement.split(" ")[0] for statement in update))

    patches = [[statement.replace(who(gets[0])[0], who(get)[0])
                         .replace(who(gets[0])[1], who(get)[1]) for statement in update]
               for get in gets]
    for method, transactions, connections, target in (
            ("GET", [[get] for get in gets], READERS, 0.6),
            ("PATCH", patches, READERS + WRITERS, 0.8)):
        script = script_for(folder / f"{method}.sql", transactions[:connections])
        requests = write_requests(folder / method, method, tokens)
        kit.wrk(service.address, requests, arguments.seconds, 32)
        take_turns(
            f"{method} me, storage caches off, of pgbench", arguments.rounds, target,
            lambda: pgbench(server, "load", script, connections, arguments.seconds),
            lambda: kit.wrk(service.address, requests, arguments.seconds, 32)[0])


def beside_bare(arguments, service, other, tokens, folder):
    requests = write_requests(folder / "warm", "GET", tokens)
    size = len(service.call("GET", ME, None, tokens[0])[1])
    address = ("127.0.0.1", kit.free_port())
    bare = subprocess.Popen([kit.RELEASE / "examples" / "bare", str(size), "%s:%d" % address])
    stop, written = threading.Event(), []

    def write():
        while not stop.is_set():
            number = len(written)
            body = {"bio": f"of the other {number}"}
            status, text = other.call("PATCH", ME, body, tokens[number % len(tokens)])
            if status != 200:
                sys.exit(f"{status} {text}")
            written.append(number)
            time.sleep(0.005)

    writer = threading.Thread(target=write, daemon=True)
    try:
        kit.wrk(service.address, requests, arguments.seconds, 32)
        started = time.monotonic()
        writer.start()
        take_turns(
            "GET me, warm, while another instance writes, of bare", arguments.rounds, 0.6,
            lambda: kit.wrk(address, requests, arguments.seconds, 32)[0],
            lambda: kit.wrk(service.address, requests, arguments.seconds, 32)[0])
        stop.set()
        writer.join()
        rate = len(written) / (time.monotonic() - started)
        print(f"      the other instance wrote {rate:.0f} times a second")
    finally:
        stop.set()
        bare.terminate()
        bare.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, kit.Postgres() as server:
        folder = pathlib.Path(folder)
        server.psql("CREATE DATABASE load")
        place = server.url("load")
        fill(place, arguments.users, kit.RELEASE / "vestibule", folder / "data")
        shared = {"VESTIBULE_DATABASE_URL": place,
                  "VESTIBULE_SECRETS_FILE": str(folder / "data" / "secrets.json")}
        with kit.Service(folder / "data", VESTIBULE_CACHE__ENABLED="false",
                         VESTIBULE_DATABASE__READERS=str(READERS),
                         VESTIBULE_DATABASE__WRITERS=str(WRITERS), **shared) as service:
            tokens = [service.token(f"bench_{number}") for number in range(ASKED)]
            beside_pgbench(arguments, server, service, tokens, folder)
        with kit.Service(folder / "one", **shared) as service:
            with kit.Service(folder / "two", **shared) as other:
                beside_bare(arguments, service, other, tokens, folder)
    sys.exit(0 if all(kit.results) else 1)


if __name__ == "__main__":
    main()
