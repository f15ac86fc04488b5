"""An HTTP proxy in front of the S3 server that does harm to chosen requests."""
import http.client
import http.server
import socket
import struct
import threading
import time
import urllib.parse


ANOTHER_CENTURY = "Fri, 31 Dec 1999 00:00:00 GMT"


class FaultProxy:
    """`fault(number, method, path)` names the harm to a request, counted from 0, or gives None.

    An int: that status with an S3 error. "reset": the connection is reset before an answer. "cut": half of the body
    comes, then a reset. "short": half of the body comes, and the length says so. "stall": nothing comes. "old": the object
    is said to be of another century. A function: called when the store has done the request; then a reset.
    """

    def __init__(self, endpoint, fault):
        backend = urllib.parse.urlsplit(endpoint)
        proxy = self
        self.requests, self.lock = [], threading.Lock()

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
                if isinstance(harm, int):
                    code = {503: "SlowDown", 500: "InternalError", 403: "AccessDenied", 404: "NoSuchKey", 429: "RequestLimitExceeded"}.get(harm, "Harm")
                    text = f"<Error><Code>{code}</Code></Error>".encode()
                    self.send_response(harm)
                    self.send_header("Content-Length", str(len(text)))
                    self.end_headers()
                    if self.command != "HEAD":
                        self.wfile.write(text)
                    return
                there = http.client.HTTPConnection(backend.hostname, backend.port, timeout=30)
                there.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    there.putheader(name, value)
                there.endheaders(body or None)
                answer = there.getresponse()
                data = answer.read()
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
                self.send_header("Content-Length", str(len(half) if harm == "short" else length))
                self.end_headers()
                self.wfile.write(half if harm in ("cut", "short") else data)
                there.close()
                if harm == "cut":
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
