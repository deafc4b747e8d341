variable "name" {
  type = string
}

variable "region" {
  type        = string
  description = "The id of the Linode region."
}

variable "aws_region" {
  type        = string
  description = "What the application says in its /health, and where its replica is."
}

variable "subnet" {
  type    = string
  default = "10.0.0.0/24"
}

variable "instances" {
  type    = number
  default = 2
}

variable "type" {
  type    = string
  default = "g6-standard-1"
}

variable "image" {
  type    = string
  default = "linode/debian12"
}

variable "authorized_keys" {
  type = list(string)
}

variable "ssh_from" {
  type = list(string)
}

variable "certificate" {
  type = string
}

variable "certificate_key" {
  type      = string
  sensitive = true
}
