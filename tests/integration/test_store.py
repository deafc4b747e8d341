"""The control table keeps its promises against a real server: conditions, races, lost replies."""

import http.client
import itertools
import json
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest
from botocore.config import Config

from failover.adapters.aws import items
from failover.adapters.aws.control_table import client_config
from failover.adapters.aws.dynamodb import DynamoStore
from failover.errors import StoreConflict, StoreUnavailable, StoreUnusable
from failover.health.beats import Beat, Sign, Turn
from failover.health.numbers import FAR_AHEAD
from failover.notify.kinds import Kind
from failover.publication.orders import in_force
from failover.publication.parts import Cause, Incident
from failover.store import Snapshot, Standing
from local.aws import AwsServer
from tests.support.builders import (
    EAST,
    announced,
    ballot,
    claim,
    gate,
    having,
    moving,
    pointing_at,
    reads,
    votes,
)
from tests.support.waiting import LIMIT

TABLE = "control"
LOST = "the reply is lost"
SESSION = boto3.Session()


class Link:
    """The way to the server. `faults` are what happens to the next requests, one after another:
    LOST lets a request through and drops the reply; a pair of status and body is answered instead.
    """

    def __init__(self, port):
        self.faults = deque()
        self.passed, self.bodies = [], []
        link = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                fault = link.faults.popleft() if link.faults else None
                if fault and fault is not LOST:
                    return self._say(*fault)
                server = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT)
                server.request("POST", self.path, body, dict(self.headers))
                reply = server.getresponse()
                content = reply.read()
                server.close()
                link.passed.append(self.headers["X-Amz-Target"].partition(".")[2])
                link.bodies.append(json.loads(body))
                if fault is LOST:
                    self.close_connection = True
                    return None
                return self._say(reply.status, content)

            def _say(self, status, content):
                self.send_response(status)
                self.send_header("Content-Type", "application/x-amz-json-1.0")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def say(self, code, message="", times=1):
        """What DynamoDB says when it refuses."""
        body = f'{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"{message}"}}'
        self.faults += [(400, body.encode())] * times


@pytest.fixture(scope="module")
def aws():
    with AwsServer("eu-west-1") as server:
        yield server


def dynamodb(aws, url):
    return SESSION.client(
        "dynamodb",
        region_name=aws.region,
        endpoint_url=url,
        aws_access_key_id="embedded",
        aws_secret_access_key="world",
        config=client_config(),
    )


@pytest.fixture
def link(aws):
    with Link(int(aws.url.rpartition(":")[2])) as opened:
        yield opened


@pytest.fixture
def client(aws, link):
    made = dynamodb(aws, link.url)
    yield made
    made.close()


numbered = itertools.count(1)


@pytest.fixture
def table(aws):
    """A table of its own for each test."""
    name = f"{TABLE}-{next(numbered)}"
    aws.create_control_table(name)
    return name


@pytest.fixture
def store(client, table):
    return DynamoStore(client, table)


@pytest.fixture
def put(aws, table):
    """Writes an item as a person or another release would."""

    def write(pk, sk, **attributes):
        key = {"pk": {"S": pk}, "sk": {"S": sk}}
        aws.client("dynamodb").put_item(TableName=table, Item={**attributes, **key})

    return write


@pytest.fixture
def look(aws, table):
    """Shows an item as it is in the table."""

    def read(pk, sk):
        key = {"pk": {"S": pk}, "sk": {"S": sk}}
        answer = aws.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True)
        return answer.get("Item")

    return read


def version(number, **changes):
    """The decision on the shop in some version."""
    return pointing_at("east", version=number, **changes)


# Who runs


AT = 1_800_000_000
"""The second in which a tick takes over."""


def runner(number):
    """What the item of a vantage has as the number of its newest tick."""
    return number if isinstance(number, dict) else {"N": str(number)}


def test_a_tick_that_takes_over_is_numbered_by_the_time(store):
    assert store.take_over("v1", AT + 0.9) == Turn(AT)
    assert store.take_over("v1", AT + 60.0) == Turn(AT + 60)
    assert store.take_over("v2", AT + 1.0) == Turn(AT + 1)


def test_a_number_is_never_given_twice_though_the_clock_stands_or_goes_back(store):
    times = (AT, AT, AT - 30, AT + 1)
    assert [store.take_over("v1", at).number for at in times] == [AT, AT + 1, AT + 2, AT + 3]


