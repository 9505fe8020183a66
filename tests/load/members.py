#!/usr/bin/env python3
"""Pages through an organization of 100 000 members by the links `next`.

    tests/load/members.py target/release/vestibule

Says how long the first page takes, the slowest hundredth, and the last ones.
A page must cost at most 1.5 times what the first does, however far it is.
"""

import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

MEMBERS = 100_000
PAGE = 200
PASSWORD = "OldPass123"
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def uid(prefix, number):
    digits = []
    for _ in range(25):
        digits.append(ALPHABET[number % 32])
        number //= 32
    return f"{prefix}_0" + "".join(reversed(digits))


def call(url, path, token=None, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(path if "://" in path else url + path, data)
    request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def start(binary, folder):
    environment = {
        "VESTIBULE_LISTEN": "127.0.0.1:0",
        "VESTIBULE_DATA_DIR": folder,
        "VESTIBULE_PASSWORD__BCRYPT_COST": "4",
        "VESTIBULE_RATE_LIMITS__ENABLED": "false",
        "VESTIBULE_TOKENS__ISSUER": "test",
        "VESTIBULE_LOG__ACCESS": "false",
    }
    service = subprocess.Popen([binary], env=environment, stderr=subprocess.PIPE, text=True)
    for line in service.stderr:
        entry = json.loads(line)
        address = entry.get("fields", entry).get("address")
        if address:
            break
    return service, f"http://{address}"


def copies(database, table, of, changed):
    """A row of a table, MEMBERS times with other values."""
    rows = database.execute(f"SELECT * FROM {table} WHERE {of}")
    names = [column[0] for column in rows.description]
    row = dict(zip(names, rows.fetchone()))
    marks = ", ".join("?" * len(names))
    database.executemany(
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})",
        ([{**row, **changed(number)}[name] for name in names] for number in range(MEMBERS)),
    )


def main():
    binary = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        service, url = start(binary, folder)
        body = {"username": "owner", "email": "owner@example.com"}
        body |= {"password1": PASSWORD, "password2": PASSWORD}
        token = call(url, "/api/auth/registration/", body=body)["access"]
        made = call(url, "/api/v1/organizations/", token, {"display_name": "Many"})
        service.terminate()
        service.wait()
        database = sqlite3.connect(os.path.join(folder, "vestibule.db"))
        copies(database, "users", "TRUE", lambda n: {
            "id": uid("usr", n), "username": f"user_{n}", "username_canonical": f"user_{n}",
            "email": f"user_{n}@example.com", "email_canonical": f"user_{n}@example.com",
        })
        copies(database, "organization_members", "TRUE", lambda n: {
            "id": uid("mbr", n), "user_id": uid("usr", n), "role": "member",
        })
        database.execute("UPDATE organizations SET member_count = ?", (MEMBERS + 1,))
        database.commit()
        database.close()
        service, url = start(binary, folder)
        path = f"/api/v1/organizations/{made['uid']}/members/?page_size={PAGE}"
        firsts, times, seen = [], [], 0
        try:
            for _ in range(100):
                began = time.perf_counter()
                page = call(url, path, token)
                firsts.append(time.perf_counter() - began)
            while page:
                seen += len(page["results"])
                assert page["count"] == MEMBERS + 1
                if not page["next"]:
                    break
                link = page["next"]
                began = time.perf_counter()
                page = call(url, link, token)
                times.append(time.perf_counter() - began)
            assert seen == MEMBERS + 1, seen
            began = time.perf_counter()
            slug = f"/api/v1/organizations/{made['uid']}/"
            request = urllib.request.Request(url + slug, method="DELETE")
            request.add_header("Authorization", f"Bearer {token}")
            urllib.request.urlopen(request).close()
            deletion = time.perf_counter() - began
        finally:
            service.terminate()
            service.wait()
    first = statistics.median(firsts)
    millis = lambda seconds: f"{seconds * 1000:.2f} ms"
    print(f"{len(times) + 1} pages of {PAGE}")
    print(f"first page   {millis(first)}")
    print(f"all pages    {millis(statistics.median(times))} ({statistics.median(times) / first:.2f})")
    last = statistics.median(times[-100:])
    print(f"last hundred {millis(last)} ({last / first:.2f})")
    print(f"99th         {millis(sorted(times)[len(times) * 99 // 100])}")
    print(f"deletion     {deletion:.2f} s")


main()
