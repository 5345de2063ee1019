-- The rockspec as a table, with the helpers that its specs share.

local rockspec = {}

local function read_into(path, env)
  local chunk
  if setfenv then
    chunk = setfenv(assert(loadfile(path)), env)
  else
    chunk = assert(loadfile(path, "t", env))
  end
  chunk()
  return env
end

---@param command string
---@return string output what the command printed; it must end well
function rockspec.output(command)
  local pipe = assert(io.popen(command .. " && echo '[done]'"))
  local text = pipe:read "*a"
  pipe:close()
  local output, ended = text:gsub("%[done%]\n$", "")
  assert(ended == 1, command .. " failed: " .. text)
  return output
end

---@return string[] lines of what the command printed
function rockspec.lines(command)
  local lines = {}
  for line in rockspec.output(command):gmatch "[^\n]+" do
    lines[#lines + 1] = line
  end
  return lines
end

rockspec.path = rockspec.lines("ls rockspec/*.rockspec")[1]
rockspec.content = read_into(rockspec.path, {})

return rockspec
