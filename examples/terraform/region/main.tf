# One region: instances in a VPC, a firewall, and a NodeBalancer that takes the sick ones out.

terraform {
  required_providers {
    linode = { source = "linode/linode", version = "~> 4.5" }
  }
}

locals {
  label    = "${var.name}-${var.region}"
  balancer = "${cidrhost(var.subnet, -8)}/30"
}

resource "linode_vpc" "app" {
  label  = local.label
  region = var.region
}

resource "linode_vpc_subnet" "app" {
  vpc_id = linode_vpc.app.id
  label  = local.label
  ipv4   = var.subnet
}

resource "linode_nodebalancer" "app" {
  label  = local.label
  region = var.region
  tags   = ["failover-${var.name}"]
  vpcs   = [{ subnet_id = linode_vpc_subnet.app.id, ipv4_range = local.balancer }]
}

resource "linode_firewall" "app" {
  label           = local.label
  tags            = ["failover-${var.name}"]
  inbound_policy  = "DROP"
  outbound_policy = "ACCEPT"

  inbound {
    label    = "nodebalancer"
    action   = "ACCEPT"
    protocol = "TCP"
    ports    = "8080"
    ipv4     = [local.balancer]
  }

  inbound {
    label    = "ssh"
    action   = "ACCEPT"
    protocol = "TCP"
    ports    = "22"
    ipv4     = var.ssh_from
  }
}

resource "linode_instance" "app" {
  count                = var.instances
  label                = "${local.label}-${count.index + 1}"
  region               = var.region
  type                 = var.type
  image                = var.image
  authorized_keys      = var.authorized_keys
  tags                 = ["failover-${var.name}"]
  firewall_id          = linode_firewall.app.id
  interface_generation = "legacy_config"

  interface {
    purpose = "public"
    primary = true
  }

  interface {
    purpose   = "vpc"
    subnet_id = linode_vpc_subnet.app.id
    ipv4 {
      vpc = cidrhost(var.subnet, 10 + count.index)
    }
  }

  metadata {
    user_data = base64encode(templatefile("${path.module}/user-data.yaml.tftpl", {
      aws_region = var.aws_region
    }))
  }
}

resource "linode_nodebalancer_config" "https" {
  nodebalancer_id = linode_nodebalancer.app.id
  port            = 443
  protocol        = "https"
  ssl_cert        = var.certificate
  ssl_key         = var.certificate_key
  algorithm       = "leastconn"
  check           = "http_body"
  check_path      = "/health"
  check_body      = "\"status\":\"healthy\""
  check_interval  = 5
  check_timeout   = 3
  check_attempts  = 2
  check_passive   = false
}

resource "linode_nodebalancer_node" "app" {
  count           = var.instances
  nodebalancer_id = linode_nodebalancer.app.id
  config_id       = linode_nodebalancer_config.https.id
  label           = linode_instance.app[count.index].label
  address         = "${cidrhost(var.subnet, 10 + count.index)}:8080"
  subnet_id       = linode_vpc_subnet.app.id

  lifecycle {
    replace_triggered_by = [linode_instance.app[count.index].id]
  }
}
