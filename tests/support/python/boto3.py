"""Stands in for boto3 where it is not installed: `client("sqs").send_message(...)` as the same HTTP request, unsigned."""

import json
import os
import urllib.request


class _Sqs:
    def send_message(self, **parameters):
        request = urllib.request.Request(
            os.environ["AWS_ENDPOINT_URL_SQS"],
            data=json.dumps(parameters).encode(),
            headers={
                "Content-Type": "application/x-amz-json-1.0",
                "X-Amz-Target": "AmazonSQS.SendMessage",
            },
        )
        with urllib.request.urlopen(request) as response:
            return json.load(response)


def client(service):
    assert service == "sqs"
    return _Sqs()
