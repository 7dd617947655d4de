"""A service that lets other programs work for it: through a shell, directly, and in processes of its own."""
import multiprocessing
import os
import subprocess
import tempfile
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def square(number):
    return number * number


def pool():
    """Half by fork, half by spawn, which starts an interpreter anew."""
    total = 0
    for method in ("fork", "spawn"):
        with multiprocessing.get_context(method).Pool(2) as workers:
            total += sum(workers.map(square, range(10)))
    return str(total)


def archive():
    """A file of a name that nobody knows before."""
    with tempfile.NamedTemporaryFile() as order:
        return str(subprocess.call(["gzip", "-k", "-9", order.name]) + subprocess.call(["rm", order.name + ".gz"]))


def stock():
    """What somebody outside has."""
    with urllib.request.urlopen(os.environ["SUPPLIER"]) as answer:
        return answer.read().decode()


answers = {
    "/healthz": lambda: "ok",
    "/shell": lambda: subprocess.check_output("date -u +%F | tr - /", shell=True, text=True),
    "/program": lambda: subprocess.run(["uname", "-a"], capture_output=True, text=True).stdout,
    "/pool": pool,
    "/archive": archive,
    "/stock": stock,
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        answer = answers[self.path.split("?")[0]]().encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", 8080), Handler).serve_forever()
