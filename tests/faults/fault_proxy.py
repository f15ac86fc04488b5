"""An HTTP proxy in front of the S3 server that does harm to chosen requests."""
import http.client
import http.server
import re
import socket
import struct
import threading
import time
import urllib.parse


ANOTHER_CENTURY = "Fri, 31 Dec 1999 00:00:00 GMT"


class Pages:
    """A listing, one object a page."""

    def __init__(self):
        self.rest = {}  # by continuation token

    def first(self, path, listing):
        """The first page of what the store has listed."""
        entry = re.compile(b"<(?:Contents|CommonPrefixes)>.*?</(?:Contents|CommonPrefixes)>", re.DOTALL)
        entries = entry.findall(listing)
        if len(entries) < 2:
            return listing
        start, end = listing.index(entries[0]), listing.rindex(entries[-1]) + len(entries[-1])
        head, tail = listing[:start], entry.sub(b"", listing[start:end]) + listing[end:]
        token = ""
        for number, one in reversed(list(enumerate(entries))):
            more = head.replace(b"<IsTruncated>false", b"<IsTruncated>true").replace(
                b"<IsTruncated>true</IsTruncated>",
                b"<IsTruncated>true</IsTruncated><NextContinuationToken>" + token.encode() + b"</NextContinuationToken>")
            page = (more if token else head) + one + tail
            token = f"page-{number}-{abs(hash(path))}"
            self.rest[token] = page
        return page

    def later(self, path):
        token = urllib.parse.parse_qs(urllib.parse.urlsplit(path).query).get("continuation-token", [""])[0]
        return self.rest.get(token)


class FaultProxy:
    """`fault(number, method, path)` names the harm to a request, counted from 0, or gives None.

    An int: that status with an S3 error. "reset": the connection is reset before an answer. "cut": half of the body
    comes, then a reset. "short": half of the body comes, and the length says so. "lying": the length says twice as much as
    comes. "stall": nothing comes. "expired": the credentials are. "old": the object is said to be of another century. A
    function: called when the store has done the request; then a reset. With `pages`, each page of a listing has one object; with
    `redirects_to`, statuses name that address as the place to ask.
    """

    def __init__(self, endpoint, fault, pages=False, redirects_to=None):
        backend = urllib.parse.urlsplit(endpoint)
        proxy = self
        self.requests, self.lock, self.pages, self.redirects_to = [], threading.Lock(), Pages(), redirects_to

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def log_message(self, *args):
                pass

            def handle_one(self):
                with proxy.lock:
                    number = len(proxy.requests)
                    proxy.requests.append((self.command, self.path, self.headers.get("Range")))
                harm = fault(number, self.command, self.path)
                body = self.body()
                if harm == "stall":
                    time.sleep(60)
                if harm in ("stall", "reset"):
                    return self.reset()
                if harm == "expired" or isinstance(harm, int):
                    code = "ExpiredToken" if harm == "expired" else {503: "SlowDown", 500: "InternalError", 403: "AccessDenied", 404: "NoSuchKey", 429: "RequestLimitExceeded"}.get(harm, "Harm")
                    text = f"<Error><Code>{code}</Code></Error>".encode()
                    self.send_response(400 if harm == "expired" else harm)
                    if proxy.redirects_to:
                        self.send_header("Location", proxy.redirects_to + self.path)
                    self.send_header("Content-Length", str(len(text)))
                    self.end_headers()
                    if self.command != "HEAD":
                        self.wfile.write(text)
                    return
                if pages and (page := proxy.pages.later(self.path)):
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(page)))
                    self.end_headers()
                    self.wfile.write(page)
                    return
                there = http.client.HTTPConnection(backend.hostname, backend.port, timeout=30)
                there.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    there.putheader(name, value)
                there.endheaders(body or None)
                answer = there.getresponse()
                data = answer.read()
                if pages and "list-type=2" in self.path:
                    data = proxy.pages.first(self.path, data)
                if callable(harm):
                    harm()
                    there.close()
                    return self.reset()
                half = data[:len(data) // 2]
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                        self.send_header(name, ANOTHER_CENTURY if harm == "old" and name.lower() == "last-modified" else value)
                length = answer.getheader("Content-Length", str(len(data))) if self.command == "HEAD" else len(data)
                self.send_header("Content-Length", str(len(half) if harm == "short" else 2 * int(length) if harm == "lying" else length))
                self.end_headers()
                self.wfile.write(half if harm in ("cut", "short") else data)
                there.close()
                if harm in ("cut", "lying"):
                    self.reset()

            def body(self):
                if self.headers.get("Transfer-Encoding") != "chunked":
                    return self.rfile.read(int(self.headers.get("Content-Length") or 0))
                body = b""
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                del self.headers["Transfer-Encoding"]
                self.headers["Content-Length"] = str(len(body))
                return body

            def reset(self):
                self.wfile.flush()
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
                self.connection.close()

            do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_one

            def finish(self):
                try:
                    super().finish()
                except (OSError, ValueError):
                    pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, address):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
