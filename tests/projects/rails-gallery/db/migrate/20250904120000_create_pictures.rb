class CreatePictures < ActiveRecord::Migration[8.0]
  def change
    create_table :pictures, &:timestamps
  end
end
