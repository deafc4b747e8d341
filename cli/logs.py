"""The command that shows the last lines of a function's log, for both versions of the AWS CLI."""


def recent(function: str, region: str) -> str:
    """The lines of the last ten minutes."""
    return (
        f"aws logs filter-log-events --region {region} --log-group-name /aws/lambda/{function} "
        "--start-time $(($(date +%s)-600))000 --query 'events[].message' --output text"
    )
