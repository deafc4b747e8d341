variable "name" {
  type    = string
  default = "app"
}

variable "domain" {
  type = string
}

variable "record" {
  type        = string
  description = "The name in the zone, without the zone."
  default     = "app"
}

variable "authorized_keys" {
  type = list(string)
}

variable "ssh_from" {
  type        = list(string)
  description = "IPv4 networks that may use SSH."
}

variable "certificate" {
  type        = string
  description = "PEM, the whole chain, for the public name."
}

variable "certificate_key" {
  type      = string
  sensitive = true
}
