"""Answers the session calls of Bluesky for every name and password, on a free
port that it prints."""

import http.server
import json


class Sessions(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        login = json.loads(self.rfile.read(length) or b"{}")
        name = login.get("identifier") or self.headers["Authorization"].split(" ")[-1]
        session = {"did": f"did:plc:{name}", "handle": name, "accessJwt": name, "refreshJwt": name}
        body = json.dumps(session).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Sessions)
print(server.server_port, flush=True)
server.serve_forever()
