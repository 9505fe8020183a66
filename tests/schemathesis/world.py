"""What exists at the service: accounts, their objects, and what was mailed.

Set by .ci/schemathesis: KIT_URL, KIT_PASSWORD (of the administrator boss and
of the accounts made here), KIT_SERVICE_KEY (a key for what no session may
call), KIT_MAIL (folder of the letters), KIT_OUTSIDE (URL of outside.py).
"""

import collections
import email
import email.policy
import functools
import itertools
import os
import pathlib
import re
import time
import urllib.parse

import requests

URL = os.environ["KIT_URL"]
PASSWORD = os.environ["KIT_PASSWORD"]
SERVICE = os.environ["KIT_SERVICE_KEY"]
MAIL = pathlib.Path(os.environ["KIT_MAIL"])
PICTURE = pathlib.Path(__file__).with_name("picture.png").read_bytes()
PICTURE_URL = os.environ["KIT_OUTSIDE"] + "/picture.png"

http = requests.Session()
numbers = itertools.count(1)
# Letters take up to a second, so what waits for one is made many at a time.
BATCH = 30


def call(method, path, token=None, **options):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    # A cookie would be the next caller's.
    http.cookies.clear()
    answer = http.request(method, URL + path, headers=headers, timeout=15, **options)
    answer.raise_for_status()
    return answer


def get(path, token):
    return call("GET", path, token).json()


def post(path, body, token=None):
    return call("POST", path, token, json=body).json()


def account(**more):
    """A new account: its session, and its user under `user`."""
    name = f"person{next(numbers)}"
    body = {
        "username": name,
        "email": f"{name}@example.com",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    return post("/api/auth/registration/", body | more)


def login():
    return post("/api/auth/login/", {"username": "boss", "password": PASSWORD})


boss = login()
ADMIN = boss["access"]
OWN_UID = boss["user"]["uid"]
OWN_SESSION = next(
    row["uid"] for row in get("/api/v1/user/me/sessions/", ADMIN)["results"] if row["current"]
)
call(
    "PATCH",
    f"/api/v1/admin/users/{OWN_UID}/",
    ADMIN,
    json={"can_manage_api_environment": True},
)
# As the schema says; what a user prefers it cannot know.
call("PATCH", "/api/v1/user/me/", ADMIN, json={"preferences": {"max_message_length": 10_000}})


letters = collections.defaultdict(list)


def read_letters():
    for file in sorted(MAIL.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns):
        letter = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        text = letter.get_body(("plain",)).get_content()
        letters[str(letter["To"]).lower()].append(text)
        file.unlink()


def mailed(address, parameter, about=""):
    """The query of the newest link with this parameter that was mailed to an
    address, in a letter that has the text `about`."""
    for _ in range(200):
        for text in reversed(letters[address]):
            link = re.search(rf"https?://\S*[?&]{parameter}=\S*", text)
            if link and about in text:
                return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(link[0]).query))
        time.sleep(0.05)
        read_letters()
    raise RuntimeError(f"no letter to {address} with {parameter}")


def batches(make):
    """What `make` makes many of at a time, one by one."""
    while True:
        yield from make()


def people():
    """Accounts that were mailed a key and a link."""
    batch = [account() for _ in range(BATCH)]
    for each in batch:
        post("/api/auth/password/reset/", {"email": each["user"]["email"]})
    return batch


def changes():
    """Sessions and the token that confirms a change of their address."""
    batch = [(account(), f"moved{next(numbers)}@example.com") for _ in range(BATCH)]
    for session, address in batch:
        body = {"email": address, "current_password": PASSWORD}
        post("/api/v1/user/me/email-change/", body, session["access"])
    return [(session, mailed(address, "token")["token"]) for session, address in batch]


def notices():
    """Tokens that undo a change of an address."""
    batch = list(changes())
    for _, token in batch:
        post("/api/v1/user/me/email-change/confirm/", {"token": token})
    return [mailed(session["user"]["email"], "token")["token"] for session, _ in batch]


def organization(token=ADMIN):
    return post("/api/v1/organizations/", {"display_name": f"Club {next(numbers)}."}, token)


def invite(club, address, token=ADMIN):
    path = f"/api/v1/organizations/{club['uid']}/invitations/"
    return post(path, {"email": address, "role": "member"}, token)


def clubs():
    """Organizations of the administrator and the user of another member."""
    batch = [(organization(), f"person{next(numbers)}") for _ in range(BATCH)]
    for club, name in batch:
        invite(club, f"{name}@example.com")
    for club, name in batch:
        address = f"{name}@example.com"
        token = mailed(address, "token")["token"]
        member = account(username=name, email=address, invitation=token)
        yield {"uid": club["uid"], "member": member["user"]["uid"]}


