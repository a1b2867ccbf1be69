"""Makes a token for Doorbell with nothing but Python's standard library: copy this file. mint.ts is the same for Node.

    DOORBELL_SECRET=... python3 mint.py '{"read": ["doors"], "sub": "wall-7"}'
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time

# Seconds. A token in a cookie must be made for an hour at most.
LIFE_S = 3600


def mint(secret, claims, now_s, life_s=LIFE_S):
    """`secret` as Doorbell has it: of several, one a line, the first signs. `claims`: read, write, sub, jti (PROTOCOL.md, 1.1)."""
    # The key is the text itself, as UTF-8: also where it looks like base64 it is not decoded.
    key = secret.split()[0]
    iat = int(now_s)
    head = _encoded({"alg": "HS256", "typ": "JWT", "kid": kid_of(key)})
    signed = head + "." + _encoded({**claims, "iat": iat, "exp": iat + life_s})
    digest = hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest()
    return signed + "." + _base64url(digest)


def kid_of(secret):
    """Names the secret without telling it: the first 11 characters of the base64url of SHA-256 of "doorbell kid " and the secret."""
    return _base64url(hashlib.sha256(("doorbell kid " + secret).encode()).digest())[:11]


def _encoded(value):
    return _base64url(json.dumps(value).encode())


def _base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


if __name__ == "__main__":
    if not os.environ.get("DOORBELL_SECRET"):
        sys.exit("Set DOORBELL_SECRET to the secret that Doorbell checks tokens with.")
    print(mint(os.environ["DOORBELL_SECRET"], json.loads(sys.argv[1] if len(sys.argv) > 1 else "{}"), time.time()))
