"""docs/first-hour.md as a new user follows it: every command of the page, in its order, in one
world. What `make deploy` does is typed in tests/artifact; here a stack is there when it has ended.
"""

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cli.target import DEFAULT_STACK
from failover.settings import settings_file
from local.play import Play
from local.world import DOMAIN, TOKEN_PARAMETER
from tests.scenarios.operator import Operator, in_a_shell, on_duty, signs_in
from tests.scenarios.test_demo import ENV, ROOT, Terminal
from tests.support.waiting import until

PAGE = (ROOT / "docs" / "first-hour.md").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
SIZES = ((24, 80), (40, 120))


@dataclass
class Reader:
    """Types what the page says into a shell in `folder`, and into `make local`."""

    operator: Operator
    folder: Path
    patch: pytest.MonkeyPatch
    watching: list[Terminal] = field(default_factory=list)

    def follow(self, page: str) -> None:
        """Every block, one after the other."""
        ours = page.replace("example.com", DOMAIN)
        blocks = re.findall(r"^ *```(sh|text)\n(.*?)^ *```$", ours, re.MULTILINE | re.DOTALL)
        assert blocks
        for kind, block in blocks:
            for line in filter(None, map(str.strip, block.splitlines())):
                self.typed(line) if kind == "sh" else self.happens(line)

    def typed(self, line: str) -> None:
        """One line for the shell."""
        word, _, rest = line.partition(" ")
        match word:
            case "export":
                self.exported(rest)
            case "make":
                assert rest in TARGETS
            case "aws":
                self.operator.world.aws.client("ssm").delete_parameter(Name=TOKEN_PARAMETER)
                in_a_shell(line, self.folder)
            case "linode-failover" if "--watch" in rest:
                self.watched(rest)
            case "linode-failover":
                self.commanded(line)
            case _:
                raise AssertionError(f"nothing here types {line}")

    def exported(self, rest: str) -> None:
        name, _, value = rest.partition("=")
        if name != "PATH":  # as `make cli` is not run here
            [file] = re.findall(r"^\$\(cat (.*)\)$", value)
            self.patch.setenv(name, (self.folder / file).read_text().strip())

    def watched(self, rest: str) -> None:
        """The live view, in a narrow and in a wide terminal. It stays open."""
        env = {**ENV, **os.environ, "PYTHONPATH": f"{ROOT / 'functions'}:{ROOT}"}
        for size in SIZES:
            terminal = Terminal(
                *rest.split(), module="cli.main", env=env, size=size, folder=self.folder
            )
            self.watching.append(terminal)
            terminal.until("▸ us-east")

    def closed(self) -> None:
        """Ctrl-C in every live view."""
        while self.watching:
            terminal = self.watching.pop()
            try:
                assert terminal.interrupt() in {0, 1}
                terminal.assert_as_before()
            finally:
                terminal.close()

    def commanded(self, line: str) -> None:
        if "--record" in line:  # the other way to the same files
            shutil.rmtree(self.folder / "deployment")
        self.operator.types(line)
        if "prepare-data" in line:  # for settings with data only, and these have none
            assert "there is nothing to prepare" in self.operator.out
            return
        usual = {0, 1} if line.split()[1] == "status" else {0}
        assert self.operator.code in usual, (line, self.operator.out, self.operator.err)

    def happens(self, line: str) -> None:
        """One line for the terminal of `make local`."""
        world = self.operator.world
        Play(world).do(line)
        if line.startswith("fault"):
            for terminal in self.watching:
                terminal.until("▸ us-west")
            until(lambda: world.ask("A")[0] == [world.places[1].ipv4], "the name has moved")
            self.closed()
        else:
            until(self.operator.sees_all_healthy, "the region is back")


@pytest.fixture
def reader(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Reader]:
    """A new user, with a token in a file and two regions behind NodeBalancers."""
    with on_duty(tmp_path, DEFAULT_STACK) as world:
        signs_in(monkeypatch)
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("LINODE_API_URL", world.linode.url)
        monkeypatch.setenv("NAMESERVERS", world.linode.nameserver)
        monkeypatch.setenv("PUBLIC_RESOLVERS", "")
        (tmp_path / "token.txt").write_text(f"{world.linode.token}\n")
        for place in world.places:
            number = world.linode.add_nodebalancer(f"lb-{place.name}", place.name, place.ipv4)
            config = world.linode.add_config(number, 80)
            world.linode.set_config(config, check="http", check_path="/health")
        subscribe(world.aws, world.topic)
        operator = Operator(world, capsys.readouterr)
        until(operator.sees_all_healthy, "both regions are healthy")
        reader = Reader(operator, tmp_path, monkeypatch)
        try:
            yield reader
        finally:
            for terminal in reader.watching:
                terminal.close()


def subscribe(aws, topic: str) -> None:
    """What the link in the mail from AWS does."""
    sqs = aws.client("sqs")
    queue = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    arn = found["Attributes"]["QueueArn"]
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)


def test_the_page_leads_from_nothing_to_a_first_drill(reader: Reader) -> None:
    reader.follow(PAGE)
    reader.closed()

    [service] = settings_file.load(reader.folder / "deployment" / "failover.toml").services
    assert (service.record, service.mode) == (f"app.{DOMAIN}", "observe")
    world = reader.operator.world
    assert world.targets() == [world.places[0].ipv4]
    told = reader.operator.types("linode-failover history shop --limit 50")
    for order in ("failback to us-east (the first drill)", "failover", "(the first drill is over)"):
        assert order in told
