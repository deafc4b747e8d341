"""The token source against an SSM of our own."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config

from failover.adapters.linode.token import SsmToken
from failover.errors import TokenUnavailable
from local.aws import AwsServer
from tests.support.waiting import LIMIT


class Monotonic:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsServer]:
    with AwsServer() as server:
        yield server


@pytest.fixture
def monotonic() -> Monotonic:
    return Monotonic()


@pytest.fixture
def name() -> str:
    return f"/failover/{uuid4()}"


class Ssm:
    """The store. A client waits long for an answer, and a second for one that cannot come."""

    def __init__(self, aws: AwsServer) -> None:
        self._aws = aws
        self.reads: list[str] = []
        self._patient, self._hurried = self._client(LIMIT), self._client(1)
        self._client_now = self._patient

    def get_parameter(self, **options: Any) -> Any:
        return self._client_now.get_parameter(**options)

    @contextmanager
    def away(self) -> Iterator[None]:
        with self._aws.frozen():
            self._client_now = self._hurried
            yield
        self._client_now = self._patient

    def close(self) -> None:
        self._patient.close()
        self._hurried.close()

    def _client(self, patience: float) -> Any:
        client = boto3.Session().client(
            "ssm",
            region_name=self._aws.region,
            endpoint_url=self._aws.url,
            aws_access_key_id="embedded",
            aws_secret_access_key="world",
            config=Config(
                connect_timeout=patience, read_timeout=patience, retries={"total_max_attempts": 1}
            ),
        )
        client.meta.events.register(
            "before-send.ssm.GetParameter", lambda request, **_: self.reads.append(request.url)
        )
        return client


@pytest.fixture
def ssm(aws: AwsServer) -> Iterator[Ssm]:
    with closing(Ssm(aws)) as store:
        yield store


@pytest.fixture
def reads(ssm: Ssm) -> list[str]:
    """One entry for each request that reads a parameter."""
    return ssm.reads


def test_the_token_is_decrypted_and_stripped(
    aws: AwsServer, ssm: Ssm, name: str, monotonic: Monotonic
) -> None:
    aws.put_token(name, " secret\n")
    assert SsmToken(ssm, name, monotonic).current() == "secret"


def test_it_is_read_again_after_five_minutes(
    aws: AwsServer, ssm: Ssm, name: str, monotonic: Monotonic, reads: list[str]
) -> None:
    aws.put_token(name, "old")
    source = SsmToken(ssm, name, monotonic)
    source.current()
    aws.put_token(name, "new")
    monotonic.seconds += 299
    assert source.current() == "old"
    assert len(reads) == 1
    monotonic.seconds += 2
    assert source.current() == "new"
    assert len(reads) == 2


def test_the_last_good_one_serves_while_the_store_is_away(
    aws: AwsServer, ssm: Ssm, name: str, monotonic: Monotonic, reads: list[str]
) -> None:
    aws.put_token(name, "good")
    source = SsmToken(ssm, name, monotonic)
    source.current()
    monotonic.seconds += 301
    with ssm.away():
        assert source.current() == "good"
        assert source.current() == "good"
        assert len(reads) == 2, "a store that is away is not asked at every turn"
        assert source.fresh("good") == "good"
    aws.put_token(name, "newer")
    monotonic.seconds += 31
    assert source.current() == "newer"


def test_the_last_good_one_serves_when_the_new_one_is_none(
    aws: AwsServer, ssm: Ssm, name: str, monotonic: Monotonic
) -> None:
    aws.put_token(name, "good")
    source = SsmToken(ssm, name, monotonic)
    source.current()
    aws.put_token(name, " ")
    monotonic.seconds += 301
    assert source.current() == "good"


def test_a_refused_token_is_read_anew_at_once(
    aws: AwsServer, ssm: Ssm, name: str, monotonic: Monotonic
) -> None:
    aws.put_token(name, "old")
    source = SsmToken(ssm, name, monotonic)
    source.current()
    aws.put_token(name, "new")
    assert source.fresh("old") == "new"
    assert source.current() == "new"


def test_a_token_that_stays_refused_is_not_read_at_every_turn(
    aws: AwsServer, ssm: Ssm, name: str, monotonic: Monotonic, reads: list[str]
) -> None:
    aws.put_token(name, "revoked")
    source = SsmToken(ssm, name, monotonic)
    source.current()
    for _ in range(5):
        assert source.fresh("revoked") == "revoked"
    assert len(reads) == 2
    monotonic.seconds += 31
    source.fresh("revoked")
    assert len(reads) == 3


def test_many_threads_read_it_once(
    aws: AwsServer, ssm: Ssm, name: str, monotonic: Monotonic, reads: list[str]
) -> None:
    aws.put_token(name, "secret")
    source = SsmToken(ssm, name, monotonic)
    threads = [threading.Thread(target=source.current) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(reads) == 1


def test_a_parameter_that_is_missing_is_named_with_the_cure(
    ssm: Ssm, name: str, monotonic: Monotonic
) -> None:
    with pytest.raises(TokenUnavailable) as refusal:
        SsmToken(ssm, name, monotonic).current()
    assert "ParameterNotFound" in str(refusal.value)
    assert f"aws ssm put-parameter --type SecureString --name {name}" in str(refusal.value)


@pytest.mark.parametrize("value", [" ", "two words", "line\nbreak", "t\u00f6ken"])
def test_what_cannot_be_a_token_is_refused_and_not_repeated(
    aws: AwsServer, ssm: Ssm, name: str, monotonic: Monotonic, value: str
) -> None:
    aws.put_token(name, value)
    with pytest.raises(TokenUnavailable) as refusal:
        SsmToken(ssm, name, monotonic).current()
    assert "its value is not a Linode token" in str(refusal.value)
    assert value == " " or value not in str(refusal.value)


def test_without_a_first_token_a_store_that_is_away_is_an_error(
    ssm: Ssm, aws: AwsServer, name: str, monotonic: Monotonic
) -> None:
    aws.put_token(name, "secret")
    source = SsmToken(ssm, name, monotonic)
    with ssm.away(), pytest.raises(TokenUnavailable, match=name):
        source.current()
    monotonic.seconds += 31
    assert source.current() == "secret"


def test_the_value_does_not_show(aws: AwsServer, ssm: Ssm, name: str, monotonic: Monotonic) -> None:
    aws.put_token(name, "secret")
    source = SsmToken(ssm, name, monotonic)
    source.current()
    assert repr(source) == f"SsmToken({name!r})"


def test_another_secret_than_the_token_is_called_by_its_own_name(
    ssm: Ssm, name: str, monotonic: Monotonic
) -> None:
    with pytest.raises(TokenUnavailable, match=f"heartbeat URL cannot be read .*{name}"):
        SsmToken(ssm, name, monotonic, what="heartbeat URL").current()
