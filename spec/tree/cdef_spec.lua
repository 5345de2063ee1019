-- The FFI binding declares what the header declares.

describe("lua/reseal/core/cdef.lua", function()
  it("is made from csrc/include/reseal.h", function()
    local pipe = assert(io.popen("tools/cdef.sh"))
    local made = pipe:read("*a")
    pipe:close()
    local file = assert(io.open("lua/reseal/core/cdef.lua", "rb"))
    local kept = file:read("*a")
    file:close()
    assert.is_truthy(made:find("reseal_decode", 1, true))
    assert.equal(made, kept)
  end)
end)
