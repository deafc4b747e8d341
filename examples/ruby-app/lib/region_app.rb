# frozen_string_literal: true

require_relative "region_app/endpoint"
require_relative "region_app/health"
require_relative "region_app/settings"
require_relative "region_app/shared_check"
require_relative "region_app/table"

# One region of an application: it answers for its own region's replica, and for nothing else.
module RegionApp
  # The Rack application. Raises Misconfigured.
  def self.build(env)
    settings = Settings.from(env)
    Endpoint.new(settings.region, checked(settings))
  end

  # The health of the region that the settings name, for any number of threads to ask.
  def self.checked(settings)
    table = Table.new(settings.table, settings.region)
    SharedCheck.new(Health.new(settings.region, table))
  end
end