@pytest.mark.parametrize(
    ("found", "given"),
    [
        (50_000, AT),
        (AT + FAR_AHEAD, AT + FAR_AHEAD + 1),
        (AT + FAR_AHEAD + 1, AT),
        (2**53 + 1, AT),
        ("9" * 38, AT),
        ({"S": "many"}, AT),
        ({"NULL": True}, AT),
    ],
    ids=str,
)
def test_no_number_in_the_table_keeps_the_next_tick_out(store, put, found, given):
    """One of an older release, of a clock that was fast, or typed by a person."""
    put("vantage#v1", "runner", runner=runner(found))
    assert store.take_over("v1", AT).number == given
    assert store.standing("v1").runner == given


def test_the_standing_is_the_newest_number_and_the_gate(store, put):
    assert store.standing("v1") == Standing(0, None)
    store.take_over("v1", AT)
    put("control", "gate", **items.to_item(gate()))
    assert store.standing("v1") == Standing(AT, gate())


def test_taking_over_leaves_the_rest_of_the_item_alone(store, put, look):
    put("vantage#v1", "runner", runner={"N": "7"}, balancers={"M": {}})
    assert store.take_over("v1", AT).number == AT
    kept = look("vantage#v1", "runner").keys() - {"pk", "sk", "schema"}
    assert kept == {"runner", "seed", "balancers"}


def test_of_ticks_that_take_over_at_once_no_two_get_the_same_number(store):
    with ThreadPoolExecutor(16) as ticks:
        numbers = [
            turn.number for turn in ticks.map(lambda _: store.take_over("v1", AT), range(64))
        ]
    assert sorted(numbers) == list(range(AT, AT + 64))


def test_a_lost_reply_only_skips_a_number(store, link):
    link.faults.append(LOST)
    assert store.take_over("v1", AT).number == AT + 1


def test_a_lost_reply_does_not_lose_a_beat(store, link):
    """boto3's second try finds what its first one wrote."""
    store.take_over("v1", AT)
    link.faults.append(LOST)
    assert store.take_over("v1", AT + 10.0, Beat(AT, 1)) == Turn(AT + 1, AT + 10.0)


def test_what_the_server_leaves_out_is_asked_for_again(store, client, put):
    """DynamoDB may answer a batch in part."""
    put("control", "gate", **items.to_item(gate()))
    store.take_over("v1", AT)
    table, left_out = store._table.name, []

    def leave_out(parsed, **_):
        if not left_out:
            item = parsed["Responses"][table].pop()
            left_out.append({"pk": item["pk"], "sk": item["sk"]})
            rest = {"Keys": left_out, "ConsistentRead": True}
            parsed["UnprocessedKeys"] = {table: rest}

    client.meta.events.register("after-call.dynamodb.BatchGetItem", leave_out)
    assert store.standing("v1") == Standing(AT, gate())
    assert left_out


def test_a_server_that_always_leaves_something_out_is_unavailable(store, client, link):
    """Nobody may take the half of an answer for all of it: the gate could be in the other half."""

    def leave_out(parsed, **_):
        rest = {"Keys": [{"pk": {"S": "control"}, "sk": {"S": "gate"}}], "ConsistentRead": True}
        parsed["UnprocessedKeys"] = {store._table.name: rest}

    client.meta.events.register("after-call.dynamodb.BatchGetItem", leave_out)
    with pytest.raises(StoreUnavailable, match="throttled"):
        store.standing("v1")
    assert len(link.passed) == 3


def test_a_stop_switch_whose_end_cannot_be_read_stops_nobody_and_is_told_of(store, put):
    put("control", "gate", until={"S": "tomorrow"}, by={"S": "ana"}, reason={"S": "?"})
    store.take_over("v1", AT)
    found = store.standing("v1")
    assert found.runner == AT
    assert not in_force(found.gate, AT)
    (told,) = found.broken
    assert "pk=control sk=gate" in told
    assert "attribute until" in told
    assert "it stops nothing" in told


@pytest.mark.parametrize(
    "broken",
    [
        {"by": {"NULL": True}},
        {"reason": {"L": []}},
        {"commands": {"S": "?"}},
        {"version": {"S": "next"}},
        {"told": {"S": "?"}},
    ],
    ids=str,
)
def test_one_whose_end_can_be_read_stops_whatever_else_is_wrong_with_it(store, put, broken):
    put("control", "gate", **{**items.to_item(gate(until=AT + 60.0)), **broken})
    found = store.standing("v1")
    assert found.gate.until == AT + 60.0
    (told,) = found.broken
    assert f"attribute {next(iter(broken))}" in told
    assert "it stops everything until 2027-01-15T08:01:00Z" in told


