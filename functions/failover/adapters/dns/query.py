"""One question to one name server, by TCP where the answer does not fit into UDP."""

from typing import TYPE_CHECKING

from failover.adapters.http.wire import Deadline

if TYPE_CHECKING:
    from dns.message import Message
    from dns.rrset import RRset


class Refused(Exception):
    """A name server answered, and not for this zone. Says the response code."""


def reply(where: str, port: int, name: str, kind: str, deadline: Deadline) -> "Message":
    """The answer of one server. Only NOERROR and NXDOMAIN count.

    What does not come from the server, or answers another question, is passed over: whoever
    guesses the port cannot keep the true answer from being heard. Raises Refused, and what
    dnspython raises.
    """
    import dns.message  # noqa: PLC0415 - dnspython is slow to import, and rarely needed
    import dns.query  # noqa: PLC0415
    import dns.rcode  # noqa: PLC0415

    query = dns.message.make_query(name, kind)
    try:
        answer = dns.query.udp(
            query,
            where,
            deadline.left(),
            port,
            ignore_unexpected=True,
            ignore_errors=True,
            raise_on_truncation=True,
        )
    except dns.message.Truncated:
        answer = dns.query.tcp(query, where, deadline.left(), port)
    if answer.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        raise Refused(dns.rcode.to_text(answer.rcode()))
    return answer


def answered(message: "Message") -> "RRset | None":
    """What answers the question itself, without what an alias leads to."""
    question = message.question[0]
    return message.get_rrset(message.answer, question.name, question.rdclass, question.rdtype)
