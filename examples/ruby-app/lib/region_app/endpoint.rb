# frozen_string_literal: true

require "json"

module RegionApp
  # The Rack application: `GET /health`, and `GET /`, which says which region answers.
  class Endpoint
    def initialize(region, check, log: $stderr)
      @region = region
      @check = check
      @log = log
      @said = nil
    end

    def call(env)
      return answer(405, { "status" => "GET only" }) unless %w[GET HEAD].include?(env["REQUEST_METHOD"])

      case env["PATH_INFO"]
      when "/health" then health
      when "/" then answer(200, { "region" => @region })
      else answer(404, { "status" => "not found" })
      end
    end

    private

    def health
      found = @check.call
      note(found)
      unless found.healthy?
        return answer(503, { "status" => "unhealthy", "message" => found.message })
      end

      answer(200, { "status" => "healthy", "region" => @region, "ages" => found.ages })
    end

    def answer(status, said)
      headers = { "content-type" => "application/json", "cache-control" => "no-store" }
      [status, headers, [JSON.generate(said)]]
    end

    # A line in the log when the health changes, and only then.
    def note(found)
      return if found.message == @said

      @said = found.message
      @log.puts(JSON.generate({ "event" => "health", "region" => @region,
                                "message" => found.message, "error" => found.error }.compact))
    end
  end
end
