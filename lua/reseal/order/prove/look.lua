--- Looks from here for what proves control, as the authority will: a file by HTTP, a record by DNS with DNSSEC.
---
--- What can't be looked up (no network from here, no libunbound) counts as not seen, with words; a host that knows that
--- the world sees otherwise turns the look off.

local look = {}

local TIMEOUT = 10
local REDIRECTS = 10 -- the authorities follow that many (Baseline Requirements 3.2.2.4.18 ask for no fewer than none)
local TYPES = {CNAME = 5, TXT = 16}
local IN = 1

--- Files are compared word by word: sellers lay their lines out in several ways.
local function words(text)
  return (tostring(text or ""):gsub("%s+", " "):gsub("^ ", ""):gsub(" $", ""))
end

function look.http(challenge, options)
  local page = options.page
  if not page then
    return false, "nothing here can get a page (look = false does without)"
  end
  local url = ("http://%s/.well-known/pki-validation/%s"):format(challenge.name, challenge.file or "")
  local status, body = page(url, {at = options.http_at, redirects = REDIRECTS, timeout = options.timeout or TIMEOUT})
  if not status then
    return false, tostring(body)
  elseif status ~= 200 then
    return false, ("%s answers %d"):format(url, status)
  elseif words(body) ~= words(challenge.content) then
    return false, url .. " has another content than the seller asks for"
  end
  return true
end

--- The domain name in a record's bytes, without the dot at its end.
local function domain(bytes)
  local labels, at = {}, 1
  while at <= #bytes and bytes:byte(at) > 0 do
    labels[#labels + 1] = bytes:sub(at + 1, at + bytes:byte(at))
    at = at + bytes:byte(at) + 1
  end
  return table.concat(labels, ".")
end

--- The text in a TXT record's bytes.
local function text(bytes)
  local parts, at = {}, 1
  while at <= #bytes do
    parts[#parts + 1] = bytes:sub(at + 1, at + bytes:byte(at))
    at = at + bytes:byte(at) + 1
  end
  return table.concat(parts)
end

local function resolver(options)
  local found, unbound = pcall(require, "lunbound")
  if not found then
    return nil, "records can't be looked up: lua-unbound is not installed (look = false does without)"
  end
  local config = {}
  for name, value in pairs(unbound.config) do
    config[name] = value
  end
  config.async = false
  if options.dns_at then
    config.resolvconf, config.hoststxt, config.trusted = false, false, nil
    config.forward = {(options.dns_at:gsub(":(%d+)$", "@%1"))}
  end
  local made, context = pcall(unbound.new, config)
  if not made then
    return nil, "records can't be looked up: " .. tostring(context)
  end
  return context
end

function look.dns(challenge, options)
  local kind = (challenge.type or "CNAME"):upper()
  local context, err = resolver(options)
  if not context then
    return false, err
  end
  local answer, why = context:resolve(challenge.record, TYPES[kind] or TYPES.CNAME, IN)
  if not answer then
    return false, ("%s %s can't be looked up: %s"):format(challenge.record, kind, tostring(why))
  elseif answer.rcode ~= 0 and not answer.nxdomain then
    return false, ("%s %s can't be looked up: the servers fail (rcode %s)"):format(challenge.record, kind,
      tostring(answer.rcode))
  elseif answer.bogus then
    return false, ("%s %s: its DNSSEC signatures are wrong, so authorities won't take it"):format(
      challenge.record, kind)
  end
  local wanted = challenge.target or ""
  for _, bytes in ipairs(answer) do
    local value = kind == "TXT" and text(bytes) or domain(bytes)
    local same = kind == "TXT" and value == wanted or value:lower() == wanted:lower():gsub("%.$", "")
    if same then
      return true
    end
  end
  if #answer > 0 then
    return false, ("%s %s has another value than the seller asks for"):format(challenge.record, kind)
  end
  return false, ("%s has no %s record"):format(challenge.record, kind)
end

return look
