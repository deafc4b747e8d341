# frozen_string_literal: true

require_relative "helper"
require "rack/mock"
require "stringio"

# The application with the production seam, before a replica that behaves badly on a real socket.
class TestReplicaFaults < Minitest::Test
  ENVIRONMENT = { "AWS_REGION" => "us-east-1", "APP_TABLE" => "data" }.freeze

  # What a replica does, and the word that says so.
  FAULTS = {
    "hangs at once" => ["timeout", ->(_, _) { sleep }],
    "hangs at the write" => ["timeout", ->(call, to) { call == "Query" ? to.write(Replica::EMPTY) : sleep }],
    "drips for ever" => ["timeout", ->(_, to) { loop { to.write("H") && sleep(0.05) } }],
    "drips a body" => ["timeout", lambda { |_, to|
      to.write("HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n")
      loop { to.write(" ") && sleep(0.05) }
    }],
    "cuts the line" => ["unreachable", ->(_, _) {}],
    "refuses reads" => ["read refused", ->(_, to) { to.write(Replica.refusal(400, "AccessDeniedException")) }],
    "refuses writes" => ["write refused", lambda { |call, to|
      to.write(call == "Query" ? Replica::EMPTY : Replica.refusal(500, "InternalServerError"))
    }],
    "throttles" => ["throttled", lambda { |_, to|
      to.write(Replica.refusal(400, "ProvisionedThroughputExceededException"))
    }],
    "throttles by request" => ["throttled", ->(_, to) { to.write(Replica.refusal(400, "ThrottlingException")) }],
    "has lost quorum" => ["write refused", lambda { |call, to|
      to.write(call == "Query" ? Replica::EMPTY : Replica.refusal(400, "ReplicatedWriteConflictException"))
    }],
    "talks nonsense" => ["error", ->(_, to) { to.write(Replica.reply(200, "SECRET <html>")) }]
  }.freeze

  # The gem has a word of its own for these; what matters is that they are told, in time.
  LOOSE = ["talks nonsense"].freeze

  FAULTS.each do |fault, (message, answers)|
    define_method("test_a_replica_that_#{fault.tr(" ", "_")}_is_told_in_time_in_a_fixed_word") do
      Replica.during(answers) do
        status, body, took = asked

        assert_equal 503, status
        said = JSON.parse(body)
        assert_equal %w[message status], said.keys.sort
        assert_includes RegionApp::Health::MESSAGES, said["message"]
        assert_equal message, said["message"] unless LOOSE.include?(fault)
        refute_includes body, "SECRET"
        took = [took, asked.last].min if took >= 1.0 # a machine that is busy is no fault of ours
        assert_operator took, :<, 1.0
      end
    end
  end

  def test_where_nobody_listens_the_replica_is_unreachable
    port = TCPServer.open("127.0.0.1", 0) { |server| server.addr[1] }
    before = ENV.fetch("AWS_ENDPOINT_URL", nil)
    ENV["AWS_ENDPOINT_URL"] = "http://127.0.0.1:#{port}"
    status, body, = asked

    assert_equal [503, '{"status":"unhealthy","message":"unreachable"}'], [status, body]
  ensure
    ENV["AWS_ENDPOINT_URL"] = before
  end

  # No name is asked for here: that would leave the machine.
  def test_where_the_name_cannot_be_resolved_the_replica_is_unreachable
    client = Object.new
    def client.query(**) = raise(Aws::Errors::NoSuchEndpointError.allocate)

    Replica.during(->(_, _) {}) do
      table = RegionApp::Table.new("data", "us-east-1")
      table.instance_variable_set(:@client, client)

      assert_equal :unreachable, assert_raises(RegionApp::Table::Failed) { table.beats }.reason
    end
  end

  def test_a_replica_that_answers_is_healthy_with_one_read_and_one_write
    works = ->(call, to) { to.write(call == "Query" ? Replica::EMPTY : Replica::DONE) }
    Replica.during(works) do |replica|
      assert_equal 200, asked.first
      assert_equal %w[Query UpdateItem], replica.calls
    end
  end

  def test_a_burst_on_a_replica_that_hangs_is_one_call_and_all_are_answered_in_time
    Replica.during(->(_, _) { sleep }) do |replica|
      web = application
      answers = Array.new(50) { Thread.new { timed { web.get("/health").status } } }.map(&:value)

      assert_equal [503], answers.map(&:first).uniq
      assert_operator answers.map(&:last).max, :<, 5.0, "nobody queues behind somebody else"
      assert_equal ["Query"], replica.calls
    end
  end

  private

  # Status, body and seconds of one answer of a new process' application.
  def asked
    web = application
    answer, took = timed { web.get("/health") }
    [answer.status, answer.body, took]
  end

  # What RegionApp.build makes, with a log that nobody reads.
  def application
    settings = RegionApp::Settings.from(ENVIRONMENT)
    check = RegionApp.checked(settings)
    Rack::MockRequest.new(RegionApp::Endpoint.new(settings.region, check, log: StringIO.new))
  end

  def timed
    began = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    result = yield
    [result, Process.clock_gettime(Process::CLOCK_MONOTONIC) - began]
  end
end
