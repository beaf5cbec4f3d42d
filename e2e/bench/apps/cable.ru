# Rails Action Cable under puma, as Rails runs it in production, but for the database: `puma --config ... cable.ru`.
# The async adapter, one channel that streams `chat`, and says to it what somebody performs.
require "rails"
require "action_controller/railtie"
require "action_cable/engine"

class Bench < Rails::Application
  config.root = __dir__
  config.eager_load = true
  config.secret_key_base = "a key for the bench, which signs nothing"
  config.logger = Logger.new(nil)
  config.hosts.clear
  config.action_cable.mount_path = "/cable"
  config.action_cable.disable_request_forgery_protection = true
  config.action_cable.connection_class = -> { ApplicationCable::Connection }
end

module ApplicationCable
  class Connection < ActionCable::Connection::Base; end
  class Channel < ActionCable::Channel::Base; end
end

class ChatChannel < ApplicationCable::Channel
  def subscribed = stream_from("chat")
  def say(data) = ActionCable.server.broadcast("chat", { message: data["message"] })
end

ActionCable.server.config.cable = { "adapter" => "async" }
ActionCable.server.config.logger = Logger.new(nil)
Rails.application.initialize!
Rails.application.routes.draw { get "/up", to: ->(_) { [200, {}, ["up"]] } }
run Rails.application
