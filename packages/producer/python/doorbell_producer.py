"""Publishes to channels of Doorbell from Lambdas and jobs, in order and nothing twice. One file; the queue needs boto3, which Lambda has.

    producer = Producer(QueueSink())            # INGEST_QUEUE_URL, with the credentials of the environment
    producer.publish("doors", {"door": 3}, key="door-3")

    @scheduled(producer, "probes")              # a Lambda that a schedule runs
    def handler(event, context):
        return {"key": "disk", "data": measure()}

Each event has an id before it is first sent. Doorbell knows an id for 5 minutes, so what is sent again is appended once.
"""

import functools
import hashlib
import json
import os
import random
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

MAX_EVENTS = 100
MAX_BYTES = 256_000
MAX_ID = 128
LONGEST_PAUSE_S = 30


class SinkError(Exception):
    """Why events did not get where they should. `published`: of the call that failed, how many there are, from the first on."""

    def __init__(self, message, retryable, retry_after=None):
        super().__init__(message)
        self.retryable = retryable
        self.retry_after = retry_after
        self.published = 0


class QueueSink:
    """The ingest queue. Each batch is one message, of the group that is the channel, so order is kept."""

    def __init__(self, queue_url=None, client=None):
        self._url = queue_url or os.environ.get("INGEST_QUEUE_URL")
        if not self._url:
            raise ValueError("queue_url, or the environment variable INGEST_QUEUE_URL, must be the address of the ingest queue")
        if client is None:
            import boto3

            client = boto3.client("sqs")
        self._sqs = client

    def send(self, channel, events):
        ids = json.dumps([one["id"] for one in events], ensure_ascii=False, separators=(",", ":"))
        try:
            self._sqs.send_message(
                QueueUrl=self._url,
                MessageBody=_json({"channel": channel, "events": events}),
                MessageGroupId=channel,
                MessageDeduplicationId=hashlib.sha256(ids.encode()).hexdigest(),
            )
        except Exception as error:
            response = getattr(error, "response", None) or {}
            status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
            # Its name only: a message may quote what was sent.
            raise SinkError(f"SQS did not take the events: {type(error).__name__}", status >= 500 or status == 429) from error


class HttpSink:
    """A hub, or a stack from outside of its account. Each batch is one block of the log: all of it or nothing."""

    def __init__(self, url, token, timeout=30):
        self._url = url.rstrip("/")
        self._token = token
        self._timeout = timeout

    def send(self, channel, events):
        token = self._token() if callable(self._token) else self._token
        request = urllib.request.Request(
            f"{self._url}/v1/channels/{urllib.parse.quote(channel, safe='')}/events",
            data=_json(events).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
        )
        try:
            urllib.request.urlopen(request, timeout=self._timeout).close()
        except urllib.error.HTTPError as error:
            raise _refusal(error) from None
        except OSError as error:
            raise SinkError("No answer came from the server.", True) from error


class Producer:
    """`tries`: how often a request is sent at most, 1 to 10."""

    def __init__(self, sink, tries=4, sleep=time.sleep, fraction=random.random):
        if not 1 <= tries <= 10:
            raise ValueError(f"tries must be 1 to 10, got {tries}")
        self._sink, self._tries, self._sleep, self._fraction = sink, tries, sleep, fraction

    def publish(self, channel, data, id=None, key=None, expect=None):
        """`expect`: an ISO 8601 duration in which the next event is to come, as PT15M. Returns when the sink has it. Raises SinkError."""
        self.publish_all(channel, [{"data": data, "id": id, "key": key, "expect": expect}])

    def publish_all(self, channel, events):
        """Events are `{"data", "id"?, "key"?, "expect"?}`. Returns when the sink has all of them, in their order. Raises SinkError."""
        published = 0
        for batch in _batches(events):
            try:
                self._send(channel, batch)
            except SinkError as error:
                error.published = published
                raise
            published += len(batch)

    def _send(self, channel, batch):
        for attempt in range(1, self._tries + 1):
            try:
                return self._sink.send(channel, batch)
            except SinkError as error:
                if not error.retryable or attempt == self._tries:
                    raise
                # Exponential, with full jitter: many that fail together do not come back together.
                self._sleep(error.retry_after or self._fraction() * min(5, 0.2 * 2**attempt))


def scheduled(producer, channel):
    """Decorates a Lambda's handler that returns `{"data", "id"?, "key"?, "expect"?}`, a list of these, or None.

    Events get ids of the schedule and its time, so a run that is repeated publishes once. EventBridge Scheduler gives a Lambda only what it is told to: let
    its input be {"time":"<aws.scheduler.scheduled-time>","resources":["<aws.scheduler.schedule-arn>"]}.
    """

    def decorate(work):
        @functools.wraps(work)
        def handler(event, context):
            if not isinstance(event.get("time"), str):
                raise TypeError("the event has no time, so its run has no name")
            made = work(event, context)
            if made is None:
                return
            schedule = (event.get("resources") or ["schedule"])[0].split("/")[-1]
            run = f"{schedule}@{event['time']}"
            several = isinstance(made, list)
            events = made if several else [made]
            named = [{**one, "id": one.get("id") or _id(run, f".{i}" if several else "")} for i, one in enumerate(events)]
            producer.publish_all(channel, named)

        return handler

    return decorate


def _id(run, place):
    return run + place if len(run + place) <= MAX_ID else hashlib.sha256(run.encode()).hexdigest() + place


def _json(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _batches(events):
    batch, size = [], 0
    for one in events:
        if "data" not in one:
            raise TypeError("an event must have data; None is some")
        event = {"id": one.get("id") or str(uuid.uuid4())}
        event.update((name, one[name]) for name in ("key", "expect") if one.get(name) is not None)
        event["data"] = one["data"]
        more = len(_json(event).encode()) + 1
        if len(batch) == MAX_EVENTS or (batch and size + more > MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(event)
        size += more
    if batch:
        yield batch


def _refusal(error):
    try:
        detail = json.loads(error.read()).get("detail")
    except (ValueError, AttributeError, OSError):
        detail = None
    after = error.headers.get("Retry-After", "")
    seconds = int(after) if after.isdigit() and 0 < int(after) <= LONGEST_PAUSE_S else None
    retryable = error.code >= 500 or error.code in (408, 429)
    return SinkError(f"The server answered {error.code}: {detail or 'it did not say why'}", retryable, seconds)
