--- Virtual time: a queue of what happens when, and processes that sleep in it. Nothing waits for the real clock.
---
--- A process is a coroutine. It ends where it is when it is killed (nothing of it runs any more), and stands still
--- while it is paused, whatever it waits for. What it has sent goes its way all the same.

local Scheduler = {}
Scheduler.__index = Scheduler

local function sooner(a, b)
  return a.time < b.time or a.time == b.time and a.n < b.n
end

--- Has something done at a time.
function Scheduler:at(time, f)
  self.n = self.n + 1
  local heap, event = self.heap, {time = math.max(time, self.now), n = self.n, f = f}
  local at = #heap + 1
  while at > 1 do
    local above = math.floor(at / 2)
    if not sooner(event, heap[above]) then
      break
    end
    heap[at], at = heap[above], above
  end
  heap[at] = event
end

local function take(heap)
  local first, last = heap[1], heap[#heap]
  heap[#heap] = nil
  local size, at = #heap, 1
  if size == 0 then
    return first
  end
  while true do
    local below = at * 2
    if below > size then
      break
    elseif below < size and sooner(heap[below + 1], heap[below]) then
      below = below + 1
    end
    if not sooner(heap[below], last) then
      break
    end
    heap[at], at = heap[below], below
  end
  heap[at] = last
  return first
end

function Scheduler:after(seconds, f)
  self:at(self.now + seconds, f)
end

--- Does all that happens until a time.
function Scheduler:run(till)
  local heap = self.heap
  while heap[1] and heap[1].time <= till do
    local event = take(heap)
    self.now = event.time
    event.f()
  end
  self.now = till
end

local function resume(self, process)
  if process.dead then
    return
  elseif process.paused_until > self.now then
    return self:at(process.paused_until, function()
      return resume(self, process)
    end)
  end
  self.running = process
  local ok, err = coroutine.resume(process.thread)
  self.running = nil
  if not ok then
    error(type(err) == "table" and err or debug.traceback(process.thread, tostring(err)), 0)
  elseif coroutine.status(process.thread) == "dead" then
    process.dead = true
  end
end

--- Starts a process.
function Scheduler:spawn(name, f)
  local process = {name = name, thread = coroutine.create(f), paused_until = 0}
  self:at(self.now, function()
    resume(self, process)
  end)
  return process
end

--- Waits, in a process.
function Scheduler:sleep(seconds)
  local process = self.running
  self:after(seconds, function()
    resume(self, process)
  end)
  coroutine.yield()
end

--- The process that calls it ends here.
function Scheduler:die()
  self.running.dead = true
  coroutine.yield()
end

local scheduler = {}

---@param now number
function scheduler.new(now)
  return setmetatable({now = now, n = 0, heap = {}}, Scheduler)
end

return scheduler
