# frozen_string_literal: true

module RegionApp
  # The environment lacks something, or says something impossible. The text is for a person.
  class Misconfigured < StandardError
  end

  # What differs between regions comes from the environment, and there is no default: an instance
  # that guesses its region writes another region's data.
  Settings = Struct.new(:region, :table) do
    # Raises Misconfigured.
    def self.from(env)
      new(aws_region(env), given(env, "APP_TABLE", "the name of the DynamoDB table"))
    end

    def self.aws_region(env)
      region = given(env, "AWS_REGION", "the AWS region of this region's replica, like us-east-1")
      return region if region.match?(/\A[a-z]{2}(-[a-z]+)+-\d+\z/)

      raise Misconfigured, "AWS_REGION is #{region.inspect}: it must name an AWS region, " \
                           "like us-east-1, and not one of Linode's."
    end

    def self.given(env, name, meaning)
      value = env[name].to_s.strip
      raise Misconfigured, "#{name} is not set. It is #{meaning}." if value.empty?

      value
    end

    private_class_method :aws_region, :given
  end
end
