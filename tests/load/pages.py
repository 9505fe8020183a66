#!/usr/bin/env python3
"""Pages through 100 000 members of an organization, and 100 000 messages of a
user, by the links `next`.

    tests/load/pages.py [--postgres] [members] [messages]

A page must cost at most 1.5 times what the first does, however far it is. Then
all of it is deleted: within a second, or in steps that hold up nobody else, as
the longest update of another user meanwhile tells.
"""

import json
import pathlib
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from urllib.parse import urlsplit

import kit

ROWS = 100_000
PAGE = 200
NUMBERS = (f"WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers"
           f" WHERE n < {ROWS - 1})")


class Sqlite:
    digits = "printf('%025d', n)"

    def __init__(self, folder):
        self.file = folder / "vestibule.db"
        self.settings = {}

    def run(self, statement):
        with sqlite3.connect(self.file) as database:
            found = database.execute(statement).fetchall()
        database.close()
        return [row[0] for row in found]

    def columns(self, table):
        return self.run(f"SELECT name FROM pragma_table_info('{table}')")


class PostgreSql:
    digits = "lpad(n::text, 25, '0')"

    def __init__(self, server, name):
        server.psql(f"CREATE DATABASE {name}")
        self.server, self.name = server, name
        self.settings = {"VESTIBULE_DATABASE_URL": server.url(name)}

    def run(self, statement):
        return self.server.psql(statement, self.name).splitlines()

    def columns(self, table):
        return self.run("SELECT column_name FROM information_schema.columns"
                        f" WHERE table_name = '{table}'")


def copies(database, table, of, **changed):
    """A row of a table, ROWS times with other values."""
    names = database.columns(table)
    values = ", ".join(changed.get(name, f"{table}.{name}") for name in names)
    database.run(f"INSERT INTO {table} ({', '.join(names)}) {NUMBERS} SELECT {values}"
                 f" FROM {table}, numbers WHERE {of}")


def call(service, method, path, token=None, body=None):
    status, text = service.call(method, path, body, token)
    if status >= 300:
        sys.exit(f"{method} {path}: {status} {text}")
    return json.loads(text) if text else None


def register(service, username):
    body = {"username": username, "email": f"{username}@example.com"}
    body |= {"password1": kit.PASSWORD, "password2": kit.PASSWORD}
    return call(service, "POST", "/api/auth/registration/", body=body)["access"]


def timed(service, path, token):
    began = time.perf_counter()
    page = call(service, "GET", path, token)
    return page, time.perf_counter() - began


def pages(name, service, path, token, rows):
    """How much longer than the first page all others take, and the last."""
    path += f"?page_size={PAGE}"
    # Beside each page the first once more, so that both have the same machine.
    page, times, firsts, seen = call(service, "GET", path, token), [], [], 0
    while True:
        seen += len(page["results"])
        assert page["count"] == rows, page["count"]
        if not page["next"]:
            break
        link = urlsplit(page["next"])
        page, took = timed(service, f"{link.path}?{link.query}", token)
        times.append(took)
        firsts.append(timed(service, path, token)[1])
    assert seen == rows, seen
    for what, some in (("all pages", slice(None)), ("last hundred", slice(-100, None))):
        first = statistics.median(firsts[some])
        ratio = statistics.median(times[some]) / first
        kit.report(f"{name}, {what} of {len(times) + 1}, first {first * 1000:.2f} ms",
                   f"{ratio:.2f}", "x", "<= 1.5", ratio <= 1.5)


def deletion(name, service, path, token):
    """How long it takes, and how long somebody else waits meanwhile."""
    other = register(service, "somebody_else")
    waits, done = [], threading.Event()

    def update():
        while not done.is_set():
            began = time.perf_counter()
            call(service, "PATCH", "/api/v1/user/me/", other, {"bio": str(len(waits))})
            waits.append(time.perf_counter() - began)

    updating = threading.Thread(target=update)
    updating.start()
    time.sleep(0.5)
    calm = max(waits)
    waits.clear()
    began = time.perf_counter()
    call(service, "DELETE", path, token)
    took = time.perf_counter() - began
    done.set()
    updating.join()
    longest = max(waits)
    kit.report(f"{name}, deletion; longest update meanwhile {longest * 1000:.0f} ms,"
               f" before {calm * 1000:.0f} ms", f"{took:.2f}", "s", "<= 1 s, or update <= 100 ms",
               took <= 1 or longest <= 0.1)


def members(name, database, folder):
    with kit.Service(folder, **database.settings) as service:
        token = register(service, "owner")
        made = call(service, "POST", "/api/v1/organizations/", token, {"display_name": "Many"})
    user = f"'usr_0' || {database.digits}"
    copies(database, "users", "TRUE", id=user, username="'user_' || n",
           username_canonical="'user_' || n", email="'user_' || n || '@example.com'",
           email_canonical="'user_' || n || '@example.com'")
    copies(database, "organization_members", "TRUE", id=f"'mbr_0' || {database.digits}",
           user_id=user, role="'member'")
    database.run(f"UPDATE organizations SET member_count = {ROWS + 1}")
    with kit.Service(folder, **database.settings) as service:
        path = f"/api/v1/organizations/{made['uid']}/"
        pages(f"{name}: members", service, path + "members/", token, ROWS + 1)
        deletion(f"{name}: organization", service, path, token)


def messages(name, database, folder):
    with kit.Service(folder, **database.settings) as service:
        token, other = register(service, "owner"), register(service, "reader")
        call(service, "POST", "/api/v1/messages/", token, {"body": "Mint condition. " * 12})
    copies(database, "messages", "TRUE", id=f"'msg_0' || {database.digits}")
    with kit.Service(folder, **database.settings) as service:
        pages(f"{name}: messages", service, "/api/v1/messages/", token, ROWS + 1)
        pages(f"{name}: messages for others", service, "/api/v1/users/owner/messages/", other,
              ROWS + 1)
        deletion(f"{name}: account", service, "/api/v1/user/me/", token)


def main():
    chosen = [of for of in (members, messages) if of.__name__ in sys.argv] or [members, messages]
    for of in chosen:
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            if "--postgres" not in sys.argv:
                of("SQLite", Sqlite(folder), folder)
                continue
            with kit.Postgres() as server:
                of("PostgreSQL", PostgreSql(server, of.__name__), folder)
    if not all(kit.results):
        sys.exit("too slow")


main()
