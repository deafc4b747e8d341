# frozen_string_literal: true

require_relative "helper"
require "rack/lint"
require "rack/mock"
require "stringio"

class TestEndpoint < Minitest::Test
  Finding = RegionApp::Health::Finding

  def setup
    @log = StringIO.new
    @found = Finding.new(nil, { "us-west-2" => 1.2 })
    app = RegionApp::Endpoint.new("us-east-1", -> { @found }, log: @log)
    @web = Rack::MockRequest.new(Rack::Lint.new(app))
  end

  def test_a_healthy_region_says_so_and_who_it_is
    answer = @web.get("/health")

    assert_equal 200, answer.status
    assert_equal({ "status" => "healthy", "region" => "us-east-1", "ages" => { "us-west-2" => 1.2 } },
                 JSON.parse(answer.body))
    assert_equal "no-store", answer["cache-control"]
  end

  def test_an_unhealthy_region_says_a_word_and_no_more
    @found = Finding.new("write refused", {}, "Aws::DynamoDB::Errors::InternalServerError")
    answer = @web.get("/health")

    assert_equal 503, answer.status
    assert_equal '{"status":"unhealthy","message":"write refused"}', answer.body
  end

  # A balancer that looks for a text in the body must tell the two answers apart.
  def test_the_text_that_a_balancer_looks_for_is_in_the_healthy_answer_alone
    healthy = @web.get("/health").body
    @found = Finding.new("timeout", {})

    assert_includes healthy, '"status":"healthy"'
    refute_includes @web.get("/health").body, '"status":"healthy"'
  end

  def test_the_log_has_one_line_for_each_change
    [nil, "timeout", "timeout", "throttled", nil, nil].each do |message|
      @found = Finding.new(message, {}, message && "SomeError")
      @web.get("/health")
    end

    assert_equal(["timeout", "throttled", nil], @log.string.lines.map { |line| JSON.parse(line)["message"] })
  end

  def test_other_paths_and_methods_are_refused_and_check_nothing
    app = RegionApp::Endpoint.new("us-east-1", -> { flunk "checked" }, log: @log)
    web = Rack::MockRequest.new(Rack::Lint.new(app))

    assert_equal 404, web.get("/healthz").status
    assert_equal 405, web.post("/health").status
    assert_equal '{"region":"us-east-1"}', web.get("/").body
  end
end
