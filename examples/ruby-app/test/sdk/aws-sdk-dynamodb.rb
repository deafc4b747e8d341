# frozen_string_literal: true

# Stands in for the gem of this name where it is not installed: the two calls that the application
# makes, in the gem's own words, over real HTTP to the DynamoDB that AWS_ENDPOINT_URL names. It signs
# nothing, and so it talks to loopback alone.

require "bigdecimal"
require "json"
require "net/http"
require "openssl"
require "uri"

module Seahorse
  module Client
    class NetworkingError < StandardError
      attr_reader :original_error

      def initialize(error)
        @original_error = error
        super(error.message)
      end
    end
  end
end

module Aws
  module Errors
    # The name of the endpoint could not be resolved.
    class NoSuchEndpointError < RuntimeError
      attr_reader :original_error

      def initialize(error)
        @original_error = error
        super(error.message)
      end
    end

    class ServiceError < RuntimeError
      attr_reader :code

      def initialize(code, message)
        @code = code
        super(message)
      end
    end
  end

  module DynamoDB
    module Errors
      class ServiceError < Aws::Errors::ServiceError
      end

      class ConditionalCheckFailedException < ServiceError
      end

      # The gem makes a class for each error code when it first meets it.
      def self.error(code, message)
        const_set(code, Class.new(ServiceError)) unless const_defined?(code, false)
        const_get(code, false).new(code, message)
      end
    end

    class Client
      LOOPBACK = /\A(127(\.\d+){3}|localhost)\z/
      NETWORK = [SystemCallError, IOError, Timeout::Error, OpenSSL::SSL::SSLError].freeze

      Page = Struct.new(:items)
      Written = Class.new

      def initialize(region:, http_open_timeout:, http_read_timeout:, ssl_timeout:, retry_mode:,
                     max_attempts:)
        raise ArgumentError, "one attempt" unless [retry_mode, max_attempts] == ["standard", 1]

        @endpoint = URI(ENV.fetch("AWS_ENDPOINT_URL"))
        raise ArgumentError, "not loopback: #{@endpoint.host}" unless @endpoint.host.match?(LOOPBACK)

        @region = region
        @times = { open_timeout: http_open_timeout, read_timeout: http_read_timeout,
                   ssl_timeout: ssl_timeout, max_retries: 0 }
      end

      def query(table_name:, key_condition_expression:, expression_attribute_values:,
                consistent_read:, limit:)
        said = post("Query", "TableName" => table_name, "ConsistentRead" => consistent_read,
                             "Limit" => limit, "KeyConditionExpression" => key_condition_expression,
                             "ExpressionAttributeValues" => typed(expression_attribute_values))
        Page.new(said.fetch("Items").map { |item| item.transform_values { |value| plain(value) } })
      end

      def update_item(table_name:, key:, update_expression:, condition_expression:,
                      expression_attribute_names:, expression_attribute_values:)
        post("UpdateItem", "TableName" => table_name, "Key" => typed(key),
                           "UpdateExpression" => update_expression,
                           "ConditionExpression" => condition_expression,
                           "ExpressionAttributeNames" => expression_attribute_names,
                           "ExpressionAttributeValues" => typed(expression_attribute_values))
        Written.new
      end

      private

      def post(action, said)
        request = Net::HTTP::Post.new("/", headers(action))
        request.body = JSON.generate(said)
        reply = Net::HTTP.start(@endpoint.host, @endpoint.port, nil, **@times) { |to| to.request(request) }
        body = JSON.parse(reply.body)
        raise failure(body) unless reply.is_a?(Net::HTTPOK)

        body
      rescue SocketError => e
        raise Aws::Errors::NoSuchEndpointError.new(e)
      rescue *NETWORK => e
        raise Seahorse::Client::NetworkingError.new(e)
      end

      # The region is in the signature's scope, and that is where moto, too, looks for it.
      def headers(action)
        scope = "#{ENV.fetch("AWS_ACCESS_KEY_ID")}/20250101/#{@region}/dynamodb/aws4_request"
        { "Content-Type" => "application/x-amz-json-1.0", "X-Amz-Target" => "DynamoDB_20120810.#{action}",
          "Authorization" => "AWS4-HMAC-SHA256 Credential=#{scope}, SignedHeaders=host, Signature=0" }
      end

      def failure(body)
        Errors.error(body.fetch("__type").split("#").last, body["message"] || body["Message"])
      end

      def typed(values)
        values.transform_values { |value| value.is_a?(Numeric) ? { "N" => value.to_s } : { "S" => value } }
      end

      def plain(value)
        value.key?("N") ? BigDecimal(value["N"]) : value.values.first
      end
    end
  end
end
