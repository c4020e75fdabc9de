# frozen_string_literal: true

require 'dalli'
require 'json'
require 'sinatra/base'

# What of ours answers, and since when.
class StatusPage < Sinatra::Base
  set :port, ENV.fetch('STATUS_PORT', 9090).to_i
  set :cache, Dalli::Client.new(ENV['MEMCACHED_SERVERS'])

  get '/' do
    content_type :json
    JSON.generate(settings.cache.get('status') || {})
  end

  get '/health' do
    'ok'
  end
end
