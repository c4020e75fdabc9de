"""The pieces of the template for Azure; marks such as @name@ are filled in."""

VERSIONS = """
terraform {
  required_version = ">= 1.9"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 5.0"
    }
  }

  # The storage account and its container are given to terraform init.
  backend "azurerm" {
    key              = "@name@.tfstate"
    use_azuread_auth = true
  }
}

provider "azurerm" {
  subscription_id = var.subscription_id

  features {}
}
"""

MAIN = """
locals {
  name = "@name@"
  tags = {
    application = local.name
    managed_by  = "terraform"
  }

  @environment@
}

resource "azurerm_resource_group" "app" {
  name     = "rg-${local.name}"
  location = var.location
  tags     = local.tags
}

resource "azurerm_user_assigned_identity" "app" {
  name                = "id-${local.name}"
  location            = azurerm_resource_group.app.location
  resource_group_name = azurerm_resource_group.app.name
  tags                = local.tags
}

resource "azurerm_container_registry" "app" {
  name                = var.registry_name
  location            = azurerm_resource_group.app.location
  resource_group_name = azurerm_resource_group.app.name
  sku                 = "Basic"
  admin_enabled       = false
  tags                = local.tags
}

resource "azurerm_role_assignment" "pull" {
  scope                = azurerm_container_registry.app.id
  role_definition_name = "AcrPull"
  principal_id         = azurerm_user_assigned_identity.app.principal_id
}

resource "azurerm_log_analytics_workspace" "app" {
  name                = "log-${local.name}"
  location            = azurerm_resource_group.app.location
  resource_group_name = azurerm_resource_group.app.name
  retention_in_days   = 30
  tags                = local.tags
}

resource "azurerm_container_app_environment" "app" {
  name                       = "cae-${local.name}"
  location                   = azurerm_resource_group.app.location
  resource_group_name        = azurerm_resource_group.app.name
  logs_destination           = "log-analytics"
  log_analytics_workspace_id = azurerm_log_analytics_workspace.app.id
  tags                       = local.tags
}

resource "azurerm_container_app" "app" {
  name                         = @short@
  resource_group_name          = azurerm_resource_group.app.name
  container_app_environment_id = azurerm_container_app_environment.app.id
  revision_mode                = "Single"
  tags                         = local.tags

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.app.id]
  }

  registry {
    server   = azurerm_container_registry.app.login_server
    identity = azurerm_user_assigned_identity.app.id
  }
  @secrets@
  @ingress@

  template {
    min_replicas = 1
    max_replicas = var.max_replicas

    container {
      name   = "app"
      image  = "${azurerm_container_registry.app.login_server}/${local.name}:${var.image_tag}"
      cpu    = 0.5
      memory = "1Gi"

      dynamic "env" {
        for_each = local.environment

        content {
          name  = env.key
          value = env.value
        }
      }
      @from_secrets@
      @probes@
    }
  }

  depends_on = [@depends_on@]
}
"""

SECRETS_OF_APP = """

dynamic "secret" {
  for_each = local.secrets

  content {
    name                = secret.value
    identity            = azurerm_user_assigned_identity.app.id
    key_vault_secret_id = "${azurerm_key_vault.app.vault_uri}secrets/${secret.value}"
  }
}
"""

FROM_SECRETS = """

dynamic "env" {
  for_each = local.secrets

  content {
    name        = env.key
    secret_name = env.value
  }
}
"""

INGRESS = """

ingress {
  external_enabled = var.is_public
  target_port      = @port@

  traffic_weight {
    latest_revision = true
    percentage      = 100
  }
}
"""

PROBE = """

@kind@_probe {
  transport = "@transport@"
  port      = @port@
  @path@
}
"""

SECRETS = """
data "azurerm_client_config" "current" {}

locals {
  # Variable and the name of its secret: those of a key vault have no underscores.
  secrets = { for name in @names@ : name => trim(replace(lower(name), "_", "-"), "-") }
}

# The values are put in by hand and stay out of the state.
resource "azurerm_key_vault" "app" {
  name                       = var.key_vault_name
  location                   = azurerm_resource_group.app.location
  resource_group_name        = azurerm_resource_group.app.name
  tenant_id                  = data.azurerm_client_config.current.tenant_id
  sku_name                   = "standard"
  rbac_authorization_enabled = true
  purge_protection_enabled   = true
  tags                       = local.tags
}

resource "azurerm_role_assignment" "secrets" {
  scope                = azurerm_key_vault.app.id
  role_definition_name = "Key Vault Secrets User"
  principal_id         = azurerm_user_assigned_identity.app.principal_id
}
"""

ADDRESS = """
output "address" {
  description = "Where the application answers."
  value       = "https://${azurerm_container_app.app.ingress[0].fqdn}"
}
"""

OUTPUTS = """
output "registry" {
  description = "Where the image has to be pushed to."
  value       = azurerm_container_registry.app.login_server
}
"""
