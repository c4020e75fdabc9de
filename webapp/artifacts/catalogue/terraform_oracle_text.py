"""The pieces of the template for Oracle Cloud; marks such as @name@ are filled in."""

VERSIONS = """
terraform {
  required_version = ">= 1.12"

  required_providers {
    oci = {
      source  = "oracle/oci"
      version = "~> 8.0"
    }
  }

  # Bucket, namespace and region are given to terraform init.
  backend "oci" {
    key = "@name@/terraform.tfstate"
  }
}

provider "oci" {
  region = var.region
}
"""

MAIN = """
locals {
  name = "@name@"
  tags = {
    application = local.name
    managed_by  = "terraform"
  }

  registry = "${var.region}.ocir.io/${data.oci_objectstorage_namespace.app.namespace}"
  image    = "${local.registry}/${local.name}:${var.image_tag}"

  group = "${local.name}-instances"
  instances = [
    "resource.type='computecontainerinstance'",
    "resource.compartment.id='${var.compartment_id}'",
  ]

  @environment@
}

data "oci_identity_availability_domains" "app" {
  compartment_id = var.tenancy_id
}

data "oci_objectstorage_namespace" "app" {
  compartment_id = var.compartment_id
}

resource "oci_artifacts_container_repository" "app" {
  compartment_id = var.compartment_id
  display_name   = local.name
  is_public      = false
  is_immutable   = true
  freeform_tags  = local.tags
}

# Container instances of this compartment may pull its images.
resource "oci_identity_dynamic_group" "app" {
  compartment_id = var.tenancy_id
  name           = local.group
  description    = "The container instances of ${local.name}"
  matching_rule  = "ALL {${join(", ", local.instances)}}"
}

resource "oci_identity_policy" "app" {
  compartment_id = var.compartment_id
  name           = "${local.name}-pull"
  description    = "Images for ${local.name}"
  depends_on     = [oci_identity_dynamic_group.app]

  statements = [
    "Allow dynamic-group ${local.group} to read repos in compartment id ${var.compartment_id}",
  ]
}

resource "oci_core_network_security_group" "app" {
  compartment_id = var.compartment_id
  vcn_id         = var.vcn_id
  display_name   = "${local.name}-app"
  freeform_tags  = local.tags
}

resource "oci_core_network_security_group_security_rule" "app_out" {
  network_security_group_id = oci_core_network_security_group.app.id
  description               = "To services and registries"
  direction                 = "EGRESS"
  protocol                  = "all"
  destination               = "0.0.0.0/0"
  destination_type          = "CIDR_BLOCK"
}

resource "oci_container_instances_container_instance" "app" {
  compartment_id           = var.compartment_id
  availability_domain      = data.oci_identity_availability_domains.app.availability_domains[0].name
  display_name             = local.name
  container_restart_policy = "ALWAYS"
  shape                    = "CI.Standard.E4.Flex"
  freeform_tags            = local.tags

  shape_config {
    ocpus         = 1
    memory_in_gbs = 2
  }

  vnics {
    subnet_id             = var.private_subnet_id
    is_public_ip_assigned = false
    nsg_ids               = [oci_core_network_security_group.app.id]
  }

  containers {
    display_name          = "app"
    image_url             = local.image
    environment_variables = @variables@
    @health@
  }

  depends_on = [
    oci_artifacts_container_repository.app,
    oci_identity_policy.app,
  ]
}
"""

HEALTH = """

health_checks {
  health_check_type = "@type@"
  port              = @port@
  @path@
}
"""

SECRETS = """
data "oci_secrets_secretbundle" "app" {
  for_each = var.secret_ids

  secret_id = each.value
}

locals {
  secrets = {
    for name, bundle in data.oci_secrets_secretbundle.app :
    name => base64decode(bundle.secret_bundle_content[0].content)
  }
}
"""

BALANCER = """
resource "oci_core_network_security_group" "balancer" {
  compartment_id = var.compartment_id
  vcn_id         = var.vcn_id
  display_name   = "${local.name}-balancer"
  freeform_tags  = local.tags
}

resource "oci_core_network_security_group_security_rule" "https" {
  network_security_group_id = oci_core_network_security_group.balancer.id
  description               = "HTTPS from everywhere"
  direction                 = "INGRESS"
  protocol                  = "6"
  source                    = "0.0.0.0/0"
  source_type               = "CIDR_BLOCK"

  tcp_options {
    destination_port_range {
      min = 443
      max = 443
    }
  }
}

resource "oci_core_network_security_group_security_rule" "to_app" {
  network_security_group_id = oci_core_network_security_group.balancer.id
  description               = "To the application"
  direction                 = "EGRESS"
  protocol                  = "6"
  destination               = oci_core_network_security_group.app.id
  destination_type          = "NETWORK_SECURITY_GROUP"

  tcp_options {
    destination_port_range {
      min = @port@
      max = @port@
    }
  }
}

resource "oci_core_network_security_group_security_rule" "from_balancer" {
  network_security_group_id = oci_core_network_security_group.app.id
  description               = "From the load balancer"
  direction                 = "INGRESS"
  protocol                  = "6"
  source                    = oci_core_network_security_group.balancer.id
  source_type               = "NETWORK_SECURITY_GROUP"

  tcp_options {
    destination_port_range {
      min = @port@
      max = @port@
    }
  }
}

resource "oci_load_balancer_load_balancer" "app" {
  compartment_id             = var.compartment_id
  display_name               = local.name
  shape                      = "flexible"
  subnet_ids                 = [var.public_subnet_id]
  network_security_group_ids = [oci_core_network_security_group.balancer.id]
  freeform_tags              = local.tags

  shape_details {
    minimum_bandwidth_in_mbps = 10
    maximum_bandwidth_in_mbps = 100
  }
}

resource "oci_load_balancer_backend_set" "app" {
  load_balancer_id = oci_load_balancer_load_balancer.app.id
  name             = "app"
  policy           = "ROUND_ROBIN"

  health_checker {
    protocol = "@protocol@"
    port     = @port@
    @path@
  }
}

resource "oci_load_balancer_backend" "app" {
  load_balancer_id = oci_load_balancer_load_balancer.app.id
  backendset_name  = oci_load_balancer_backend_set.app.name
  ip_address       = oci_container_instances_container_instance.app.vnics[0].private_ip
  port             = @port@
}

resource "oci_load_balancer_listener" "https" {
  load_balancer_id         = oci_load_balancer_load_balancer.app.id
  name                     = "https"
  default_backend_set_name = oci_load_balancer_backend_set.app.name
  protocol                 = "HTTP"
  port                     = 443

  ssl_configuration {
    certificate_ids         = [var.certificate_id]
    verify_peer_certificate = false
  }
}
"""

ADDRESS = """
output "address" {
  description = "Address of the load balancer: point the host name of the certificate to it."
  value       = oci_load_balancer_load_balancer.app.ip_address_details[0].ip_address
}
"""

OUTPUTS = """
output "repository" {
  description = "Where the image has to be pushed to."
  value       = "${local.registry}/${local.name}"
}
"""
