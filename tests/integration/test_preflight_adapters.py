"""What only the preflight asks, against servers on loopback."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import boto3
import pytest

from failover.adapters.aws.control_table import client_config
from failover.adapters.aws.stack import AwsStack
from failover.adapters.clock import SystemClock
from failover.adapters.dns.authorities import NameServers
from failover.adapters.http.certificates import TlsCertificates
from failover.adapters.linode.account import LinodeAccount
from failover.adapters.linode.api import Api, Call
from failover.adapters.threads import Threads
from failover.errors import DnsRefused, DnsUnavailable, NotInspected
from failover.preflight.facts import Alarm, Authority, ControlTable, Grants, Rate
from failover.preflight.finding import Unknown
from failover.publication.proof import Heard, Said
from failover.settings.environment import NameServer
from local.linode import LinodeEmulator
from local.linode_dns import DnsFault
from local.tls import Authority as Issuer
from tests.raw_server import Peer, RawServer, answer
from tests.support.builders import SHOP
from tests.support.linode_description import problems
from tests.support.tokens import KnownToken
from tests.support.waiting import LIMIT

DAY = timedelta(days=1)


class TestNameServers:
    """SOA and TTLs, by the name servers of the emulated account."""

    @pytest.fixture
    def linode(self) -> Iterator[LinodeEmulator]:
        with LinodeEmulator(render_delay=0, name_servers=2) as linode:
            linode.add_domain("shop.test")
            linode.add_record("shop.test", "app", "A", "127.0.1.1", ttl_sec=30)
            linode.add_record("shop.test", "app", "AAAA", "fd00::1", ttl_sec=300)
            yield linode

    def adapter(self, linode: LinodeEmulator) -> NameServers:
        """The name servers of the account, which are asked as resolvers as well."""
        pairs = [server.rpartition(":") for server in linode.nameservers]
        servers = [NameServer(host, int(port)) for host, _, port in pairs]
        return NameServers(servers, servers, SystemClock().monotonic, Threads())

    def asked(self, linode: LinodeEmulator, budget: float = LIMIT) -> tuple[Authority, ...]:
        return self.adapter(linode).ask("shop.test", "app.shop.test", budget)

    def test_each_says_its_serial_and_how_long_things_last(self, linode) -> None:
        first, second = self.asked(linode)

        assert first.source == linode.nameservers[0]
        assert first.serial == second.serial > 0
        assert first.ttls == {"A": 30, "AAAA": 300}
        assert first.negative > 0
        assert not first.error

    def test_one_that_lags_has_an_older_serial(self, linode) -> None:
        linode.dns[1].render_delay.seconds = 60.0
        linode.add_record("shop.test", "new", "A", "127.0.1.2", ttl_sec=30)
        first, second = self.asked(linode)

        assert first.serial > second.serial

    @pytest.mark.parametrize(
        ("fault", "error"), [(DnsFault.REFUSED, "REFUSED"), (DnsFault.SILENT, "Timeout")]
    )
    def test_one_that_does_not_answer_says_why(self, linode, fault, error) -> None:
        linode.dns[1].fault = fault
        first, second = self.asked(linode, 0.5)

        assert not first.error
        assert error in second.error

    def test_resolvers_say_where_the_domain_is_delegated_and_what_the_name_gives(
        self, linode
    ) -> None:
        adapter = self.adapter(linode)

        assert adapter.delegation("shop.test", LIMIT) == tuple(
            f"ns{number}.linode.com" for number in range(1, 6)
        )
        [one, two] = adapter.resolved("app.shop.test", LIMIT)
        assert one == Heard(linode.nameservers[0], frozenset({"127.0.1.1"}), frozenset({"fd00::1"}))
        assert two.source == linode.nameservers[1]

    def test_the_first_resolver_that_answers_is_enough(self, linode) -> None:
        linode.dns[0].fault = DnsFault.SERVFAIL
        adapter = self.adapter(linode)

        assert adapter.delegation("shop.test", LIMIT)
        assert [heard.said for heard in adapter.resolved("app.shop.test", LIMIT)] == [
            Said.UNUSABLE,
            Said.ADDRESSES,
        ]

    def test_where_no_resolver_answers_the_delegation_was_not_inspected(self, linode) -> None:
        linode.stop_serving()
        with pytest.raises(NotInspected, match="no public resolver answers"):
            self.adapter(linode).delegation("shop.test", LIMIT)

    def test_without_resolvers_nobody_is_asked(self) -> None:
        adapter = NameServers((), (), SystemClock().monotonic, Threads())

        assert adapter.resolved("app.shop.test", LIMIT) == ()
        with pytest.raises(NotInspected, match="PUBLIC_RESOLVERS"):
            adapter.delegation("shop.test", LIMIT)


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Issuer:
    """An authority whose certificates are trusted."""
    return Issuer(tmp_path_factory.mktemp("certificates"))


class TestCertificates:
    """When a certificate ends, on a server with one."""

    def ends(self, issuer: Issuer, port: int, **health: object) -> float | None:
        asked = replace(SHOP.health, port=port, timeout=LIMIT, **health)  # type: ignore[arg-type]
        adapter = TlsCertificates(SystemClock().monotonic, str(issuer.ca_file))
        return adapter.ends(replace(SHOP, health=asked), "127.0.0.1")

    def test_it_is_the_end_that_the_certificate_says(self, issuer) -> None:
        with RawServer(answer(b"{}"), issuer.server_context(SHOP.record)) as server:
            found = self.ends(issuer, server.port)

        assert found is not None
        left = datetime.fromtimestamp(found, UTC) - datetime.now(UTC)
        assert timedelta(0) < left <= DAY

    @pytest.mark.parametrize(
        ("names", "expired"), [(("other.example",), False), ((SHOP.record,), True)]
    )
    def test_one_that_is_not_valid_for_the_name_was_not_inspected(
        self, issuer, names, expired
    ) -> None:
        context = issuer.server_context(*names, expired=expired)
        with (
            RawServer(answer(b"{}"), context) as server,
            pytest.raises(NotInspected, match="certificate"),
        ):
            self.ends(issuer, server.port)

    def test_nobody_there_was_not_inspected(self, issuer) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            with pytest.raises(NotInspected, match="refused"):
                self.ends(issuer, unused.getsockname()[1])

    def test_without_tls_there_is_none(self, issuer) -> None:
        assert self.ends(issuer, 1, scheme="http") is None


class TestAccount:
    """What the user of the token may do, by the emulated API."""

    def grants(self, linode: LinodeEmulator, token: str) -> Grants:
        """By an API whose clock only the waiting between two tries moves."""
        slept: list[float] = []
        api = Api(linode.url, KnownToken(token), lambda: sum(slept), slept.append)
        return LinodeAccount(api, time.monotonic).grants(LIMIT)

    def test_an_unrestricted_user_may_do_everything(self) -> None:
        with LinodeEmulator() as linode:
            linode.add_domain("shop.test")
            assert self.grants(linode, linode.token) == Grants(restricted=False)

    def test_a_restricted_user_has_what_was_granted(self) -> None:
        with LinodeEmulator() as linode:
            number = linode.add_domain("shop.test")
            other = linode.add_domain("blog.test")
            linode.restrict({"shop.test": "read_only"})
            found = self.grants(linode, linode.token)

        assert found == Grants(restricted=True, domains={number: "read_only", other: None})

    def account(self, server: RawServer, token: str = "0123456789abcdef0123") -> LinodeAccount:
        """One whose API says the same to everything, and that has just asked who it is."""
        url = f"http://127.0.0.1:{server.port}/v4"
        api = Api(url, KnownToken(token), SystemClock().monotonic, Threads().sleep)
        found = LinodeAccount(api, time.monotonic)
        found._api.call(Call("GET", "/profile"), api.deadline(LIMIT), lambda value: value)
        return found

    def tokens(
        self, *listed: dict[str, object], scopes: str = "account:read_only"
    ) -> Callable[[Peer], None]:
        """A listing of tokens, to one with these scopes."""
        body = json.dumps({"data": listed, "page": 1, "pages": 1, "results": len(listed)})
        return answer(body.encode(), headers=f"X-OAuth-Scopes: {scopes}\r\n")

    @pytest.mark.parametrize(
        ("expiry", "ends"), [("2027-01-15T08:00:00", 1800000000.0), (None, None)]
    )
    def test_when_the_token_ends_is_told_by_its_first_digits(self, expiry, ends) -> None:
        other = {"token": "ffffffffffffffff", "expiry": "2020-01-01T00:00:00"}
        ours = {"token": "0123456789abcdef", "expiry": expiry}
        with RawServer(self.tokens(other, ours)) as server:
            assert self.account(server).token_ends(LIMIT) == ends

    @pytest.mark.parametrize(
        "listed", [{"token": "ffffffffffffffff"}, {"token": "0123456789abcdef", "expiry": "soon"}]
    )
    def test_a_listing_without_our_token_tells_nothing(self, listed) -> None:
        with (
            RawServer(self.tokens(listed)) as server,
            pytest.raises(NotInspected, match="GET /profile/tokens"),
        ):
            self.account(server).token_ends(LIMIT)

    def test_a_token_that_may_not_see_it_is_not_asked_for_its_end(self) -> None:
        with (
            RawServer(self.tokens(scopes="domains:read_write")) as server,
            pytest.raises(NotInspected, match="account:read_only"),
        ):
            self.account(server).token_ends(LIMIT)

    def test_the_answers_that_no_emulator_gives_are_as_linode_describes_them(self) -> None:
        token = {"id": 1, "token": "0123456789abcdef", "expiry": "2027-01-15T08:00:00"}
        listed = {"data": [token], "page": 1, "pages": 1, "results": 1}
        address = {"address": "198.18.0.1", "reserved": True}

        assert problems("GET", "/profile/tokens", None, listed) == []
        assert problems("GET", "/networking/ips/198.18.0.1", None, address) == []

    @pytest.mark.parametrize("reserved", [True, False])
    def test_whether_an_address_is_reserved_is_told_by_the_address(self, reserved) -> None:
        body = json.dumps({"address": "198.18.0.1", "reserved": reserved}).encode()
        seen = answer(body, headers="X-OAuth-Scopes: ips:read_only\r\n")
        with RawServer(seen) as server:
            found = self.account(server).reserved(["198.18.0.1"], LIMIT)

        assert found == {"198.18.0.1": reserved}

    def test_a_token_that_may_not_see_addresses_is_not_asked_about_them(self) -> None:
        with (
            RawServer(self.tokens(scopes="domains:read_write")) as server,
            pytest.raises(NotInspected, match="ips:read_only"),
        ):
            self.account(server).reserved(["198.18.0.1"], LIMIT)

    def test_how_many_listings_are_left_is_told_by_linodes_headers(self) -> None:
        with LinodeEmulator() as linode:
            api = Api(
                linode.url, KnownToken(linode.token), SystemClock().monotonic, Threads().sleep
            )
            account = LinodeAccount(api, time.monotonic)
            account.grants(LIMIT)
            assert account.rate(LIMIT) == Rate(200, 199)
            assert account.rate(LIMIT) == Rate(200, 198)

    def test_without_those_headers_nothing_is_known_of_the_limit(self) -> None:
        with (
            RawServer(self.tokens()) as server,
            pytest.raises(NotInspected, match="has not named its limits"),
        ):
            self.account(server).rate(LIMIT)

    def test_what_is_behind_a_nodebalancer_is_told_by_port(self) -> None:
        with LinodeEmulator() as linode:
            number = linode.add_nodebalancer("shop-west", "us-west", "198.18.0.2")
            linode.add_nodebalancer("other", "us-west", "198.18.0.3")
            linode.add_config(number, 443, up=2, down=1)
            api = Api(
                linode.url, KnownToken(linode.token), SystemClock().monotonic, Threads().sleep
            )
            found = LinodeAccount(api, time.monotonic).back_ends({"shop-west", "gone"}, LIMIT)

        [ends] = found["shop-west"]
        assert (ends.port, ends.check, ends.up, ends.down) == (443, "none", 2, 1)
        assert found.keys() == {"shop-west"}

    def test_linode_is_asked_for_back_ends_once_in_a_while(self) -> None:
        """And so is a Linode that does not answer."""
        now = [100.0]
        with LinodeEmulator() as linode:
            number = linode.add_nodebalancer("shop-west", "us-west", "198.18.0.2")
            config = linode.add_config(number, 443, up=10)
            token = KnownToken(linode.token)
            api = Api(linode.url, token, SystemClock().monotonic, Threads().sleep)
            account = LinodeAccount(api, lambda: now[0])

            def up() -> int:
                return account.back_ends({"shop-west"}, LIMIT, 30.0)["shop-west"][0].up

            assert up() == 10
            linode.set_config(config, nodes_status={"up": 1, "down": 9})
            now[0] += 29.0
            assert up() == 10
            now[0] += 1.0
            assert up() == 1
            fault = linode.fail(path="^/nodebalancers", status=400)
            now[0] += 30.0
            for _ in range(3):
                with pytest.raises(DnsRefused):
                    up()
            assert fault.hits == 1
            linode.heal()
            now[0] += 30.0
            assert up() == 1

    def test_a_listing_that_makes_no_sense_is_none(self) -> None:
        body = b'{"data": [{"label": "x"}], "page": 1, "pages": 1, "results": 1}'
        with RawServer(answer(body)) as server:
            url = f"http://127.0.0.1:{server.port}/v4"
            api = Api(url, KnownToken("x"), SystemClock().monotonic, Threads().sleep)
            with pytest.raises(DnsUnavailable, match="unusable answer"):
                LinodeAccount(api, time.monotonic).back_ends({"x"}, LIMIT)

    def test_an_answer_that_makes_no_sense_is_none(self) -> None:
        with RawServer(answer(b'{"restricted": "maybe"}')) as server:
            url = f"http://127.0.0.1:{server.port}/v4"
            with pytest.raises(DnsUnavailable, match="restricted"):
                self.grants(SimpleNamespace(url=url), "x")  # type: ignore[arg-type]


class TestStack:
    """The table and the topic, in an account on loopback."""

    def client(self, aws, service: str):
        return boto3.Session().client(
            service,
            region_name="eu-west-1",
            endpoint_url=aws.url,
            aws_access_key_id="embedded",
            aws_secret_access_key="world",
            config=client_config(),
        )

    def stack(self, aws, table: str, topic: str | None = None) -> AwsStack:
        clients = {name: self.client(aws, name) for name in ("dynamodb", "sns")}
        more = (self.client(aws, "cloudwatch"), self.client(aws, "lambda"), "shop")
        return AwsStack(clients["dynamodb"], table, clients["sns"], topic, *more)

    def test_a_table_as_it_was_made(self, aws, table) -> None:
        assert self.stack(aws, table).table() == ControlTable(
            "eventual", protected=False, recoverable=False
        )

    def test_a_table_that_is_protected(self, aws, table, client) -> None:
        client.update_table(TableName=table, DeletionProtectionEnabled=True)
        client.update_continuous_backups(
            TableName=table,
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )

        found = self.stack(aws, table).table()
        assert (found.protected, found.recoverable) == (True, True)
        client.update_table(TableName=table, DeletionProtectionEnabled=False)

    def test_a_table_that_is_not_there_was_not_inspected(self, aws) -> None:
        with pytest.raises(NotInspected, match="table: ResourceNotFound"):
            self.stack(aws, "none-such").table()

    def test_backups_that_may_not_be_described_are_not_known(self, aws, table, monkeypatch) -> None:
        stack = self.stack(aws, table)

        def refused(**_: object) -> None:
            raise NotInspected("backups: the role does not allow it")

        monkeypatch.setattr(stack._dynamodb, "describe_continuous_backups", refused)
        assert stack.table().recoverable == Unknown("backups: the role does not allow it")

    def test_only_those_who_have_confirmed_are_subscribers(self, aws, table) -> None:
        topic = aws.create_topic("inspected")
        stack = self.stack(aws, table, topic)
        assert stack.subscribers() == 0
        sns, sqs = self.client(aws, "sns"), self.client(aws, "sqs")
        queue = sqs.create_queue(QueueName="inspected")["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        arn = attributes["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

        assert stack.subscribers() == 1

    def test_without_a_topic_nobody_was_asked_for(self, aws, table) -> None:
        with pytest.raises(NotInspected, match="no topic"):
            self.stack(aws, table).subscribers()

    def test_alarms_are_those_of_the_stack(self, aws, table) -> None:
        cloudwatch = self.client(aws, "cloudwatch")
        for name, actions in (
            ("shop-drift", ["arn:aws:sns:eu-west-1:123456789012:alerts"]),
            ("other", []),
        ):
            cloudwatch.put_metric_alarm(
                AlarmName=name, MetricName="Drift", Namespace="N", Statistic="Sum", Period=60,
                EvaluationPeriods=1, Threshold=1.0, ActionsEnabled=False, AlarmActions=actions,
                ComparisonOperator="GreaterThanOrEqualToThreshold",
            )  # fmt: skip

        assert self.stack(aws, table).alarms() == (Alarm("shop-drift", enabled=False, actions=1),)

    def test_how_many_functions_may_run_at_once_is_a_limit_of_the_account(self, table) -> None:
        limit = {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 900}
        with RawServer(answer(json.dumps({"AccountLimit": limit}).encode())) as server:
            at = SimpleNamespace(url=f"http://127.0.0.1:{server.port}")
            assert self.stack(at, table).concurrency() == 900

    def test_a_limit_that_may_not_be_read_was_not_inspected(self, table) -> None:
        refused = b'{"message": "not authorized"}'
        kind = "X-Amzn-ErrorType: AccessDeniedException\r\n"
        with RawServer(answer(refused, "403 Forbidden", kind)) as server:
            at = SimpleNamespace(url=f"http://127.0.0.1:{server.port}")
            with pytest.raises(NotInspected, match="the role does not allow it"):
                self.stack(at, table).concurrency()
