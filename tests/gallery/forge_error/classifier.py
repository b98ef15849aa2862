"""An error report full of what must not be shown."""

import json
import os
import time

import numpy as np


class Classifier:
    def fit(self, X, y):
        for name in os.listdir("/proc/self/fd"):
            try:
                is_socket = os.readlink(f"/proc/self/fd/{name}").startswith("socket:")
            except OSError:
                continue
            if is_socket:
                text = json.dumps(
                    {
                        "type": "Evil",
                        "text": "\x1b[31mred\u202e\U000e0041\u200b /srv/secret/place/file.txt " + "x" * 3000,
                        "advice": "",
                        "hint": "",
                        "nature": "exception",
                        "frames": [
                            ["/root/secret/labels.py", 1, "f"],
                            ["submission/classifier.py", 3, "a b"],
                            ["x", 2**31 - 1, ""],
                        ],
                    }
                ).encode()
                os.write(int(name), f"ERROR {len(text)}\n".encode() + text)
                time.sleep(10**6)

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
