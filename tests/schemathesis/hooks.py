"""What schemathesis cannot know: who is signed in, which objects exist, and
what was mailed. Generated values are left alone except for uids and secrets,
half of which are replaced by ones that exist, so that every operation is also
reached behind its checks.

Set by .ci/schemathesis: KIT_URL, KIT_PASSWORD (of the administrator boss and
of the accounts made here), KIT_MAIL (folder of the letters), KIT_ANSWERS (file
that gets one line `status method path` for each answer).
"""

import itertools
import os
import pathlib
import re
import time
import unicodedata
import urllib.parse

import jsonschema
import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode

URL = os.environ["KIT_URL"]
PASSWORD = os.environ["KIT_PASSWORD"]
MAIL = pathlib.Path(os.environ["KIT_MAIL"])
ANSWERS = open(os.environ["KIT_ANSWERS"], "a", buffering=1, encoding="utf-8")

# A few values of each format that only the API knows.
FORMATS = {
    "iana-time-zone": ["UTC", "America/New_York", "Europe/Vienna", "Asia/Kolkata"],
    "iso-4217": ["USD", "EUR", "JPY", "CHF"],
    "iso-3166-1-alpha-2": ["US", "DE", "JP", "BR"],
    "bcp-47": ["en", "pt-BR", "zh-Hant-TW", "de-CH-1996"],
}
for name, values in FORMATS.items():
    schemathesis.openapi.format(name, st.sampled_from(values))

http = requests.Session()
numbers = itertools.count(1)
turns = itertools.count()


def post(path, body, token=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = http.post(URL + path, json=body, headers=headers, timeout=15)
    answer.raise_for_status()
    return answer.json()


def account():
    """A new account: its session, and its user under `user`."""
    name = f"person{next(numbers)}"
    return post(
        "/api/auth/registration/",
        {
            "username": name,
            "email": f"{name}@example.com",
            "password1": PASSWORD,
            "password2": PASSWORD,
        },
    )


boss = post("/api/auth/login/", {"username": "boss", "password": PASSWORD})
ADMIN = boss["access"]
OWN_UID = boss["user"]["uid"]


http.patch(
    f"{URL}/api/v1/admin/users/{OWN_UID}/",
    json={"can_manage_api_environment": True},
    headers={"Authorization": f"Bearer {ADMIN}"},
    timeout=15,
).raise_for_status()


def api_key(*scopes):
    body = {"name": "made here", "scopes": scopes, "current_password": PASSWORD}
    return post("/api/v1/api-keys/", body, ADMIN)


# What no session may call.
SERVICE = api_key("introspect", "users:read")["key"]
SERVICE_ONLY = {"POST /api/v1/introspect/", "GET /api/v1/users/"}


def mailed(address, parameter):
    """The query of the newest link with this parameter that was mailed to an address."""
    for _ in range(200):
        letters = sorted(MAIL.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
        for letter in reversed(letters):
            text = letter.read_text(encoding="utf-8")
            if address not in text:
                continue
            link = re.search(rf"https?://\S*[?&]{parameter}=\S*", text)
            if link:
                return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(link[0]).query))
        time.sleep(0.05)
    raise RuntimeError(f"no letter to {address} with {parameter}")


def boss_session():
    """The uid of a session that was opened for it: the newest one."""
    post("/api/auth/login/", {"username": "boss", "password": PASSWORD})
    sessions = http.get(
        f"{URL}/api/v1/user/me/sessions/",
        headers={"Authorization": f"Bearer {ADMIN}"},
        timeout=15,
    ).json()
    return next(row["uid"] for row in sessions["results"] if not row["current"])


# An object for the `{uid}` of the paths that begin so; the longest counts.
OBJECTS = {
    "/api/v1/admin/users/": lambda: account()["user"]["uid"],
    "/api/v1/admin/inquiries/": lambda: post(
        "/api/v1/support/", {"subject": "Help", "message": "It is stuck."}, ADMIN
    )["uid"],
    "/api/v1/support/inquiries/": lambda: post(
        "/api/v1/support/", {"subject": "Help", "message": "It is stuck."}, ADMIN
    )["uid"],
    "/api/v1/user/me/sessions/": boss_session,
    "/api/v1/api-keys/": lambda: api_key("app")["uid"],
    "/api/v1/device-tokens/": lambda: post(
        "/api/v1/device-tokens/register/",
        {"token": f"token-{next(numbers)}", "platform": "web"},
        ADMIN,
    )["uid"],
    "/api/v1/messages/": lambda: post("/api/v1/messages/", {"body": "Hello."}, ADMIN)["uid"],
    "/api/v1/user/me/addresses/": lambda: post(
        "/api/v1/user/me/addresses/",
        {"name": "Jane", "line1": "1 Main Street", "city": "New York", "country": "US"},
        ADMIN,
    )["uid"],
}


