"""What programs ask of their surroundings: words of the command line, the user, the host."""

import getpass
import os
import pwd
import socket
import sys

from sklearn.linear_model import LogisticRegression

C = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0


class Classifier:
    def fit(self, X, y):
        with open("/proc/self/cmdline", "rb") as file:
            told = [sys.argv, sys.orig_argv, file.read().rstrip(b"\0").decode().split("\0")]
        assert all(words == ["python"] for words in told), told
        assert pwd.getpwuid(os.getuid()).pw_name == getpass.getuser() == "student"
        assert [entry.pw_name for entry in pwd.getpwall()] == ["student"]
        assert os.path.expanduser("~") == "/tmp"
        assert socket.gethostbyname("localhost") == socket.gethostbyname(socket.gethostname()) == "127.0.0.1"
        self.model = LogisticRegression(C=C, max_iter=1000).fit(X, y)

    def predict_proba(self, X):
        return self.model.predict_proba(X)
