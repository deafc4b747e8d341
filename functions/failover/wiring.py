"""The composition root: the use cases, built once for each container from its environment."""

import itertools
import os
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path

from failover.adapters.aws import beats
from failover.adapters.aws.alerts import SnsAlerts
from failover.adapters.aws.client import Aws
from failover.adapters.aws.control_table import client_config
from failover.adapters.aws.dynamodb import DynamoStore
from failover.adapters.aws.functions import LambdaFunctions
from failover.adapters.aws.replicas import AwsReplicas
from failover.adapters.aws.stack import AwsStack
from failover.adapters.aws.telemetry import PowertoolsTelemetry
from failover.adapters.clock import SystemClock
from failover.adapters.dns.authorities import NameServers
from failover.adapters.dns.witness import LinodeWitness
from failover.adapters.http.certificates import TlsCertificates
from failover.adapters.http.deadman import DeadManUrl
from failover.adapters.http.probe_headers import VALUE
from failover.adapters.http.prober import HttpProber
from failover.adapters.linode.account import LinodeAccount
from failover.adapters.linode.api import Api
from failover.adapters.linode.balancers import LinodeBalancers
from failover.adapters.linode.budget import Allowance
from failover.adapters.linode.dns import LinodeDns
from failover.adapters.linode.token import SsmToken
from failover.adapters.memory import used
from failover.adapters.threads import Threads
from failover.app.shards import run
from failover.decision.evidence import labels
from failover.errors import SettingsRefused
from failover.health import cadence
from failover.health.beats import Start
from failover.inspection import Inspection
from failover.notify import messages
from failover.notify.metrics import Metric
from failover.ports import World
from failover.settings import environment, settings_file
from failover.settings.environment import Environment
from failover.settings.model import Settings
from failover.settings.shards import part

_invocations = itertools.count()


@dataclass(frozen=True, slots=True)
class Container:
    """Everything of one function container. It outlives invocations and may be frozen between.

    `narrowed` is the same world with what asks Linode for the names of one shard only, and `shards`
    are those that this container has run.
    """

    settings: Settings
    vantage: str
    world: World
    narrowed: Callable[[World, Settings], World] = lambda world, _: world
    shards: dict[int, World] = field(default_factory=dict)

    def begin(self, request_id: str) -> None:
        """Say in every line of this invocation which one it is. `request_id` is Lambda's own."""
        cold = next(_invocations) == 0
        self.world.telemetry.about(request_id=request_id, cold_start=cold, tick=None)

    def tick(self, seconds_left: Callable[[], float], event: object = None) -> dict[str, object]:
        """Run one tick of the monitor: by the schedule, or by the beat that the event holds."""
        try:
            start = beats.read(event)
        except ValueError as error:
            self.world.telemetry.problem("not_a_beat", error=str(error))
            return {"tick": None, "rounds": 0}
        world = self._world_of(start)
        return run(world, self.settings, self.vantage, seconds_left, start)

    def _world_of(self, start: Start) -> World:
        """The world of the shard that an invocation runs; of all, where it runs them all."""
        shard = 0 if start.shard is None and self.world.functions else start.shard
        if self.settings.shards == 1 or shard is None:
            return self.world
        if shard not in self.shards:
            self.shards[shard] = self.narrowed(self.world, part(self.settings, shard))
        return self.shards[shard]

    def heartbeat(self) -> dict[str, object]:
        """Run the heartbeats of all services once."""
        from failover.app.heartbeat import heartbeat  # noqa: PLC0415 - no tick needs it

        return heartbeat(self.world, self.settings, self.vantage)

    def command(
        self, event: object, request_id: str, seconds_left: Callable[[], float]
    ) -> dict[str, object]:
        """Answer one event of the control function. `request_id` is Lambda's own."""
        from failover.app.control import commands  # noqa: PLC0415 - no tick needs it

        world, settings, vantage = self.world, self.settings, self.vantage
        return commands.answer(event, world, settings, vantage, request_id, seconds_left)


@cache
def container() -> Container:
    """The container of this process, built at its first invocation. Raises SettingsRefused."""
    return build(os.environ)


def build(variables: Mapping[str, str]) -> Container:
    """A container for this environment. Raises SettingsRefused, after saying so to the alarms."""
    try:
        env = environment.read(variables)
        settings = settings_file.load(env.failover_config)
        environment.check_deployment(env, settings)
        if not env.region_metrics:
            settings = replace(settings, region_metrics=False)
    except SettingsRefused as refused:
        _tell(variables, refused)
        raise
    return _container(env, settings, variables)


