"""What schemathesis cannot know: who is signed in, which objects exist, and
what was mailed (see world.py). Generated values are left alone except for uids
and secrets, half of which are replaced by ones that exist, so that every
operation is also reached behind its checks.

Set by .ci/schemathesis, besides what world.py takes: KIT_ANSWERS (file that
gets one line `status method path` for each answer).
"""

import itertools
import os
import pathlib
import sys
import unicodedata
import urllib.parse

import jsonschema
import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import world  # noqa: E402
from world import ADMIN, IDENTITY, PASSWORD  # noqa: E402

ANSWERS = open(os.environ["KIT_ANSWERS"], "a", buffering=1, encoding="utf-8")

# A few values of each format that only the API knows.
FORMATS = {
    "iana-time-zone": ["UTC", "America/New_York", "Europe/Vienna", "Asia/Kolkata"],
    "iso-4217": ["USD", "EUR", "JPY", "CHF"],
    "iso-3166-1-alpha-2": ["US", "DE", "JP", "BR"],
    "binary": [world.PICTURE],
    "bcp-47": ["en", "pt-BR", "zh-Hant-TW", "de-CH-1996"],
}
for name, values in FORMATS.items():
    schemathesis.openapi.format(name, st.sampled_from(values))

turns = itertools.count()


def login_body():
    return {"username": world.account()["user"]["username"], "password": PASSWORD}


def exchange_body():
    world.linked()
    return world.post("/api/auth/identities/bluesky/start/", IDENTITY)


def verify_body():
    address = next(world.waiting)["user"]["email"]
    return {"key": world.mailed(address, "key")["key"]}


def reset_body():
    link = world.mailed(next(world.waiting)["user"]["email"], "token")
    return {
        "uid": link["uid"],
        "token": link["token"],
        "new_password1": "another battery horse",
        "new_password2": "another battery horse",
    }


