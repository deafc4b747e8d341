# frozen_string_literal: true

require "json"
require "socket"

# A DynamoDB endpoint on loopback that does what a test says, where the real one cannot be made to.
class Replica
  attr_reader :calls

  # `answers` is given the name of each call and the connection. For as long as the block lasts,
  # AWS_ENDPOINT_URL is this server.
  def self.during(answers)
    replica = new(answers)
    before = ENV.fetch("AWS_ENDPOINT_URL", nil)
    ENV["AWS_ENDPOINT_URL"] = "http://127.0.0.1:#{replica.port}"
    yield replica
  ensure
    ENV["AWS_ENDPOINT_URL"] = before
    replica&.close
  end

  # The reply to a call, as HTTP.
  def self.reply(status, body)
    text = body.is_a?(String) ? body : JSON.generate(body)
    "HTTP/1.1 #{status} X\r\nContent-Type: application/x-amz-json-1.0\r\n" \
      "Content-Length: #{text.bytesize}\r\nConnection: close\r\n\r\n#{text}"
  end

  def self.refusal(status, kind)
    reply(status, "__type" => "com.amazonaws.dynamodb.v20120810##{kind}", "message" => "SECRET text")
  end

  EMPTY = reply(200, "Items" => [], "Count" => 0)
  DONE = reply(200, {})

  def initialize(answers)
    @answers = answers
    @calls = []
    @server = TCPServer.new("127.0.0.1", 0)
    @threads = []
    @accepting = Thread.new { loop { serve(@server.accept) } }
    @accepting.report_on_exception = false
  end

  def port
    @server.addr[1]
  end

  def close
    @accepting.kill.join
    @threads.each { |thread| thread.kill.join }
    @server.close
  end

  private

  def serve(connection)
    @threads << Thread.new do
      head = connection.gets("\r\n\r\n").to_s
      connection.read(head[/content-length: (\d+)/i, 1].to_i)
      call = head[/DynamoDB_20120810\.(\w+)/, 1]
      @calls << call
      @answers.call(call, connection)
    rescue SystemCallError, IOError
      nil # the client has gone
    ensure
      connection.close
    end
  end
end
