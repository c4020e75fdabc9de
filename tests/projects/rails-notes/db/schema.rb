ActiveRecord::Schema[8.0].define(version: 2025_11_03_101500) do
  create_table "notes", force: :cascade do |t|
    t.string "title", null: false
    t.text "body"
    t.timestamps
  end
end
