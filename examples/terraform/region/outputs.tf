output "ipv4" {
  value = linode_nodebalancer.app.ipv4
}

output "ipv6" {
  value = linode_nodebalancer.app.ipv6
}

output "settings" {
  description = "What makes the monitor watch this region."
  value       = <<-EOT
    [[service.region]]
    name         = "${var.region}"
    aws_region   = "${var.aws_region}"
    nodebalancer = "${local.label}"
  EOT
}
