# frozen_string_literal: true

require "aws-sdk-dynamodb"
require "timeout"

module RegionApp
  # The seam to aws-sdk-dynamodb: the two calls of the health endpoint, and what may come of them.
  # Nothing else knows the SDK.
  #
  # All regions' items lie under one partition key, one for each region, so that one small read shows
  # them all. Adapt PARTITION and the key's names, pk and sk, to your own table.
  class Table
    # A call had no success. `reason` is :throttled, :refused, :timeout or :unreachable, `cause` what
    # the SDK raised; its text is nobody's business.
    class Failed < StandardError
      attr_reader :reason

      def initialize(reason)
        @reason = reason
        super(reason.to_s)
      end
    end

    # Somebody else has written the item since it was read.
    class Changed < StandardError
    end

    # An item: the number of its last write, and when that was, in Unix seconds by the writer's clock.
    Beat = Struct.new(:number, :at)

    PARTITION = "health"
    MOST_REGIONS = 25

    # Seconds, each well within the whole check's deadline; and no second attempt: the next check is
    # the retry.
    PATIENCE = { http_open_timeout: 0.5, http_read_timeout: 0.7, ssl_timeout: 0.5,
                 retry_mode: "standard", max_attempts: 1 }.freeze

    THROTTLED = %w[ProvisionedThroughputExceededException RequestLimitExceeded
                   ThrottlingException].freeze

    def initialize(name, region)
      @name = name
      @client = Aws::DynamoDB::Client.new(region: region, **PATIENCE)
    end

    # Every region's Beat by its name, as the local replica has them. Raises Failed.
    def beats
      found = asked do
        @client.query(
          table_name: @name, consistent_read: true, limit: MOST_REGIONS,
          key_condition_expression: "pk = :health",
          expression_attribute_values: { ":health" => PARTITION }
        )
      end
      found.items.to_h { |item| [item["sk"], Beat.new(item["beats"].to_i, item["at"].to_f)] }
    end

    # Write a region's item, on condition that it still is what was read; `seen` is nil for none.
    # Raises Changed and Failed.
    def write(region, seen, beat)
      condition = seen ? "beats = :seen" : "attribute_not_exists(pk)"
      values = { ":beats" => beat.number, ":at" => beat.at.round(3) }
      values[":seen"] = seen.number if seen
      asked do
        @client.update_item(
          table_name: @name, key: { "pk" => PARTITION, "sk" => region },
          update_expression: "SET beats = :beats, #at = :at", condition_expression: condition,
          expression_attribute_names: { "#at" => "at" }, expression_attribute_values: values
        )
      end
    end

    private

    def asked
      yield
    rescue Aws::DynamoDB::Errors::ConditionalCheckFailedException
      raise Changed
    rescue Aws::Errors::ServiceError => e
      raise Failed, THROTTLED.include?(e.code) ? :throttled : :refused
    rescue Seahorse::Client::NetworkingError, Aws::Errors::NoSuchEndpointError => e
      raise Failed, e.original_error.is_a?(Timeout::Error) ? :timeout : :unreachable
    end
  end
end