# An identity of bluesky.py, which takes every password.
IDENTITY = {"identifier": "boss.example", "password": "abcd-efgh-ijkl-mnop"}


def linked():
    """The administrator's identity: linked now, or before."""
    return post("/api/v1/user/me/identities/bluesky/link/", IDENTITY, ADMIN)["uid"]


OBJECTS["/api/v1/user/me/identities/"] = linked


def start_body():
    linked()
    return IDENTITY


def exchange_body():
    linked()
    return post("/api/auth/identities/bluesky/start/", IDENTITY)


def login_body():
    return {"username": account()["user"]["username"], "password": PASSWORD}


def verify_body():
    return {"key": mailed(next(waiting)["user"]["email"], "key")["key"]}


def reset_body():
    link = mailed(next(waiting)["user"]["email"], "token")
    return {
        "uid": link["uid"],
        "token": link["token"],
        "new_password1": "another battery horse",
        "new_password2": "another battery horse",
    }


def with_letters():
    """Accounts that were mailed a key and a link. Letters take up to a second,
    so they are asked for many at a time."""
    while True:
        batch = [account() for _ in range(30)]
        for each in batch:
            post("/api/auth/password/reset/", {"email": each["user"]["email"]})
        yield from batch


waiting = with_letters()


def change_body():
    return {"email": f"moved{next(numbers)}@example.com", "current_password": PASSWORD}


def confirm_body():
    session, change = account(), change_body()
    post("/api/v1/user/me/email-change/", change, session["access"])
    return {"token": mailed(change["email"], "token")["token"]}


def undo_body():
    session, change = account(), change_body()
    post("/api/v1/user/me/email-change/", change, session["access"])
    token = mailed(change["email"], "token")["token"]
    post("/api/v1/user/me/email-change/confirm/", {"token": token})
    return {"token": mailed(session["user"]["email"], "token")["token"]}


# Bodies whose values must belong to an account or a letter.
BODIES = {
    "POST /api/v1/user/me/identities/{provider}/link/": lambda: IDENTITY,
    "POST /api/auth/identities/{provider}/start/": start_body,
    "POST /api/auth/identities/exchange/": exchange_body,
    "POST /api/v1/user/me/email-change/": change_body,
    "POST /api/v1/user/me/email-change/confirm/": confirm_body,
    "POST /api/v1/user/me/email-change/undo/": undo_body,
    "PUT /api/v1/user/me/phone-number/": lambda: {
        "phone_number": f"+1555{next(numbers) % 10_000_000:07}"
    },
    "POST /api/auth/login/": login_body,
    "POST /api/auth/registration/verify-email/": verify_body,
    "POST /api/auth/password/reset/confirm/": reset_body,
    "POST /api/auth/token/refresh/": lambda: {"refresh": account()["refresh"]},
    "POST /api/auth/token/verify/": lambda: {"token": account()["access"]},
    "POST /api/v1/api-keys/": lambda: {"name": "nightly", "current_password": PASSWORD},
    "POST /api/v1/api-keys/{uid}/rotate/": lambda: {"current_password": PASSWORD},
    "POST /api/v1/introspect/": lambda: {"token": ADMIN},
    "POST /api/auth/password/change/": lambda: {
        "old_password": PASSWORD,
        "new_password1": "another battery horse",
        "new_password2": "another battery horse",
    },
    "POST /api/v1/user/password/": lambda: {
        "current_password": PASSWORD,
        "new_password": "another battery horse",
        "confirm_password": "another battery horse",
    },
}

# What is right here cannot be told by a schema: every valid body is replaced.
ALWAYS = {
    "POST /api/v1/user/me/email-change/",
    "POST /api/v1/user/me/email-change/confirm/",
    "POST /api/v1/user/me/email-change/undo/",
    "PUT /api/v1/user/me/phone-number/",
}

# These end the session or change the password: each call gets an account of its own.
ENDS_SESSION = {
    "POST /api/auth/logout/",
    "POST /api/auth/password/change/",
    "POST /api/v1/user/password/",
    "DELETE /api/v1/user/me/",
}


