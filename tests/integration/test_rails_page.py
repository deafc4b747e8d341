"""docs/rails.md: its four pieces, as they stand, in a Rails application of a few lines."""

import os
import shutil
import subprocess

import pytest

from local.aws import AwsServer
from local.copies import CopiesEndpoint, CopyFault
from local.ruby_region import APP, SDK, TABLE, create_app_table
from tests.support.pages import blocks
from tests.support.ruby import needs_ruby
from tests.support.waiting import LIMIT

pytestmark = [needs_ruby, pytest.mark.long]

PIECES = {
    block.splitlines()[0].removeprefix("# "): block for block in blocks("docs/rails.md", "ruby")
}

APPLICATION = """
ENV["RAILS_ENV"] = "production"
require "rails"
require "action_controller/railtie"
class Shop < Rails::Application
  config.root = __dir__
  config.eager_load = true
  config.secret_key_base = "x" * 64
  config.logger = Logger.new(IO::NULL)
end
Shop.initialize!
require "rack/mock"
answer = Rack::MockRequest.new(Shop).get("http://192.168.130.11:8080/health")
puts answer.status, answer["Cache-Control"], answer.body
puts Rack::MockRequest.new(Shop).get("http://192.168.130.11:8080/").status
"""


def has_rails():
    """Whether the parts of Rails are there that a controller needs."""
    if not shutil.which("ruby"):
        return False
    check = ["ruby", "-e", 'gem "railties"; gem "actionpack"']
    return subprocess.run(check, capture_output=True, timeout=LIMIT, check=False).returncode == 0


needs_rails = pytest.mark.skipif(
    not has_rails(),
    reason="Rails is needed and is not there; on Debian: apt-get install ruby-railties",
)


@pytest.fixture(scope="module")
def replica():
    with AwsServer("eu-west-1") as aws:
        create_app_table(aws, "us-east-1")
        with CopiesEndpoint(aws.url, TABLE) as server:
            yield server


@pytest.fixture
def rails(tmp_path, replica):
    """A Rails application with the pieces of the page; what it says to a NodeBalancer."""
    shutil.copytree(APP / "lib", tmp_path / "lib")
    for path, piece in PIECES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(piece)
    (tmp_path / "application.rb").write_text(APPLICATION)

    def run(**env):
        return subprocess.run(
            ["ruby", "-I", str(SDK), "application.rb"], cwd=tmp_path, stdin=subprocess.DEVNULL,
            env={**os.environ, "AWS_ENDPOINT_URL": replica.url, "AWS_ACCESS_KEY_ID": "x",
                 "AWS_REGION": "us-east-1", "APP_TABLE": TABLE, **env},
            capture_output=True, text=True, timeout=LIMIT, check=False,
        )  # fmt: skip

    return run


def test_every_piece_is_ruby_and_says_where_it_belongs(tmp_path):
    assert list(PIECES) == [
        "config/initializers/region_app.rb",
        "app/controllers/health_controller.rb",
        "config/routes.rb",
        "config/environments/production.rb",
    ]
    for piece in PIECES.values():
        done = subprocess.run(
            ["ruby", "-wc"],
            input=piece,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        assert done.stdout == "Syntax OK\n", done.stderr


@needs_rails
def test_a_nodebalancer_gets_the_answer_of_the_contract(rails):
    """By HTTP and by the address, although the application forces TLS and knows one host alone."""
    status, cache, body, elsewhere = rails().stdout.splitlines()
    assert (status, cache) == ("200", "no-store")
    assert body == '{"status":"healthy","region":"us-east-1","ages":{}}'
    assert elsewhere in ("301", "403")


@needs_rails
def test_a_replica_that_refuses_writes_is_told_in_a_fixed_word(rails, replica):
    replica.faults["us-east-1"] = CopyFault.READ_ONLY
    try:
        status, _, body, _ = rails().stdout.splitlines()
    finally:
        replica.faults.clear()
    assert (status, body) == ("503", '{"status":"unhealthy","message":"write refused"}')


@needs_rails
def test_without_its_region_the_application_does_not_start(rails):
    refused = rails(AWS_REGION="")
    assert refused.returncode != 0
    assert "AWS_REGION is not set" in refused.stderr
