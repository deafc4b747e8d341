"""What the benchmarks count: the calls of the functions, beside those that the world received."""

import pytest

from bench.crowd import TABLE, Crowd
from bench.monitor import MonitorProcess
from tests.support.waiting import until


@pytest.mark.long
def test_every_call_to_the_control_table_is_counted():
    with Crowd(1, 2) as crowd, MonitorProcess(crowd.env, crowd.aws, every=60.0) as monitor:
        until(lambda: _voted(crowd), "a vote")
        seen = monitor.finish()
    counted = {what for what, _ in seen.calls}
    assert {
        "dynamodb.UpdateItem runner",
        "sqs.SendMessageBatch",
        "dynamodb.BatchGetItem",
        "dynamodb.Query service#svc-000",
        "dynamodb.PutItem vote#eu-west-1",
    } <= counted


def _voted(crowd: Crowd) -> bool:
    items = crowd.table().scan(TableName=TABLE)["Items"]
    return any(item["sk"]["S"].startswith("vote#") for item in items)
