-- The signature of notifications: https://dm.realtimeregister.com/docs/api/notifications/webhook
local reseal = require "reseal"

local KEY, BODY = "EXAMPLE_KEY", '{"payload": "examplePayload"}'
-- As the page prints it: Base64 of a space and the hex digest.
local PRINTED = "IDk5OTI4ZmFlMDI3Y2M2MDI0MDU5NGVjZjgyOTM2OTM2NWNhMWM5YjllYzg3MTA2ZDA0YzMxOWE0NWVlMGJkNDk="
-- As its text says: Base64 of the hex digest (made with Python's hmac and base64).
local PLAIN = "OTk5MjhmYWUwMjdjYzYwMjQwNTk0ZWNmODI5MzY5MzY1Y2ExYzliOWVjODcxMDZkMDRjMzE5YTQ1ZWUwYmQ0OQ=="

describe("verify_webhook", function()
  it("takes the printed example, and the same without its space", function()
    assert.is_true(reseal.verify_webhook(BODY, PRINTED, KEY))
    assert.is_true(reseal.verify_webhook(BODY, PLAIN, KEY))
    assert.is_true(reseal.verify_webhook(BODY, " " .. PLAIN .. "\r\n", KEY))
  end)

  it("takes other bodies, the empty one and any bytes among them", function()
    for body, signature in pairs {
      [""] = "ZjllNjZlMTc5YjY3NDdhZTU0MTA4ZjgyZjhhZGU4YjNjMjVkNzZmZDMwYWZkZTZjMzk1ODIyYzUzMDE5NjE2OQ==",
      ["\0\255é\n"] = "ZjZhYjZhYTQxNjk5NDg2YTU1ODg1YmVkMmNiZDU4Yjg4ZDg2YTY5NzJlNTcwZTI3ODliNGIxYTMxZjUxNjYzOQ==",
    } do
      assert.is_true(reseal.verify_webhook(body, signature, "secret"))
    end
  end)

  it("refuses everything else, and says why", function()
    for _, case in ipairs {
      {BODY .. " ", PRINTED, KEY}, {BODY, PRINTED, "example_key"}, {"", PRINTED, KEY},
      {BODY, PRINTED:sub(1, -2), KEY}, {BODY, PRINTED .. "=", KEY}, {BODY, PRINTED:lower(), KEY},
      {BODY, "J" .. PRINTED:sub(2), KEY}, {BODY, PRINTED:sub(1, 40), KEY},
      -- The digest's hex itself, and Base64 of its raw bytes.
      {BODY, "99928fae027cc60240594ecf829369365ca1c9b9ec87106d04c319a45ee0bd49", KEY},
      {BODY, "mZKPrgJ8xgJAWU7PgpNpNlyhybnshxBtBMMZpF7gvUk=", KEY},
    } do
      local genuine, reason = reseal.verify_webhook((table.unpack or unpack)(case))
      assert.is_false(genuine)
      assert.is_truthy(reason:find("not that of this body", 1, true))
      assert.is_nil(reason:find(KEY, 1, true))
    end
    for _, nothing in ipairs {"", "  ", 5} do
      assert.is_false((reseal.verify_webhook(BODY, nothing, KEY)))
    end
    local genuine, reason = reseal.verify_webhook(BODY, nil, KEY)
    assert.is_false(genuine)
    assert.equal("there is no signature", reason)
  end)

  it("raises without a secret or a body: anybody could sign with none", function()
    assert.has_error(function() reseal.verify_webhook(BODY, PRINTED, nil) end)
    assert.has_error(function() reseal.verify_webhook(BODY, PRINTED, "") end)
    assert.has_error(function() reseal.verify_webhook(nil, PRINTED, KEY) end)
  end)
end)
