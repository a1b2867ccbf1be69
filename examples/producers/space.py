"""Lambda, every minute: publishes how full a file system is (an EFS mount, say) to channel `space`.

A producer needs the ingest queue's address, the right to send to it, and nothing of Doorbell.
"""

import json
import os
import shutil

import boto3

CHANNEL = "space"

sqs = boto3.client("sqs")


def handler(event, _context):
    path = os.environ.get("WATCHED_PATH", "/tmp")
    usage = shutil.disk_usage(path)
    # A schedule may fire twice, and Lambda tries again what failed: the same id is published once.
    event_id = f"space@{event['time']}"
    data = {"path": path, "usedMiB": usage.used >> 20, "totalMiB": usage.total >> 20}
    sqs.send_message(
        QueueUrl=os.environ["INGEST_QUEUE_URL"],
        # When the next one has not come in three minutes, the channel `alarms.space` tells it.
        # The key is what the event is about: the channel's state has the newest event of each file system.
        MessageBody=json.dumps(
            {"channel": CHANNEL, "id": event_id, "key": path[:256], "expect": "PT3M", "data": data}
        ),
        # Always the channel: the order of a group is the order of the channel.
        MessageGroupId=CHANNEL,
        MessageDeduplicationId=event_id,
    )
