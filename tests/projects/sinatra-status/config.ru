# frozen_string_literal: true

require_relative 'lib/status_page'

run StatusPage
