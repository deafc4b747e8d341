"""What the benchmarks count: the calls of the functions, beside those that the world received."""

import time

from bench.crowd import TABLE, Crowd
from bench.monitor import MonitorProcess


def test_every_call_to_the_control_table_is_counted():
    with Crowd(1, 2) as crowd, MonitorProcess(crowd.env, every=60.0) as monitor:
        deadline = time.monotonic() + 60.0
        while not _voted(crowd) and time.monotonic() < deadline:
            time.sleep(0.1)
        seen = monitor.finish()
    counted = {what for what, _ in seen.calls}
    assert {
        "dynamodb.UpdateItem runner",
        "dynamodb.BatchGetItem",
        "dynamodb.Query service#svc-000",
        "dynamodb.PutItem vote#eu-west-1",
    } <= counted


def _voted(crowd: Crowd) -> bool:
    items = crowd.table().scan(TableName=TABLE)["Items"]
    return any(item["sk"]["S"].startswith("vote#") for item in items)
