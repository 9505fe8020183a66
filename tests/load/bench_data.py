#!/usr/bin/env python3
"""Fills an empty database with users for measurements.

Usage: tests/load/bench_data.py --users N --database FILE_OR_URL --data-dir DIR
                                [--binary PATH]

The database is a SQLite file that does not exist yet, or an empty PostgreSQL
database (postgres://user:password@host/database; needs psql). The service's own
command line migrates it and makes the first user, `bench_0`; the others are
copies of that row with an id, a name and an address of their own: `bench_7` has
the address `bench_7@example.com`. All have the password `correct horse battery`,
hashed at cost 4, and a verified address. The data folder gets the keys that
belong to the database; start the service with it. It must not run meanwhile.
"""

import argparse
import os
import pathlib
import sqlite3
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PASSWORD = "correct horse battery"
CHUNK = 100_000
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
# Digits of an id that number the users: five bits each.
DIGITS = 7


def copies(columns, numbers):
    """The statement that copies the first user; `numbers` names them `n`.

    An id is a prefix and a UUID in base 32, so that the last digits number the
    users without touching the UUID's version.
    """
    digits = " || ".join(f"substr('{ALPHABET}', CAST((n >> {5 * digit}) & 31 AS integer) + 1, 1)"
                         for digit in reversed(range(DIGITS)))
    new = {
        "id": f"substr(t.id, 1, length(t.id) - {DIGITS}) || {digits}",
        "username": "'bench_' || n",
        "username_canonical": "'bench_' || n",
        "email": "'bench_' || n || '@example.com'",
        "email_canonical": "'bench_' || n || '@example.com'",
    }
    values = ", ".join(new.get(column, f't."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    return (f"INSERT INTO users ({names}) SELECT {values} "
            f"FROM users t, ({numbers}) AS numbers WHERE t.username = 'bench_0'")


class Sqlite:
    def __init__(self, path):
        if pathlib.Path(path).exists():
            sys.exit(f"{path} exists: benchmark data goes into a new database only")
        self.path = path

    def open(self):
        self.connection = sqlite3.connect(self.path, isolation_level=None)
        self.connection.execute("PRAGMA synchronous = OFF")
        self.columns = [row[1] for row in self.connection.execute("PRAGMA table_info(users)")]

    def insert(self, first, last):
        numbers = (f"WITH RECURSIVE s(n) AS (SELECT {first} UNION ALL "
                   f"SELECT n + 1 FROM s WHERE n < {last}) SELECT n FROM s")
        self.connection.execute(copies(self.columns, numbers))

    def close(self):
        self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.connection.execute("ANALYZE")
        self.connection.close()


class Postgres:
    def __init__(self, url):
        self.url = url
        found = self.psql("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()")
        if found != "0":
            sys.exit("the database has tables: benchmark data goes into an empty one only")

    def psql(self, statement):
        run = subprocess.run(["psql", "--no-psqlrc", "-qAtX", "-v", "ON_ERROR_STOP=1", "-f", "-",
                              self.url], input=statement, capture_output=True, text=True)
        if run.returncode:
            sys.exit(run.stderr.strip())
        return run.stdout.strip()

    def open(self):
        self.columns = self.psql("SELECT column_name FROM information_schema.columns WHERE "
                                 "table_schema = current_schema() AND table_name = 'users' "
                                 "ORDER BY ordinal_position").split("\n")

    def insert(self, first, last):
        numbers = f"SELECT n FROM generate_series({first}::bigint, {last}) AS n"
        self.psql(f"SET synchronous_commit = off; {copies(self.columns, numbers)}")

    def close(self):
        self.psql("VACUUM (ANALYZE) users; CHECKPOINT")


def show(done, users, started):
    width = 40 * done // users
    rate = done / max(time.monotonic() - started, 0.001)
    print(f"\r[{'#' * width}{'.' * (40 - width)}] {done:,} of {users:,} users, {rate:,.0f}/s ",
          end="", file=sys.stderr, flush=True)


def fill(place, users, binary, data_dir):
    """Makes the data; answers the seconds that it took."""
    started = time.monotonic()
    database = Postgres(place) if "://" in place else Sqlite(place)
    environment = dict(os.environ, VESTIBULE_DATABASE_URL=place, VESTIBULE_DATA_DIR=str(data_dir),
                       VESTIBULE_PASSWORD__BCRYPT_COST="4")
    subprocess.run([binary, "user", "create", "--username", "bench_0", "--email",
                    "bench_0@example.com", "--verified"], env=environment,
                   input=PASSWORD + "\n", text=True, check=True, stdout=subprocess.DEVNULL)
    database.open()
    for first in range(1, users, CHUNK):
        last = min(first + CHUNK, users) - 1
        database.insert(first, last)
        show(last + 1, users, started)
    database.close()
    show(users, users, started)
    print(file=sys.stderr)
    return time.monotonic() - started


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--users", type=int, required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--data-dir", required=True)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    parser.add_argument("--binary", default=target / "release" / "vestibule")
    arguments = parser.parse_args()
    if not 1 <= arguments.users <= 32 ** DIGITS:
        sys.exit(f"--users is 1 to {32 ** DIGITS:,}")
    binary = pathlib.Path(arguments.binary).resolve()
    place = arguments.database
    if "://" not in place:
        place = str(pathlib.Path(place.removeprefix("sqlite:")).resolve())
    seconds = fill(place, arguments.users, binary, pathlib.Path(arguments.data_dir).resolve())
    print(f"{arguments.users:,} users in {seconds:.0f} s; the password of each: {PASSWORD}")


if __name__ == "__main__":
    main()