def invitations():
    """Tokens of invitations for the administrator."""
    others = [account()["access"] for _ in range(BATCH)]
    batch = [organization(other) for other in others]
    for club, other in zip(batch, others):
        invite(club, "boss@example.com", other)
    return [mailed("boss@example.com", "token", club["display_name"])["token"] for club in batch]


waiting = batches(people)
changing = batches(changes)
changed = batches(notices)
club = batches(clubs)
invited = batches(invitations)


def api_key():
    body = {"name": "made here", "scopes": ["app"], "current_password": PASSWORD}
    return post("/api/v1/api-keys/", body, ADMIN)["uid"]


def session():
    """A session of the administrator: the newest one."""
    login()
    sessions = get("/api/v1/user/me/sessions/", ADMIN)["results"]
    return next(row["uid"] for row in sessions if not row["current"])


def inquiry():
    return post("/api/v1/support/", {"subject": "Help", "message": "It is stuck."}, ADMIN)["uid"]


def device():
    body = {"token": f"token-{next(numbers)}", "platform": "web"}
    return post("/api/v1/device-tokens/register/", body, ADMIN)["uid"]


def message():
    return post("/api/v1/messages/", {"body": "Hello."}, ADMIN)["uid"]


def address():
    body = {"name": "Jane", "line1": "1 Main Street", "city": "New York", "country": "US"}
    return post("/api/v1/user/me/addresses/", body, ADMIN)["uid"]


providers = itertools.cycle(("bluesky", "github"))
# An identity at outside.py, which takes every password.
IDENTITY = {"identifier": "boss.example", "password": "abcd-efgh-ijkl-mnop"}


def linked():
    """The administrator's identity: linked now, or before."""
    return post("/api/v1/user/me/identities/bluesky/link/", IDENTITY, ADMIN)["uid"]


def departed():
    """State and cookies of a browser that was sent to GitHub."""
    answer = call("POST", "/api/auth/identities/github/start/", json={})
    query = urllib.parse.urlsplit(answer.json()["authorization_url"]).query
    return dict(urllib.parse.parse_qsl(query))["state"], answer.cookies.get_dict()


def invitation():
    uid = organization()["uid"]
    sent = invite({"uid": uid}, f"guest{next(numbers)}@example.com")
    return {"uid": uid, "invitation": sent["uid"]}


@functools.cache
def picture():
    """The file of an avatar that nobody deletes."""
    token = account()["access"]
    answer = call("POST", "/api/v1/user/me/avatar/", token, files={"file": PICTURE}).json()
    return urllib.parse.urlsplit(answer["avatar_url"]).path.rsplit("/", 1)[-1]


def change():
    return {"email": f"moved{next(numbers)}@example.com", "current_password": PASSWORD}


def start_change():
    post("/api/v1/user/me/email-change/", change(), ADMIN)


# What the names in a path may stand for, by the path up to them. The whole
# path counts before its beginning.
OBJECTS = {
    "/api/v1/admin/users/": lambda: {"uid": account()["user"]["uid"]},
    "/api/v1/admin/companies/": lambda: {"uid": organization()["company"]["uid"]},
    "/api/v1/admin/inquiries/": lambda: {"uid": inquiry()},
    "/api/v1/support/inquiries/": lambda: {"uid": inquiry()},
    "/api/v1/user/me/sessions/": lambda: {"uid": session()},
    "/api/v1/user/me/identities/{uid}/": lambda: {"uid": linked()},
    "/api/v1/user/me/identities/{uid}/verify/": lambda: {"uid": linked()},
    "/api/v1/user/me/identities/": lambda: {"provider": next(providers)},
    "/api/auth/identities/": lambda: {"provider": next(providers)},
    "/api/v1/user/me/addresses/": lambda: {"uid": address()},
    "/api/v1/api-keys/": lambda: {"uid": api_key()},
    "/api/v1/device-tokens/": lambda: {"uid": device()},
    "/api/v1/messages/": lambda: {"uid": message()},
    "/api/v1/users/": lambda: {"username": "boss"},
    "/api/v1/companies/": lambda: {"uid": organization()["company"]["uid"]},
    "/api/v1/organizations/": lambda: {"uid": organization()["uid"]},
    "/api/v1/organizations/{uid}/members/{member}/": lambda: next(club),
    "/api/v1/organizations/{uid}/invitations/{invitation}/": invitation,
    "/media/avatars/": lambda: {"file": picture()},
}
