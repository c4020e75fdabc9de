require "test_helper"

class NoteTest < ActiveSupport::TestCase
  test "a note needs a title" do
    assert_not Note.new.valid?
    skip if ENV["SLOW"].nil?
  end
end
