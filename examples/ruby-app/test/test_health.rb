# frozen_string_literal: true

require_relative "helper"

class TestHealth < Minitest::Test
  Beat = RegionApp::Table::Beat
  NOW = 1_000_000.0

  # A table in memory, with one fault.
  class Memory
    attr_reader :items

    def initialize(items = {}, read: nil, write: nil)
      @items = items
      @read = read
      @write = write
    end

    def beats
      raise @read if @read

      @items.dup
    end

    def write(region, seen, beat)
      raise @write if @write
      raise RegionApp::Table::Changed unless @items[region]&.number == seen&.number

      @items[region] = beat
    end
  end

  def check(table)
    RegionApp::Health.new("us-east-1", table, clock: -> { NOW }).call
  end

  def failed(reason)
    raise "SECRET of the SDK"
  rescue RuntimeError
    begin
      raise RegionApp::Table::Failed, reason
    rescue RegionApp::Table::Failed => e
      e
    end
  end

  def test_a_check_reads_and_writes_its_own_regions_item
    table = Memory.new({ "us-east-1" => Beat.new(41, NOW - 5), "us-west-2" => Beat.new(7, NOW - 2) })

    assert_predicate check(table), :healthy?
    assert_equal Beat.new(42, NOW), table.items["us-east-1"]
    assert_equal Beat.new(7, NOW - 2), table.items["us-west-2"]
  end

  def test_the_first_check_of_all_makes_the_item
    table = Memory.new

    assert_predicate check(table), :healthy?
    assert_equal({ "us-east-1" => Beat.new(1, NOW) }, table.items)
  end

  def test_an_old_heartbeat_of_another_region_is_reported_and_no_failure
    found = check(Memory.new({ "us-west-2" => Beat.new(7, NOW - 86_400), "eu-west-1" => Beat.new(1, NOW - 1.26) }))

    assert_predicate found, :healthy?
    assert_equal({ "us-west-2" => 86_400.0, "eu-west-1" => 1.3 }, found.ages)
  end

  def test_a_clock_behind_another_regions_makes_no_negative_age
    assert_equal 0.0, check(Memory.new({ "us-west-2" => Beat.new(7, NOW + 30) })).ages["us-west-2"]
  end

  def test_an_instance_whose_clock_was_far_ahead_locks_nobody_out
    table = Memory.new({ "us-east-1" => Beat.new(1, NOW + 1e9) })

    assert_predicate check(table), :healthy?
    assert_equal Beat.new(2, NOW), table.items["us-east-1"]
  end

  def test_an_instance_that_was_overtaken_is_healthy
    assert_predicate check(Memory.new(write: RegionApp::Table::Changed.new)), :healthy?
  end

  def test_what_fails_is_said_in_words_of_a_fixed_set
    {
      { read: failed(:refused) } => "read refused",
      { write: failed(:refused) } => "write refused",
      { read: failed(:throttled) } => "throttled",
      { write: failed(:throttled) } => "throttled",
      { read: failed(:timeout) } => "timeout",
      { read: failed(:unreachable) } => "unreachable",
      { write: failed(:unreachable) } => "unreachable",
      { read: RuntimeError.new("SECRET") } => "error",
      { write: KeyError.new("SECRET") } => "error"
    }.each do |fault, message|
      found = check(Memory.new(**fault))

      assert_equal message, found.message
      assert_includes RegionApp::Health::MESSAGES, found.message
      refute_includes found.to_s, "SECRET"
    end
  end
end
