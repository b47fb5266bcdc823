"""Runs in a pod: takes webhooks and mails, and prints each as a line of JSON. The standard library alone."""

import json
import socketserver
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HTTP_PORT, SMTP_PORT = 8080, 2525


def tell(**received: str | None) -> None:
    print(json.dumps(received) + "\n", end="", flush=True)  # in one piece: two threads tell


class Webhook(BaseHTTPRequestHandler):
    """Takes any POST."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        tell(by="webhook", body=body, signature=self.headers["X-Scim-Operator-Signature"])
        self.send_response_only(204)  # the other way prints a line of its own
        self.end_headers()


class Mail(socketserver.StreamRequestHandler):
    """As much of SMTP (RFC 5321) as a sender needs."""

    def handle(self) -> None:
        self.answer("220 receiver")
        for line in self.rfile:
            verb = line.split()[0].upper() if line.split() else b""
            if verb == b"QUIT":
                self.answer("221 bye")
                return
            if verb == b"DATA":
                self.answer("354 go on")
                tell(by="mail", body=self.content())
            self.answer("250 ok")

    def content(self) -> str:
        lines = iter(self.rfile.readline, b".\r\n")
        return b"".join(lines).decode()

    def answer(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


if __name__ == "__main__":
    mails = socketserver.ThreadingTCPServer(("", SMTP_PORT), Mail)
    threading.Thread(target=mails.serve_forever, daemon=True).start()
    ThreadingHTTPServer(("", HTTP_PORT), Webhook).serve_forever()
