"""What the service calls outside, on a free port that it prints: Bluesky and
GitHub, which take every name, password and code, and a server of pictures."""

import http.server
import json
import pathlib

PICTURE = pathlib.Path(__file__).with_name("picture.png").read_bytes()


class Outside(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/login/oauth/access_token":
            token = {"access_token": "github", "token_type": "bearer", "scope": "read:user"}
            return self.answer("application/json", json.dumps(token).encode())
        login = json.loads(text or b"{}")
        name = login.get("identifier") or self.headers["Authorization"].split(" ")[-1]
        session = {"did": f"did:plc:{name}", "handle": name, "accessJwt": name, "refreshJwt": name}
        return self.answer("application/json", json.dumps(session).encode())

    def do_GET(self):
        if self.path == "/picture.png":
            return self.answer("image/png", PICTURE)
        # Who the user is, at GitHub.
        return self.answer("application/json", json.dumps({"login": "boss", "id": 1}).encode())

    def answer(self, kind, body):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Outside)
    print(server.server_port, flush=True)
    server.serve_forever()
