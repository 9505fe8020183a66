"""Checks what the run has reached: enough requests, and a 2xx of every operation
(a 3xx of those that send a browser on).

    answered.py ANSWERS DOCUMENT LEAST

ANSWERS has one line `status method path` for each answer (see hooks.py).
"""

import collections
import json
import pathlib
import sys

answers, document, least = sys.argv[1:]
statuses = collections.defaultdict(collections.Counter)
for line in pathlib.Path(answers).read_text(encoding="utf-8").splitlines():
    status, operation = line.split(" ", 1)
    statuses[operation][status] += 1

paths = json.loads(pathlib.Path(document).read_text(encoding="utf-8"))["paths"]
operations = [f"{method.upper()} {path}" for path, item in paths.items() for method in item]
# These send a browser on.
redirects = {"GET /api/auth/identities/{provider}/callback/"}
unreached = [
    operation
    for operation in operations
    if not any(
        status.startswith("3" if operation in redirects else "2") for status in statuses[operation]
    )
]
for operation in operations:
    counts = ", ".join(f"{count} × {status}" for status, count in sorted(statuses[operation].items()))
    print(f"{operation}: {counts}")
total = sum(sum(counts.values()) for counts in statuses.values())
print(f"{total} answers, {len(operations)} operations, {len(unreached)} without a 2xx")
if unreached:
    sys.exit(f"never answered 2xx: {', '.join(unreached)}")
if total < int(least):
    sys.exit(f"fewer than {least} answers")
