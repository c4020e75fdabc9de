# A shop on AWS, written so that many ways of writing are in it.
terraform {
  required_version = ">= 1.9, < 2.0"

  required_providers {
    aws = {
      source                = "hashicorp/aws"
      version               = "~> 6.0"
      configuration_aliases = [aws.backup]
    }
    random = {
      source  = "hashicorp/random"
      version = "3.7.2"
    }
  }

  backend "s3" {
    key = "shop/terraform.tfstate"
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = local.tags
  }
}

provider "aws" {
  alias  = "backup"
  region = "eu-west-1"
}

variable "region" {
  type        = string
  description = "Where it runs."
  default     = "eu-central-1"

  validation {
    condition     = can(regex("^[a-z]{2}-", var.region))
    error_message = "This is no region: \"${var.region}\"."
  }
}

variable "zones" {
  type = map(object({
    cidr   = string
    public = optional(bool, false)
  }))
  description = "Subnets by availability zone."
}

variable "admin_cidr" {
  type        = string
  description = "Who may administer."
}

variable "api_token" {
  type        = string
  description = "Token of the payment service."
  sensitive   = true
}

locals {
  tags   = { app = "shop", "cost/centre" = var.region }
  public = [for name, zone in var.zones : name if zone.public]
  names  = { for name, zone in var.zones : name => upper("${local.tags.app}-${name}") }
  size = (
    length(local.public) > 1
    ? "large"
    : "small"
  )
  script = <<-EOT
    #!/bin/sh
    echo "${local.size}"
    %{for name in local.public~}
    echo ${name}
    %{endfor~}
  EOT
}

data "aws_ami" "linux" {
  most_recent = true
  owners      = ["amazon"]

  filter {
    name   = "name"
    values = ["al2023-ami-*-x86_64"]
  }
}

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"

  lifecycle {
    prevent_destroy = true
    ignore_changes  = [tags["seen"]]
  }
}

resource "aws_subnet" "main" {
  for_each = var.zones

  vpc_id            = aws_vpc.main.id
  availability_zone = each.key
  cidr_block        = each.value.cidr
  tags              = { Name = local.names[each.key] }
}

resource "aws_security_group" "main" {
  name   = "shop"
  vpc_id = aws_vpc.main.id

  dynamic "ingress" {
    for_each = toset([80, 443])
    iterator = port

    content {
      from_port   = port.value
      to_port     = port.value
      protocol    = "tcp"
      cidr_blocks = ["0.0.0.0/0"]
    }
  }

  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = [var.admin_cidr]
  }

  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "random_password" "database" {
  length  = 32
  special = false
}

resource "aws_instance" "main" {
  count = length(local.public)

  ami                    = data.aws_ami.linux.id
  instance_type          = "t3.${local.size}"
  subnet_id              = values(aws_subnet.main)[count.index].id
  vpc_security_group_ids = [aws_security_group.main.id]
  user_data              = local.script

  metadata_options {
    http_tokens = "required"
  }

  provisioner "local-exec" {
    when    = destroy
    command = "echo ${self.id}"
  }
}

resource "aws_secretsmanager_secret" "main" {
  provider = aws.backup
  name     = "shop"
}

resource "aws_secretsmanager_secret_version" "main" {
  provider  = aws.backup
  secret_id = aws_secretsmanager_secret.main.id

  secret_string = jsonencode({
    token    = var.api_token
    password = random_password.database.result
  })
}

module "registry" {
  source  = "terraform-aws-modules/ecr/aws"
  version = "~> 3.0"

  repository_name = "shop"
  tags            = merge(local.tags, { kind = "images" })
}

moved {
  from = aws_vpc.old
  to   = aws_vpc.main
}

output "addresses" {
  description = "Addresses of the instances."
  value       = aws_instance.main[*].private_ip
}

output "registry" {
  description = "Where images are pushed to."
  value       = module.registry.repository_url
}
