# frozen_string_literal: true

require_relative "helper"

class TestSettings < Minitest::Test
  GOOD = { "AWS_REGION" => "us-east-1", "APP_TABLE" => "data" }.freeze

  def test_region_and_table_come_from_the_environment
    settings = RegionApp::Settings.from(GOOD)

    assert_equal %w[us-east-1 data], [settings.region, settings.table]
  end

  def test_each_missing_variable_is_an_error_that_names_it
    GOOD.each_key do |name|
      [nil, "", " "].each do |nothing|
        error = assert_raises(RegionApp::Misconfigured) do
          RegionApp::Settings.from(GOOD.merge(name => nothing))
        end
        assert_includes error.message, "#{name} is not set"
      end
    end
  end

  def test_another_variable_that_the_sdk_would_take_is_no_region
    assert_raises(RegionApp::Misconfigured) do
      RegionApp::Settings.from("AWS_DEFAULT_REGION" => "us-east-1", "APP_TABLE" => "data")
    end
  end

  def test_a_region_of_linode_is_refused
    %w[us-east eu-west de-fra-2x US-EAST-1 us-east-1;].each do |region|
      error = assert_raises(RegionApp::Misconfigured) do
        RegionApp::Settings.from(GOOD.merge("AWS_REGION" => region))
      end
      assert_includes error.message, region
    end
  end

  def test_no_region_stands_in_the_code
    code = Dir[File.join(__dir__, "../{lib/**/*.rb,config/*.rb,config.ru}")]

    refute_empty code
    code.each do |file|
      without_examples = File.read(file).gsub("like us-east-1", "")

      refute_match(/\b[a-z]{2}(-[a-z]+)+-\d\b/, without_examples, file)
    end
  end
end
