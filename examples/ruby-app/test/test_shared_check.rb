# frozen_string_literal: true

require_relative "helper"

class TestSharedCheck < Minitest::Test
  GOOD = RegionApp::Health::Finding.new(nil, {})

  def shared(deadline: 5.0, fresh: 1.0, clock: nil, &check)
    RegionApp::SharedCheck.new(check, **{ deadline: deadline, fresh: fresh, clock: clock }.compact)
  end

  def test_a_hundred_who_ask_at_once_share_one_check
    runs = Queue.new
    gate = Queue.new
    check = shared do
      runs << true
      gate.pop
      GOOD
    end
    asking = Array.new(100) { Thread.new { check.call } }
    Thread.pass until runs.size == 1 && asking.all? { |thread| thread.status == "sleep" }
    gate << true

    assert(asking.all? { |thread| thread.value.equal?(GOOD) })
    assert_equal 1, runs.size
  end

  def test_a_finding_is_good_for_a_second_from_its_start
    now = 100.0
    runs = 0
    check = shared(clock: -> { now }) do
      runs += 1
      GOOD
    end
    counts = [0, 0.5, 0.49, 0.02, 0.97, 0.01].map do |passed|
      now += passed
      check.call
      runs
    end

    assert_equal [1, 1, 1, 2, 2, 2], counts
  end

  def test_nobody_waits_beyond_the_deadline
    check = shared(deadline: 0.2) { sleep }
    began = clock
    asking = Array.new(20) { Thread.new { check.call } }

    assert_equal ["timeout"], asking.map { |thread| thread.value.message }.uniq
    assert_operator clock - began, :<, 5.0, "one deadline for all, and not one after the other"
  end

  def test_a_check_that_cannot_be_stopped_holds_nobody_up_and_is_not_repeated
    runs = 0
    release = Queue.new
    check = shared(deadline: 0.1, fresh: 0.0) do
      runs += 1
      Thread.handle_interrupt(Exception => :never) { release.pop }
      GOOD
    end
    assert_equal "timeout", check.call.message
    began = clock
    20.times { assert_equal "timeout", check.call.message }

    assert_operator clock - began, :<, 1.0, "who comes after the deadline does not wait at all"
    assert_equal 1, runs
  ensure
    release << true
  end

  def test_after_a_check_that_hung_the_next_one_tells_what_is_now
    hangs = true
    check = shared(deadline: 0.1, fresh: 0.0) { hangs ? sleep : GOOD }

    assert_equal "timeout", check.call.message
    hangs = false
    healthy = (1..100).any? { check.call.healthy? || (sleep(0.01) && false) }
    assert healthy
  end

  def test_a_forked_process_makes_checks_of_its_own
    check = shared { GOOD }
    check.call
    _, status = Process.wait2(fork { exit!(check.call.equal?(GOOD)) })

    assert_predicate status, :success?
  end

  private

  def clock
    Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end
end
