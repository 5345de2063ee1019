-- One vocabulary for the providers' status words.
local reseal = require "reseal"

local NOW = 1795392000 -- 2026-11-23T00:00:00Z

local WORDS = {
  to_activate = true, pending = true, issued = true, replaced = true, cancelled = true, revoked = true, expired = true,
  failed = true,
}

-- From the providers' pages: getInfo's table of statuses, certificates and processes.
local KNOWN = {
  namecheap = {
    newpurchase = "to_activate", newrenewal = "to_activate", purchased = "pending", inprogress = "pending",
    purchaseerror = "failed", active = "issued", replaced = "replaced", cancelled = "cancelled",
  },
  realtimeregister = {
    ACTIVE = "issued", EXPIRED = "expired", REVOKED = "revoked", REISSUED = "replaced", RENEWED = "replaced",
    NEW = "pending", VALIDATED = "pending", RUNNING = "pending", SCHEDULED = "pending", SUSPENDED = "pending",
    COMPLETED = "issued", INVALID = "failed", FAILED = "failed", IN_DOUBT = "failed", CANCELLED = "cancelled",
  },
}

describe("status", function()
  it("knows every word of the pages, with and without the provider's name", function()
    for provider, words in pairs(KNOWN) do
      for word, expected in pairs(words) do
        local member = provider == "namecheap" and "Status" or "status"
        for _, name in ipairs {provider, "none"} do
          local status, original = reseal.status({[member] = word}, name ~= "none" and name or nil, NOW)
          assert.equal(expected, status, word)
          assert.equal(word, original)
        end
      end
    end
  end)

  it("reads words in any letter case: one provider writes three", function()
    for _, word in ipairs {"NewPurchase", "newpurchase", "NEWPURCHASE", "Newpurchase"} do
      assert.same({"to_activate", word}, {reseal.status({Status = word}, "namecheap", NOW)})
      assert.same({"to_activate", word}, {reseal.status({Status = word}, nil, NOW)})
    end
  end)

  it("tells words of two providers apart", function()
    assert.equal("to_activate", (reseal.status({Status = "new"}, nil, NOW)))
    assert.equal("pending", (reseal.status({status = "NEW"}, nil, NOW)))
  end)

  it("calls an issued certificate expired once its end has passed", function()
    for _, row in ipairs {
      {Status = "active", IsExpiredYN = true}, {Status = "active", IsExpiredYN = true, ExpireDate = "12/31/2026"},
      {Status = "Active", ExpireDate = "11/22/2026"}, {Status = "ACTIVE", Expires = "1/20/2014"},
      {Status = "active", Expires = "11/23/2026"},
      {status = "ACTIVE", expiryDate = "2026-11-22T23:59:59Z"},
      {status = "ACTIVE", expiryDate = "2026-11-23T00:30:00+01:00"},
    } do
      local status, original = reseal.status(row, nil, NOW)
      assert.equal("expired", status)
      assert.equal(row.Status or row.status, original)
    end
    for _, row in ipairs {
      {Status = "active", IsExpiredYN = false, ExpireDate = "11/24/2026"}, {Status = "active", ExpireDate = ""},
      {Status = "active", Expires = "12/1/2026"}, {status = "ACTIVE", expiryDate = "2026-11-23T00:00:01Z"},
      {Status = "active", Expires = "some day"}, {status = "ACTIVE"},
    } do
      assert.equal("issued", (reseal.status(row, nil, NOW)))
    end
  end)

  it("leaves other words alone when the end has passed", function()
    assert.equal("replaced", (reseal.status({Status = "replaced", Expires = "1/20/2014"}, nil, NOW)))
    assert.equal("replaced", (reseal.status({status = "RENEWED", expiryDate = "2020-01-01T00:00:00Z"}, nil, NOW)))
    local bought = {Status = "newpurchase", ExpireDate = "", IsExpiredYN = false}
    assert.equal("to_activate", (reseal.status(bought, nil, NOW)))
  end)

  it("goes by this machine's clock unless told otherwise", function()
    assert.equal("expired", (reseal.status {Status = "active", Expires = "1/20/2014"}))
    assert.equal("issued", (reseal.status {Status = "active", Expires = "1/20/2999"}))
  end)

  it("says nothing of what it doesn't know, but repeats it", function()
    assert.same({nil, "melted"}, {reseal.status({Status = "melted"}, nil, NOW)})
    assert.same({nil, "SUSPENDED"}, {reseal.status({status = "SUSPENDED"}, "namecheap", NOW)})
    assert.is_nil((reseal.status({CertificateID = 5}, nil, NOW)))
    assert.equal(1, select("#", (reseal.status({}, nil, NOW))))
  end)

  it("raises where the program is wrong", function()
    assert.has_error(function() reseal.status(nil) end)
    assert.has_error(function() reseal.status("active") end)
    assert.has_error(function() reseal.status({Status = "active"}, "godaddy") end)
  end)

  it("can be listed", function()
    for _, provider in ipairs(reseal.describe()) do
      local rows = assert(reseal.statuses(provider))
      assert.is_true(#rows > 5)
      for _, row in ipairs(rows) do
        assert.is_true(WORDS[row.status], row.status)
        assert.is_true(#row.word > 0)
      end
    end
    local rows, err = reseal.statuses "godaddy"
    assert.is_nil(rows)
    assert.equal("unknown_provider", err.code)
  end)
end)
