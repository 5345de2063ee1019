--- Calls of the sandbox's Realtime Register, for its specs.

local support = require "spec.support.sandbox"

local realtimeregister = {}

-- Base64 of "example/0123456789abcdef0123456789"
realtimeregister.AUTHORIZATION = "Authorization: ApiKey ZXhhbXBsZS8wMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OQ=="

--- A request for a certificate by the openssl program.
---@param subject string such as "/C=NL/O=Example/CN=example.com"
---@param names? string[] alternative names
---@param key? string openssl's options for the key; default: P-256
---@return string pem
function realtimeregister.csr(subject, names, key)
  local alternatives = {}
  for i, name in ipairs(names or {}) do
    alternatives[i] = "DNS:" .. name
  end
  local extension = names and ("-addext 'subjectAltName=%s'"):format(table.concat(alternatives, ",")) or ""
  local text = support.output(("openssl req -new -newkey %s -nodes -keyout /dev/null -subj '%s' %s 2>/dev/null")
    :format(key or "ec -pkeyopt ec_paramgen_curve:prime256v1", subject, extension))
  return (assert(text:match("%-%-%-%-%-BEGIN.*"), "openssl made no request"))
end

--- Starts a sandbox.
function realtimeregister.start()
  local sandbox = support.start()
  local rr = {sandbox = sandbox, reset = sandbox.reset, ledger = sandbox.ledger, stop = sandbox.stop}
  local authorized = {"-H", realtimeregister.AUTHORIZATION}

  --- GET below /v2/; further arguments are formatted into the path.
  function rr.get(path, ...)
    return sandbox.get("/v2/" .. (select("#", ...) > 0 and path:format(...) or path), authorized)
  end

  function rr.post(path, body)
    return sandbox.post("/v2/" .. path, body, authorized)
  end

  --- DELETE; with a body only when there is one.
  function rr.delete(path, body)
    local arguments = {"-X", "DELETE", authorized[1], authorized[2]}
    if body then
      return sandbox.post("/v2/" .. path, body, arguments)
    end
    return sandbox.curl("/v2/" .. path, arguments)
  end

  function rr.control(path, body)
    local answer = sandbox.post("/_sandbox/" .. path, body)
    assert(answer.status == 200, answer.body)
    return answer.json
  end

  --- Says that something is true of a process: validate, or approve with what.
  function rr.prove(process, what)
    local body = {provider = "realtimeregister", process = process}
    for name, value in pairs(what or {}) do
      body[name] = value
    end
    return rr.control(what and "approve" or "validate", body)
  end

  --- The process id of an answer.
  function rr.process(answer)
    assert(answer.headers["x-process-id"], answer.body)
    return tonumber(answer.headers["x-process-id"])
  end

  --- The certificate that a process brought.
  function rr.certificate(process)
    local found = rr.get("ssl/certificates?process:eq=%d", process).json.entities
    assert(#found == 1, #found .. " certificates")
    return found[1]
  end

  --- Fields of violations, sorted.
  function rr.violated(answer)
    assert(answer.json and answer.json.type == "ConstraintViolationException", answer.body)
    local names = {}
    for i, violation in ipairs(answer.json.violations) do
      names[i] = violation.field
    end
    table.sort(names)
    return names
  end

  return rr
end

return realtimeregister
