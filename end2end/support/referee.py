"""PyPI's standardwebhooks as a referee: a webhook a line in, `1` for accepted or `0` for refused a line out."""
import base64
import json
import sys

from standardwebhooks.webhooks import Webhook

for line in sys.stdin:
    asked = json.loads(line)
    try:
        Webhook(asked["key"]).verify(base64.b64decode(asked["raw"]), asked["headers"])
        print(1, flush=True)
    except Exception:  # Whatever it raises, it did not accept.
        print(0, flush=True)
