# frozen_string_literal: true

require_relative "table"

module RegionApp
  # One check: read the local replica, and write this region's own item there.
  #
  # Only this region's item is written and only here, so that no two regions ever write the same
  # item. A heartbeat of another region that is old is reported and never a failure: otherwise one
  # region that dies would take all the others with it.
  class Health
    # What is found. `message` is nil or one of MESSAGES; `ages` are seconds since the heartbeat of
    # each other region, by the clocks of both sides; `error` is a class name for the log.
    Finding = Struct.new(:message, :ages, :error) do
      def healthy?
        message.nil?
      end
    end

    # Everything that an answer can ever say: what a library raised does not belong there.
    MESSAGES = ["timeout", "throttled", "unreachable", "read refused", "write refused",
                "error"].freeze

    def initialize(region, table, clock: -> { Process.clock_gettime(Process::CLOCK_REALTIME) })
      @region = region
      @table = table
      @clock = clock
    end

    # A Finding. Raises nothing but what is no StandardError.
    def call
      doing = "read"
      beats = @table.beats
      doing = "write"
      beat(beats[@region])
      Finding.new(nil, ages(beats))
    rescue Table::Failed => e
      Finding.new(e.reason == :refused ? "#{doing} refused" : e.reason.to_s, {}, e.cause.class.name)
    rescue StandardError => e
      Finding.new("error", {}, e.class.name)
    end

    private

    # The condition is on the number and not on the time: no clock that is wrong can lock it.
    def beat(seen)
      @table.write(@region, seen, Table::Beat.new((seen&.number || 0) + 1, @clock.call))
    rescue Table::Changed
      # Another instance has written between our read and now, so the replica accepts writes.
    end

    def ages(beats)
      now = @clock.call
      beats.except(@region).transform_values { |beat| [now - beat.at, 0.0].max.round(1) }
    end
  end
end
