"""Follows a channel of a hub by server-sent events: python3 stream.py CHANNEL. DOORBELL_URL and DOORBELL_TOKEN say where, and as whom."""
import os, sys, time, urllib.error, urllib.request

address = f"{os.environ['DOORBELL_URL']}/v1/channels/{sys.argv[1]}/events?maxvid=0"
headers = {"Authorization": f"Bearer {os.environ['DOORBELL_TOKEN']}", "Accept": "text/event-stream"}
while True:
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=40) as response:
            event = {}
            for line in response:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name: event[name] = value
                elif event.get("event") == "reset": headers.pop("Last-Event-ID", None)  # From its start.
                elif event: headers["Last-Event-ID"] = event["id"]
                if not name and "data" in event and "event" not in event: print(event["data"], flush=True)
                if not name: event = {}
    except urllib.error.HTTPError as error:
        if error.code in (400, 401, 403): sys.exit(error.read().decode())
        if error.code == 409: headers.pop("Last-Event-ID", None)
        time.sleep(4)
    except (OSError, ValueError, LookupError):
        time.sleep(4)  # The connection broke. Last-Event-ID says where to go on: nothing is lost.
    time.sleep(1)  # A stream may end at once.
