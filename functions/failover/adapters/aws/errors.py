"""What goes wrong with a call to AWS, in a few words for people."""

from collections.abc import Mapping

from botocore.exceptions import ClientError

LONGEST_REASON = 200


def code_of(error: ClientError) -> str:
    """AWS's own name of an error."""
    return error.response.get("Error", {}).get("Code", "an error without a name")


def reason(error: Exception, advice: Mapping[str, str]) -> str:
    """Why a call failed: what there is to do about that error, or else what was said of it."""
    if not isinstance(error, ClientError):
        return str(error)[:LONGEST_REASON]
    code = code_of(error)
    message = error.response.get("Error", {}).get("Message", "")
    return advice.get(code) or f"{code}: {message}"[:LONGEST_REASON]
