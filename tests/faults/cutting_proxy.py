"""A TCP proxy before PostgreSQL that cuts the connection at a chosen message of the client.

    proxy = CuttingProxy(port_of_the_server, cut)

`cut(number, message)` is asked for each message (counted from 0 over all connections; its first byte is the type, absent
in the first ones of a connection) and returns None (pass it on), "before" (cut, it never arrives), "after" (pass it on, cut at
once) or "answered" (pass it on, wait for the server's answer, cut without handing that over).
"""
import contextlib
import socket
import struct
import threading

REQUESTS = [struct.pack("!I", code) for code in (80877103, 80877104)]  # for TLS and GSS; the server declines


class CuttingProxy:
    def __init__(self, port, cut):
        self.server_port, self.cut, self.messages, self.lock = port, cut, 0, threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=[client], daemon=True).start()

    def serve(self, client):
        server = socket.create_connection(("127.0.0.1", self.server_port))
        for connection in (client, server):  # else each small message waits for an acknowledgement
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        silent = threading.Event()

        def answers():
            with contextlib.suppress(OSError):
                while data := server.recv(1 << 16):
                    if silent.is_set():
                        break
                    client.sendall(data)
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
        back = threading.Thread(target=answers, daemon=True)
        back.start()
        with contextlib.suppress(OSError, EOFError):
            first = True
            while True:
                message = self.read(client, first)
                first = first and message[4:] in REQUESTS
                with self.lock:
                    number, self.messages = self.messages, self.messages + 1
                how = self.cut(number, message)
                if how == "answered":
                    silent.set()
                if how != "before":
                    server.sendall(message)
                if how == "answered":
                    back.join(10)
                if how:
                    break
        for connection in (client, server):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    @staticmethod
    def read(client, first):
        def exactly(count):
            data = b""
            while len(data) < count:
                more = client.recv(count - len(data))
                if not more:
                    raise EOFError
                data += more
            return data
        head = exactly(4 if first else 5)
        length, = struct.unpack("!I", head[-4:])
        return head + exactly(length - 4)