@pytest.mark.parametrize("version", [{"N": "7"}, {"S": "next"}, {"NULL": True}], ids=str)
def test_a_broken_one_can_be_replaced(store, put, version):
    put("control", "gate", until={"S": "tomorrow"}, version=version)
    number = store.standing("v1").gate.version
    whole = gate(version=number + 1)
    store.write_gate(whole)
    assert store.standing("v1") == Standing(0, whole)


# The decision


def test_nothing_is_known_of_a_new_service(store):
    assert store.read("shop") == Snapshot(state=None)


def test_a_decision_is_read_as_it_was_written(store):
    """To the last digit: a claim is known to be ours because it is equal."""
    first = having(
        moving("east", "west", claim=claim(until=0.1 + 0.2), announced=(announced("192.0.2.2"),)),
        version=1,
        excluded_until={"south": 0.1, "east": 1.0},
        record_ids={"A": (1, 2), "AAAA": ()},
    )
    store.write_state("shop", first)
    assert store.read("shop").state == first


def test_the_services_do_not_mix(store):
    store.write_state("shop", version(1))
    store.write_state("shop-2", version(1, generation=9))
    assert store.read("shop").state == version(1)


def test_a_decision_follows_the_version_before_it(store):
    store.write_state("shop", version(1))
    store.write_state("shop", version(2, cause=Cause.DRIFT))
    assert store.read("shop").state == version(2, cause=Cause.DRIFT)


@pytest.mark.parametrize("number", [1, 2, 4])
def test_a_decision_made_from_another_version_is_refused(store, number):
    store.write_state("shop", version(1))
    store.write_state("shop", version(2))
    with pytest.raises(StoreConflict, match=f"version {number} of the decision on shop"):
        store.write_state("shop", version(number, generation=99))
    assert store.read("shop").state == version(2)


def test_a_later_version_cannot_be_the_first(store, look):
    with pytest.raises(StoreConflict):
        store.write_state("shop", version(2))
    assert look("service#shop", "decision") is None


def test_of_decisions_made_at_once_one_wins_each_version(store):
    """And what is in the table is what the winner wrote."""

    def decide(vantage, number):
        state = version(number, claim=claim(vantage=vantage))
        try:
            store.write_state("shop", state)
        except StoreConflict:
            return None
        return state

    vantages = [f"v{i}" for i in range(16)]
    with ThreadPoolExecutor(16) as pool:
        for number in range(1, 9):
            outcomes = pool.map(decide, vantages, itertools.repeat(number))
            (winner,) = (state for state in outcomes if state)
            assert store.read("shop").state == winner


def test_a_lost_reply_of_a_decision_shows_as_a_conflict_with_ourselves(store, link):
    """boto3 tries again, and its second try meets what the first one wrote."""
    link.faults.append(LOST)
    with pytest.raises(StoreConflict):
        store.write_state("shop", version(1))
    assert link.passed == ["UpdateItem", "UpdateItem"]
    assert store.read("shop").state == version(1)


def test_when_every_reply_is_lost_the_outcome_is_not_known(store, link):
    link.faults += [LOST, LOST]
    with pytest.raises(StoreUnavailable, match="version 1 of the decision on shop"):
        store.write_state("shop", version(1))
    assert store.read("shop").state == version(1)


def test_what_a_newer_release_added_to_a_decision_survives(store, put, look):
    proof = {"M": {"serial": {"N": "7"}}}
    put("service#shop", "decision", **items.to_item(version(1)), proof=proof)
    store.write_state("shop", version(2))
    assert look("service#shop", "decision")["proof"] == proof
    assert store.read("shop").state == version(2)


def test_an_incident_that_ended_is_gone_from_the_table(store):
    store.write_state("shop", version(1, incidents={Kind.DRIFT: Incident(1.0, True)}))
    store.write_state("shop", version(2))
    assert store.read("shop").state == version(2)


def test_a_broken_decision_is_not_taken_for_none(store, put):
    """Without one the monitor would adopt whatever the records say."""
    put("service#shop", "decision", version={"N": "5"})
    with pytest.raises(StoreUnusable, match=r"pk=service#shop sk=decision .* publication is wrong"):
        store.read("shop")


# The votes


def test_votes_are_read_as_they_were_written(store):
    first = ballot(votes("HU?"), reading=reads(EAST), at=0.1 + 0.2)
    second = ballot(votes("UUU"), vantage="v2", blind=True)
    store.write_ballot("shop", first, None)
    store.write_ballot("shop", second, None)
    assert store.read("shop") == Snapshot(None, (first, second))


