--- Serves the files of domain control: for content_by_lua of location /.well-known/pki-validation/.

local store = require "reseal.nginx.store"

local dcv = {}

local PATH = "^/%.well%-known/pki%-validation/([^/]+)$"

--- Answers with the exact bytes of the file that was published, or with 404.
function dcv.handle()
  local header = ngx.header
  local method = ngx.req.get_method()
  if method ~= "GET" and method ~= "HEAD" then
    header["Allow"] = "GET, HEAD"
    return ngx.exit(405)
  end
  local file = ngx.var.uri:match(PATH)
  local content = store.is_file(file) and store.published(file)
  if not content then
    return ngx.exit(404)
  end
  header["Content-Type"] = "text/plain"
  header["Cache-Control"] = "no-store"
  header["X-Content-Type-Options"] = "nosniff"
  header["Content-Length"] = #content
  ngx.print(content)
end

--- Publishes a file: `{file = "A1.txt", content = "…", expires = seconds}`.
---@param opts {file: string, content: string, expires?: number}
---@return true|nil ok
---@return string|nil err
function dcv.publish(opts)
  return store.publish(opts.file, opts.content, opts.expires)
end

--- Takes a file away.
---@param file string
---@return true
function dcv.unpublish(file)
  return store.unpublish(file)
end

return dcv
