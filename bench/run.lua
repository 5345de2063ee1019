--- Usage: make bench. Encodes and decodes the documents of the providers' pages, by reseal and by a peer, in turns in
-- one process, so that whatever else the machine does meets both. Processor time; the median of the rounds.

package.path = "./?.lua;" .. package.path

local fixture = require "spec.support.fixture"
local peers = require "bench.peers"

local ROUNDS = 15
local ROUND_SECONDS = 0.05

local function case(provider, method, name)
  return fixture.load {path = ("spec/fixtures/%s/%s/%s"):format(provider, method, name)}
end

--- The pairs of a form, decoded: what the plain encoder gets.
local function pairs_of(body)
  local list = {}
  for name, value in body:gmatch "([^&=]+)=([^&]*)" do
    list[#list + 1] = {
      name,
      (value:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end)),
    }
  end
  return list
end

local function seconds(operation, count)
  local start = os.clock()
  for _ = 1, count do
    operation()
  end
  return os.clock() - start
end

--- How often to do it in one round.
local function calibrate(operation)
  local count = 64
  while seconds(operation, count) < ROUND_SECONDS / 4 do
    count = count * 2
  end
  return count * 4
end

local function median(list)
  table.sort(list)
  return list[math.floor((#list + 1) / 2)]
end

local function compare(label, ours, theirs)
  local our_count, their_count = calibrate(ours), calibrate(theirs)
  local our_times, their_times, ratios = {}, {}, {}
  for round = 1, ROUNDS do
    local our_time = seconds(ours, our_count) / our_count
    local their_time = seconds(theirs, their_count) / their_count
    our_times[round], their_times[round], ratios[round] = our_time * 1e9, their_time * 1e9, their_time / our_time
  end
  print(("  %-52s %9.0f %9.0f   %5.2f"):format(label, median(our_times), median(their_times), median(ratios)))
end

local function encode(binding, provider, method, name, peer, peer_name)
  local loaded = case(provider, method, name)
  local handle = binding.open(provider, loaded.options)
  local wanted = assert(handle:encode(method, loaded.params)).body
  assert(wanted == loaded.request.body, "the fixture says something else")
  compare(("encode %s %s (%d bytes), %s"):format(provider, method, #wanted, peer_name), function()
    return handle:encode(method, loaded.params)
  end, peer(loaded.request.body))
end

local function decode(binding, provider, method, name, peer, peer_name)
  local loaded = case(provider, method, name)
  local handle = binding.open(provider, loaded.options)
  local body = loaded.answer.body
  assert(handle:decode(method, loaded.answer))
  compare(("decode %s %s (%d bytes), %s"):format(provider, method, #body, peer_name), function()
    return handle:decode(method, loaded.answer)
  end, function()
    return peer(body)
  end)
end

local function form(body)
  local list = pairs_of(body)
  assert(peers.encode_form(list) == body, "the plain encoder writes something else")
  return function() return peers.encode_form(list) end
end

local function json(body)
  local value = peers.decode_json(body)
  return function() return peers.encode_json(value) end
end

local function measure(name, core)
  local binding = {}
  function binding.open(provider, options)
    local handle = assert(core.new(provider))
    for _, settings in ipairs {fixture.accounts[provider], options or {}} do
      for setting, value in pairs(settings) do
        assert(handle:set(setting, value))
      end
    end
    return handle
  end
  local lua = package.loaded.jit and jit.version or _VERSION
  print(("%s, %s"):format(lua, name))
  print(("  %-52s %9s %9s   %5s"):format("median of " .. ROUNDS .. " rounds", "ns", "peer, ns", "ratio"))
  encode(binding, "namecheap", "renew", "printed", form, "gsub")
  encode(binding, "namecheap", "reissue", "printed-request", form, "gsub")
  encode(binding, "namecheap", "reissue", "classic-all-parameters", form, "gsub")
  encode(binding, "realtimeregister", "reissue", "all-parameters", json, "cjson")
  decode(binding, "namecheap", "renew", "printed", peers.decode_xml, "lxp")
  decode(binding, "namecheap", "reissue", "dcv-wrapped", peers.decode_xml, "lxp")
  decode(binding, "realtimeregister", "reissue", "accepted-upper-case-header", peers.decode_json, "cjson")
end

measure("C module", require "reseal.core.native")
if package.loaded.jit then
  measure("FFI", require "reseal.core.ffi")
end