def test_a_tick_replaces_its_own_votes_and_those_of_older_ticks(store):
    store.write_ballot("shop", ballot(votes("HHH"), runner=3), None)
    for newer in (ballot(votes("UHH"), runner=3), ballot({}, runner=4)):
        store.write_ballot("shop", newer, None)
        assert store.read("shop").ballots == (newer,)


def test_the_votes_of_an_older_tick_are_refused(store):
    store.write_ballot("shop", ballot(votes("HHH"), runner=4), None)
    with pytest.raises(StoreConflict, match="votes of v1 on shop"):
        store.write_ballot("shop", ballot(votes("UUU"), runner=3), None)
    assert store.read("shop").ballots == (ballot(votes("HHH"), runner=4),)


def test_votes_that_were_counted_on_top_of_those_there_replace_them(store):
    older, newer = ballot(votes("HHH"), runner=3, at=0.1 + 0.2), ballot(votes("UHH"), runner=4)
    store.write_ballot("shop", older, None)
    store.write_ballot("shop", newer, older)
    assert store.read("shop").ballots == (newer,)


def test_votes_of_an_older_tick_that_nobody_has_counted_on_stay(store):
    """Its last round ended after the newer tick had read its votes."""
    read, late = ballot(votes("HHH"), runner=3), ballot(votes("UHH"), runner=3, at=AT + 1.0)
    store.write_ballot("shop", read, None)
    store.write_ballot("shop", late, read)
    with pytest.raises(StoreConflict, match="votes of v1 on shop"):
        store.write_ballot("shop", ballot(votes("HHH"), runner=4, at=AT + 2.0), read)
    assert store.read("shop").ballots == (late,)


def test_a_tick_that_does_not_know_whether_its_votes_arrived_writes_the_next_ones(store):
    store.write_ballot("shop", ballot(votes("HHH"), runner=3), None)
    store.write_ballot("shop", ballot(votes("UHH"), runner=3, at=AT + 1.0), None)
    last = ballot(votes("UUH"), runner=3, at=AT + 2.0)
    store.write_ballot("shop", last, ballot(votes("HHH"), runner=3))
    assert store.read("shop").ballots == (last,)


def test_the_votes_of_a_number_that_no_tick_can_have_are_replaced(store):
    """A table was recreated, or a clock was fast: nobody is kept out by what was left behind."""
    store.write_ballot("shop", ballot(votes("HHH"), runner=AT + FAR_AHEAD + 1), None)
    store.write_ballot("shop", ballot(votes("UUU"), runner=AT), None)
    assert store.read("shop").ballots == (ballot(votes("UUU"), runner=AT),)


def test_a_lost_reply_of_a_vote_does_no_harm(store, link):
    link.faults.append(LOST)
    store.write_ballot("shop", ballot(votes("HHH")), None)
    assert store.read("shop").ballots == (ballot(votes("HHH")),)


def test_a_broken_ballot_is_told_of_and_costs_the_others_nothing(store, put):
    good = ballot(votes("HHH"))
    store.write_state("shop", version(1))
    store.write_ballot("shop", good, None)
    put("service#shop", "vote#v2", vantage={"S": "v2"}, runner={"N": "1"})
    found = store.read("shop")
    assert (found.state, found.ballots) == (version(1), (good,))
    (told,) = found.broken
    assert "pk=service#shop sk=vote#v2" in told


@pytest.mark.parametrize("runner", [{"S": "many"}, {"NULL": True}, {"L": []}])
def test_a_ballot_with_a_broken_number_is_replaced(store, put, runner):
    """Otherwise one slip in the console would silence this vantage for good."""
    put("service#shop", "vote#v1", **{**items.to_item(ballot(votes("U"))), "runner": runner})
    store.write_ballot("shop", ballot(votes("HHH")), None)
    assert store.read("shop").ballots == (ballot(votes("HHH")),)


def test_items_of_other_kinds_beside_the_decision_are_ignored(store, put):
    store.write_state("shop", version(1))
    put("service#shop", "forecast#us-east-1#v1", anything={"S": "else"})
    put("service#shop", "drill")
    assert store.read("shop") == Snapshot(version(1))


