"""Lists my duties and checks one off, with the standard library only.

export MATRIX_URL=https://tracker.example.edu MATRIX_TOKEN=trk_...  # scopes: read, report
python example_client.py [42 --count 12]
"""

import argparse
import json
import os
import time
import urllib.error
import urllib.request
import uuid


def call(method, path, body=None):
    """The answer's JSON. Sent again while nobody answers: with its key a request acts once."""
    headers = {"Authorization": "Bearer " + os.environ["MATRIX_TOKEN"], "Accept-Language": "zh"}
    if body is not None:
        headers |= {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
    url = os.environ["MATRIX_URL"].rstrip("/") + "/api/v1" + path
    data = None if body is None else json.dumps(body).encode()
    for patience in (1, 2, 4, 0):
        try:
            request = urllib.request.Request(url, data, headers, method=method)
            with urllib.request.urlopen(request, timeout=20) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as problem:
            with problem:
                said = json.load(problem)
            if problem.code not in (429, 503) or not patience:
                raise RuntimeError(f"{problem.code} {said['message']}") from None
            time.sleep(float(problem.headers.get("Retry-After", patience)))
        except OSError:
            if not patience:
                raise
            time.sleep(patience)


def duties():
    """My units' assignments, page by page."""
    cursor = "0"
    while cursor is not None:
        page = call("GET", f"/assignments?mine=1&limit=100&cursor={cursor}")
        yield from page["items"]
        cursor = page["next"]


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description="My duties; with a number, checks that one off.")
    asked.add_argument("number", type=int, nargs="?")
    asked.add_argument("--count", type=int)
    given = asked.parse_args()
    if given.number is None:
        for each in duties():
            print(each["id"], each["state"], each["due_at"], each["title"], sep="\t")
    else:  # On the version that was read: a colleague who was faster is not overwritten.
        body = {"version": call("GET", f"/assignments/{given.number}")["version"]}
        body |= {} if given.count is None else {"count": given.count}
        print(call("POST", f"/assignments/{given.number}/check-off", body)["state"])
