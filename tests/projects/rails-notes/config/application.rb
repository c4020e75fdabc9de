require_relative "boot"

require "rails"
require "active_record/railtie"
require "action_controller/railtie"
require "action_view/railtie"

Bundler.require(*Rails.groups)

module RailsNotes
  class Application < Rails::Application
    config.load_defaults 8.0
    config.active_job.queue_adapter = :sidekiq
    config.time_zone = ENV.fetch("NOTES_TIME_ZONE", "Europe/Berlin")
  end
end
