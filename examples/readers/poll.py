"""Follows a channel by long polling: python3 poll.py CHANNEL. DOORBELL_URL and DOORBELL_TOKEN say where, and as whom."""
import json, os, sys, time, urllib.error, urllib.parse, urllib.request

address = f"{os.environ['DOORBELL_URL']}/v1/channels/{sys.argv[1]}/events"
headers = {"Authorization": f"Bearer {os.environ['DOORBELL_TOKEN']}"}
place = {"maxvid": 0}
while True:
    asked, pause = time.monotonic(), 0
    try:
        request = urllib.request.Request(f"{address}?{urllib.parse.urlencode(place)}", headers=headers)
        with urllib.request.urlopen(request, timeout=40) as response:
            answer = json.load(response)
        moved = answer["maxvid"] > place["maxvid"]
        for event in answer["events"]:
            print(json.dumps(event), flush=True)
        place = {"maxvid": answer["maxvid"], "epoch": answer["epoch"]} if answer["epoch"] else {"maxvid": answer["maxvid"]}
        if not (answer["events"] and moved) and time.monotonic() - asked < 1: pause = 1  # It was not held.
    except urllib.error.HTTPError as error:
        if error.code in (400, 401, 403): sys.exit(error.read().decode())
        if error.code == 409: place = {"maxvid": 0}  # The channel was made anew: from its start.
        wait = error.headers.get("Retry-After", "")  # A proxy may say a date, or a month.
        pause = min(int(wait), 300) if wait.isdecimal() and int(wait) > 0 else 1
    except (OSError, ValueError, LookupError, TypeError):
        pause = 5  # The connection broke, or this is no answer. The same place again: nothing is lost.
    time.sleep(pause)
