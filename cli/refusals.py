"""What AWS refuses, in words, with the next step."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from cli.trouble import Trouble
from failover.errors import FailoverError

ON_CALL = "docs/permissions.md lists what a person on call needs"
DEPLOYING = "docs/permissions.md lists what a person who deploys needs"
_STEPS: Mapping[str, str] = {
    "ResourceNotFoundException": (
        "check the name of the stack and its AWS region (--stack, --region); "
        "aws cloudformation list-stacks shows yours"
    ),
    "ExpiredTokenException": "log in to AWS again, for example with: aws sso login",
    "UnrecognizedClientException": "log in to AWS again, for example with: aws sso login",
}
"""What to do about an error of AWS, by its code."""


@contextmanager
def aws(what: str, permissions: str = ON_CALL) -> Iterator[None]:
    """Puts into words what AWS refuses; `permissions` says where those are that one needs. Raises
    Trouble."""
    from botocore.exceptions import (  # noqa: PLC0415 - slow
        BotoCoreError,
        ClientError,
        NoCredentialsError,
        ProfileNotFound,
        TokenRetrievalError,
    )

    try:
        yield
    except (NoCredentialsError, TokenRetrievalError) as error:
        raise Trouble(
            f"AWS credentials are missing: {error}.",
            "log in, for example with aws sso login or aws configure, or set AWS_PROFILE",
        ) from None
    except ProfileNotFound as error:
        raise Trouble(f"{error}.", "aws configure list-profiles shows those that exist") from None
    except ClientError as error:
        code = error.response["Error"]["Code"]
        said = error.response["Error"].get("Message", "")
        step = _STEPS.get(code, permissions)
        raise Trouble(f"AWS refused: {what}: {code}: {said}", step) from None
    except FailoverError as error:
        raise Trouble(f"AWS refused: {what}: {error}", permissions) from None
    except BotoCoreError as error:
        raise Trouble(
            f"AWS does not answer: {what}: {error}",
            "check your network, and then the status: what was sent may have been done. When AWS "
            "is gone: docs/by-hand.md",
        ) from None
