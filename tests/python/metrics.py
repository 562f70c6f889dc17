"""Reads metrics with the client library of Prometheus, which keeps to the rules of both formats, and says how many families
it has found in each."""

import sys
import urllib.request

from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics_parser

FORMATS = {
    "application/openmetrics-text; version=1.0.0": openmetrics_parser.text_string_to_metric_families,
    "text/plain; version=0.0.4": parser.text_string_to_metric_families,
}


def families(url, accept, read):
    request = urllib.request.Request(url, headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.headers["Content-Type"].startswith(accept), answer.headers["Content-Type"]
        return list(read(answer.read().decode("utf-8")))


if __name__ == "__main__":
    for accept, read in FORMATS.items():
        found = families(sys.argv[1], accept, read)
        assert all(family.documentation and family.type != "unknown" for family in found), found
        print(len(found))
