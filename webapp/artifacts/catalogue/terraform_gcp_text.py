"""The pieces of the template for Google Cloud; marks such as @name@ are filled in."""

VERSIONS = """
terraform {
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 8.0"
    }
  }

  # The bucket is given to terraform init.
  backend "gcs" {
    prefix = "@name@"
  }
}

provider "google" {
  project = var.project
  region  = var.region

  default_labels = {
    application = local.name
    managed_by  = "terraform"
  }
}
"""

MAIN = """
locals {
  name = "@name@"

  # Cloud Run sets PORT itself.
  environment = var.settings
}

resource "google_project_service" "app" {
  for_each = toset([
    "artifactregistry.googleapis.com",
    "run.googleapis.com",
    "secretmanager.googleapis.com",
  ])

  service            = each.key
  disable_on_destroy = false
}

resource "google_artifact_registry_repository" "app" {
  location      = var.region
  repository_id = local.name
  format        = "DOCKER"

  docker_config {
    immutable_tags = true
  }

  depends_on = [google_project_service.app]
}

# What the application itself may do: nothing, until it is given a role.
resource "google_service_account" "app" {
  account_id   = @account@
  display_name = "Runs ${local.name}"
}
"""

SERVICE = """
resource "google_cloud_run_v2_service" "app" {
  name     = local.name
  location = var.region
  ingress  = "INGRESS_TRAFFIC_ALL"

  template {
    service_account = google_service_account.app.email

    scaling {
      min_instance_count = 0
      max_instance_count = var.max_instances
    }

    containers {
      image = "${google_artifact_registry_repository.app.registry_uri}/app:${var.image_tag}"

      ports {
        container_port = @port@
      }

      resources {
        limits = {
          cpu    = "1"
          memory = "512Mi"
        }
      }

      startup_probe {
        period_seconds    = 5
        failure_threshold = 24

        @probe@
      }
      @liveness@

      dynamic "env" {
        for_each = local.environment

        content {
          name  = env.key
          value = env.value
        }
      }
      @secrets@
    }
  }

  depends_on = [@depends_on@]
}

resource "google_cloud_run_v2_service_iam_member" "public" {
  count = var.is_public ? 1 : 0

  name     = google_cloud_run_v2_service.app.name
  location = var.region
  role     = "roles/run.invoker"
  member   = "allUsers"
}
"""

WORKER = """
resource "google_cloud_run_v2_worker_pool" "app" {
  name     = local.name
  location = var.region

  scaling {
    manual_instance_count = var.max_instances
  }

  template {
    service_account = google_service_account.app.email

    containers {
      image = "${google_artifact_registry_repository.app.registry_uri}/app:${var.image_tag}"

      resources {
        limits = {
          cpu    = "1"
          memory = "512Mi"
        }
      }

      dynamic "env" {
        for_each = local.environment

        content {
          name  = env.key
          value = env.value
        }
      }
      @secrets@
    }
  }

  depends_on = [@depends_on@]
}
"""

ASK = """
http_get {
  path = @health@
  port = @port@
}
"""

LISTEN = """
tcp_socket {
  port = @port@
}
"""

LIVENESS = """

liveness_probe {
  period_seconds  = 15
  timeout_seconds = 3

  @probe@
}
"""

FROM_SECRETS = """

dynamic "env" {
  for_each = google_secret_manager_secret.app

  content {
    name = env.key

    value_source {
      secret_key_ref {
        secret  = env.value.secret_id
        version = "latest"
      }
    }
  }
}
"""

SECRETS = """
# Only the secrets are made here; their values are put in by hand and stay out of the state.
resource "google_secret_manager_secret" "app" {
  for_each = toset(@names@)

  secret_id = "${local.name}-${each.key}"

  replication {
    auto {}
  }

  depends_on = [google_project_service.app]
}

resource "google_secret_manager_secret_iam_member" "app" {
  for_each = google_secret_manager_secret.app

  secret_id = each.value.secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.app.member
}
"""

ADDRESS = """
output "address" {
  description = "Where the application answers."
  value       = google_cloud_run_v2_service.app.uri
}
"""

OUTPUTS = """
output "repository" {
  description = "Where the image has to be pushed to, as app."
  value       = google_artifact_registry_repository.app.registry_uri
}
"""