def _container(env: Environment, settings: Settings, variables: Mapping[str, str]) -> Container:
    clock, tasks = SystemClock(), Threads()
    aws = Aws(variables.get("AWS_REGION") or None, client_config())
    token = SsmToken(aws.later("ssm"), env.linode_token_parameter, clock.monotonic)
    secrets = _secrets(settings, aws, clock)
    redact = _redacting(token, *secrets.values())
    lists = Allowance(*cadence.allowance(settings), clock.monotonic)
    url, after = env.linode_api_url, (tasks.sleep, tasks.gather, lists)
    api, dynamodb = Api(url, token, clock.monotonic, *after), aws.client("dynamodb")

    def asking(settings: Settings) -> tuple[LinodeDns, LinodeWitness]:
        linode = LinodeDns(url, token, clock, *after, names=labels(settings))
        age = cadence.zone_file_age(settings)
        return linode, LinodeWitness(linode, env.nameservers, clock.monotonic, tasks, age)

    def narrowed(world: World, settings: Settings) -> World:
        dns, witness = asking(settings)
        return replace(world, dns=dns, witness=witness)

    dns, witness = asking(settings)
    world = World(
        clock=clock,
        tasks=tasks,
        prober=HttpProber(clock.monotonic, env.probe_ca_file, secrets),
        dns=dns,
        witness=witness,
        balancers=LinodeBalancers(api),
        store=DynamoStore(dynamodb, env.control_table),
        replicas=AwsReplicas(partial(aws.client, "dynamodb")),
        telemetry=PowertoolsTelemetry(env.metrics_namespace, env.log_level, redact),
        new_id=lambda: uuid.uuid4().hex,
        alerts=_alerts(env, settings, aws, redact),
        dead_man=_dead_man(env, aws, clock),
        beats=_beats(env, aws),
        functions=_functions(env, aws),
        inspection=Inspection(
            account=LinodeAccount(api, clock.monotonic),
            authorities=NameServers(env.nameservers, env.public_resolvers, clock.monotonic, tasks),
            certificates=TlsCertificates(clock.monotonic, env.probe_ca_file),
            stack=AwsStack(
                dynamodb,
                env.control_table,
                aws.later("sns"),
                env.alert_topic_arn,
                aws.later("cloudwatch"),
                aws.later("lambda"),
                env.stack_name,
            ),
        ),
        release=_release(),
        memory=_memory(env),
    )
    return Container(settings, env.vantage, world, narrowed)


def _memory(env: Environment) -> Callable[[], float | None]:
    limit = env.aws_lambda_function_memory_size
    return partial(used, limit) if limit else lambda: None


def _release() -> str:
    """The name of what was built: `make` leaves it beside this module. Empty in a checkout."""
    try:
        return (Path(__file__).parent / "RELEASE").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _secrets(settings: Settings, aws: Aws, clock: SystemClock) -> Mapping[str, SsmToken]:
    """The values of probe headers, by the names of their parameters. Each is read when needed."""
    ssm, what = aws.later("ssm"), "value for a probe header"
    return {
        name: SsmToken(ssm, name, clock.monotonic, what, VALUE)
        for name in settings.secret_parameters
    }


def _redacting(*secrets: SsmToken) -> Callable[[str], str]:
    def redact(text: str) -> str:
        for secret in secrets:
            text = secret.redact(text)
        return text

    return redact


def _dead_man(env: Environment, aws: Aws, clock: SystemClock) -> DeadManUrl | None:
    if env.heartbeat_url_parameter is None:
        return None
    url = SsmToken(
        aws.later("ssm"), env.heartbeat_url_parameter, clock.monotonic, what="heartbeat URL"
    )
    return DeadManUrl(url.current, clock.monotonic)


def _beats(env: Environment, aws: Aws) -> beats.SqsBeats | None:
    if env.beat_queue_url is None:
        return None
    return beats.SqsBeats(aws.later("sqs", beats.ONCE), env.beat_queue_url)


def _functions(env: Environment, aws: Aws) -> LambdaFunctions | None:
    if env.aws_lambda_function_name is None:
        return None
    return LambdaFunctions(aws.later("lambda"), env.aws_lambda_function_name)


def _alerts(
    env: Environment, settings: Settings, aws: Aws, redact: Callable[[str], str]
) -> SnsAlerts | None:
    if env.alert_topic_arn is None:
        return None
    place = messages.Place(env.stack_name, env.vantage, env.linode_token_parameter)
    write = partial(messages.letter, settings=settings, place=place)
    return SnsAlerts(aws.later("sns"), env.alert_topic_arn, write, redact)


def _tell(variables: Mapping[str, str], refused: SettingsRefused) -> None:
    """Nothing works without settings, not even telemetry that is set up by them."""
    namespace = variables.get("METRICS_NAMESPACE") or "LinodeRegionFailover"
    telemetry = PowertoolsTelemetry(namespace, "INFO", lambda text: text)
    telemetry.problem("settings_refused", problems=refused.problems)
    telemetry.metrics({Metric.SETTINGS_REFUSED: 1})
