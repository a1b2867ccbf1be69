"""DynamoDB of moto on a free loopback port, which is the first line that this prints.

DynamoDB does one write to an item after the other. moto looks at a condition and then writes, in as many threads as there are calls: so here one
call at a time is let in. Nothing of DynamoDB waits, so nothing is held up by that.
"""

import signal
import sys
import threading

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

application = DomainDispatcherApplication(create_backend_app)
turn = threading.Lock()


def one_at_a_time(environ, start_response):
    with turn:
        return [b"".join(application(environ, start_response))]


class Silent(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, *args):
        pass


server = make_server("127.0.0.1", 0, one_at_a_time, threaded=True, request_handler=Silent)
server.daemon_threads = True
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print(server.server_port, flush=True)
server.serve_forever()
