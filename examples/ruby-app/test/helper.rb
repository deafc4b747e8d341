# frozen_string_literal: true

ENV["MT_NO_PLUGINS"] = "1" # whatever else is installed here
require "minitest/autorun"

# The gem where it is installed; elsewhere what stands in for it.
begin
  gem "aws-sdk-dynamodb"
rescue Gem::LoadError
  $LOAD_PATH.unshift(File.join(__dir__, "sdk"))
end
ENV["AWS_ACCESS_KEY_ID"] ||= "test"
ENV["AWS_SECRET_ACCESS_KEY"] ||= "test"

require_relative "../lib/region_app"
require_relative "replica"
