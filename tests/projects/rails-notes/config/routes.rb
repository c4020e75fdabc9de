Rails.application.routes.draw do
  # Answers 200 if the application starts without an exception.
  get "up" => "rails/health#show", as: :rails_health_check

  resources :notes
  root "notes#index"
end
