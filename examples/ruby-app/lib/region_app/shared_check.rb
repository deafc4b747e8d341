# frozen_string_literal: true

require "timeout"
require_relative "health"

module RegionApp
  # A check that many may ask for at once: one runs at a time, its finding is good for everybody who
  # asks within FRESH of its start, and nobody waits beyond its DEADLINE.
  #
  # So however often a NodeBalancer, a monitor and the curious ask, a process costs DynamoDB at the
  # most one read and one write a second.
  class SharedCheck
    DEADLINE = 0.8
    FRESH = 1.0

    # A check that has begun. After a fork its thread is the parent's.
    Run = Struct.new(:began, :process, :thread)

    LATE = Health::Finding.new("timeout", {}).freeze

    def initialize(check, deadline: DEADLINE, fresh: FRESH,
                   clock: -> { Process.clock_gettime(Process::CLOCK_MONOTONIC) })
      @check = check
      @deadline = deadline
      @fresh = fresh
      @clock = clock
      @lock = Mutex.new
    end

    # The Finding, in DEADLINE seconds at the latest.
    def call
      run = @lock.synchronize { @run = current || start }
      left = run.began + @deadline - @clock.call
      run.thread.join([left, 0].max) ? run.thread.value : LATE
    end

    private

    # The run that is still good, or that has not ended: a second one would hang as it does.
    def current
      return unless @run && @run.process == Process.pid

      @run if @run.thread.alive? || @clock.call - @run.began < @fresh
    end

    def start
      Run.new(@clock.call, Process.pid, Thread.new { bounded })
    end

    # Ends what drips as well as what hangs. Those who wait do not depend on it: they go at the
    # deadline also when this thread cannot be stopped, as within a look-up of a name.
    def bounded
      Timeout.timeout(@deadline) { @check.call }
    rescue Timeout::Error
      LATE
    end
  end
end
