# frozen_string_literal: true

require_relative "lib/region_app"

begin
  run RegionApp.build(ENV)
rescue RegionApp::Misconfigured => e
  abort "region-app cannot start: #{e.message}"
end