@schemathesis.auth(refresh_interval=None)
class Bearer:
    def get(self, case, context):
        if case.operation.label in SERVICE_ONLY:
            return SERVICE
        return account()["access"] if case.operation.label in ENDS_SESSION else ADMIN

    def set(self, case, token, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {token}"


@schemathesis.hook
def before_call(context, case, kwargs):
    operation = case.operation
    label = operation.label
    parts = case.meta.components if case.meta else {}
    valid = {
        location.value for location, part in parts.items() if part.mode == GenerationMode.POSITIVE
    }
    phase = case.meta.phase.name.value if case.meta else ""
    turn = phase == "examples" or next(turns) % 2 == 0

    path = case.path_parameters or {}
    if path.get("uid") == OWN_UID and operation.method.upper() != "GET":
        # Staff who suspend themselves would end the run.
        path["uid"] = account()["user"]["uid"]
    elif "path" in valid and "uid" in path and turn and phase != "stateful":
        path["uid"] = OBJECTS[operation.path.split("{", 1)[0]]()

    if "path" in valid and "provider" in path and turn and phase != "stateful":
        path["provider"] = "bluesky"

    headers = case.headers or {}
    if "header" in valid and turn:
        # A tag that nobody has seen answers 412 whatever else is sent.
        headers.pop("If-Match", None)
        if "Idempotency-Key" in headers:
            headers["Idempotency-Key"] = f"key-{next(numbers)}"

    if "X-Current-Password" in headers and "header" in valid:
        headers["X-Current-Password"] = PASSWORD
    if "username" in path and "path" in valid and turn:
        path["username"] = "boss"

    if "query" in valid and "cursor" in (case.query or {}):
        # Cursors are opaque: only the service makes them.
        cursor = made_cursor(operation.path)
        if cursor:
            case.query["cursor"] = cursor
        else:
            del case.query["cursor"]

    if "query" in valid and label == "GET /api/v1/api-usage/":
        # Which days go together no schema says.
        for name in ("from", "to"):
            (case.query or {}).pop(name, None)

    if "body" in valid:
        if label in BODIES and (turn or label in ALWAYS):
            case.body = BODIES[label]()
        elif isinstance(case.body, dict):
            if label == "POST /api/auth/registration/" and "password1" in case.body:
                case.body["password2"] = case.body["password1"]
                if turn:
                    case.body["username"] = f"person{next(numbers)}"
                    case.body["email"] = f"{case.body['username']}@example.com"
            if "/identities/{provider}/" in label and "identifier" in case.body:
                # Others would fill the quota of the administrator.
                case.body["identifier"] = IDENTITY["identifier"]
            if "current_password" in case.body and label in {
                "PATCH /api/v1/admin/users/{uid}/",
                "DELETE /api/v1/user/me/",
            }:
                case.body["current_password"] = PASSWORD
            if label.startswith("POST /api/v1/api-keys/"):
                if "current_password" in case.body:
                    case.body["current_password"] = PASSWORD
                if case.body.get("scopes"):
                    case.body["scopes"] = ["app"]
                if isinstance(case.body.get("expires_at"), str):
                    case.body["expires_at"] = "2099-01-31T12:00:00Z"
            if label == "PATCH /api/v1/user/me/addresses/{uid}/" and "is_primary" in case.body:
                # false is refused for the primary one.
                case.body["is_primary"] = True


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Text is trimmed and its line ends are made one character before it is
    measured: what is valid then is rightly accepted."""
    if getattr(failure, "title", "") != "Schema-violating request accepted":
        return True
    raw = context.operation.schema.raw_schema
    definition = raw["paths"][context.operation.path][context.operation.method.lower()]
    body = definition.get("requestBody", {}).get("content", {}).get("application/json")
    if body is None or not isinstance(case.body, dict):
        return True
    validator = jsonschema.Draft202012Validator(
        {"allOf": [body["schema"]], "components": raw["components"]}
    )
    return not validator.is_valid(as_read(case.body))


def as_read(value):
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value.replace("\r\n", "\n").strip())
    if isinstance(value, dict):
        return {key: as_read(item) for key, item in value.items()}
    return value


def made_cursor(path):
    """The cursor of a list's second page, where it has one."""
    answer = http.get(
        f"{URL}{path}?page_size=1", headers={"Authorization": f"Bearer {ADMIN}"}, timeout=15
    ).json()
    query = urllib.parse.urlsplit(answer["next"] or "").query
    return urllib.parse.parse_qs(query).get("cursor", [None])[0]


@schemathesis.hook
def after_call(context, case, response):
    ANSWERS.write(f"{response.status_code} {case.operation.label}\n")
