# frozen_string_literal: true

# Behind a NodeBalancer this is the private address of the instance.
bind ENV.fetch("BIND", "tcp://127.0.0.1:8080")

# Bounded, so that a burst waits here and not in DynamoDB. When all of them are busy, /health waits
# as the visitors do, and that is what it should say.
threads 2, 16