def test_a_service_whose_items_fill_several_pages_is_read_to_the_end(store, put, link):
    """A page of DynamoDB ends at 1 MB; the votes come after what fills the first one."""
    for number in range(4):
        put("service#shop", f"a#{number}", filler={"S": "x" * 350_000})
    store.write_ballot("shop", ballot(votes("HHH")), None)
    link.passed.clear()
    assert store.read("shop").ballots == (ballot(votes("HHH")),)
    assert link.passed == ["Query", "Query"]


# Trouble


CALLS = {
    "take_over": lambda store: store.take_over("v1", AT),
    "standing": lambda store: store.standing("v1"),
    "sign": lambda store: store.sign("v1", 1, Sign(AT, well=True)),
    "signs": lambda store: store.signs("v1"),
    "read": lambda store: store.read("shop"),
    "write_ballot": lambda store: store.write_ballot("shop", ballot(votes("HHH")), None),
    "write_state": lambda store: store.write_state("shop", version(1)),
}
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


@every_call
def test_a_missing_table_is_named_with_what_to_do(client, call):
    with pytest.raises(StoreUnavailable) as raised:
        call(DynamoStore(client, "elsewhere"))
    assert "control table elsewhere" in str(raised.value)
    assert "CONTROL_TABLE" in str(raised.value)


@every_call
def test_a_role_that_is_not_allowed_is_told_where_to_look(store, link, call):
    link.say("AccessDeniedException", "User: arn:aws:sts::1:x is not authorized")
    with pytest.raises(StoreUnavailable, match=r"docs/permissions\.md"):
        call(store)


def test_one_throttled_try_is_made_good_by_the_second(store, link):
    link.say("ThrottlingException")
    assert store.take_over("v1", AT).number == AT


def test_two_throttled_tries_are_an_unavailable_table(store, link):
    link.say("ThrottlingException", "slow down", times=2)
    with pytest.raises(
        StoreUnavailable, match=f"{store._table.name}: ThrottlingException: slow down"
    ):
        store.read("shop")
    assert not link.passed


def test_a_conflict_between_regions_is_tried_again(store, link):
    link.say("ReplicatedWriteConflictException")
    store.write_state("shop", version(1))
    assert store.read("shop").state == version(1)


def test_a_lasting_conflict_between_regions_leaves_the_outcome_open(store, link):
    """It may be about our own first try: that is no answer of the condition."""
    link.faults.append(LOST)
    link.say("ReplicatedWriteConflictException")
    with pytest.raises(StoreUnavailable, match="ReplicatedWriteConflictException"):
        store.write_state("shop", version(1))
    assert store.read("shop").state == version(1)


def test_something_else_that_answers_is_an_unavailable_table(store, link):
    link.faults += [(502, b"<html>Bad Gateway</html>")] * 2
    with pytest.raises(StoreUnavailable, match="502"):
        store.read("shop")


def test_nobody_listening_is_an_unavailable_table(aws, link):
    link._server.shutdown()
    link._server.socket.close()
    client = dynamodb(aws, link.url)
    with pytest.raises(StoreUnavailable, match="Could not connect"):
        DynamoStore(client, TABLE).take_over("v1", AT)
    client.close()


def test_a_table_that_hangs_is_unavailable_soon_for_all_at_once(aws, store):
    """Each caller waits for two tries of its own, not for the others; then the table is back."""
    store.take_over("v1", AT)
    with aws.frozen(), ThreadPoolExecutor(len(CALLS)) as pool:
        running = [pool.submit(call, store) for call in CALLS.values()]
        outcomes = [call.exception(timeout=LIMIT) for call in running]
    assert {type(outcome) for outcome in outcomes} == {StoreUnavailable}
    assert store.take_over("v1", AT).number > AT


def test_reads_are_strongly_consistent_and_nothing_needs_more_than_single_items(store, link):
    """moto always reads the newest, so that only the requests can show it."""
    for call in CALLS.values():
        call(store)
    asked = dict(zip(link.passed, link.bodies, strict=True))
    assert asked.keys() == {"UpdateItem", "BatchGetItem", "Query", "PutItem"}
    assert asked["Query"]["ConsistentRead"] is True
    assert asked["BatchGetItem"]["RequestItems"][store._table.name]["ConsistentRead"] is True


def test_the_client_gives_up_soon_and_says_who_it_is():
    config = client_config()
    assert isinstance(config, Config)
    assert (config.connect_timeout, config.read_timeout) == (1, 2)
    assert config.retries == {"total_max_attempts": 2, "mode": "standard"}
    assert config.max_pool_connections >= 100
    assert "linode-region-failover" in config.user_agent_extra
