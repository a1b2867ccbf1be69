"""Which refusals of a request that is valid by the document have an answer, by their words: rules that OpenAPI cannot say, and a fault of the tool.

schemathesis.toml allows a 400 to every request. This check takes it back for each one that nothing here explains.
"""

import re
from urllib.parse import urlencode

import schemathesis

#: How parameters or headers of one request belong together, or what only the server can know.
RULES = [
    # GET /v1/events, POST /v1/waits
    r"cursor names channel .* twice\.",
    # Polls and waits
    r"key names what is wanted, so prefix does not stand beside it\.",
    r"since and last both say where to begin: send one of them\.",
    # GET /v1/channels/{channel}/state
    r"key names what is wanted, so neither prefix nor after stands beside it\.",
    # GET /v1/shared/{channel}/events
    r"maxvid must be given where epoch, slot or hold is\.",
    r"hold must be absent here, got \d+\.",
    # It is one address to caches, so its parameters have an order
    r"The address of this request has one form: /v1/shared/[^/]+/events\S*\.",
    # POST /v1/channels/{channel}/events
    r"(keyFrom|doorbell-key) is for application/x-ndjson and CloudEvents: in JSON each event has its own key\.",
    r"Doorbell-Key and keyFrom say the same: send one of them\.",
    # Where a CloudEvent has its key, when the request says so
    r"(body|\[\d+\]) must have its key at .*",
    # Streams: headers that come together or exclude each other, and an offset, which is the server's own text
    r"(offset|stream-fork-offset) must be -1, now, or an offset as it was last received\.",
    r"live=(long-poll|sse) needs an offset\.",
    r"Producer-Id, Producer-Epoch and Producer-Seq must be given together\.",
    r"Stream-TTL and Stream-Expires-At cannot be given together\.",
    r"Stream-Fork-Offset and Stream-Fork-Sub-Offset need Stream-Forked-From\.",
    r"Stream-Fork-Sub-Offset needs Stream-Fork-Offset\.",
]

#: The phase "coverage" writes the number 0 where the document has a text with a pattern, and calls that valid.
FAULTS = [r"Stream-Forked-From must be a path that begins with /v1/stream/\."]


#: What stands in front of the API refuses longer addresses in its own words: the HTTP API of AWS at 10 KiB, `npm start` at 16.
LONGEST_QUERY = 8_000


@schemathesis.hook
def filter_query(context, query):
    return query is None or len(urlencode(query, doseq=True)) <= LONGEST_QUERY


@schemathesis.check
def refused_for_a_rule_only(ctx, response, case):
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code != 400:
        return
    detail = response.json().get("detail", "")
    answers = RULES + (FAULTS if case.meta.phase.name.value == "coverage" else [])
    assert any(re.fullmatch(rule, detail) for rule in answers), f"Valid by the document, and refused: {detail}"
