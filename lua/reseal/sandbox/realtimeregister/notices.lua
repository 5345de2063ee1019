--- Realtime Register's notifications, which are polled and acknowledged one by one, listed and read.

local answer = require "reseal.sandbox.realtimeregister.answer"
local list = require "reseal.sandbox.realtimeregister.list"

local DAY = 86400
local EXPIRES_SOON = 30 * DAY
local FEW = {"id", "fireDate", "message", "eventType", "notificationType", "isAsync"}

local notices = {}

local function add(account, notice)
  notice.id = account.next_notice
  account.next_notice = notice.id + 1
  notice.fireDate = answer.timestamp(account.clock:now())
  notice.customer, notice.isAsync = account.customer, true
  account.notices[#account.notices + 1] = notice
end

--- Tells how an order ended.
---@param process table
---@param certificate table|nil nil: there is none
---@param message string
function notices.ended(account, process, certificate, message)
  add(account, {
    message = message, reason = process.reason, process = process.id, eventType = "RequestCertificateEvent",
    notificationType = "SSLCertificateNotification", processIdentifier = process.names[1],
    processType = process.type, subjectStatus = certificate and "COMPLETED" or "FAILED",
    provider = process.provider, product = process.product, validationType = process.validation_type,
    payload = {certificateId = certificate and certificate.id, domainName = process.names[1]},
    certificateId = certificate and certificate.id,
    providerId = certificate and certificate.provider_id,
    expiryDate = certificate and answer.timestamp(certificate.expires),
  })
end

--- Tells once of every certificate that ends within thirty days.
local function report_expiry(account)
  local now = account.clock:now()
  for _, certificate in ipairs(account.certificate_order) do
    local left = certificate.expires - now
    if certificate.status == "ACTIVE" and left > 0 and left <= EXPIRES_SOON and not certificate.reported then
      certificate.reported = true
      add(account, {
        message = ("The certificate of %s expires soon"):format(certificate.names[1]),
        eventType = "SSLCertificateExpiryReportEvent", notificationType = "SSLCertificateExpiryReportNotification",
        subjectStatus = "WARNING", startDate = answer.timestamp(now),
        endDate = answer.timestamp(now + EXPIRES_SOON), certificateId = certificate.id,
        product = certificate.product, expiryDate = answer.timestamp(certificate.expires),
        payload = {certificateId = certificate.id, domainName = certificate.names[1]},
      })
    end
  end
end

local methods = {}
notices.methods = methods

--- A notification as it is shown.
local function object_of(account, notice)
  if not account.odd.few_fields then
    return notice
  end
  local shown = {}
  for _, field in ipairs(FEW) do
    shown[field] = notice[field]
  end
  return shown
end

local function find(call)
  for _, notice in ipairs(call.account.notices) do
    if notice.id == call.route.ids.notificationId then
      return notice
    end
  end
end

function methods.pollNotifications(call)
  local account = call.account
  report_expiry(account)
  local count, oldest = 0, nil
  for _, notice in ipairs(account.notices) do
    if not notice.acknowledgeDate then
      count, oldest = count + 1, oldest or notice
    end
  end
  if oldest then
    oldest.readDate = oldest.readDate or answer.timestamp(account.clock:now())
  end
  return answer.json(200, {count = count, notification = oldest and object_of(account, oldest)})
end

function methods.listNotifications(call)
  local account = call.account
  report_expiry(account)
  local objects = {}
  for i, notice in ipairs(account.notices) do
    objects[i] = object_of(account, notice)
  end
  return list.answer(call, objects, {fields = call.route.filters, identifying = "id"})
end

function methods.getNotification(call)
  local account = call.account
  report_expiry(account)
  local notice = find(call)
  if not notice then
    return call:refuse(answer.MISSING)
  end
  return answer.json(200, call:select(object_of(account, notice), "id"))
end

function methods.ackNotification(call)
  local notice = find(call)
  if not notice then
    return call:refuse(answer.MISSING)
  end
  notice.acknowledgeDate = notice.acknowledgeDate or answer.timestamp(call.account.clock:now())
  return call:done(200)
end

return notices
