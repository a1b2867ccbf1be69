"""HEADERS URL LIVE: makes a stream, appends to it, and prints what it reads and what it gets while it follows."""

import json
import sys
import threading

from durable_streams import DurableStream, SeqConflictError, stream

headers, url, live = json.loads(sys.argv[1]), sys.argv[2], sys.argv[3]
notes = DurableStream.create(url, headers=headers, content_type="application/json")
notes.append({"n": 0}, seq="a")
notes.append({"n": 1}, seq="b")
try:
    notes.append({"n": 1}, seq="b")
    refused = None
except SeqConflictError as error:
    refused = type(error).__name__
with stream(url, headers=headers, live=False) as answer:
    read = answer.read_json()


def go_on():
    notes.append({"n": 2})
    notes.append({"n": "ü🚪"})


followed = []
with stream(url, headers=headers, offset="-1", live=live) as answer:
    for item in answer.iter_json():
        followed.append(item)
        if len(followed) == 2:
            threading.Thread(target=go_on).start()
        if len(followed) == 4:
            break
print(json.dumps({"read": read, "followed": followed, "refused": refused}))
