# Two regions that are made alike, and the name that the monitor moves between them.

terraform {
  required_version = ">= 1.5"
  required_providers {
    linode = { source = "linode/linode", version = "~> 4.5" }
  }
}

provider "linode" {} # the token is that of LINODE_TOKEN

module "us_east" {
  source          = "./region"
  name            = var.name
  region          = "us-east"
  aws_region      = "us-east-1"
  authorized_keys = var.authorized_keys
  ssh_from        = var.ssh_from
  certificate     = var.certificate
  certificate_key = var.certificate_key
}

module "us_west" {
  source          = "./region"
  name            = var.name
  region          = "us-west"
  aws_region      = "us-west-2"
  authorized_keys = var.authorized_keys
  ssh_from        = var.ssh_from
  certificate     = var.certificate
  certificate_key = var.certificate_key
}

# The zone's ttl_sec is also how long resolvers remember that a name does not exist.
resource "linode_domain" "zone" {
  domain    = var.domain
  type      = "master"
  soa_email = "hostmaster@${var.domain}"
  ttl_sec   = 300
}

# The monitor changes the target. ignore_changes keeps `terraform apply` from moving the name back
# to a dead region, and prevent_destroy from deleting the record to make it anew.
resource "linode_domain_record" "a" {
  domain_id   = linode_domain.zone.id
  name        = var.record
  record_type = "A"
  target      = module.us_east.ipv4
  ttl_sec     = 30

  lifecycle {
    ignore_changes  = [target, ttl_sec]
    prevent_destroy = true
  }
}

resource "linode_domain_record" "aaaa" {
  domain_id   = linode_domain.zone.id
  name        = var.record
  record_type = "AAAA"
  target      = module.us_east.ipv6
  ttl_sec     = 30

  lifecycle {
    ignore_changes  = [target, ttl_sec]
    prevent_destroy = true
  }
}

# Lines for deployment/failover.toml.
output "settings" {
  value = join("\n", [module.us_east.settings, module.us_west.settings])
}
