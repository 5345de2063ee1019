-- What other people's clients send to Namecheap, typed anew: the vendor's WHMCS module (2013 to 2020), Salt's module,
-- ncssl, rota, Go and Ruby clients.

local support = require "spec.support.sandbox"

local CONTACTS = {
  AdminFirstName = "Ann", AdminLastName = "Example", AdminAddress1 = "Street 1", AdminCity = "Zwolle",
  AdminStateProvince = "O", AdminPostalCode = "1234AB", AdminCountry = "NL", AdminPhone = "+31.384530759",
  AdminEmailAddress = "ann@example.com", AdminJobTitle = "NA", WebServerType = "apachessl",
}

describe("a Namecheap client", function()
  local sandbox, nc, csr, csr_org

  setup(function()
    sandbox = support.start()
    nc = support.namecheap(sandbox)
    csr, csr_org = support.csr("example.com"), support.csr("example.org")
  end)
  teardown(function() sandbox.stop() end)
  before_each(function() sandbox.reset() end)

  local function call(method, fields)
    local all = {}
    for _, from in ipairs {CONTACTS, fields} do
      for name, value in pairs(from) do
        all[name] = value
      end
    end
    return nc.call(method, all, "form")
  end

  for _, edition in ipairs {"current", "classic"} do
    describe(("that sends contacts, in the edition %s,"):format(edition), function()
      before_each(function() sandbox.reset {namecheap = {edition = edition}} end)

      for method, id in pairs {activate = "501907", reissue = "501904"} do
        local function send(fields)
          fields.CertificateID, fields.csr = id, csr
          return call(method, fields)
        end

        it(method .. "s with a file instead of an address", function()
          for _, value in ipairs {"true", "True", "TRUE"} do
            sandbox.reset {namecheap = {edition = edition}}
            local answer = send {HttpDCValidation = value}
            assert.same({}, nc.errors(answer))
            assert.matches("<HttpDCValidation ValueAvailable=\"true\">%s*<FileName>", answer.body)
            assert.not_matches("DNSDCValidation", answer.body, 1, true)
          end
        end)

        it(method .. "s with a CNAME instead of an address", function()
          local answer = send {HTTPDCValidation = "False", DNSDCValidation = "True"}
          assert.same({}, nc.errors(answer))
          assert.matches('<DNSDCValidation ValueAvailable="true">%s*<DNS domain="example.com">%s*<HostName>',
            answer.body)
          assert.not_matches("FileName", answer.body, 1, true)
          assert.matches("<HostName><!%[CDATA%[_[0-9A-F]+%.example%.com%]%]>", answer.body)
        end)

        it(method .. "s by the flag when an address comes too", function()
          local answer = send {ApproverEmail = "nobody@example.net", DNSDCValidation = "true"}
          assert.matches("<Target>", answer.body, 1, true)
        end)

        it("is refused with 3011295 when it chooses no proof at all to " .. method, function()
          local flags = {HTTPDCValidation = "False", DNSDCValidation = "False"}
          for _, none in ipairs {{}, {ApproverEmail = ""}, flags} do
            assert.same({"3011295 ApproverEmail is not valid"}, nc.refused(send(none)))
          end
        end)

        it("can't have both flags to " .. method, function()
          assert.same({"2011784 Both File-Based and DNS-Based authentication can't be enabled"},
            nc.refused(send {HTTPDCValidation = "true", DNSDCValidation = "true"}))
        end)
      end

      it("names further domains, without approvers when a flag says how", function()
        for _, proof in ipairs {"HTTPDCValidation", "DNSDCValidation"} do
          sandbox.reset {namecheap = {edition = edition}}
          local answer = call("reissue", {CertificateID = "501906", csr = csr_org, [proof] = "true",
            DNSNames = "shop.example.org,mail.example.org"})
          assert.same({}, nc.errors(answer))
          local id = nc.attribute(answer, "ID")
          nc.validate(id)
          assert.equal("active", nc.status(id))
        end
        sandbox.reset {namecheap = {edition = edition}}
        assert.same({"2010767 The additional DNSNames and their corresponding approver emails are not equal"},
          nc.refused(call("reissue", {CertificateID = "501906", csr = csr_org, ApproverEmail = "admin@example.org",
            DNSNames = "shop.example.org,mail.example.org", DNSApproverEmails = "admin@shop.example.org"})))
      end)
    end)
  end

  describe("of 2026", function()
    -- as one library has them in requests, and another in answers
    local NAMES = {
      ["Standard SSL SSLcom"] = "9.0000", ["Standard Wildcard SSL SSLcom"] = "76.0000",
      ["SAN Certificate SSL SSLcom"] = "29.0000", ["High Assurance SSL SSLcom"] = "33.0000",
      ["OV Wildcard SSL SSLcom"] = "169.0000", ["OV Multi-domain SSL SSLcom"] = "89.0000",
      ["EV SSL SSLcom"] = "78.0000", ["EV Multi Domain SSL SSLcom"] = "169.0000",
    }

    local function create(name)
      return nc.call("create", {Type = name, Years = "1"}, "form")
    end

    it("buys by the names that end in SSLcom, in any letter case, and reads them again", function()
      for name, price in pairs(NAMES) do
        for _, spelled in ipairs {name, name:lower()} do
          sandbox.reset {namecheap = {catalogue = "2026", balance = "1000.0000"}}
          local answer = create(spelled)
          assert.same({name, price}, {nc.attribute(answer, "SSLType"), nc.attribute(answer, "ChargedAmount")})
          local id = nc.attribute(answer, "CertificateID")
          assert.equal(name:lower(), nc.attribute(nc.info(id), "Type"))
          assert.matches('SSLType="' .. name:lower():gsub("%-", "%%-") .. '"', nc.call("getList").body)
        end
      end
    end)

    it("renews, revokes and asks for approvers by them", function()
      sandbox.reset {namecheap = {catalogue = "2026", certificates = {
        {id = 1, type = "Standard SSL SSLcom", expires_in_days = 20},
        {id = 2, type = "Standard SSL SSLcom", status = "replaced"},
      }}}
      local renewal = nc.call("renew", {CertificateID = "1", Years = "1", SSLType = "standard ssl sslcom"})
      assert.equal("Standard SSL SSLcom", nc.attribute(renewal, "SSLType"))
      assert.same({}, nc.errors(nc.call("revokecertificate", {CertificateID = "2",
        CertificateType = "Standard SSL SSLcom"})))
      assert.same({}, nc.errors(nc.call("getApproverEmailList", {DomainName = "example.com",
        CertificateType = "Standard SSL SSLcom"})))
    end)

    it("has the older names too, unless the service takes the new ones only", function()
      for _, name in ipairs {"PositiveSSL", "Standard SSL"} do
        sandbox.reset {namecheap = {catalogue = "2026"}}
        assert.equal("Standard SSL SSLcom", nc.attribute(create(name), "SSLType"))
        sandbox.reset {namecheap = {catalogue = "2026", odd = {"only_sslcom_names"}}}
        assert.same({"2011301 Parameter Type is not valid"}, nc.refused(create(name)))
        assert.same({"2011300 CertificateType is invalid"}, nc.refused(nc.call("getApproverEmailList",
          {DomainName = "example.com", CertificateType = name})))
      end
      assert.equal("Standard SSL SSLcom", nc.attribute(create("Standard SSL SSLcom"), "SSLType"))
    end)
  end)

  it("reads a request by GET, where the service lets it", function()
    assert.same({"5050900 Unhandled exceptions"}, nc.refused(nc.call("parseCSR", {csr = csr})))
    sandbox.reset {namecheap = {odd = {"parse_csr_by_get"}}}
    assert.matches("<CommonName>example.com</CommonName>", nc.call("parseCSR", {csr = csr}).body, 1, true)
  end)

  describe("that reissues again and again", function()
    -- rota sends no more than these
    local function reissue(id)
      local fields = {CertificateID = id, csr = csr, DNSDCValidation = "true", WebServerType = "nginx"}
      return nc.call("reissue", fields, "form")
    end
    local function replaced_by(id)
      return nc.info(id).body:match('ReplacedBy="(%d+)"')
    end

    it("finds the old certificate replaced when the new one is issued", function()
      local id = nc.attribute(reissue("501904"), "ID")
      assert.same({"active", nil}, {nc.status("501904"), replaced_by("501904")})
      nc.validate(id)
      assert.same({"replaced", id}, {nc.status("501904"), replaced_by("501904")})
      assert.same({"4011331 Status is invalid or reissue already in progress"}, nc.refused(reissue("501904")))
    end)

    it("finds it replaced at once, where the service does so", function()
      sandbox.reset {namecheap = {odd = {"replaced_at_once"}}}
      local id = nc.attribute(reissue("501904"), "ID")
      assert.same({"replaced", id}, {nc.status("501904"), replaced_by("501904")})
      assert.equal("purchased", nc.status(id))
      assert.same({}, nc.errors(nc.call("revokecertificate", {CertificateID = "501904",
        CertificateType = "PositiveSSL"})))
      nc.validate(id)
      assert.same({"active", "revoked"}, {nc.status(id), nc.status("501904")})
    end)

    it("may go on from the first id, where the service lets it", function()
      sandbox.reset {namecheap = {odd = {"reissue_from_first"}}}
      local second = nc.attribute(reissue("501904"), "ID")
      assert.same({"4011331 Status is invalid or reissue already in progress"}, nc.refused(reissue("501904")))
      nc.validate(second)
      local third = nc.attribute(reissue("501904"), "ID")
      nc.validate(third)
      assert.same({second, third}, {replaced_by("501904"), replaced_by(second)})
      assert.equal("active", nc.status(third))
    end)
  end)

  describe("that asks before it buys", function()
    local function pricing(fields)
      local all = {Command = "namecheap.users.getPricing", ProductType = "SSLCERTIFICATE"}
      for name, value in pairs(fields or {}) do
        all[name] = value
      end
      return nc.call("", all)
    end
    local function balance()
      return nc.attribute(nc.call("", {Command = "namecheap.users.getBalances"}), "AvailableBalance")
    end

    it("learns the prices that it then pays", function()
      local answer = pricing {ActionName = "PURCHASE", ProductName = "POSITIVESSL WILDCARD"}
      assert.matches('<ProductCategory Name="purchase">%s*<Product Name="positivessl%-wildcard">%s*<Price Duration="1" '
        .. 'DurationType="YEAR" Price="76.00"[^>]* YourPrice="76.00"[^>]* YourAdditonalCost="0.00"', answer.body)
      assert.not_matches('Name="renew"', answer.body, 1, true)
      assert.not_matches('Name="positivessl"', answer.body, 1, true)
      assert.matches('Duration="2" DurationType="YEAR" Price="152.00"', answer.body, 1, true)
      local paid = nc.call("create", {Type = "PositiveSSL Wildcard", Years = "1"})
      assert.equal("76.0000", nc.attribute(paid, "ChargedAmount"))
    end)

    it("learns all of them, for both actions, by the names of its catalogue", function()
      local _, count = pricing().body:gsub('<Product Name="positivessl">', "")
      assert.equal(2, count)
      sandbox.reset {namecheap = {catalogue = "2026"}}
      assert.matches('<Product Name="standard-ssl-sslcom">', pricing().body, 1, true)
    end)

    it("learns what a promotion makes of them", function()
      local answer = pricing {ProductName = "positivessl", PromotionCode = "TENOFF"}
      assert.matches('YourPrice="9.00"[^>]* CouponPrice="8.10"', answer.body)
      assert.same({"2011170 PromotionCode is invalid"}, nc.refused(pricing {PromotionCode = "NOSUCH"}))
    end)

    it("is told what it forgot", function()
      assert.same({"2010298 Parameter ProductType is Missing"}, nc.refused(pricing {ProductType = ""}))
      assert.same({"2011298 ProductType is invalid"}, nc.refused(pricing {ProductType = "DOMAIN"}))
      assert.matches("<UserGetPricingResult />", pricing({ProductType = "DOMAIN"}).body, 1, true)
    end)

    it("sees its balance shrink", function()
      assert.equal("500.00", balance())
      nc.call("create", {Type = "PositiveSSL", Years = "1"})
      assert.equal("491.00", balance())
    end)
  end)
end)
