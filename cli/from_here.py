"""`preflight --settings FILE`: what can be checked from this machine, before there is a stack.

The same checks as in a stack, by the same adapters. What only a stack can show is not checked, and
the answer says so.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cli import linode_token
from cli.asking import Answer
from cli.output import Output
from cli.trouble import Exit, Trouble
from failover.adapters.clock import SystemClock
from failover.adapters.dns.authorities import NameServers
from failover.adapters.dns.witness import LinodeWitness
from failover.adapters.http.certificates import TlsCertificates
from failover.adapters.http.prober import HttpProber
from failover.adapters.linode.account import LinodeAccount
from failover.adapters.linode.api import Api
from failover.adapters.linode.balancers import LinodeBalancers
from failover.adapters.linode.dns import LinodeDns
from failover.adapters.threads import Threads
from failover.app.control.readiness import answer
from failover.app.preflight import preflight
from failover.decision.evidence import labels
from failover.errors import SettingsRefused, StoreUnavailable, TokenUnavailable
from failover.inspection import Inspection
from failover.ports import World
from failover.settings import environment, settings_file
from failover.settings.environment import Environment
from failover.settings.model import Settings

RESOLVERS = "1.1.1.1 8.8.8.8 9.9.9.9"
"""Whom the template asks by default."""

_WHERE = ("LINODE_API_URL", "NAMESERVERS", "PROBE_CA_FILE", "PUBLIC_RESOLVERS")
"""What the environment may say otherwise, as in a function."""


class _Undeployed:
    """Stands where a stack will be: there is nothing to ask yet."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def asked(*_: object, **__: object) -> Any:
            raise StoreUnavailable("nothing is deployed yet")

        return asked


class _Known:
    """A token source that has its token from a person, and no other."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def current(self) -> str:
        return self._secret

    def fresh(self, refused: str) -> str:
        return refused


class _Elsewhere:
    """Stands for the value of a secret header, which only a stack may read."""

    def __init__(self, parameter: str) -> None:
        self._parameter = parameter

    def current(self) -> str:
        raise TokenUnavailable(
            f"not probed from this machine: the value of a secret header is in {self._parameter}, "
            "which only a stack reads"
        )

    def fresh(self, refused: str) -> str:
        del refused
        return self.current()


def look(file: Path, service: str | None, out: Output) -> Answer:
    """What the checks find, of one service or of all. Raises Trouble."""
    settings, env = _read(file)
    if service and settings.service(service) is None:
        there = ", ".join(each.name for each in settings.services)
        raise Trouble(f"{file} has no service {service}.", f"name one of: {there}", Exit.REFUSED)
    secret = linode_token.of_the_person(
        "ask what a failover would ask", "ask a stack: leave --settings out"
    )
    world = _world(settings, env, secret)
    with out.working("asking Linode, the name servers and the regions"):
        found = preflight(world, settings, settings.vantages[0], service, undeployed=True)
    return answer(found, 1 if service else len(settings.services), world.clock.now())


def _read(file: Path) -> tuple[Settings, Environment]:
    """The settings, and an environment as a function has one. Raises Trouble."""
    said = {"PUBLIC_RESOLVERS": RESOLVERS}
    said |= {name: os.environ[name] for name in _WHERE if name in os.environ}
    try:
        settings = settings_file.load(str(file))
        stack = {"CONTROL_TABLE": "none", "LINODE_TOKEN_PARAMETER": "/none"}
        return settings, environment.read({**stack, "VANTAGE": settings.vantages[0], **said})
    except SettingsRefused as refused:
        raise Trouble(
            "\n".join(refused.problems), f"correct it: linode-failover check {file}", Exit.REFUSED
        ) from None


def _world(settings: Settings, env: Environment, secret: str) -> World:
    """A world without AWS."""
    clock, tasks, token = SystemClock(), Threads(), _Known(secret)
    absent: Any = _Undeployed()
    secrets = {name: _Elsewhere(name) for name in settings.secret_parameters}
    api = Api(env.linode_api_url, token, clock.monotonic, tasks.sleep, tasks.gather)
    linode = LinodeDns(
        env.linode_api_url, token, clock, tasks.sleep, tasks.gather, names=labels(settings)
    )
    return World(
        clock=clock,
        tasks=tasks,
        prober=HttpProber(clock.monotonic, env.probe_ca_file, secrets),
        dns=linode,
        witness=LinodeWitness(linode, env.nameservers, clock.monotonic, tasks, 0.0),
        balancers=LinodeBalancers(api),
        store=absent,
        replicas=absent,
        telemetry=absent,
        new_id=absent,
        inspection=Inspection(
            account=LinodeAccount(api, clock.monotonic),
            authorities=NameServers(env.nameservers, env.public_resolvers, clock.monotonic, tasks),
            certificates=TlsCertificates(clock.monotonic, env.probe_ca_file),
        ),
    )
