# frozen_string_literal: true

RSpec.describe StatusPage do
  it('answers') { expect(ENV.fetch('SPEC_ONLY', nil)).to be_nil }
end