# Bodies whose values must belong to an account or a letter.
BODIES = {
    "POST /api/v1/user/me/avatar/from-url/": lambda: {"url": world.PICTURE_URL},
    "POST /api/auth/identities/exchange/": exchange_body,
    "PUT /api/v1/user/me/default-organization/": lambda: {
        "organization": world.organization()["uid"]
    },
    "POST /api/v1/organizations/invitations/accept/": lambda: {"token": next(world.invited)},
    "POST /api/v1/user/me/email-change/": world.change,
    "POST /api/v1/user/me/email-change/confirm/": lambda: {"token": next(world.changing)[1]},
    "POST /api/v1/user/me/email-change/undo/": lambda: {"token": next(world.changed)},
    "PUT /api/v1/user/me/phone-number/": lambda: {
        "phone_number": f"+1555{next(world.numbers) % 10_000_000:07}"
    },
    "POST /api/auth/login/": login_body,
    "POST /api/auth/registration/verify-email/": verify_body,
    "POST /api/auth/password/reset/confirm/": reset_body,
    "POST /api/auth/token/refresh/": lambda: {"refresh": world.account()["refresh"]},
    "POST /api/auth/token/verify/": lambda: {"token": world.account()["access"]},
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

# What is right here cannot be told by a schema (what was mailed, where pictures
# are, what one is a member of): every valid body is replaced.
ALWAYS = {
    "POST /api/v1/user/me/avatar/from-url/",
    "POST /api/auth/identities/exchange/",
    "PUT /api/v1/user/me/default-organization/",
    "POST /api/v1/organizations/invitations/accept/",
    "POST /api/v1/user/me/email-change/",
    "POST /api/v1/user/me/email-change/confirm/",
    "POST /api/v1/user/me/email-change/undo/",
    "PUT /api/v1/user/me/phone-number/",
}

# These end the session or change the password, or what its user may write and
# see by default: each call gets an account of its own.
OWN_ACCOUNT = {
    "POST /api/auth/logout/",
    "POST /api/auth/password/change/",
    "POST /api/v1/user/password/",
    "PATCH /api/v1/user/me/",
    "DELETE /api/v1/user/me/",
}

# What no session may call.
SERVICE_ONLY = {"POST /api/v1/introspect/", "GET /api/v1/users/"}


@schemathesis.auth(refresh_interval=None)
class Credential:
    def get(self, case, context):
        if case.operation.label in SERVICE_ONLY:
            return {"X-API-Key": world.SERVICE}
        own = case.operation.label in OWN_ACCOUNT
        return {"Authorization": f"Bearer {world.account()['access'] if own else ADMIN}"}

    def set(self, case, header, context):
        case.headers = case.headers or {}
        case.headers.update(header)


@schemathesis.hook
def before_call(context, case, kwargs):
    label = case.operation.label
    parts = case.meta.components if case.meta else {}
    invalid = {
        location.value for location, part in parts.items() if part.mode != GenerationMode.POSITIVE
    }
    # A part that an example of the document is in is not named at all.
    named = {location.value for location in parts}
    whole = case.meta and case.meta.generation.mode == GenerationMode.POSITIVE
    valid = ({"path", "query", "header", "body"} if whole else named) - invalid
    phase = case.meta.phase.name.value if case.meta else ""
    turn = phase == "examples" or next(turns) % 2 == 0

    set_path(case, "path" in valid and turn and phase != "stateful")
    if turn and label in {
        "GET /api/v1/user/me/email-change/",
        "DELETE /api/v1/user/me/email-change/",
    }:
        world.start_change()

    headers = case.headers or {}
    if "header" in valid:
        if turn:
            # A tag that nobody has seen answers 412 whatever else is sent.
            headers.pop("If-Match", None)
            if "Idempotency-Key" in headers:
                headers["Idempotency-Key"] = f"key-{next(world.numbers)}"
        if "X-Current-Password" in headers:
            headers["X-Current-Password"] = PASSWORD

    if "query" in valid and case.query:
        set_query(case)
    if label == "GET /api/auth/identities/{provider}/callback/" and {"path", "query"} <= valid:
        set_callback(case)

    if "body" in valid:
        if label in BODIES and (turn or label in ALWAYS):
            case.body = BODIES[label]()
        elif isinstance(case.body, dict):
            set_fields(case, turn)

    provider = (case.path_parameters or {}).get("provider")
    if "body" in valid and provider in {"bluesky", "github"} and "/callback/" not in label:
        # Which fields there are depends on the provider.
        if "/start/" in label:
            world.linked()
        case.body = IDENTITY if provider == "bluesky" else {}
    if label == "POST /api/v1/organizations/{uid}/transfer/" and {"path", "body"} <= valid:
        # Who is a member of what no schema says.
        club = next(world.club)
        case.path_parameters = {"uid": club["uid"]}
        case.body = {"user": club["member"]}


def set_path(case, replace):
    path = case.path_parameters or {}
    template = case.operation.path
    objects = world.OBJECTS.get(template) or world.OBJECTS.get(template.split("{", 1)[0])
    lost = {world.OWN_UID, world.OWN_SESSION} & set(path.values())
    # Staff who suspend themselves, or end their session, would end the run.
    if "{" in template and (replace or lost and case.operation.method.upper() != "GET"):
        path.update(objects())


def set_query(case):
    if "cursor" in case.query:
        # Cursors are opaque: only the service makes them.
        cursor = made_cursor(case)
        if cursor:
            case.query["cursor"] = cursor
        else:
            del case.query["cursor"]
    if case.operation.label == "GET /api/v1/api-usage/":
        # Which days go together no schema says.
        for name in ("from", "to"):
            case.query.pop(name, None)


def set_callback(case):
    """A state belongs to a cookie, and comes with either a code or an error."""
    case.path_parameters["provider"] = "github"
    case.query["state"], cookies = world.departed()
    case.cookies = dict(case.cookies or {}) | cookies
    if "error" in case.query:
        case.query.pop("code", None)
    else:
        case.query["code"] = case.query.get("code") or "code"
    case.query.pop("iss", None)


def made_cursor(case):
    """The cursor of a list's second page, where it has one."""
    path = case.operation.path.format(**(case.path_parameters or {}))
    answer = world.http.get(
        f"{world.URL}{path}?page_size=1", headers={"Authorization": f"Bearer {ADMIN}"}, timeout=15
    )
    if not answer.ok:
        return None
    query = urllib.parse.urlsplit(answer.json()["next"] or "").query
    return urllib.parse.parse_qs(query).get("cursor", [None])[0]


def set_fields(case, turn):
    label, body = case.operation.label, case.body
    if "current_password" in body:
        body["current_password"] = PASSWORD
    if label == "POST /api/auth/registration/" and "password1" in body:
        body["password2"] = body["password1"]
        if turn:
            body["username"] = f"person{next(world.numbers)}"
            body["email"] = f"{body['username']}@example.com"
    if label == "POST /api/v1/api-keys/":
        if body.get("scopes"):
            body["scopes"] = ["app"]
        if isinstance(body.get("expires_at"), str):
            body["expires_at"] = "2099-01-31T12:00:00Z"
    if label == "POST /api/v1/organizations/" and body.get("company"):
        body["company"] = world.organization()["company"]["uid"]
    if label == "PATCH /api/v1/user/me/addresses/{uid}/" and "is_primary" in body:
        # false is refused for the primary one.
        body["is_primary"] = True


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


@schemathesis.hook
def after_call(context, case, response):
    ANSWERS.write(f"{response.status_code} {case.operation.label}\n")
