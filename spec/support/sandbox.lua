--- Starts `bin/reseal sandbox` on a free port and talks to it with the curl program.
--
--   local sandbox = require("spec.support.sandbox").start()
--   sandbox.post("/_sandbox/reset", {}).json.now
--   sandbox.stop()

local cjson = require "cjson"
local program = require "spec.support.program"
local system = require "reseal.system"
local wait = require "spec.support.wait"

local support = {wait = wait}
local quote, write = program.quote, program.write
local LUA = os.getenv "RESEAL_LUA" or arg[-1] or "lua"

--- Output of a shell command.
function support.output(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("*a")
  pipe:close()
  return text
end

--- A certificate request made by the openssl program, with a new P-256 key.
---@param name string common name, or a whole subject such as "/C=US/CN=example.com"
---@param others? string[] alternative names
---@return string pem
function support.csr(name, others)
  local key, alternatives = os.tmpname(), {}
  for i, other in ipairs(others or {}) do
    alternatives[i] = "DNS:" .. other
  end
  local extension = alternatives[1] and "-addext " .. quote("subjectAltName=" .. table.concat(alternatives, ",")) or ""
  local pem = support.output(("openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout %s "
    .. "-subj %s %s 2>/dev/null"):format(quote(key), quote(name:find("^/") and name or "/CN=" .. name), extension))
  os.remove(key)
  return (assert(pem:match("%-%-%-%-%-BEGIN.*"), "openssl made no request"))
end

--- Runs openssl with PEM texts as files: each `%s` of the command stands for one.
---@return string output
function support.openssl(command, ...)
  local files = {}
  for i, text in ipairs {...} do
    files[i] = os.tmpname()
    write(files[i], text)
  end
  local output = support.output(("openssl " .. command .. " 2>&1"):format((table.unpack or unpack)(files)))
  for _, file in ipairs(files) do
    os.remove(file)
  end
  return output
end

--- Runs curl; every item of `arguments` is one argument.
---@param arguments string[]
---@return {status: integer, headers: table<string, string>, body: string, code: integer, json: any} answer
---  code: curl's exit code (18: cut, 28: timeout, 52: closed without an answer); headers by lower-case name;
---  status 0 without an answer
function support.curl(arguments)
  local words = {}
  for i, argument in ipairs(arguments) do
    words[i] = quote(argument)
  end
  local text = support.output("curl -s -i --max-time 30 -w '\n%{exitcode}' " .. table.concat(words, " "))
  local raw, code = text:match("^(.*)\n(%d+)$")
  local answer = {status = 0, headers = {}, body = "", code = tonumber(code)}
  local head, body = raw:match("^(HTTP/.-)\r\n\r\n(.*)$")
  if head then
    answer.status, answer.body = tonumber(head:match("^HTTP/%S+ (%d+)")), body
    for name, value in head:gmatch("\r\n([^:\r\n]+):%s*([^\r\n]*)") do
      answer.headers[name:lower()] = value
    end
    if (answer.headers["content-type"] or ""):find("json", 1, true) then
      local ok, value = pcall(cjson.decode, body)
      answer.json = ok and value or nil
    end
  end
  return answer
end

--- The shell command that starts a sandbox; `bin/reseal` has no options for all of it.
local function command_of(options)
  if not options.run then
    return ("%s bin/reseal sandbox --listen %s"):format(quote(LUA), quote(options.listen or "127.0.0.1:0"))
  end
  local fields = {("listen = %q"):format(options.listen or "127.0.0.1:0")}
  for name, value in pairs(options.run) do
    fields[#fields + 1] = ("%s = %q"):format(name, value)
  end
  return quote(LUA) .. " -e " .. quote(([[
    local code, message = require("reseal.sandbox").run { %s }
    if not code then io.stderr:write(message, "\n") end
    os.exit(code or 1)]]):format(table.concat(fields, ", ")))
end

--- Starts a sandbox; raises when it does not get ready.
---@param options? {listen?: string, run?: table<string, string>, tmpdir?: string} run: further options of
---  reseal.sandbox's run(); tmpdir: where its own folder stands
---@return {url: string, port: integer, pid: integer, get: function, post: function, curl: function, reset: function,
---  ledger: function, requests: function, stop: function} sandbox
function support.start(options)
  options = options or {}
  local dir = assert(system.mkdtemp("reseal-spec-"))
  local base = dir .. "/body"
  local environment = options.tmpdir and "env TMPDIR=" .. quote(options.tmpdir) .. " " or ""
  local running = program.start(environment .. command_of(options), dir)
  local url = wait(15, function() return running.out():match("ready (http://%S+)\n") or running.ended() and "ended" end)
  if not url or url == "ended" then
    local message, code = running.err(), running.ended()
    running.stop()
    error({message = message, code = code}, 0)
  end

  local sandbox = {url = url, port = tonumber(url:match(":(%d+)$")), pid = tonumber(running.pid()),
    stop = running.stop}

  --- curl with the given arguments; the path is the last.
  function sandbox.curl(path, arguments)
    local all = {}
    for i, argument in ipairs(arguments or {}) do
      all[i] = argument
    end
    all[#all + 1] = url .. path
    return support.curl(all)
  end

  sandbox.get = sandbox.curl

  --- POSTs JSON: a table is encoded, a string is sent as it is.
  function sandbox.post(path, body, arguments)
    local all = {"-H", "Content-Type: application/json", "--data-binary", "@" .. base}
    write(base, type(body) == "table" and cjson.encode(body) or body or "")
    for _, argument in ipairs(arguments or {}) do
      all[#all + 1] = argument
    end
    return sandbox.curl(path, all)
  end

  --- Everything as at the start, or as `settings` (POST /_sandbox/reset) say.
  function sandbox.reset(settings)
    local answer = sandbox.post("/_sandbox/reset", settings or {})
    assert(answer.status == 200, answer.body)
    return answer.json
  end

  function sandbox.ledger()
    return sandbox.get("/_sandbox/ledger").json.entries
  end

  function sandbox.requests()
    return sandbox.get("/_sandbox/requests").json.requests
  end

  return sandbox
end

--- Namecheap's calls to a sandbox, and how to read the answers.
---@return {call: function, errors: function, refused: function, attribute: function, status: function, info: function,
---  approve: function, validate: function} namecheap
function support.namecheap(sandbox)
  local namecheap = {}

  local GLOBALS = {
    ApiUser = "apiexample", ApiKey = "56b4c87ef4fd49cb96d915c0db68194", UserName = "apiexample", ClientIp = "1.2.3.4",
  }

  --- Fields as curl arguments, in the given way of sending; an empty one is left out.
  local function fields_of(option, fields)
    local arguments = {}
    for name, value in pairs(fields) do
      if value ~= "" then
        arguments[#arguments + 1] = option
        arguments[#arguments + 1] = name .. "=" .. value
      end
    end
    return arguments
  end

  --- Calls `namecheap.ssl.<method>`; `fields` override the global ones.
  ---@param way? "query"|"form"|"multipart"|"empty" default query
  function namecheap.call(method, fields, way)
    local all = {Command = "namecheap.ssl." .. method}
    for name, value in pairs(GLOBALS) do
      all[name] = value
    end
    for name, value in pairs(fields or {}) do
      all[name] = value
    end
    local arguments
    if way == "multipart" then
      arguments = fields_of("--form-string", all)
    else
      arguments = fields_of("--data-urlencode", all)
      if way ~= "form" then
        table.insert(arguments, 1, "-G")
      end
      if way == "empty" then
        arguments[#arguments + 1] = "-X"
        arguments[#arguments + 1] = "POST"
      end
    end
    return sandbox.curl("/xml.response", arguments)
  end

  --- "number text" of each error.
  function namecheap.errors(answer)
    local list = {}
    for number, text in answer.body:gmatch('<Error Number="(%d+)">(.-)</Error>') do
      list[#list + 1] = number .. " " .. text:gsub("&apos;", "'")
    end
    return list
  end

  --- The errors of an answer that has to be a refusal.
  function namecheap.refused(answer)
    assert(answer.status == 200 and answer.body:find('<ApiResponse Status="ERROR"', 1, true), answer.body)
    return namecheap.errors(answer)
  end

  --- The value of an attribute in the result; the answer has to be a success.
  function namecheap.attribute(answer, name)
    assert(answer.body:find('<ApiResponse Status="OK"', 1, true), answer.body)
    return answer.body:match("<CommandResponse[^>]*>.-[^%w]" .. name .. '="([^"]*)"')
  end

  function namecheap.info(id, fields)
    local all = {CertificateID = type(id) == "number" and ("%d"):format(id) or id}
    for name, value in pairs(fields or {}) do
      all[name] = value
    end
    return namecheap.call("getInfo", all)
  end

  function namecheap.status(id)
    return namecheap.info(id).body:match('<SSLGetInfoResult Status="(%w+)"')
  end

  local function control(path, fields)
    local answer = sandbox.post("/_sandbox/" .. path, fields)
    assert(answer.status == 200, answer.body)
    return answer.json
  end

  --- POST /_sandbox/validate.
  function namecheap.validate(id)
    return control("validate", {provider = "namecheap", certificate = tonumber(id)})
  end

  --- POST /_sandbox/approve.
  function namecheap.approve(id, fields)
    local all = {provider = "namecheap", certificate = tonumber(id)}
    for name, value in pairs(fields or {}) do
      all[name] = value
    end
    return control("approve", all)
  end

  return namecheap
end

return support
