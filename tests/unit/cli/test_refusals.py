"""What AWS refuses is a sentence with the next step, for every command alike."""

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from cli.refusals import DEPLOYING, aws
from cli.trouble import Trouble
from failover.errors import StoreUnavailable


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Invoke")


@pytest.mark.parametrize(
    ("error", "what", "step"),
    [
        (refused("AccessDeniedException"), "AWS refused: it: AccessDeniedException: no", DEPLOYING),
        (refused("ResourceNotFoundException"), "AWS refused: it", "--stack, --region"),
        (NoCredentialsError(), "AWS credentials are missing", "aws sso login"),
        (EndpointConnectionError(endpoint_url="x"), "AWS does not answer: it", "docs/by-hand.md"),
        (StoreUnavailable("the table is away"), "AWS refused: it: the table is away", DEPLOYING),
    ],
)
def test_what_aws_refuses_says_what_happened_and_what_to_do(error, what, step) -> None:
    with pytest.raises(Trouble) as trouble, aws("it", DEPLOYING):
        raise error
    assert trouble.value.what.startswith(what)
    assert step in trouble.value.step
