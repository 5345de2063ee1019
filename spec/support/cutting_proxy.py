"""Usage: cutting_proxy.py PORT SERVER_PORT MARKER before|after [then-none]: see postgres.lua. Ends when its standard
input does."""
import os
import re
import select
import socket
import sys
import threading

port, server_port, marker, when = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3].encode(), sys.argv[4]
then_none = len(sys.argv) > 5
cut = threading.Event()


def serve(client):
    if then_none and cut.is_set():
        client.close()
        return
    try:
        server = socket.create_connection(("127.0.0.1", server_port))
    except OSError:
        client.close()
        return
    swallow = False
    with client, server:
        while True:
            for ready in select.select([client, server], [], [])[0]:
                data = ready.recv(65536)
                if not data:
                    return
                if ready is client and re.search(marker, data) and not cut.is_set():
                    cut.set()
                    if when == "before":
                        return
                    swallow = True
                if ready is server and swallow:
                    return
                (server if ready is client else client).sendall(data)


def end_with_input():
    while os.read(0, 1):
        pass
    os._exit(0)


threading.Thread(target=end_with_input, daemon=True).start()
listener = socket.create_server(("127.0.0.1", port))
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
