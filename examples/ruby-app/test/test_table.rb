# frozen_string_literal: true

require_relative "helper"

# Against a DynamoDB that AWS_ENDPOINT_URL names, with the table APP_TABLE in both regions.
class TestTable < Minitest::Test
  Beat = RegionApp::Table::Beat

  def setup
    skip "no AWS_ENDPOINT_URL: the tests with a DynamoDB run in `make test-all`" unless ENV["AWS_ENDPOINT_URL"]
    @region = "test-#{rand(1 << 32)}"
    @table = table
  end

  def table(region = "us-east-1")
    RegionApp::Table.new(ENV.fetch("APP_TABLE"), region)
  end

  def test_what_is_written_is_read
    @table.write(@region, nil, Beat.new(1, 1234.5678))

    assert_equal Beat.new(1, 1234.568), @table.beats[@region]
  end

  def test_a_number_that_was_seen_is_written_over
    @table.write(@region, nil, Beat.new(1, 10))
    @table.write(@region, Beat.new(1, 10), Beat.new(2, 11))

    assert_equal 2, @table.beats[@region].number
  end

  def test_of_two_who_read_the_same_one_writes
    @table.write(@region, nil, Beat.new(1, 10))
    @table.write(@region, Beat.new(1, 10), Beat.new(2, 11))

    assert_raises(RegionApp::Table::Changed) { @table.write(@region, Beat.new(1, 10), Beat.new(2, 12)) }
    assert_raises(RegionApp::Table::Changed) { @table.write(@region, nil, Beat.new(1, 12)) }
    assert_equal Beat.new(2, 11), @table.beats[@region]
  end

  def test_the_region_of_the_client_decides_which_replica_is_asked
    @table.write(@region, nil, Beat.new(1, 10))

    refute_includes table("us-west-2").beats, @region
  end

  def test_a_table_that_is_not_there_refuses
    missing = RegionApp::Table.new("nobodys-table", "us-east-1")

    assert_equal :refused, assert_raises(RegionApp::Table::Failed) { missing.beats }.reason
    assert_equal :refused, assert_raises(RegionApp::Table::Failed) { missing.write("x", nil, Beat.new(1, 1)) }.reason
  end

  def test_instances_that_check_at_once_are_all_healthy
    checks = Array.new(4) { RegionApp::Health.new(@region, table) }
    found = checks.map { |check| Thread.new { Array.new(10) { check.call } } }.flat_map(&:value)

    assert_equal [nil], found.map(&:message).uniq
    assert_includes 10..40, @table.beats[@region].number
  end
end
