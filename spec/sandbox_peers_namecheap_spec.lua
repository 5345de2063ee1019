-- What other people's clients send to Namecheap, typed anew: the vendor's WHMCS module (2013 to 2020), Salt's module, ncssl,
-- rota, Go and Ruby clients.

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
    for _, from in ipairs { CONTACTS, fields } do
      for name, value in pairs(from) do all[name] = value end
    end
    return nc.call(method, all, "form")
  end

  for _, edition in ipairs { "current", "classic" } do
    describe(("that sends contacts, in the edition %s,"):format(edition), function()
      before_each(function() sandbox.reset { namecheap = { edition = edition } } end)

      for method, id in pairs { activate = "501907", reissue = "501904" } do
        local function send(fields)
          fields.CertificateID, fields.csr = id, csr
          return call(method, fields)
        end

        it(method .. "s with a file instead of an address", function()
          for _, value in ipairs { "true", "True", "TRUE" } do
            sandbox.reset { namecheap = { edition = edition } }
            local answer = send { HttpDCValidation = value }
            assert.same({}, nc.errors(answer))
            assert.matches("<HttpDCValidation ValueAvailable=\"true\">%s*<FileName>", answer.body)
            assert.not_matches("DNSDCValidation", answer.body, 1, true)
          end
        end)

        it(method .. "s with a CNAME instead of an address", function()
          local answer = send { HTTPDCValidation = "False", DNSDCValidation = "True" }
          assert.same({}, nc.errors(answer))
          assert.matches('<DNSDCValidation ValueAvailable="true">%s*<DNS domain="example.com">%s*<HostName>', answer.body)
          assert.not_matches("FileName", answer.body, 1, true)
          assert.matches("<HostName><!%[CDATA%[_[0-9A-F]+%.example%.com%]%]>", answer.body)
        end)

        it(method .. "s by the flag when an address comes too", function()
          assert.matches("<Target>", send({ ApproverEmail = "nobody@example.net", DNSDCValidation = "true" }).body, 1, true)
        end)

        it("is refused with 3011295 when it chooses no proof at all to " .. method, function()
          for _, none in ipairs { {}, { ApproverEmail = "" }, { HTTPDCValidation = "False", DNSDCValidation = "False" } } do
            assert.same({ "3011295 ApproverEmail is not valid" }, nc.refused(send(none)))
          end
        end)

        it("can't have both flags to " .. method, function()
          assert.same({ "2011784 Both File-Based and DNS-Based authentication can't be enabled" },
            nc.refused(send { HTTPDCValidation = "true", DNSDCValidation = "true" }))
        end)
      end

      it("names further domains, without approvers when a flag says how", function()
        for _, proof in ipairs { "HTTPDCValidation", "DNSDCValidation" } do
          sandbox.reset { namecheap = { edition = edition } }
          local answer = call("reissue", { CertificateID = "501906", csr = csr_org, [proof] = "true",
            DNSNames = "shop.example.org,mail.example.org" })
          assert.same({}, nc.errors(answer))
          local id = nc.attribute(answer, "ID")
          nc.validate(id)
          assert.equal("active", nc.status(id))
        end
        sandbox.reset { namecheap = { edition = edition } }
        assert.same({ "2010767 The additional DNSNames and their corresponding approver emails are not equal" },
          nc.refused(call("reissue", { CertificateID = "501906", csr = csr_org, ApproverEmail = "admin@example.org",
            DNSNames = "shop.example.org,mail.example.org", DNSApproverEmails = "admin@shop.example.org" })))
      end)
    end)
  end
end)
