"""Serve over loopback, from a thread, and ask."""

import functools
import http.server
import threading
import urllib.request

from sklearn.linear_model import LogisticRegression


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


class Classifier:
    def fit(self, X, y):
        with open("C.txt", "w") as file:
            file.write("0.5")
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory="."))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/C.txt", timeout=5) as answer:
            C = float(answer.read())
        server.shutdown()
        server.server_close()
        self.model = LogisticRegression(C=C, max_iter=1000).fit(X, y)

    def predict_proba(self, X):
        return self.model.predict_proba(X)
