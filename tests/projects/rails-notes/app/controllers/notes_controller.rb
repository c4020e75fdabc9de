class NotesController < ActionController::Base
  def index
    @notes = Note.order(created_at: :desc).limit(50)
  end

  def create
    note = Note.create!(params.expect(note: [ :title, :body ]))
    redirect_to note
  end

  def show
    @note = Note.find(params[:id])
  end
end
